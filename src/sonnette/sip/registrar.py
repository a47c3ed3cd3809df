"""The algebra of bindings (RFC 3261 §10.3, RFC 5626, RFC 5627): a record, a REGISTER, a time.

Pure: :func:`apply` reads a record and a request and gives what changes; who stores records
and answers the request is somebody else.  Times are seconds of the caller's clock.
"""

from dataclasses import dataclass, field
from sys import intern
from urllib.parse import quote as escape

from sonnette.base.errors import PeerError
from sonnette.sip import names
from sonnette.sip.flow import Flow
from sonnette.sip.grammar import format_parameters
from sonnette.sip.headers.address import NameAddr
from sonnette.sip.message import Field, Request, make_field
from sonnette.sip.uri import Uri, parse_uri

_UNESCAPED = "[]/:&+$-_.!~*'()"  # paramchar of RFC 3261 §25.1

MOST_STORED = 4_096
"""Characters of a Contact and of a Path that we keep."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a registrar allows; seconds and counts."""

    min_expires: int = 60
    max_expires: int = 86_400
    default_expires: int = 600
    max_bindings: int = 12
    max_message_expires: int = 2_419_200


class Binding:
    """One device's way to be reached.

    ``contact`` is the Contact as it came, without ``expires``; ``uri`` the text inside it.
    ``expires_at`` ends calls, ``message_expires_at`` (never earlier) ends messages.
    ``flow`` is None once its connection is gone, until the device registers again;
    ``session`` and ``saved_at`` belong to whoever logs and stores bindings.
    """

    __slots__ = (
        "call_id",
        "contact",
        "created_at",
        "cseq",
        "expires_at",
        "flow",
        "instance",
        "key",
        "message_expires_at",
        "path",
        "q",
        "reg_id",
        "saved_at",
        "session",
        "updated_at",
        "uri",
        "user_agent",
    )

    def __init__(self, key: str, contact: str, uri: str) -> None:
        self.key = key
        self.contact = contact
        self.uri = uri
        self.instance: str | None = None
        self.reg_id: int | None = None
        self.q = 1.0
        self.call_id = ""
        self.cseq = 0
        self.expires_at = 0.0
        self.message_expires_at = 0.0
        self.created_at = 0.0
        self.updated_at = 0.0
        self.saved_at = 0.0
        self.session = 0
        self.path: tuple[str, ...] = ()
        self.flow: Flow | None = None
        self.user_agent = ""

    def __repr__(self) -> str:
        return "<Binding>"


class Record:
    """The bindings of one address of record, by key, oldest first.

    ``check_at`` is when its keeper looks for expired ones, None while it has no such plan.
    """

    __slots__ = ("bindings", "check_at")

    def __init__(self) -> None:
        self.bindings: dict[str, Binding] = {}
        self.check_at: float | None = None

    @property
    def next_end(self) -> float | None:
        """When a binding is forgotten next."""
        ends = (binding.message_expires_at for binding in self.bindings.values())
        return min(ends, default=None)


@dataclass(slots=True)
class Change:
    """What a REGISTER did: which bindings are new, refreshed and gone."""

    added: list[Binding] = field(default_factory=list)
    refreshed: list[Binding] = field(default_factory=list)
    removed: list[Binding] = field(default_factory=list)
    moved: list[Binding] = field(default_factory=list)
    """Those among the others whose device had another IP address before."""

    @property
    def is_durable(self) -> bool:
        """Whether the set of bindings changed, so that the answer must wait for the disk."""
        return bool(self.added or self.removed)


def gruu(aor: str, instance: str) -> str:
    """The public GRUU of a device (RFC 5627 §5.1): the address with its instance in ``gr``."""
    value = escape(instance.strip("<>"), safe=_UNESCAPED, errors="surrogateescape")
    return f"{aor};gr={value}"


def apply(record: Record, request: Request, now: float, policy: Policy, flow: Flow) -> Change:
    """Carry out a REGISTER on ``record``, whole or not at all.

    Raises :class:`PeerError`: 400 for a wrong Contact or order, 403 for too many contacts,
    423 for an expiry below the minimum.
    """
    values = request.all(names.CONTACT)
    if not values:
        return Change()
    if len(values) == 1 and (known := _known(record, values[0], request)) is not None:
        return _refresh(record, known, request, now, policy, flow)
    if any(value.strip() == "*" for value in values):
        return _remove_all(record, request, values)
    contacts = _distinct(request.contacts, policy)
    staged = {}
    for contact in contacts:
        binding, expires = _stage(record, contact, request, now, policy)
        staged[binding.key] = binding, expires  # of two that are the same the last counts
    change = Change()
    for binding, expires in staged.values():
        _commit(record, binding, expires, flow, change)
    _evict(record, change, policy, now)
    return change


def _known(record: Record, contact: str, request: Request) -> Binding | None:
    """The binding that this very Contact made: what nearly every REGISTER refreshes.

    None where more than the expiry may change.
    """
    if not request.expires or "message-expires" in contact:
        return None
    for binding in record.bindings.values():
        if binding.contact == contact and not binding.path:
            return None if request.first(names.PATH) else binding
    return None


def _refresh(
    record: Record, binding: Binding, request: Request, now: float, policy: Policy, flow: Flow
) -> Change:
    """Move the expiry of a binding, as :func:`_stage` and :func:`_commit` would, in place."""
    expires = _allowed(request.expires or 0, policy)
    _check_order(binding, request)
    change = Change(refreshed=[binding])
    if binding.flow is None or binding.flow.remote[0] != flow.remote[0]:
        change.moved.append(binding)
    if binding.call_id != request.call_id:
        binding.call_id = request.call_id
    binding.cseq = request.cseq[0]
    binding.updated_at = now
    binding.expires_at = binding.message_expires_at = now + expires
    binding.user_agent = intern((request.first(names.USER_AGENT) or "")[:255])
    binding.flow = flow
    record.bindings[binding.key] = record.bindings.pop(binding.key)
    return change


def _remove_all(record: Record, request: Request, values: list[str]) -> Change:
    if len(values) > 1 or request.expires != 0:
        raise PeerError("sip.registrar.wildcard", "Contact * Stands Alone And With Expires: 0")
    for binding in record.bindings.values():
        _check_order(binding, request)
    removed = list(record.bindings.values())
    record.bindings.clear()
    return Change(removed=removed)


def _distinct(contacts: list[NameAddr], policy: Policy) -> list[NameAddr]:
    """The contacts, without those that remove what another of the same instance binds.

    A phone that has changed address sends its old contact with ``expires=0`` beside the new.
    """
    if len(contacts) > policy.max_bindings:
        raise PeerError("sip.registrar.too-many", "Too Many Contacts In REGISTER", 403)
    bound = {
        contact.parameter("+sip.instance")
        for contact in contacts
        if contact.parameters.get("expires") != "0"
    } - {None}
    return [
        contact
        for contact in contacts
        if contact.parameters.get("expires") != "0"
        or contact.parameter("+sip.instance") not in bound
    ]


def _stage(
    record: Record, contact: NameAddr, request: Request, now: float, policy: Policy
) -> tuple[Binding, int]:
    """The binding that a contact asks for, not yet in the record, and its expiry in seconds."""
    if contact.uri.is_sip and not contact.uri.host:
        raise PeerError("sip.registrar.contact", "Contact Without Host")
    expires = _expires(contact, request, policy)
    kept = {name: value for name, value in contact.parameters.items() if name != "expires"}
    uri = str(contact.uri)
    instance = contact.parameter("+sip.instance")
    reg_id = _reg_id(contact) if instance else None
    key = _key(record, uri, contact.uri, instance, reg_id)
    if key in record.bindings:
        _check_order(record.bindings[key], request)
    binding = Binding(key, f"<{uri}>{format_parameters(kept)}", uri)
    if len(binding.contact) > MOST_STORED:
        raise PeerError("sip.registrar.contact-too-long", "Contact Too Long")
    binding.instance, binding.reg_id = instance, reg_id
    binding.q = _q(contact)
    binding.call_id, binding.cseq = request.call_id, request.cseq[0]
    binding.created_at = binding.updated_at = now
    binding.expires_at = now + expires
    binding.message_expires_at = now + max(expires, _message_expires(contact, policy))
    binding.path = tuple(request.elements(names.PATH))
    binding.user_agent = intern((request.first(names.USER_AGENT) or "")[:255])
    return binding, expires


def _key(record: Record, text: str, uri: Uri, instance: str | None, reg_id: int | None) -> str:
    """What tells one binding from another: the instance (and flow) or the URI itself."""
    if instance is not None:
        return instance if reg_id is None else f"{instance};{reg_id}"
    if text in record.bindings:
        return text
    for binding in record.bindings.values():
        if binding.instance is None and parse_uri(binding.uri).matches(uri):
            return binding.key
    return text


def _expires(contact: NameAddr, request: Request, policy: Policy) -> int:
    text = contact.parameters.get("expires")
    if text is not None and text.isascii() and text.isdigit():
        expires = int(text[:10])
    else:
        header = request.expires
        expires = policy.default_expires if header is None else header
    return _allowed(expires, policy)


def _allowed(expires: int, policy: Policy) -> int:
    if 0 < expires < policy.min_expires:
        raise PeerError("sip.registrar.brief", "Interval Too Brief", 423)
    return min(expires, policy.max_expires)


def _message_expires(contact: NameAddr, policy: Policy) -> int:
    """How long messages may wait for the device, as Linphone asks for it."""
    text = contact.parameters.get("message-expires") or contact.uri.parameter("message-expires")
    if not text or not text.isascii() or not text.isdigit():
        return 0
    return min(int(text[:10]), policy.max_message_expires)


def _reg_id(contact: NameAddr) -> int | None:
    text = contact.parameters.get("reg-id") or ""
    return int(text[:9]) if text.isascii() and text.isdigit() else None


def _q(contact: NameAddr) -> float:
    try:
        return min(1.0, max(0.0, float(contact.parameters.get("q") or 1)))
    except ValueError:
        raise PeerError("sip.registrar.q", "Malformed q In Contact") from None


def _check_order(binding: Binding, request: Request) -> None:
    """A REGISTER that comes late must not undo a newer one (§10.3 step 7)."""
    if binding.call_id == request.call_id and request.cseq[0] <= binding.cseq:
        raise PeerError("sip.registrar.order", "REGISTER Out Of Order")


def _commit(record: Record, binding: Binding, expires: int, flow: Flow, change: Change) -> None:
    old = record.bindings.pop(binding.key, None)
    if expires == 0:
        if old is not None:
            change.removed.append(old)
        return
    binding.flow = flow
    record.bindings[binding.key] = binding
    if old is None:
        change.added.append(binding)
    else:
        _keep_texts(old, binding)
        is_same = old.contact == binding.contact and old.path == binding.path
        binding.saved_at, binding.created_at = old.saved_at, old.created_at
        binding.session = old.session
        if old.flow is None or old.flow.remote[0] != flow.remote[0]:
            change.moved.append(binding)
        (change.refreshed if is_same else change.added).append(binding)


def _keep_texts(old: Binding, new: Binding) -> None:
    """Share the texts that a refresh repeats: a hundred thousand bindings are many."""
    new.key = old.key
    if old.contact == new.contact:
        new.contact, new.uri, new.instance = old.contact, old.uri, old.instance
    if old.call_id == new.call_id:
        new.call_id = old.call_id


def _evict(record: Record, change: Change, policy: Policy, now: float) -> None:
    """Drop what the new bindings replace: the same push target, the expired, the oldest."""
    for new in change.added:
        target = _push_target(new)
        for old in [*record.bindings.values()] if target else ():
            if old.key != new.key and _push_target(old) == target:
                change.removed.append(record.bindings.pop(old.key))
    surplus = len(record.bindings) - policy.max_bindings
    if surplus > 0:
        oldest = sorted(record.bindings.values(), key=lambda b: (b.expires_at > now, b.updated_at))
        for binding in oldest[:surplus]:
            change.removed.append(record.bindings.pop(binding.key))


def _push_target(binding: Binding) -> tuple[str, ...] | None:
    """Provider, application and token (RFC 8599): one installed application has one."""
    if "pn-prid" not in binding.uri:
        return None
    uri = parse_uri(binding.uri)
    parts = ("pn-provider", "pn-param", "pn-prid")
    return tuple(uri.parameters.get(part) or "" for part in parts)


def contact_fields(record: Record, aor: str, now: float, *, with_gruu: bool) -> list[Field]:
    """The Contact fields of a 200 to REGISTER: every binding that is in force."""
    fields = []
    for binding in record.bindings.values():
        left = round(binding.expires_at - now)
        if left <= 0:
            continue
        value = f"{binding.contact};expires={left}"
        if with_gruu and binding.instance:
            value += f';pub-gruu="{gruu(aor, binding.instance)}"'
        fields.append(make_field(names.CONTACT, value))
    return fields
