"""The messages between devices and their key server, as values and as bytes.

A message is three bytes (protocol version 1, type, algorithm) and a body.  An upload holds
a signed prekey as key, signature, number; a bundle holds it as key, number, signature.
Bytes after a complete message are tolerated, as the reference does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from sonnette.base.bytes import Reader, Writer
from sonnette.base.errors import PeerError
from sonnette.lime import address
from sonnette.lime.keys import Bundle, OneTimePrekey, SignedPrekey
from sonnette.lime.primitives.algorithm import Algorithm, by_number

VERSION = 1
CONTENT_TYPE = "x3dh/octet-stream"


class Type(IntEnum):
    """The second byte."""

    DEPRECATED_REGISTER = 0x01
    DELETE_USER = 0x02
    POST_SIGNED = 0x03
    POST_ONE_TIME = 0x04
    GET_BUNDLES = 0x05
    BUNDLES = 0x06
    GET_ONE_TIME_NUMBERS = 0x07
    ONE_TIME_NUMBERS = 0x08
    REGISTER = 0x09
    ERROR = 0xFF


class Refusal(IntEnum):
    """Why a server refuses."""

    CONTENT_TYPE = 0x00
    ALGORITHM = 0x01
    NO_SENDER = 0x02
    VERSION = 0x03
    SIZE = 0x04
    ALREADY_IN = 0x05
    NOT_FOUND = 0x06
    DATABASE = 0x07
    BAD_REQUEST = 0x08
    SERVER = 0x09
    LIMIT = 0x0A
    UNKNOWN = 0xFE


@dataclass(frozen=True, slots=True)
class Register:
    """Publish a device's identity with its first prekeys."""

    identity: bytes
    signed: SignedPrekey
    one_time: tuple[OneTimePrekey, ...]


@dataclass(frozen=True, slots=True)
class DeleteUser:
    """Remove the sender's keys."""


@dataclass(frozen=True, slots=True)
class PostSigned:
    """Replace the sender's signed prekey."""

    signed: SignedPrekey


@dataclass(frozen=True, slots=True)
class PostOneTime:
    """Add to the sender's one-time prekeys."""

    one_time: tuple[OneTimePrekey, ...]


@dataclass(frozen=True, slots=True)
class GetBundles:
    """Ask for the bundles of devices."""

    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GetOneTimeNumbers:
    """Ask which of the sender's one-time prekeys are left."""


@dataclass(frozen=True, slots=True)
class Bundles:
    """Bundles in the order they were asked for, ``None`` for a device without keys."""

    bundles: tuple[tuple[str, Bundle | None], ...]


@dataclass(frozen=True, slots=True)
class OneTimeNumbers:
    """The one-time prekeys that are left."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """A request of this type was carried out."""

    type: Type


@dataclass(frozen=True, slots=True)
class Refused:
    """A request was refused."""

    why: Refusal
    text: str = ""


Request = Register | DeleteUser | PostSigned | PostOneTime | GetBundles | GetOneTimeNumbers
Response = Bundles | OneTimeNumbers | Done | Refused


def encode_request(algorithm: Algorithm, request: Request) -> bytes:
    """A request's bytes."""
    out = Writer()
    match request:
        case Register(identity, signed, one_time):
            _open(out, Type.REGISTER, algorithm).put(identity)
            _put_one_time(_put_signed(out, signed), one_time)
        case DeleteUser():
            _open(out, Type.DELETE_USER, algorithm)
        case PostSigned(signed):
            _put_signed(_open(out, Type.POST_SIGNED, algorithm), signed)
        case PostOneTime(one_time):
            _put_one_time(_open(out, Type.POST_ONE_TIME, algorithm), one_time)
        case GetBundles(devices):
            _open(out, Type.GET_BUNDLES, algorithm).u16(len(devices))
            for device in devices:
                _put_text(out, device)
        case GetOneTimeNumbers():
            _open(out, Type.GET_ONE_TIME_NUMBERS, algorithm)
    return out.done()


def parse_request(body: bytes) -> tuple[Algorithm, Request]:
    """A request and its algorithm."""
    kind, algorithm, reader = _head(body)
    read = _REQUESTS.get(kind)
    if read is None:
        raise PeerError("lime.server.type", f"Message type {kind} is no request")
    return algorithm, read(reader, algorithm)


def algorithm_in(body: bytes) -> Algorithm | None:
    """The algorithm of a request, read or not, where it names one we know."""
    try:
        return by_number(body[2])
    except (IndexError, PeerError):
        return None


def encode_response(algorithm: Algorithm | None, response: Response) -> bytes:
    """A response's bytes; the algorithm is unknown where the request was too short."""
    out = Writer()
    match response:
        case Bundles(bundles):
            _open(out, Type.BUNDLES, algorithm).u16(len(bundles))
            for device, bundle in bundles:
                _put_bundle(_put_text(out, device), bundle)
        case OneTimeNumbers(numbers):
            _open(out, Type.ONE_TIME_NUMBERS, algorithm).u16(len(numbers))
            for number in numbers:
                out.u32(number)
        case Done(kind):
            _open(out, kind, algorithm)
        case Refused(why, text):
            _open(out, Type.ERROR, algorithm).u8(why).put(text.encode())
    return out.done()


def parse_response(algorithm: Algorithm, body: bytes) -> Response:
    """A response to a request in ``algorithm``."""
    reader = Reader(body, "key server response")
    version, kind, number = reader.u8(), reader.u8(), reader.u8()
    if version != VERSION:
        raise PeerError("lime.server.version", f"Key server protocol {version} is unknown")
    if kind == Type.ERROR:
        return _read_refused(reader)
    if number != algorithm.number:
        raise PeerError("lime.server.answer", "The answer is in another algorithm")
    if kind == Type.BUNDLES:
        return Bundles(tuple(_read_bundle(reader, algorithm) for _ in range(reader.u16())))
    if kind == Type.ONE_TIME_NUMBERS:
        return OneTimeNumbers(tuple(reader.u32() for _ in range(reader.u16())))
    if kind in {Type.DELETE_USER, Type.POST_SIGNED, Type.POST_ONE_TIME, Type.REGISTER}:
        return Done(Type(kind))
    raise PeerError("lime.server.type", f"Message type {kind} is no response")


def _open(out: Writer, kind: Type, algorithm: Algorithm | None) -> Writer:
    return out.u8(VERSION).u8(kind).u8(algorithm.number if algorithm else 0)


def _head(body: bytes) -> tuple[int, Algorithm, Reader]:
    reader = Reader(body, "key server request")
    version, kind, number = reader.u8(), reader.u8(), reader.u8()
    if version != VERSION:
        raise PeerError("lime.server.version", f"Key server protocol {version} is unknown")
    return kind, by_number(number), reader


def _put_text(out: Writer, text: str) -> Writer:
    return out.u16(len(text)).put(text.encode("ascii"))


def _read_text(reader: Reader) -> str:
    device = reader.take(reader.u16()).decode("ascii", "replace")
    address.theirs(device)
    return device


def _put_signed(out: Writer, signed: SignedPrekey) -> Writer:
    return out.put(signed.public).put(signed.signature).u32(signed.number)


def _read_signed(reader: Reader, algorithm: Algorithm) -> SignedPrekey:
    public = reader.take(algorithm.public_size)
    signature = reader.take(algorithm.curve.signature_size)
    return SignedPrekey(reader.u32(), public, signature)


def _put_one_time(out: Writer, one_time: tuple[OneTimePrekey, ...]) -> None:
    out.u16(len(one_time))
    for key in one_time:
        out.put(key.public).u32(key.number)


def _read_one_time(reader: Reader, algorithm: Algorithm) -> tuple[OneTimePrekey, ...]:
    return tuple(_read_key(reader, algorithm) for _ in range(reader.u16()))


def _read_key(reader: Reader, algorithm: Algorithm) -> OneTimePrekey:
    public = reader.take(algorithm.public_size)
    return OneTimePrekey(reader.u32(), public)


def _put_bundle(out: Writer, bundle: Bundle | None) -> None:
    if bundle is None:
        out.u8(2)
        return
    signed = bundle.signed
    out.u8(bundle.one_time is not None).put(bundle.identity)
    out.put(signed.public).u32(signed.number).put(signed.signature)
    if bundle.one_time is not None:
        out.put(bundle.one_time.public).u32(bundle.one_time.number)


def _read_bundle(reader: Reader, algorithm: Algorithm) -> tuple[str, Bundle | None]:
    device, flag = _read_text(reader), reader.u8()
    if flag == 2:
        return device, None
    if flag > 2:
        raise PeerError("lime.server.answer", f"Bundle flag {flag} is unknown")
    identity = reader.take(algorithm.curve.identity_size)
    public, number = reader.take(algorithm.public_size), reader.u32()
    signed = SignedPrekey(number, public, reader.take(algorithm.curve.signature_size))
    return device, Bundle(identity, signed, _read_key(reader, algorithm) if flag else None)


def _read_refused(reader: Reader) -> Refused:
    code = reader.u8()
    why = next((refusal for refusal in Refusal if refusal == code), Refusal.UNKNOWN)
    return Refused(why, reader.rest()[:200].decode("utf-8", "replace"))


def _read_register(reader: Reader, algorithm: Algorithm) -> Request:
    identity = reader.take(algorithm.curve.identity_size)
    return Register(identity, _read_signed(reader, algorithm), _read_one_time(reader, algorithm))


def _read_get_bundles(reader: Reader, algorithm: Algorithm) -> Request:
    devices = tuple(_read_text(reader) for _ in range(reader.u16()))
    if not devices:
        raise PeerError("lime.server.request", "Bundles of no device were asked for")
    return GetBundles(devices)


_REQUESTS: dict[int, Callable[[Reader, Algorithm], Request]] = {
    Type.REGISTER: _read_register,
    Type.DELETE_USER: lambda reader, algorithm: DeleteUser(),
    Type.POST_SIGNED: lambda reader, algorithm: PostSigned(_read_signed(reader, algorithm)),
    Type.POST_ONE_TIME: lambda reader, algorithm: PostOneTime(_read_one_time(reader, algorithm)),
    Type.GET_BUNDLES: _read_get_bundles,
    Type.GET_ONE_TIME_NUMBERS: lambda reader, algorithm: GetOneTimeNumbers(),
}
