"""A refresh in place does what the registrar does in full, only quicker."""

from dataclasses import dataclass
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.errors import PeerError
from sonnette.sip import registrar
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.parser import parse
from sonnette.sip.registrar import Change, Policy, Record, apply

SERVER = ("127.0.0.1", 5060)
POLICY = Policy()


@dataclass(frozen=True)
class Refresh:
    contact: str = '<sip:a@192.0.2.1:5060>;+sip.instance="<urn:uuid:1>"'
    expires: int | None = 600
    path: str = ""
    call_id: str = "one"
    cseq: int = 2
    host: str = "192.0.2.1"
    agent: str = "phone/1"


REFRESHES = st.builds(
    Refresh,
    contact=st.sampled_from(
        [
            Refresh.contact,
            "<sip:a@192.0.2.1:5060>",
            "<sip:a@192.0.2.1:5060>;message-expires=900",
            '"A" <sip:a@192.0.2.1:5060>',
            "<sip:a@192.0.2.1:5060>;expires=700",
            "<sip:b@192.0.2.2>, <sip:a@192.0.2.1:5060>",
        ]
    ),
    expires=st.sampled_from([None, 0, 1, 60, 600, 100_000]),
    path=st.sampled_from(["", "", "<sip:p;lr>"]),
    call_id=st.sampled_from(["one", "two"]),
    cseq=st.integers(1, 4),
    host=st.sampled_from(["192.0.2.1", "192.0.2.9"]),
    agent=st.sampled_from(["phone/1", "phone/2"]),
)


def carry_out(record: Record, now: float, wanted: Refresh) -> Change | str:
    """What the registrar makes of it; the code where it refuses."""
    lines = [
        "REGISTER sip:example.test SIP/2.0",
        f"Via: SIP/2.0/UDP {wanted.host}:5060;branch=z9hG4bK{wanted.cseq}",
        "From: <sip:a@example.test>;tag=1",
        "To: <sip:a@example.test>",
        f"Call-ID: {wanted.call_id}",
        f"CSeq: {wanted.cseq} REGISTER",
        f"Contact: {wanted.contact}",
        f"User-Agent: {wanted.agent}",
    ]
    lines += [f"Path: {wanted.path}"] if wanted.path else []
    lines += [] if wanted.expires is None else [f"Expires: {wanted.expires}"]
    request = parse("\r\n".join([*lines, "", ""]).encode())
    flow = Flow(Transport.UDP, SERVER, (wanted.host, 5060))
    try:
        return apply(record, request, now, POLICY, flow)  # type: ignore[arg-type]
    except PeerError as error:
        return error.code


def shown(record: Record) -> list[dict[str, object]]:
    return [
        {name: getattr(binding, name) for name in binding.__slots__}
        for binding in record.bindings.values()
    ]


def counted(change: Change | str) -> object:
    if isinstance(change, str):
        return change
    return [len(part) for part in (change.added, change.refreshed, change.removed, change.moved)]


@given(st.lists(REFRESHES, max_size=6))
def test_every_order_of_registers_ends_in_the_same_bindings(wanted: list[Refresh]) -> None:
    quick, full = Record(), Record()
    for step, each in enumerate(wanted):
        outcome = carry_out(quick, 1000.0 + step, each)
        with patch.object(registrar, "_known", return_value=None):
            expected = carry_out(full, 1000.0 + step, each)
        assert counted(outcome) == counted(expected)
        assert shown(quick) == shown(full)


def test_a_refresh_keeps_the_binding_itself() -> None:
    record = Record()
    carry_out(record, 1000.0, Refresh(cseq=1))
    (before,) = record.bindings.values()
    carry_out(record, 1100.0, Refresh(cseq=2))
    (after,) = record.bindings.values()
    assert after is before
    assert (after.created_at, after.expires_at, after.cseq) == (1000.0, 1700.0, 2)


@pytest.mark.rfc("3261", "10.3")
def test_a_late_refresh_changes_nothing() -> None:
    record = Record()
    carry_out(record, 1000.0, Refresh(cseq=3))
    assert carry_out(record, 1001.0, Refresh(cseq=3)) == "sip.registrar.order"
    assert record.bindings.popitem()[1].expires_at == 1600.0
