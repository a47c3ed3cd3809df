import pytest

from sonnette.accounts.directory import Member
from sonnette.server.router.calls import logged_address
from sonnette.sip.uri import parse_uri

ALICE = Member(1, "example.test", "alice", b"", b"", None, True)

pytestmark = pytest.mark.req("D-2")


def test_a_member_is_logged_by_the_accounts_address_however_it_was_written():
    uri = parse_uri("sip:ALICE@Example.Test:5060;transport=tcp")
    assert logged_address(ALICE, uri) == "sip:alice@example.test"


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        ("sip:Bob@Foreign.Test:5070;user=phone?subject=x", "sip:Bob@foreign.test"),
        ("sips:bob:secret@foreign.test", "sip:bob@foreign.test"),
        ("sip:foreign.test;lr", "sip:foreign.test"),
        ("tel:+33123456789", "tel:+33123456789"),
    ],
)
def test_a_stranger_is_logged_without_ports_parameters_or_passwords(text, logged):
    assert logged_address(None, parse_uri(text)) == logged
