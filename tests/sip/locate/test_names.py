import pytest

from sonnette.sip.locate import Answer, Cache, Kind, Names, Question
from tests.sip.locate.zone import a, question, search, told, wanted

NAME = question("A", "example.test")


def test_an_answer_lives_as_long_as_it_says():
    cache = Cache()
    cache.put(10, NAME, a("192.0.2.1", ttl=60))
    assert cache.get(69.9, NAME) == a("192.0.2.1", ttl=60)
    assert cache.get(70, NAME) is None
    assert len(cache) == 0


@pytest.mark.parametrize(
    "answer", [Answer(ttl=60, failed=True), a("192.0.2.1", ttl=0), a("192.0.2.1", ttl=-5)]
)
def test_failures_and_answers_for_once_are_not_kept(answer):
    cache = Cache()
    cache.put(0, NAME, answer)
    assert len(cache) == 0


@pytest.mark.parametrize(
    ("answer", "longest"), [(a("192.0.2.1", ttl=1e9), 86400), (a(ttl=1e9), 300)]
)
def test_no_answer_lives_for_ever(answer, longest):
    cache = Cache()
    cache.put(0, NAME, answer)
    assert cache.get(longest - 1, NAME) is not None
    assert cache.get(longest, NAME) is None


def test_the_oldest_answers_make_room():
    cache = Cache(capacity=2)
    for number in range(3):
        cache.put(0, Question(f"{number}.test", Kind.A), a("192.0.2.1"))
    assert len(cache) == 2
    assert cache.get(0, Question("0.test", Kind.A)) is None


def test_a_fresh_answer_replaces_the_old_one():
    cache = Cache()
    cache.put(0, NAME, a("192.0.2.1", ttl=1))
    cache.put(0, NAME, a("192.0.2.2", ttl=9))
    assert cache.get(5, NAME) == a("192.0.2.2", ttl=9)


def test_a_name_in_the_hosts_table_is_never_asked_of_the_dns():
    names = Names({"Example.Test": ("192.0.2.7", "2001:db8::7")})
    end, asked = search(wanted(families=(4, 6)), {}, names)
    assert told(end) == ["UDP 192.0.2.7 5060", "UDP 2001:db8::7 5060"]
    assert asked == []


def test_a_server_in_the_hosts_table_is_found_there():
    names = Names({"one.test": ("192.0.2.7",)})
    answers = {question("SRV", "_sip._tcp.example.test"): Answer((), 0)}
    end, asked = search(wanted(host="one.test", transport="tcp"), answers, names)
    assert (told(end), asked) == (["TCP 192.0.2.7 5060"], [])


def test_the_hosts_table_wins_over_what_the_dns_once_said():
    names = Names({"example.test": ("192.0.2.7",)})
    names.put(0, NAME, a("192.0.2.1"))
    assert names.get(0, NAME).records == a("192.0.2.7").records
