"""The key server's address on the web side: POST of one message, answered by one message.

A device names itself in ``X-Lime-user-identity`` or, as all older ones do, in ``From``, and
proves by HTTP digest (RFC 7616), with the account's SIP credentials, that it is the
account's.  What the protocol itself refuses is answered 200 with an error message.
"""

import asyncio
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sonnette.base.errors import PeerError
from sonnette.lime.server_messages import (
    CONTENT_TYPE,
    Refusal,
    Refused,
    algorithm_in,
    encode_response,
)
from sonnette.server.guard.failures import Failures
from sonnette.server.lime_keys.rules import MOST_BODY, Owner, owner_of
from sonnette.server.lime_keys.service import LimeKeys
from sonnette.server.ports import Credentials as Members
from sonnette.server.ports import Member
from sonnette.sip.digest import Algorithm, Credentials, DigestServer, Verdict, parse_credentials

PATH = "/lime-server"
_NOBODY = "0" * 64

SignedIn = Callable[[Request], tuple[str, str] | None]
"""Domain and user name of whom a session token or a client certificate has established."""


def nobody(request: Request) -> None:
    """Where neither tokens nor certificates are in use."""


@dataclass(frozen=True, slots=True)
class Gate:
    """How devices prove whose they are; ``clock`` is monotonic, in seconds."""

    members: Members
    digest: DigestServer
    algorithms: Sequence[Algorithm]
    failures: Failures
    clock: Callable[[], float]
    signed_in: SignedIn = nobody


def routes(keys: LimeKeys, gate: Gate) -> list[Route]:
    """The address, with and without a slash at its end."""

    async def post(request: Request) -> Response:
        body = await _read(request)
        sender = request.headers.get("x-lime-user-identity") or request.headers.get("from", "")
        if request.headers.get("content-type", "").partition(";")[0].strip() != CONTENT_TYPE:
            return _refused(body, Refusal.CONTENT_TYPE)
        try:
            owner = owner_of(sender)
        except PeerError:
            return _refused(body, Refusal.NO_SENDER)
        member = _admit(request, gate, owner)
        if isinstance(member, Response):
            return member
        answer = await asyncio.to_thread(keys.answer, member.id, sender, body)
        return _message(answer)

    return [Route(path, post, methods=["POST"]) for path in (PATH, f"{PATH}/")]


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BODY:
            raise HTTPException(413, "The message is too large.")
    return bytes(body)


def _admit(request: Request, gate: Gate, owner: Owner) -> Member | Response:
    """The member whose device asks, or what to answer instead."""
    domain, username = owner.uri.domain, owner.uri.name.lower()
    if domain not in gate.members.domains:
        return Response("This domain is not served here.", 403)
    member = gate.members.find(domain, username)
    if gate.signed_in(request) == (domain, username) and member is not None and member.active:
        return member
    credentials = _credentials(request, domain)
    if credentials is None:
        return _challenge(gate, domain)
    return _check(request, gate, member, credentials)


def _check(
    request: Request, gate: Gate, member: Member | None, credentials: Credentials
) -> Member | Response:
    now, host = gate.clock(), request.client.host if request.client else ""
    account = f"{credentials.realm}/{credentials.username.lower()}"
    if (pause := gate.failures.pause(now, account, host)) > 0:
        return Response(
            "Too many wrong passwords: wait.", 403, headers={"Retry-After": str(int(pause) + 1)}
        )
    verdict = gate.digest.check(now, credentials, _ha1(gate, member, credentials), request.method)
    if verdict in {Verdict.STALE, Verdict.FORGED}:
        return _challenge(gate, credentials.realm, is_stale=verdict is Verdict.STALE)
    is_own = member is not None and _is_name_of(credentials, member)
    if verdict is Verdict.GOOD and is_own and _is_for(credentials, request):
        gate.failures.forgive(account, host)
        assert member is not None
        return member if member.active else Response("This account is suspended.", 403)
    gate.failures.count(now, account, host, is_exempt=False)
    return Response("Wrong user name or password.", 403)


def _credentials(request: Request, realm: str) -> Credentials | None:
    try:
        credentials = parse_credentials(request.headers.get("authorization", ""))
    except PeerError:
        return None
    return credentials if credentials is not None and credentials.realm == realm else None


def _ha1(gate: Gate, member: Member | None, credentials: Credentials) -> str:
    if member is None or credentials.algorithm not in gate.algorithms:
        return _NOBODY
    is_md5 = credentials.algorithm is Algorithm.MD5
    return (member.ha1_md5 if is_md5 else member.ha1_sha256).decode()


def _is_name_of(credentials: Credentials, member: Member) -> bool:
    name = credentials.username.lower()
    return name in {member.username, f"{member.username}@{member.domain}"}


def _is_for(credentials: Credentials, request: Request) -> bool:
    """Whether the digest covers the address that was asked."""
    path = credentials.uri.partition("://")[2].partition("/")[2] or credentials.uri.lstrip("/")
    return hmac.compare_digest(path.encode(), request.url.path.lstrip("/").encode())


def _challenge(gate: Gate, realm: str, *, is_stale: bool = False) -> Response:
    response = Response("Authentication is needed.", 401)
    for algorithm in gate.algorithms:
        challenge = gate.digest.challenge(gate.clock(), realm, algorithm, is_stale=is_stale)
        response.headers.append("WWW-Authenticate", str(challenge))
    return response


def _refused(body: bytes, why: Refusal) -> Response:
    return _message(encode_response(algorithm_in(body), Refused(why)))


def _message(body: bytes) -> Response:
    return Response(body, media_type=CONTENT_TYPE)
