"""A target: one place a request is sent to."""

from sonnette.sip.flow import Flow
from sonnette.sip.registrar import Binding
from sonnette.sip.uri import Uri, parse_uri

# Contact parameters that are between a device and us: nobody else is to see them.
PRIVATE_PARAMETERS = frozenset(
    (
        "app-id",
        "message-expires",
        "pn-call-remote-push-interval",
        "pn-call-snd",
        "pn-call-str",
        "pn-groupchat-str",
        "pn-msg-snd",
        "pn-msg-str",
        "pn-param",
        "pn-prid",
        "pn-provider",
        "pn-silent",
        "pn-timeout",
        "pn-tok",
        "pn-type",
    )
)


class Target:
    """A Request-URI, the flow to send it on, and the Route set that leads there.

    ``key`` tells a device from another: its binding's key.  ``next_hop`` is the URI that the
    flow was found for, where it may lead to other servers too.
    """

    __slots__ = ("binding", "flow", "group", "key", "next_hop", "path", "uri")

    def __init__(
        self,
        uri: str,
        flow: Flow | None,
        binding: Binding | None = None,
        group: int = 0,
        next_hop: Uri | None = None,
    ) -> None:
        self.next_hop = next_hop
        self.uri = uri
        self.flow = flow
        self.binding = binding
        self.group = group
        self.key = binding.key if binding else uri
        self.path = binding.path if binding else ()


def target_of(binding: Binding, group: int = 0) -> Target:
    """The target that a binding makes; its private parameters stay here."""
    uri = binding.uri
    if "pn-" in uri or "message-expires" in uri or "app-id" in uri:
        uri = str(parse_uri(uri).without(*PRIVATE_PARAMETERS))
    return Target(uri, binding.flow, binding, group)


def in_groups(bindings: list[Binding]) -> list[Target]:
    """Targets in the order of preference: equal q rings together, a lower one afterwards."""
    bindings = _one_flow_each(bindings)
    if len(bindings) == 1:
        return [target_of(bindings[0])]
    order = sorted({binding.q for binding in bindings}, reverse=True)
    return [target_of(binding, order.index(binding.q)) for binding in bindings]


def _one_flow_each(bindings: list[Binding]) -> list[Binding]:
    """Of the flows of one device the one used last (RFC 5626 §7): it must not ring twice."""
    latest: dict[str, Binding] = {}
    for binding in bindings:
        device = binding.instance or binding.key
        known = latest.get(device)
        if known is None or binding.updated_at >= known.updated_at:
            latest[device] = binding
    return list(latest.values())
