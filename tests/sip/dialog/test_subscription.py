from dataclasses import replace

import pytest

from sonnette.base.errors import PeerError
from sonnette.sip import names
from sonnette.sip.dialog import Notifier, Subscriber, Subscriptions
from sonnette.sip.dialog.notifier import Terms
from sonnette.sip.dialog.subscriber import MOST_FORKS
from sonnette.sip.dialog.subscription import TABLE, Ended, Notified, Respond, Send, State
from sonnette.sip.headers.subscription_state import parse_subscription_state
from sonnette.sip.timers import Timers
from tests.sip.dialog.plays import play
from tests.sip.messages import make_request, make_response

EVENT = "presence;id=1"
SUBSCRIBE = make_request(
    "SUBSCRIBE", cseq=3, Event=EVENT, Expires="600", Contact="<sip:alice@198.51.100.7>"
)


def notify(state="active;expires=600", tag="b1", cseq=1, **more):
    fields = {
        "From": f"<sip:bob@example.org>;tag={tag}",
        "To": "<sip:alice@example.org>;tag=a1",
        "Event": EVENT,
        "Subscription-State": state,
        "Contact": "<sip:bob@203.0.113.5>",
        **more,
    }
    return make_request("NOTIFY", cseq=cseq, **fields)


def status(code, expires="600", tag="b1"):
    to = f"<sip:bob@example.org>;tag={tag}"
    return make_response(code, "Reason", cseq="3 SUBSCRIBE", To=to, Expires=expires)


def subscriber(now):
    return Subscriber(now, SUBSCRIBE)


def ended(reason, retry_after=None):
    return Ended(reason, retry_after)


# --- the subscriber -----------------------------------------------------------------------


@pytest.mark.rfc("6665", "4.1.2.4")
def test_the_notify_makes_the_subscription_after_the_2xx():
    machine = subscriber(0.0)
    play(lambda: machine).does("respond", status(200)).stays_silent().at(0.1).hears(notify()).tells(
        Notified
    )
    assert machine.state is State.ACTIVE
    assert machine.dialog.id == ("call-1@198.51.100.7", "a1", "b1")


@pytest.mark.rfc("6665", "4.1.2.4")
def test_the_notify_may_come_before_the_2xx():
    machine = subscriber(0.0)
    play(lambda: machine).hears(notify("pending;expires=600")).tells(Notified).does(
        "respond", status(200)
    ).stays_silent().at(1).hears(notify(cseq=2)).tells(Notified)
    assert machine.state is State.ACTIVE


@pytest.mark.rfc("6665", "4.1.2")
def test_without_a_notify_timer_n_ends_it():
    play(subscriber).does("respond", status(200, "10")).at(31.9).stays_silent().at(32).tells(
        ended("no-notify")
    ).is_over()


@pytest.mark.rfc("6665", "4.1.2.2")
def test_it_is_refreshed_before_it_expires():
    machine = subscriber(0.0)
    dialogue = play(lambda: machine).hears(notify()).tells(Notified)
    dialogue.at(567.9).stays_silent().at(568).sends("SUBSCRIBE")
    dialogue.does("respond", status(200, "60")).at(598).sends("SUBSCRIBE")
    dialogue.does("respond", status(200, "60")).hears(notify("active;expires=60", cseq=2)).tells(
        Notified
    ).stays_silent()


@pytest.mark.rfc("6665", "4.1.2.2")
def test_a_refresh_is_a_request_of_the_dialog():
    machine = subscriber(0.0)
    machine.feed(0.0, notify(Record_Route="<sip:p;lr>"))
    machine.drain()
    machine.tick(568.0)
    (sent,) = machine.drain()
    request = sent.request
    assert request.start_line == "SUBSCRIBE sip:bob@203.0.113.5 SIP/2.0"
    assert request.cseq == (4, "SUBSCRIBE")
    assert request.all(names.ROUTE) == ["<sip:p;lr>"]
    assert (request.first(names.EVENT), request.expires) == (EVENT, 600)
    assert request.first(names.CONTACT) == "<sip:alice@198.51.100.7>"


@pytest.mark.rfc("6665", "4.1.2.2")
@pytest.mark.parametrize("code", [423, 500, 503])
def test_a_refresh_that_fails_leaves_the_rest_of_its_time(code):
    play(subscriber).hears(notify()).tells(Notified).at(568).sends("SUBSCRIBE").does(
        "respond", status(code)
    ).stays_silent().does("lose").at(600).tells(ended("expired", 0.0)).is_over()


@pytest.mark.rfc("6665", "4.1.2.2")
def test_a_481_to_a_refresh_ends_it():
    play(subscriber).hears(notify()).tells(Notified).at(568).sends("SUBSCRIBE").does(
        "respond", status(481)
    ).tells(ended("refused")).is_over()


@pytest.mark.rfc("6665", "4.1.2.1")
@pytest.mark.parametrize("code", [302, 403, 489, 603])
def test_a_refusal_ends_it(code):
    play(subscriber).does("respond", status(100)).stays_silent().does(
        "respond", status(code)
    ).tells(ended("refused")).does("respond", status(200)).is_over()


def test_a_subscribe_that_nobody_answers_ends_it():
    play(subscriber).does("lose").tells(ended("refused")).is_over()


@pytest.mark.rfc("6665", "4.1.3")
@pytest.mark.parametrize(
    ("state", "ending"),
    [
        ("terminated;reason=deactivated;retry-after=9", ended("deactivated", 0.0)),
        ("terminated;reason=timeout", ended("timeout", 0.0)),
        ("terminated;reason=probation;retry-after=9", ended("probation", 9.0)),
        ("terminated;reason=probation", ended("probation", 60.0)),
        ("terminated;reason=giveup;retry-after=9", ended("giveup", 9.0)),
        ("terminated;reason=rejected;retry-after=9", ended("rejected")),
        ("terminated;reason=noresource", ended("noresource")),
        ("terminated;reason=invariant", ended("invariant")),
        ("terminated;retry-after=9", ended("terminated", 9.0)),
        ("terminated;reason=x-own", ended("x-own", 60.0)),
    ],
)
def test_the_notifier_says_whether_to_come_again(state, ending):
    play(subscriber).hears(notify()).tells(Notified).hears(notify(state, cseq=2)).tells(
        Notified, ending
    ).is_over()


@pytest.mark.rfc("6665", "4.1.2.3")
def test_to_unsubscribe_is_a_refresh_of_no_time_and_the_notify_ends_it():
    machine = subscriber(0.0)
    dialogue = play(lambda: machine).hears(notify()).tells(Notified)
    dialogue.does("unsubscribe").sends(lambda method: method == "SUBSCRIBE")
    dialogue.does("respond", status(200, "0")).at(1).hears(
        notify("terminated;reason=timeout", cseq=2)
    ).tells(Notified, ended("timeout", 0.0)).is_over()


@pytest.mark.rfc("6665", "4.1.2.3")
def test_a_last_notify_that_never_comes_is_not_waited_for_long():
    play(subscriber).hears(notify()).tells(Notified).does("unsubscribe").sends("SUBSCRIBE").at(
        32
    ).tells(ended("no-notify")).is_over()


def test_before_a_notify_there_is_nothing_to_unsubscribe():
    play(subscriber).does("unsubscribe").stays_silent()


def refusal(machine, request):
    with pytest.raises(PeerError) as caught:
        machine.feed(0.0, request)
    return caught.value.status


@pytest.mark.rfc("6665", "4.1.3")
@pytest.mark.parametrize(
    "more",
    [
        {"Call-ID": "2"},
        {"To": "<sip:alice@example.org>;tag=a2"},
        {"Event": "presence"},
        {"Event": "presence;id=2"},
        {"Event": "dialog;id=1"},
    ],
)
def test_a_notify_of_something_else_is_481(more):
    assert refusal(subscriber(0.0), notify(**more)) == 481


@pytest.mark.rfc("6665", "4.1.3")
def test_a_notify_of_another_fork_is_481_for_this_one():
    machine = subscriber(0.0)
    machine.feed(0.0, notify())
    assert refusal(machine, notify(tag="b2")) == 481


def test_a_notify_after_the_end_is_481():
    machine = subscriber(0.0)
    machine.feed(0.0, notify("terminated"))
    assert refusal(machine, notify(cseq=2)) == 481


@pytest.mark.rfc("3261", "12.2.2")
def test_a_notify_out_of_order_is_500():
    machine = subscriber(0.0)
    machine.feed(0.0, notify(cseq=5))
    assert refusal(machine, notify(cseq=4)) == 500


@pytest.mark.parametrize(
    "more", [{"Subscription-State": None}, {"Subscription-State": ";"}, {"Contact": None}]
)
def test_a_notify_that_says_too_little_is_400(more):
    machine = subscriber(0.0)
    assert refusal(machine, notify(**more)) == 400
    assert machine.state is State.NOTIFY_WAIT
    assert machine.drain() == []


def test_an_unknown_state_counts_as_active():
    machine = subscriber(0.0)
    machine.feed(0.0, notify("x-own;expires=60"))
    assert machine.state is State.ACTIVE


@pytest.mark.rfc("6665", "4.1.4")
def test_each_fork_is_a_subscription_of_its_own():
    every = Subscriptions(0.0, SUBSCRIBE)
    one = every.feed(0.0, notify())
    every.respond(0.0, status(200))
    other = every.feed(0.1, notify(tag="b2"))
    assert one is not other
    assert every.feed(0.2, notify("terminated;reason=rejected", cseq=2)) is one
    assert [(fork, type(out)) for fork, out in every.drain()] == [
        (one, Notified),
        (one, Notified),
        (one, Ended),
        (other, Notified),
    ]
    assert every.deadline == pytest.approx(568.1)
    every.tick(600.0)
    assert [(fork, type(out)) for fork, out in every.drain()] == [(other, Send)]


@pytest.mark.rfc("6665", "4.1.4")
def test_forks_have_a_bound():
    every = Subscriptions(0.0, SUBSCRIBE)
    for n in range(MOST_FORKS):
        every.feed(0.0, notify(tag=f"b{n}"))
    assert refusal(every, notify(tag="more")) == 481


def test_a_strangers_notify_makes_no_fork():
    every = Subscriptions(0.0, SUBSCRIBE)
    every.feed(0.0, notify())
    assert refusal(every, notify(tag="b2", Event="dialog")) == 481
    assert len(every.forks) == 1


# --- the notifier -------------------------------------------------------------------------


def notifier(now, terms=None, **more):
    fields = {"Event": EVENT, "Expires": "600", "Contact": "<sip:alice@198.51.100.7>", **more}
    request = make_request("SUBSCRIBE", cseq=3, **fields)
    return Notifier(now, request, "b1", "<sip:bob@203.0.113.5>", terms)


def refresh(expires="600", cseq=4):
    return make_request(
        "SUBSCRIBE", cseq=cseq, Event=EVENT, Expires=expires, To="<sip:bob@example.org>;tag=b1"
    )


def state_of(out):
    return parse_subscription_state(out.request.first(names.SUBSCRIPTION_STATE))


@pytest.mark.rfc("6665", "4.2.1.2")
def test_a_subscribe_is_answered_and_notified_at_once():
    machine = notifier(0.0, Record_Route="<sip:p;lr>")
    respond, send = machine.drain()
    assert isinstance(respond, Respond)
    assert (respond.response.status, respond.response.expires) == (200, 600)
    assert respond.response.to.tag == "b1"
    assert respond.response.all(names.RECORD_ROUTE) == ["<sip:p;lr>"]
    request = send.request
    assert request.start_line == "NOTIFY sip:alice@198.51.100.7 SIP/2.0"
    assert request.all(names.ROUTE) == ["<sip:p;lr>"]
    assert request.first(names.EVENT) == EVENT
    assert request.first(names.SUBSCRIPTION_STATE) == "active;expires=600"
    assert request.body == b""


@pytest.mark.rfc("6665", "4.2.1.1")
@pytest.mark.parametrize(
    ("asked", "granted"), [(None, 3600), ("60", 60), ("100000", 86_400), ("4294967295", 86_400)]
)
def test_the_time_is_granted_within_the_terms(asked, granted):
    respond, _ = notifier(0.0, Expires=asked).drain()
    assert respond.response.expires == granted


@pytest.mark.rfc("6665", "4.2.1.1")
@pytest.mark.parametrize(
    ("more", "code"), [({"Expires": "59"}, 423), ({"Event": None}, 489), ({"Contact": None}, 400)]
)
def test_what_cannot_be_granted_is_refused(more, code):
    with pytest.raises(PeerError) as caught:
        notifier(0.0, **more)
    assert caught.value.status == code


@pytest.mark.rfc("6665", "4.4.3")
def test_a_subscribe_of_no_time_fetches_once():
    machine = notifier(0.0, Expires="0")
    respond, send, ending = machine.drain()
    assert respond.response.expires == 0
    assert str(state_of(send)) == "terminated;reason=timeout"
    assert ending == ended("timeout")
    assert machine.deadline is None


@pytest.mark.rfc("6665", "4.2.2")
def test_news_is_told_with_the_time_that_is_left():
    machine = notifier(0.0)
    machine.drain()
    machine.notify(100.0, b"<presence/>", "application/pidf+xml")
    (send,) = machine.drain()
    assert send.request.body == b"<presence/>"
    assert send.request.content_type == "application/pidf+xml"
    assert state_of(send).expires == 500
    assert send.request.cseq == (2, "NOTIFY")


@pytest.mark.rfc("6665", "4.2.1.2")
def test_who_is_not_allowed_yet_learns_nothing():
    machine = notifier(0.0, Terms(is_pending=True))
    machine.notify(1.0, b"secret", "text/plain")
    for send in machine.drain()[1:]:
        assert state_of(send).state == "pending"
        assert send.request.body == b""
    machine.allow(2.0)
    machine.allow(2.0)
    (send,) = machine.drain()
    assert (state_of(send).state, send.request.body) == ("active", b"secret")


@pytest.mark.rfc("6665", "4.2.1.2")
def test_a_refresh_is_answered_and_notified():
    play(notifier).sends(200, "NOTIFY").at(500).hears(refresh()).sends(200, "NOTIFY").at(
        1099
    ).stays_silent().at(1100).sends("NOTIFY").tells(ended("timeout")).is_over()


@pytest.mark.rfc("6665", "4.2.2")
def test_without_a_refresh_it_expires():
    machine = notifier(0.0)
    machine.drain()
    machine.tick(600.0)
    send, ending = machine.drain()
    assert str(state_of(send)) == "terminated;reason=timeout"
    assert ending == ended("timeout")
    machine.notify(601.0, b"", "text/plain")
    assert machine.drain() == []


@pytest.mark.rfc("6665", "4.2.1.2")
def test_the_subscriber_may_end_it():
    play(notifier).sends(200, "NOTIFY").at(5).hears(refresh("0")).sends(200, "NOTIFY").tells(
        ended("timeout")
    ).is_over()


def test_a_refresh_that_is_refused_changes_nothing():
    machine = notifier(0.0)
    machine.drain()
    assert refusal(machine, refresh("1", cseq=9)) == 423
    assert refusal(machine, refresh(cseq=2)) == 500
    assert machine.drain() == []
    assert machine.deadline == 600


def test_a_refresh_after_the_end_is_481():
    machine = notifier(0.0, Expires="0")
    assert refusal(machine, refresh()) == 481


@pytest.mark.rfc("6665", "4.2.2")
@pytest.mark.parametrize("code", [408, 404, 481, 489, 604])
def test_a_notify_that_nobody_wants_ends_it_without_another(code):
    play(notifier).sends(200, "NOTIFY").does("respond", code).tells(ended("refused")).is_over()


@pytest.mark.parametrize("code", [200, 401, 500, 503])
def test_other_answers_to_a_notify_do_not(code):
    machine = notifier(0.0)
    play(lambda: machine).sends(200, "NOTIFY").does("respond", code).stays_silent()
    assert machine.state is State.ACTIVE


@pytest.mark.rfc("6665", "4.2.2")
def test_the_notifier_may_end_it_with_a_reason():
    machine = notifier(0.0)
    machine.drain()
    machine.end(1.0, "probation", 30)
    send, _ = machine.drain()
    assert str(state_of(send)) == "terminated;reason=probation;retry-after=30"
    machine.end(2.0, "rejected")
    assert machine.drain() == []


# --- both sides ---------------------------------------------------------------------------


def test_both_sides_understand_each_other():
    ours, theirs = subscriber(0.0), Notifier(0.0, SUBSCRIBE, "b1", "<sip:bob@203.0.113.5>")
    theirs.notify(0.0, b"there", "text/plain")
    news = exchange(0.0, ours, theirs)
    for _ in range(5):
        now = ours.deadline
        ours.tick(now)
        news += exchange(now, ours, theirs)
    assert now == 5 * 568
    assert ours.state is theirs.state is State.ACTIVE
    assert news == [b"", *[b"there"] * 6]


def exchange(now, ours, theirs):
    """Carry everything over until both are silent: the news that came."""
    news = []
    while (said := theirs.drain()) + (heard := ours.drain()):
        for out in said:
            if isinstance(out, Respond):
                ours.respond(now, out.response)
            else:
                ours.feed(now, out.request)
        for out in heard:
            if isinstance(out, Send):
                theirs.feed(now, out.request)
            else:
                news.append(out.request.body)
    return news


def test_timers_are_the_transactions():
    machine = Subscriber(0.0, SUBSCRIBE, replace(Timers(), t1=0.1))
    assert machine.deadline == pytest.approx(6.4)


def test_every_state_can_be_reached():
    reached = {after for rules in TABLE.values() for after in rules.values()}
    assert reached | {State.NOTIFY_WAIT} == set(State)
