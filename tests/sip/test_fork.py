import pytest

from sonnette.sip import names
from sonnette.sip.fork import BUSY_EVERYWHERE, COMPLETED_ELSEWHERE, Fork, Phase
from tests.sip.messages import make_response


def forked(*groups, method="INVITE", is_late=False):
    """A fork that has started its first group, and its branches."""
    fork = Fork(method, is_late=is_late)
    branches = [fork.add(f"target-{n}", group) for n, group in enumerate(groups)]
    fork.start()
    return fork, branches


def status(code, **more):
    return make_response(code, "Reason", cseq="1 INVITE", **more)


def cancels(fork):
    return list(fork.take_cancels())


@pytest.mark.rfc("3261", "16.6")
def test_a_group_rings_together_and_the_next_when_it_has_failed():
    fork = Fork("INVITE")
    a, b, c = fork.add("a", 0), fork.add("b", 0), fork.add("c", 1)
    assert fork.start() == [a, b]
    fork.respond(a, status(486))
    assert not fork.is_settled
    fork.respond(b, status(404))
    assert fork.is_settled
    assert fork.start() == [c]
    fork.respond(c, status(480))
    assert fork.is_settled
    assert fork.start() == []


def test_a_device_that_comes_while_it_rings_rings_too():
    fork, (first,) = forked(0, is_late=True)
    late = fork.add("late")
    assert fork.start() == [late]
    fork.give_up(first, None)
    assert not fork.is_settled


@pytest.mark.rfc("3261", "16.7")
def test_provisionals_go_on_but_100_does_not():
    fork, (branch,) = forked(0)
    assert fork.respond(branch, status(100)) is None
    ringing = status(180)
    assert fork.respond(branch, ringing) is ringing


@pytest.mark.rfc("3261", "16.7")
def test_the_first_2xx_goes_on_and_the_others_are_given_up():
    fork, (a, b) = forked(0, 0)
    for branch in (a, b):
        fork.respond(branch, status(180))
    taken = status(200)
    assert fork.respond(a, taken) is taken
    assert fork.is_answered
    assert cancels(fork) == [(b, COMPLETED_ELSEWHERE)]
    assert cancels(fork) == []
    assert fork.respond(b, status(183)) is None
    assert fork.respond(b, status(487)) is None
    assert fork.is_settled


@pytest.mark.rfc("3261", "16.7")
def test_every_2xx_to_an_invite_goes_on():
    fork, (a, b) = forked(0, 0)
    fork.respond(a, status(200))
    second = status(200)
    assert fork.respond(b, second) is second


@pytest.mark.rfc("3261", "16.7")
def test_only_one_2xx_to_another_request_goes_on():
    fork, (a, b) = forked(0, 0, method="MESSAGE")
    assert fork.respond(a, status(200)) is not None
    assert fork.respond(b, status(200)) is None


@pytest.mark.rfc("3261", "9.1")
def test_a_cancel_waits_for_a_provisional_and_keeps_its_reason():
    fork, (a, b) = forked(0, 0)
    fork.respond(a, status(200))
    assert cancels(fork) == []
    fork.respond(b, status(100))
    assert cancels(fork) == [(b, COMPLETED_ELSEWHERE)]


@pytest.mark.rfc("3261", "9.1")
def test_only_an_invite_is_cancelled():
    fork, (a, b) = forked(0, 0, method="MESSAGE")
    fork.respond(b, status(100))
    fork.respond(a, status(200))
    assert cancels(fork) == []


@pytest.mark.rfc("3261", "16.10")
@pytest.mark.rfc("3326", "3")
def test_a_caller_who_gives_up_gives_up_every_branch():
    fork, (a, b, c) = forked(0, 0, 1)
    fork.respond(a, status(180))
    fork.cancel("SIP;cause=487")
    assert cancels(fork) == [(a, "SIP;cause=487")]
    assert c.phase is Phase.DONE
    assert fork.start() == []
    fork.respond(a, status(487))
    fork.respond(b, status(180))
    assert cancels(fork) == [(b, "SIP;cause=487")]


@pytest.mark.rfc("3261", "16.7")
def test_a_2xx_that_crosses_the_cancel_still_goes_on():
    fork, (branch,) = forked(0)
    fork.respond(branch, status(180))
    fork.cancel()
    assert fork.respond(branch, status(200)) is not None


@pytest.mark.rfc("3261", "16.7")
def test_a_6xx_ends_the_search():
    fork, (a, b, c) = forked(0, 0, 1, is_late=True)
    fork.respond(b, status(180))
    assert fork.respond(a, status(603)) is None
    assert cancels(fork) == [(b, BUSY_EVERYWHERE)]
    assert c.phase is Phase.DONE
    assert not fork.is_late
    fork.respond(b, status(487))
    assert fork.is_settled
    assert fork.best().status == 603


@pytest.mark.rfc("3261", "16.7")
@pytest.mark.parametrize(
    ("answers", "best"),
    [
        ((404,), 404),
        ((486, 404), 404),
        ((480, 302), 302),
        ((503, 486), 486),
        ((408, 486), 486),
        ((500, 486), 486),
        ((503, 500), 500),
        ((486, 603), 603),
        ((604, 603), 603),
        ((404, 484), 484),
        ((404, 401), 401),
        ((404, 407), 407),
        ((404, 415), 415),
        ((404, 420), 420),
        ((408, 503), 408),
        ((503,), 503),
    ],
)
def test_the_best_answer_is_chosen(answers, best):
    for order in (answers, answers[::-1]):
        fork, branches = forked(*(0 for _ in order))
        for branch, code in zip(branches, order, strict=True):
            fork.respond(branch, status(code))
        assert fork.best().status == best


@pytest.mark.rfc("3261", "16.8")
def test_a_branch_that_is_given_up_has_the_answer_that_its_owner_makes():
    fork, (a, b) = forked(0, 0)
    fork.give_up(a, status(408))
    fork.give_up(b, None)
    assert fork.is_settled
    assert fork.best().status == 408
    fork.give_up(a, status(486))
    assert fork.best().status == 408


def test_where_no_answer_came_there_is_none():
    fork, (branch,) = forked(0)
    fork.give_up(branch, None)
    assert fork.best() is None
    assert not fork.has_answer


@pytest.mark.parametrize(("code", "expected"), [(486, True), (408, False), (503, False)])
def test_a_time_out_is_no_answer_of_a_device(code, expected):
    fork, (branch,) = forked(0)
    fork.respond(branch, status(code))
    assert fork.has_answer is expected


@pytest.mark.rfc("3261", "16.7")
def test_the_challenges_of_all_branches_go_on_together():
    fork, (a, b, c) = forked(0, 0, 0)
    fork.respond(a, status(407, Proxy_Authenticate='Digest realm="a"'))
    fork.respond(b, status(401, WWW_Authenticate='Digest realm="b"'))
    fork.respond(c, status(404))
    best = fork.best()
    assert best.all(names.PROXY_AUTHENTICATE) == ['Digest realm="a"']
    assert best.all(names.WWW_AUTHENTICATE) == ['Digest realm="b"']
