"""The device's side of the key server: numbered questions, and who waits for the answers."""

from collections.abc import Callable

from sonnette.base.errors import LocalError, PeerError
from sonnette.lime.device.events import Ask, Output
from sonnette.lime.primitives.algorithm import Algorithm
from sonnette.lime.server_messages import (
    Refusal,
    Refused,
    Request,
    Response,
    encode_request,
    parse_response,
)

LARGEST_ANSWER = 16 << 20

Then = Callable[[float, Response], None]


class KeyServer:
    """Questions under way; an answer that never came or makes no sense is a refusal."""

    def __init__(self, outputs: list[Output]) -> None:
        self._outputs = outputs
        self._waiting: dict[int, tuple[Algorithm, Then]] = {}
        self._last = 0

    def ask(self, algorithm: Algorithm, request: Request, then: Then) -> None:
        """Send ``request``; ``then`` gets the response."""
        self._last += 1
        self._waiting[self._last] = (algorithm, then)
        self._outputs.append(Ask(self._last, encode_request(algorithm, request)))

    def answer(self, now: float, number: int, body: bytes | None) -> None:
        """The answer to a question; ``None`` when the server was not reached."""
        try:
            algorithm, then = self._waiting.pop(number)
        except KeyError:
            raise LocalError("lime.server.number", f"no question {number} is open") from None
        then(now, _read(algorithm, body))


def _read(algorithm: Algorithm, body: bytes | None) -> Response:
    if body is None:
        return Refused(Refusal.UNKNOWN, "the key server was not reached")
    if len(body) > LARGEST_ANSWER:
        return Refused(Refusal.UNKNOWN, "the answer is too large")
    try:
        return parse_response(algorithm, body)
    except PeerError as error:
        return Refused(Refusal.UNKNOWN, error.reason)
