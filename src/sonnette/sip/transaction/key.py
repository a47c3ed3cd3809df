"""How a message finds its transaction (RFC 3261 §17.1.3, §17.2.3)."""

from sonnette.sip import names
from sonnette.sip.headers.via import MAGIC_COOKIE
from sonnette.sip.message import Request, Response


def server_key(request: Request) -> str:
    """The key of the server transaction; ACK and CANCEL share their INVITE's but for the name.

    A branch without the magic cookie, or with nothing behind it (RFC 4475 §3.2.1), is of an
    RFC 2543 peer: the request itself then identifies its transaction.
    """
    method = "INVITE" if request.method == "ACK" else request.method
    via = request.via
    branch = via.parameters.get("branch")
    if branch and len(branch) > len(MAGIC_COOKIE) and branch.startswith(MAGIC_COOKIE):
        return f"{branch} {via.host} {via.port} {method}"
    return _old_key(request, method)


def _old_key(request: Request, method: str) -> str:
    number = request.cseq[0]
    top = request.first(names.VIA)
    return f"2543 {request.call_id} {number} {request.from_.tag} {request.target} {top} {method}"


def cancelled_key(request: Request) -> str:
    """The key of the INVITE that this CANCEL gives up (§9.2)."""
    return server_key(request).removesuffix("CANCEL") + "INVITE"


def client_key(response: Response) -> str:
    """The key of the client transaction that a response answers."""
    return f"{response.via.branch} {response.cseq[1]}"
