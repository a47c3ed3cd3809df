import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.errors import PeerError
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.outbound import FlowTokens
from sonnette.sip.uri import parse_uri
from tests.sip.messages import TCP, UDP

SIX = Flow(Transport.WSS, ("2001:db8::1", 443), ("2001:db8::2", 50_000), serial=2**40)
TOKENS = FlowTokens(b"key")


@pytest.mark.rfc("5626", "5.2")
@pytest.mark.parametrize("flow", [UDP, TCP, SIX])
def test_a_token_names_its_flow(flow):
    token = TOKENS.open(TOKENS.seal(flow))
    assert token.transport is flow.transport
    assert (token.serial, token.local, token.remote) == (flow.serial, flow.local, flow.remote)


@pytest.mark.parametrize("flow", [UDP, TCP, SIX])
def test_a_token_fits_in_a_uri(flow):
    token = TOKENS.seal(flow)
    assert parse_uri(f"sip:{token}@192.0.2.1;lr").user == token


def test_the_same_flow_has_the_same_token():
    assert TOKENS.seal(UDP) == FlowTokens(b"key").seal(UDP)
    assert TOKENS.seal(UDP) != TOKENS.seal(TCP)


def test_tokens_do_not_pile_up():
    tokens = FlowTokens(b"key")
    for port in range(10_100):
        tokens.seal(Flow(Transport.UDP, ("192.0.2.1", 5060), ("192.0.2.2", port)))
    assert len(tokens._sealed) < 10_100


def refused(token):
    with pytest.raises(PeerError) as caught:
        TOKENS.open(token)
    return caught.value.status


@pytest.mark.rfc("5626", "5.2")
@pytest.mark.parametrize("token", ["", "a", "alice", "é", "====", "A" * 40, "\udcff"])
def test_a_text_that_is_no_token_is_403(token):
    assert refused(token) == 403


@pytest.mark.rfc("5626", "5.2")
def test_a_token_of_another_key_is_403():
    assert refused(FlowTokens(b"other").seal(UDP)) == 403


@pytest.mark.rfc("5626", "5.2")
@given(st.integers(0, 200), st.integers(1, 255))
def test_a_token_with_one_changed_character_is_403(at, change):
    token = bytearray(TOKENS.seal(TCP).encode())
    token[at % len(token)] ^= change
    assert refused(token.decode("latin-1")) == 403


@given(st.text(max_size=80))
def test_no_text_opens_by_chance(token):
    assert refused(token) == 403
