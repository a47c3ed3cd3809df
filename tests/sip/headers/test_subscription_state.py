import pytest

from sonnette.base.errors import PeerError
from sonnette.sip.headers.subscription_state import SubscriptionState, parse_subscription_state


@pytest.mark.rfc("6665", "8.4")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("active", SubscriptionState("active")),
        ("Active ; Expires=60", SubscriptionState("active", 60)),
        ("pending;expires=600", SubscriptionState("pending", 600)),
        (
            "terminated;reason=Probation;retry-after=5",
            SubscriptionState("terminated", None, "probation", 5),
        ),
        ("active;expires", SubscriptionState("active")),
        ("x-own;x=y", SubscriptionState("x-own")),
    ],
)
def test_a_state_has_a_time_and_a_reason(text, value):
    assert parse_subscription_state(text) == value
    assert parse_subscription_state(str(value)) == value


@pytest.mark.parametrize("text", ["", ";expires=1", "a b", "active;expires=soon"])
def test_a_malformed_state_is_refused(text):
    with pytest.raises(PeerError):
        parse_subscription_state(text)
