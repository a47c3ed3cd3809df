"""What stands before every page: security headers, and the names a request may ask for.

A server on loopback answers to its own names only, so that a page of another site cannot
reach it under a name of its own (DNS rebinding).
"""

from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
STRICT_TRANSPORT = "max-age=31536000"


class Protection:
    """ASGI middleware that adds the headers and, given ``names``, refuses other hosts."""

    def __init__(self, app: ASGIApp, names: Iterable[str] = ()) -> None:
        self._app = app
        self._names = frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = STRICT_TRANSPORT
            await send(message)

        app = self._app if self._is_admitted(scope) else _MISDIRECTED
        await app(scope, receive, protected)

    def _is_admitted(self, scope: Scope) -> bool:
        return not self._names or _host(Headers(scope=scope).get("host", "")) in self._names


_MISDIRECTED = PlainTextResponse("This server does not answer to that name.", status_code=421)


def _host(header: str) -> str:
    host, bracket, _ = header.partition("]")
    return (host + bracket if bracket else header.rpartition(":")[0] or header).lower()
