"""Genuine sessions of the reference library, decrypted from the recipient's private keys."""

from typing import Any

import pytest

from sonnette.lime.cipher import seal_payload, tag_of, unseal_payload
from sonnette.lime.header import Header
from sonnette.lime.keys import Identity, KeyPair
from sonnette.lime.primitives.algorithm import by_number
from sonnette.lime.primitives.curve import Curve448, Curve25519
from sonnette.lime.primitives.kem import ML_KEM_512
from sonnette.lime.ratchet import Place, Session, answered
from sonnette.lime.x3dh import respond
from tests.lime.vectors import load

CLASSIC = [f"session{n}_curve{c}.json" for n, c in ((0, 1), (1, 2), (3, 2), (4, 1), (6, 1), (7, 2))]
HYBRID = ["pq1_curve4.json", "pq3_curve4.json", "pq4_curve5.json"]


class Recipient:
    """Decrypts a transcript with the keys it lists, keeping the keys of overtaken messages."""

    def __init__(self, transcript: dict[str, Any]) -> None:
        self.algorithm = by_number(transcript["curve"])
        self.keys = transcript["recipient"]
        self.sender = transcript["sender_device"].encode()
        self.own = transcript["recipient_device"].encode()
        self.user = transcript["recipient_user"].encode()
        self.kept: dict[Place, bytes] = {}
        self.session: Session | None = None

    def respond(self, header: Header) -> Session:
        init, keys = header.init, self.keys
        assert init is not None and init.signed == keys["spk_id"]
        identity = Identity(
            bytes.fromhex(keys["identity_seed"]), bytes.fromhex(keys["identity_public"])
        )
        prekeys = [
            self._pair(keys["spk_private"], keys.get("spk_kem_private", ""),
                       keys.get("spk_kem_public", ""))
        ]  # fmt: skip
        if init.one_time is not None:
            prekeys.append(self._one_time(str(init.one_time)))
        devices = (self.sender, self.own)
        agreement = respond(self.algorithm, identity, devices, init, tuple(prekeys))
        return answered(self.algorithm, agreement, prekeys[0])

    def _one_time(self, number: str) -> KeyPair:
        if "opk" in self.keys:
            key = self.keys["opk"][number]
            return self._pair(key["private"], key["kem_private"], key["kem_public"])
        return self._pair(self.keys["opk_private"][number])

    def _pair(self, private: str, kem_private: str = "", kem_public: str = "") -> KeyPair:
        secret = bytes.fromhex(private)
        public = self.algorithm.curve.exchange_public(secret)
        return KeyPair(secret, public, bytes.fromhex(kem_private), bytes.fromhex(kem_public))

    def decrypt(self, message: dict[str, Any]) -> bytes:
        header = Header.parse(bytes.fromhex(message["dr"]))
        cipher = bytes.fromhex(message["cipher"])
        session = self.session or self.respond(header)
        context = (tag_of(cipher) or self.user) + self.sender + self.own
        kept = self.kept.pop((header.key.public, header.place), None)
        plaintext, overtaken = session.decrypt(header, context, kept)
        self.session = session
        self.kept.update(overtaken)
        if header.direct:
            return plaintext
        genuine = bytes.fromhex(message["plain"])
        assert seal_payload(plaintext, genuine, self.sender, self.user) == cipher
        return unseal_payload(plaintext, cipher, self.sender, self.user)


@pytest.mark.req("S-9")
@pytest.mark.parametrize("name", CLASSIC)
def test_every_message_of_a_genuine_session_decrypts_in_the_order_of_delivery(name):
    transcript = load(name)
    recipient = Recipient(transcript)
    for message in sorted(transcript["messages"], key=lambda m: m["delivery_rank"]):
        if message["delivery_rank"] == 4:
            _reply(recipient, transcript["bob_reply_before_message_4"])
        assert recipient.decrypt(message) == bytes.fromhex(message["plain"])


def _reply(recipient: Recipient, reply: dict[str, Any]) -> None:
    """Takes the sending step the transcript's recipient took, with its private key."""

    class Drawn:
        def draw(self, size: int) -> bytes:
            return bytes.fromhex(reply["bob_ratchet_private"])

    session = recipient.session
    assert session is not None
    ours = session.copy().encrypt(0.0, Drawn(), b"", b"", direct=True)
    genuine = Header.parse(bytes.fromhex(reply["dr"]))
    assert Header.parse(ours).key == genuine.key
    session.encrypt(0.0, Drawn(), b"", b"", direct=True)


@pytest.mark.req("S-9")
@pytest.mark.parametrize("name", HYBRID)
def test_every_message_of_a_post_quantum_session_decrypts(name):
    transcript = load(name)
    recipient = Recipient(transcript)
    for message in transcript["messages"]:
        assert recipient.decrypt(message) == bytes.fromhex(message["plain"])
    session, after = recipient.session, transcript["after"]
    assert session is not None and session.receiving is not None
    assert session.associated.hex() == after["shared_ad"]
    assert session.root.hex() == after["root_key"]
    assert session.receiving.key.hex() == after["receiving_chain_key"]


def test_signatures_on_curve_25519_are_ed25519ctx_with_an_empty_context():
    curve = Curve25519()
    for case in load("eddsa_tester.json")["ed25519ctx_empty_context"]:
        seed, public, message, signature = _eddsa(case)
        assert curve.identity_public(seed) == public
        assert curve.sign(seed, message) == signature
        assert curve.verify(public, message, signature)
        assert not curve.verify(public, message + b".", signature)


@pytest.mark.rfc("8032", "7.4")
def test_signatures_on_curve_448_are_ed448():
    curve = Curve448()
    for case in load("eddsa_tester.json")["ed448"]:
        seed, public, message, signature = _eddsa(case)
        assert curve.identity_public(seed) == public
        assert curve.sign(seed, message) == signature
        assert curve.verify(public, message, signature)


def _eddsa(case: dict[str, str]) -> tuple[bytes, bytes, bytes, bytes]:
    names = ("secret", "public", "message", "signature")
    seed, public, message, signature = (bytes.fromhex(case[name]) for name in names)
    return seed, public, message, signature


@pytest.mark.parametrize("name", CLASSIC)
def test_the_genuine_prekey_signature_is_made_again_bit_for_bit(name):
    transcript = load(name)
    curve, signed = by_number(transcript["curve"]).curve, transcript["signature"]
    seed, message = bytes.fromhex(signed["seed"]), bytes.fromhex(signed["message"])
    assert curve.sign(seed, message).hex() == signed["value"]
    keys = transcript["recipient"]
    assert curve.identity_exchange_private(seed).hex() == keys["identity_x_private"]
    identity = bytes.fromhex(keys["identity_public"])
    assert curve.identity_exchange_public(identity).hex() == keys["identity_x_public"]


def test_the_known_answer_of_the_kem():
    case = load("kem_tester.json")["MLKEM512"]
    secret = ML_KEM_512.decapsulate(bytes.fromhex(case["sk"]), bytes.fromhex(case["ct"]))
    assert secret.hex() == case["ss"]
