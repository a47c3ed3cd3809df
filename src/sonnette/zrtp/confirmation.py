"""The Confirm messages: both sides prove that they hold the same keys (RFC 6189 5.7)."""

from hmac import compare_digest

from sonnette.base.bytes import Reader
from sonnette.base.entropy import Entropy
from sonnette.zrtp.algorithms import Hash
from sonnette.zrtp.keys import Side
from sonnette.zrtp.messages import MAC_SIZE, Confirm, Kind, frame
from sonnette.zrtp.refusal import ErrorCode, require

IV_SIZE = 16


def close(kind: Kind, confirm: Confirm, side: Side, hashing: Hash, entropy: Entropy) -> bytes:
    """A Confirm message of ours, under the keys of our ``side``."""
    return frame(kind, side.seal(hashing, confirm.encode_plain(), entropy.draw(IV_SIZE)))


def open_confirm(reader: Reader, side: Side, hashing: Hash) -> Confirm:
    """What a Confirm of the peer says; Refusal 0x70 where the keys are not the same."""
    mac, iv, encrypted = reader.take(MAC_SIZE), reader.take(IV_SIZE), reader.rest()
    require(
        compare_digest(mac, side.confirm_mac(hashing, encrypted)),
        ErrorCode.BAD_CONFIRM,
        "confirm",
        "the peer did not come to the same keys: somebody may be in between",
    )
    return Confirm.read_plain(side.decrypt(encrypted, iv))
