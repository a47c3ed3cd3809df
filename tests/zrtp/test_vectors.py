"""Recorded exchanges with the real library, bit by bit: packets, transcript, every key."""

import json
from pathlib import Path

import pytest
from pqcrypto.kem import ml_kem_768

from sonnette.zrtp import sas
from sonnette.zrtp.agreement.halves import CurveHalf, FiniteFieldHalf
from sonnette.zrtp.algorithms import KeyAgreement
from sonnette.zrtp.confirmation import open_confirm
from sonnette.zrtp.keys import Context, Keys, agreed_secret
from sonnette.zrtp.messages import (
    Commit,
    Confirm,
    DhPart,
    Hello,
    Kind,
    image,
    is_sealed,
    unframe,
)
from sonnette.zrtp.wire.packet import Reassembly, pack, pack_slice, parse
from tests import vectors

pytestmark = vectors.needed

RECORDS = [pytest.param(path, id=path.stem) for path in vectors.files("zrtp")]
SESSIONS = [record for record in RECORDS if record.id.startswith("session")]
ENCAPSULATED = [record for record in RECORDS if record.id.startswith("kem")]


class Record:
    """A recorded exchange, its messages by kind and by side."""

    def __init__(self, path: Path):
        self.facts = json.loads(path.read_text())
        self.packets = [bytes.fromhex(text) for _, text in self.facts["packets"]]
        self.messages, self.hellos = {}, {}
        reassembly = Reassembly()
        for (who, _), packet in zip(self.facts["packets"], self.packets, strict=True):
            parsed = parse(packet)
            data = parsed.data
            if parsed.slice:
                data = reassembly.add(parsed.slice, data)
            if data:
                kind = unframe(data)[0]
                self.messages[kind] = data
                if kind is Kind.HELLO:
                    self.hellos[who] = data
        initiator = self.facts["python_role"] == "initiator"
        self.initiator, self.responder = ("py", "lib") if initiator else ("lib", "py")

    def body(self, kind):
        return unframe(self.messages[kind])[1]

    @property
    def suite(self):
        return Commit.read(self.body(Kind.COMMIT)).suite

    @property
    def context(self):
        hellos = self.hellos[self.initiator], self.hellos[self.responder]
        zids = [Hello.read(unframe(hello)[1]).zid for hello in hellos]
        kinds = Kind.COMMIT, Kind.DHPART1, Kind.DHPART2
        transcript = hellos[1] + b"".join(self.messages[kind] for kind in kinds)
        return Context(self.suite.hash, b"".join(zids) + self.suite.hash.digest(transcript))

    def fact(self, name):
        return bytes.fromhex(self.facts[name])

    @property
    def keys(self):
        return Keys(self.suite, self.context, self.fact("s0"))


@pytest.fixture
def record(request):
    return Record(request.param)


def each(records):
    return pytest.mark.parametrize("record", records, indirect=True)


@each(RECORDS)
def test_packets_are_packed_as_they_came(record):
    for packet in record.packets:
        parsed = parse(packet)
        head = parsed.ssrc, parsed.sequence
        if parsed.slice:
            assert pack_slice(*head, parsed.slice, parsed.data) == packet
        else:
            assert pack(*head, parsed.data) == packet


@each(RECORDS)
def test_messages_are_bound_to_each_other(record):
    commit = Commit.read(record.body(Kind.COMMIT))
    parts = DhPart.read(record.body(Kind.DHPART1)), DhPart.read(record.body(Kind.DHPART2))
    theirs, ours = record.hellos[record.responder], record.hellos[record.initiator]
    assert is_sealed(theirs, image(parts[0].h1))
    assert is_sealed(ours, commit.h2)
    assert is_sealed(record.messages[Kind.COMMIT], parts[1].h1)
    hvi = commit.suite.hash.digest(record.messages[Kind.DHPART2] + theirs)[:32]
    assert commit.binding == hvi


@each(SESSIONS)
def test_what_we_would_send_is_what_was_sent(record):
    h0 = bytes.fromhex(record.facts["python"]["H0"])
    initiator = record.facts["python_role"] == "initiator"
    if initiator:
        assert (
            Commit.read(record.body(Kind.COMMIT)).encode(image(h0)) == record.messages[Kind.COMMIT]
        )
    kind = Kind.DHPART2 if initiator else Kind.DHPART1
    assert DhPart.read(record.body(kind)).encode(kind, h0) == record.messages[kind]


@each(RECORDS)
def test_the_transcript_is_hashed_alike(record):
    assert record.context.octets[24:] == record.fact("total_hash")
    assert record.context.octets == record.fact("kdf_context")


@each(SESSIONS)
def test_the_secret_is_agreed_alike(record):
    suite, private = record.suite, bytes.fromhex(record.facts["python"]["private"])
    if suite.agreement is KeyAgreement.DH3K:
        half = FiniteFieldHalf(private)
    else:
        half = CurveHalf(suite.agreement, private)
    parts = [DhPart.read(record.body(kind)) for kind in (Kind.DHPART1, Kind.DHPART2)]
    if record.facts["python_role"] == "responder":
        parts.reverse()
    assert half.public_value == parts[1].value
    auxiliary = b""
    if record.facts["aux_match"]:
        auxiliary = bytes.fromhex(record.facts["aux_secret"])
    result = half.finish(parts[0].value)
    assert agreed_secret(record.context, result, b"", auxiliary) == record.fact("s0")


@each([pytest.param(r.values[0], id=r.id) for r in ENCAPSULATED if r.id.startswith("kem0")])
def test_the_encapsulated_secret_is_agreed_alike(record):
    (private,) = map(bytes.fromhex, record.facts["python_kem_private"])
    ciphertext = DhPart.read(record.body(Kind.DHPART1)).value
    result = ml_kem_768.decaps(private, ciphertext)
    assert agreed_secret(record.context, result, b"", b"") == record.fact("s0")


@each(RECORDS)
def test_every_key_is_derived_alike(record):
    keys = record.keys
    for side, letter in ((keys.initiator, "i"), (keys.responder, "r")):
        assert side.mac == record.fact(f"mackey{letter}")
        assert side.cipher == record.fact(f"zrtpkey{letter}")
        assert side.srtp_key == record.fact(f"srtp_key{letter}")
        assert side.srtp_salt == record.fact(f"srtp_salt{letter}")
    assert keys.retained == record.fact("rs1")
    assert sas.render(record.suite.scheme, keys.sas_hash) == record.facts["sas"]
    if "zrtpsess" in record.facts:
        assert keys.session_key == record.fact("zrtpsess")


@each(RECORDS)
def test_the_confirmations_open(record):
    keys, hashing = record.keys, record.suite.hash
    first = open_confirm(record.body(Kind.CONFIRM1), keys.responder, hashing)
    second = open_confirm(record.body(Kind.CONFIRM2), keys.initiator, hashing)
    assert is_sealed(record.messages[Kind.DHPART1], first.h0)
    assert is_sealed(record.messages[Kind.DHPART2], second.h0)
    if "confirm_plain" in record.facts:
        theirs = first if record.responder == "lib" else second
        plain = record.fact("confirm_plain")
        assert Confirm.read_plain(plain) == theirs
        assert theirs.encode_plain() == plain
