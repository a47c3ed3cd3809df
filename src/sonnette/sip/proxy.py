"""The proxy's rules on one message: what is added, taken away and checked (RFC 3261 §16).

Forking and the choice of the best answer are in :mod:`sonnette.sip.fork`.
"""

from hashlib import blake2s

from sonnette.base.errors import PeerError
from sonnette.sip import names
from sonnette.sip.flow import Flow, bracket
from sonnette.sip.headers.via import MAGIC_COOKIE
from sonnette.sip.limits import MAX_FORWARDS
from sonnette.sip.message import Field, Request, Response, make_field

MAX_BREADTH = 60
"""What a request without Max-Breadth may still be forked to (RFC 5393 §5.3.3)."""


def loop_mark(request: Request) -> str:
    """A digest of all that decides where a request goes (RFC 3261 §16.6 step 8, RFC 5393 §4.2).

    A request that comes back with the same mark in a Via of ours is looping.
    """
    route = request.first(names.ROUTE) or ""
    text = "\0".join(
        (
            request.target,
            request.from_.tag or "",
            request.to.tag or "",
            request.call_id,
            str(request.cseq[0]),
            route,
        )
    )
    return blake2s(text.encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()


def check_loop(request: Request, our_hosts: frozenset[str]) -> None:
    """Raise 482 where ``request`` has been here before and nothing has changed since.

    ``our_hosts`` are the sent-by texts of our own Vias.
    """
    mark = None
    vias = request.all(names.VIA)
    if len(vias) == 1 and "," not in vias[0]:
        return  # straight from its sender
    for via in request.elements(names.VIA):
        sent_by = via.partition(" ")[2].partition(";")[0].strip().lower()
        if sent_by in our_hosts and f"branch={MAGIC_COOKIE}" in via:
            mark = mark or loop_mark(request)
            if f".{mark}" in via:
                raise PeerError("sip.proxy.loop", "Loop Detected", 482)


def check_hops(request: Request) -> int:
    """What Max-Forwards leaves; raises 483 at zero (§16.3 step 3)."""
    left = request.max_forwards
    if left == 0:
        raise PeerError("sip.proxy.hops", "Too Many Hops", 483)
    return MAX_FORWARDS if left is None else left


def sent_by(flow: Flow, advertised: str = "") -> str:
    """How our Via names the socket of a flow."""
    return f"{advertised or bracket(flow.local[0])}:{flow.local[1]}"


def push_via(request: Request, flow: Flow, branch: str, advertised: str = "") -> None:
    """Put our Via on top; ``rport`` only asks peers that we do not know by connection."""
    host = sent_by(flow, advertised)
    suffix = "" if flow.is_reliable else ";rport"
    request.prepend(names.VIA, f"SIP/2.0/{flow.transport.value} {host};branch={branch}{suffix}")


def pop_via(response: Response) -> Response:
    """The response without its top Via."""
    relayed = response.copy()
    relayed.set_first_element(names.VIA, None)
    return relayed


def stamp_via(request: Request, flow: Flow) -> None:
    """Write the true source on the top Via (RFC 3261 §18.2.1, RFC 3581 §4).

    A ``received`` or ``rport`` value that the client wrote itself is overwritten.
    """
    via = request.via
    host, port = flow.remote
    parameters = via.parameters
    if "rport" in parameters:
        parameters["rport"] = str(port)
        parameters["received"] = host
    elif via.host.strip("[]").lower() != host:
        parameters["received"] = host
    elif "received" in parameters:
        del parameters["received"]
    else:
        return
    request.set_first_element(names.VIA, str(via))
    request._via = via


def forward_copy(request: Request, hops: int) -> Request:
    """A copy to send on: one hop less (§16.6 steps 1 and 3)."""
    copy = request.copy()
    left = str(hops - 1)
    for index, field in enumerate(copy.fields):
        if field[0] == names.MAX_FORWARDS:
            copy.fields[index] = make_field(names.MAX_FORWARDS, left)
            return copy
    copy.fields.append(make_field(names.MAX_FORWARDS, left))
    return copy


def strip(request: Request, headers: frozenset[int]) -> None:
    """Take every field of these headers away."""
    request.fields = [field for field in request.fields if field[0] not in headers]


def insert_before_first(request: Request, header: int, values: list[str]) -> None:
    """Insert fields of one header above the others of it, below the Vias."""
    fields: list[Field] = [make_field(header, value) for value in values]
    at = 0
    for index, field in enumerate(request.fields):
        if field[0] == header:
            at = index
            break
        if field[0] == names.VIA:
            at = index + 1
    request.fields[at:at] = fields
