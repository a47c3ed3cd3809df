"""The procedures of RFC 3263 section 4, by table: what is asked, and what is found."""

import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.base.errors import PeerError
from sonnette.sip.locate import (
    Answer,
    Ask,
    Cache,
    Kind,
    Located,
    Lookup,
    Names,
    NotLocated,
    Question,
    Target,
)
from sonnette.testing import playbook
from tests.sip.locate.zone import (
    NOTHING,
    TCP,
    TLS,
    UDP,
    WS,
    WSS,
    a,
    naptr,
    question,
    search,
    srv,
    told,
    wanted,
    zone,
)

FAILED = Answer(failed=True)
HOST = {"A example.test": a("192.0.2.1")}
FULL = zone(
    {
        "NAPTR example.test": naptr(
            (50, 50, "s", "SIPS+D2T", "_sips._tcp.example.test"),
            (90, 50, "S", "sip+d2t", "_sip._tcp.example.test"),
            (100, 50, "s", "SIP+D2U", "_sip._udp.example.test"),
        ),
        "SRV _sips._tcp.example.test": srv((0, 1, 5061, "one.example.test")),
        "SRV _sip._tcp.example.test": srv((0, 1, 5060, "one.example.test")),
        "SRV _sip._udp.example.test": srv((0, 1, 5060, "two.example.test")),
        "A one.example.test": a("192.0.2.1"),
        "A two.example.test": a("192.0.2.2"),
        **HOST,
    }
)

PLAIN = [
    # what is wanted, the targets
    (wanted(host="192.0.2.9"), ["UDP 192.0.2.9 5060"]),
    (wanted(host="[2001:db8::9]"), ["UDP 2001:db8::9 5060"]),
    (wanted(host="192.0.2.9", port=5070), ["UDP 192.0.2.9 5070"]),
    (wanted(host="192.0.2.9", transport="tcp"), ["TCP 192.0.2.9 5060"]),
    (wanted(host="192.0.2.9", transport="TLS"), ["TLS 192.0.2.9 5061"]),
    (wanted("sips", host="192.0.2.9"), ["TLS 192.0.2.9 5061"]),
    (wanted("sips", host="192.0.2.9", transport="tcp"), ["TLS 192.0.2.9 5061"]),
    (wanted(host="192.0.2.9", transport="ws", supported=(WS, WSS)), ["WS 192.0.2.9 80"]),
    (wanted("sips", host="192.0.2.9", transport="ws", supported=(WSS,)), ["WSS 192.0.2.9 443"]),
    (wanted(host="192.0.2.9", supported=(TCP, TLS)), ["TCP 192.0.2.9 5060"]),
]


@pytest.mark.rfc("3263", "4.2")
@pytest.mark.parametrize(("what", "targets"), PLAIN)
def test_a_numeric_host_is_never_looked_up(what, targets):
    end, asked = search(what, {})
    assert (told(end), asked) == (targets, [])


@pytest.mark.rfc("3263", "4.2")
@pytest.mark.parametrize(
    ("scheme", "transport", "targets"),
    [
        ("sip", None, ["UDP 192.0.2.1 5070"]),
        ("sips", None, ["TLS 192.0.2.1 5070"]),
        ("sip", "tcp", ["TCP 192.0.2.1 5070"]),
    ],
)
def test_a_name_with_a_port_has_its_addresses_looked_up_alone(scheme, transport, targets):
    end, asked = search(wanted(scheme, port=5070, transport=transport), FULL)
    assert told(end) == targets
    assert asked == [question("A", "example.test")]


@pytest.mark.rfc("3263", "4.1")
@pytest.mark.parametrize(
    ("what", "targets"),
    [
        (wanted(), ["TLS 192.0.2.1 5061", "TCP 192.0.2.1 5060", "UDP 192.0.2.2 5060"]),
        (wanted(supported=(UDP, TCP)), ["TCP 192.0.2.1 5060", "UDP 192.0.2.2 5060"]),
        (wanted(supported=(UDP,)), ["UDP 192.0.2.2 5060"]),
        (wanted("sips"), ["TLS 192.0.2.1 5061"]),
    ],
)
def test_the_domain_chooses_the_transport_among_those_we_have(what, targets):
    end, asked = search(what, FULL)
    assert told(end) == targets
    assert asked[0] == question("NAPTR", "example.test")


@pytest.mark.rfc("3263", "4.1")
@pytest.mark.parametrize(
    "record",
    [
        (1, 1, "u", "SIP+D2U", "elsewhere.test"),
        (1, 1, "s", "E2U+sip", "elsewhere.test"),
        (1, 1, "s", "SIP+D2S", "elsewhere.test"),
        (1, 1, "s", "SIP+D2U", ""),
    ],
)
def test_records_of_other_applications_are_passed_over(record):
    end, asked = search(wanted(), zone(HOST) | {question("NAPTR", "example.test"): naptr(record)})
    assert told(end) == ["UDP 192.0.2.1 5060"]
    assert not any(one.name == "elsewhere.test" for one in asked)


@pytest.mark.rfc("3263", "4.1")
@pytest.mark.parametrize(
    ("scheme", "names"),
    [
        ("sip", ["_sip._udp", "_sip._tcp", "_sips._tcp"]),
        ("sips", ["_sips._tcp"]),
    ],
)
def test_without_naptr_each_transport_we_have_is_asked_for(scheme, names):
    _, asked = search(wanted(scheme), {})
    services = [one.name for one in asked if one.kind is Kind.SRV]
    assert services == [f"{name}.example.test" for name in names]


@pytest.mark.rfc("3263", "4.2")
@pytest.mark.parametrize(
    ("scheme", "transport", "name", "target"),
    [
        ("sip", "udp", "_sip._udp", "UDP 192.0.2.2 5060"),
        ("sip", "tcp", "_sip._tcp", "TCP 192.0.2.1 5060"),
        ("sip", "tls", "_sips._tcp", "TLS 192.0.2.1 5061"),
        ("sips", "tcp", "_sips._tcp", "TLS 192.0.2.1 5061"),
    ],
)
def test_a_fixed_transport_skips_naptr(scheme, transport, name, target):
    end, asked = search(wanted(scheme, transport=transport), FULL)
    assert told(end) == [target]
    assert asked[0] == question("SRV", f"{name}.example.test")


@pytest.mark.rfc("3263", "4.2")
@pytest.mark.parametrize(
    ("what", "targets"),
    [
        (wanted(), ["UDP 192.0.2.1 5060"]),
        (wanted("sips"), ["TLS 192.0.2.1 5061"]),
        (wanted(transport="tcp"), ["TCP 192.0.2.1 5060"]),
        (wanted(supported=(TLS,)), ["TLS 192.0.2.1 5061"]),
        (wanted(transport="ws", supported=(WS,)), ["WS 192.0.2.1 80"]),
    ],
)
def test_without_srv_the_host_itself_is_taken(what, targets):
    end, _ = search(what, zone(HOST))
    assert told(end) == targets


@pytest.mark.rfc("2782", "Target")
def test_a_service_that_says_it_is_not_there_is_believed():
    answers = zone({"SRV _sips._tcp.example.test": srv((0, 0, 0, "")), **HOST})
    end, _ = search(wanted("sips"), answers)
    assert end == NotLocated(is_temporary=False)


def test_a_refused_transport_leaves_the_others():
    answers = FULL | zone({"SRV _sip._udp.example.test": srv((0, 0, 0, ""))})
    end, _ = search(wanted(supported=(UDP, TCP)), answers)
    assert told(end) == ["TCP 192.0.2.1 5060"]


@pytest.mark.rfc("2782", "Priority")
def test_priorities_ascend():
    answers = zone(
        {
            "SRV _sip._udp.example.test": srv(
                (20, 0, 5060, "c.test"), (5, 0, 5060, "a.test"), (10, 0, 5062, "b.test")
            ),
            "A a.test": a("192.0.2.1"),
            "A b.test": a("192.0.2.2"),
            "A c.test": a("192.0.2.3"),
        }
    )
    end, _ = search(wanted(transport="udp"), answers)
    assert told(end) == ["UDP 192.0.2.1 5060", "UDP 192.0.2.2 5062", "UDP 192.0.2.3 5060"]


def test_a_server_without_an_address_is_passed_over():
    answers = FULL | zone({"A one.example.test": NOTHING})
    end, _ = search(wanted(supported=(UDP, TCP)), answers)
    assert told(end) == ["UDP 192.0.2.2 5060"]


@pytest.mark.rfc("8305", "4")
def test_ip_versions_take_turns_the_preferred_first():
    answers = zone(
        {
            "A example.test": a("192.0.2.1", "192.0.2.2", "192.0.2.3"),
            "AAAA example.test": a("2001:db8::1", "2001:db8::2"),
        }
    )
    end, _ = search(wanted(port=5060, families=(6, 4)), answers)
    assert [target.address for target in end.targets] == [
        "2001:db8::1",
        "192.0.2.1",
        "2001:db8::2",
        "192.0.2.2",
        "192.0.2.3",
    ]


@pytest.mark.rfc("5922", "4")
def test_the_certificate_must_bear_the_name_of_the_uri_not_of_the_dns():
    end, _ = search(wanted("sips", host="Example.TEST."), FULL)
    assert end.targets == (
        Target(TLS, "192.0.2.1", 5061, server_name="example.test", host="one.example.test"),
    )


@pytest.mark.parametrize(
    ("scheme", "transport", "supported"),
    [
        ("sip", "sctp", (UDP, TCP, TLS)),
        ("sip", "tcp", (UDP,)),
        ("sips", "udp", (UDP, TCP, TLS)),
        ("sips", None, (UDP, TCP)),
    ],
)
def test_a_transport_that_we_cannot_speak_is_refused(scheme, transport, supported):
    with pytest.raises(PeerError) as refusal:
        wanted(scheme, transport=transport, supported=supported)
    assert refusal.value.code == "sip.locate.transport"


@pytest.mark.parametrize(
    ("answers", "is_temporary"),
    [({}, False), ({"A example.test": FAILED}, True), ({"NAPTR example.test": FAILED}, True)],
)
def test_a_name_that_leads_nowhere_is_told_from_a_dns_that_fails(answers, is_temporary):
    end, _ = search(wanted(), zone(answers))
    assert end == NotLocated(is_temporary)


def test_a_dns_that_fails_on_services_does_not_keep_a_call_from_being_made():
    answers = zone({"NAPTR example.test": FAILED, "SRV _sip._udp.example.test": FAILED, **HOST})
    end, _ = search(wanted(), answers)
    assert told(end) == ["UDP 192.0.2.1 5060"]


def test_a_zone_as_large_as_it_likes_costs_a_bounded_search():
    records = [(number, 0, 5060, f"{number}.test") for number in range(1000)]
    end, asked = search(
        wanted(transport="udp"), zone({"SRV _sip._udp.example.test": srv(*records)})
    )
    assert end == NotLocated(is_temporary=False)
    assert len(asked) == 1 + 32
    many = a(*(f"192.0.2.{number}" for number in range(200)))
    end, _ = search(wanted(port=5060), zone({"A example.test": many}))
    assert len(end.targets) == 16


# --- in time ---

play = playbook(lambda output: output.question if isinstance(output, Ask) else None)
WITH_PORT = wanted(port=5060, families=(6, 4))
A, AAAA = question("A", "example.test"), question("AAAA", "example.test")
SRV_UDP = question("SRV", "_sip._udp.example.test")


def looking(what, names=None):
    return play(Lookup, what, entropy=SeededEntropy(), names=names or Names())


def test_questions_that_do_not_depend_on_each_other_are_asked_at_once():
    looking(WITH_PORT).sends(AAAA, A).stays_silent()


def test_a_question_without_an_answer_is_given_up():
    (
        looking(wanted(transport="udp"))
        .sends(SRV_UDP)
        .at(3).sends(A)
        .at(3.5).hears(A, a("192.0.2.1"))
        .tells(lambda end: told(end) == ["UDP 192.0.2.1 5060"])
        .is_over()
    )  # fmt: skip


def test_a_search_that_hears_nothing_ends():
    (
        looking(wanted(transport="udp"))
        .sends(SRV_UDP)
        .at(3).sends(A)
        .at(6).tells(NotLocated(is_temporary=True))
        .is_over()
    )  # fmt: skip


@pytest.mark.rfc("8305", "3")
def test_the_second_ip_version_is_not_waited_for_long():
    (
        looking(WITH_PORT)
        .sends(AAAA, A)
        .at(1).hears(A, a("192.0.2.1")).stays_silent()
        .at(1.3).tells(lambda end: told(end) == ["UDP 192.0.2.1 5060"])
        .is_over()
    )  # fmt: skip


def test_an_empty_answer_does_not_hurry_the_other_version():
    (
        looking(WITH_PORT)
        .sends(AAAA, A)
        .at(1).hears(AAAA, NOTHING).stays_silent()
        .at(2.9).hears(A, a("192.0.2.1")).tells(Located)
        .is_over()
    )  # fmt: skip


def test_an_answer_that_comes_late_serves_the_next_search():
    names = Names()
    (
        looking(wanted(port=5060), names)
        .sends(A)
        .at(3).tells(NotLocated(is_temporary=True))
        .at(4).hears(A, a("192.0.2.1")).stays_silent()
        .is_over()
    )  # fmt: skip
    end, asked = search(wanted(port=5060), {}, names)
    assert (told(end), asked) == (["UDP 192.0.2.1 5060"], [])


def test_an_answer_nobody_asked_for_is_passed_over():
    names = Names()
    looking(wanted(port=5060), names).sends(A).hears(AAAA, a("2001:db8::1")).stays_silent()
    assert names.get(0, AAAA) is None


def test_an_answer_that_expires_in_the_middle_of_a_search_still_counts():
    names = Names(cache=Cache())
    names.put(0, SRV_UDP, Answer(srv((0, 0, 5060, "one.test")).records, ttl=1))
    one = Question("one.test", Kind.A)
    (
        looking(wanted(transport="udp"), names)
        .sends(one)
        .at(2).hears(one, a("192.0.2.1")).tells(Located)
        .is_over()
    )  # fmt: skip
