"""The proxies that stay on a dialog's path (RFC 3261 §12.1, §12.2.1.1)."""

from dataclasses import replace

from sonnette.sip import names
from sonnette.sip.headers.address import parse_address
from sonnette.sip.message import Request, Response

RouteSet = tuple[str, ...]
"""Route values, the first hop first."""


def of_caller(response: Response) -> RouteSet:
    """Who sent the request goes through the recorded proxies backwards (§12.1.2)."""
    return _checked(response.elements(names.RECORD_ROUTE)[::-1])


def of_callee(request: Request) -> RouteSet:
    """Who received it goes through them as they are written (§12.1.1)."""
    return _checked(request.elements(names.RECORD_ROUTE))


def _checked(values: list[str]) -> RouteSet:
    for value in values:
        parse_address(value)
    return tuple(values)


def address(target: str, routes: RouteSet) -> tuple[str, RouteSet]:
    """The Request-URI and the Route values that lead to ``target``.

    A first proxy without ``lr`` is a strict router of RFC 2543: it wants its own address as
    the Request-URI and the target at the end of the routes (§12.2.1.1).
    """
    if not routes:
        return target, ()
    first = parse_address(routes[0]).uri
    if "lr" in first.parameters:
        return target, routes
    # A Request-URI carries neither a method nor headers (§19.1.1).
    strict = replace(first.without("method"), headers=None)
    return str(strict), (*routes[1:], f"<{target}>")
