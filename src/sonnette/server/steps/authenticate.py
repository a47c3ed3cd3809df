"""Who sends this, and may they (RFC 3261 §22, RFC 7616, RFC 8760)."""

from collections.abc import Sequence

from sonnette.server.context import NEXT, Answer, Context, Outcome
from sonnette.server.guard.failures import Failures
from sonnette.server.guard.gate import Gate
from sonnette.server.ports import Credentials as Members
from sonnette.server.ports import Journal, Member
from sonnette.sip import names
from sonnette.sip.digest import Algorithm, Credentials, DigestServer, Verdict, parse_credentials
from sonnette.sip.headers.address import parse_address
from sonnette.sip.message import Request, make_field
from sonnette.sip.uri import Uri

# Requests that a client cannot repeat with credentials (RFC 3261 §22.1), and BYE: a call
# must end even when a password has changed meanwhile.
NEVER_CHALLENGED = frozenset(("ACK", "CANCEL", "BYE"))

# An unknown name is checked like a known one, against a hash that nothing has.
_NOBODY = "0" * 64


class Authenticate:
    """Asks for a password, and lets through only who may use what they ask for.

    Served are our members, as themselves; other domains' people where ``federation``
    admits them and they ask for one of ours; and trusted peers.
    """

    name = "authenticate"

    def __init__(
        self,
        members: Members,
        digest: DigestServer,
        algorithms: Sequence[Algorithm],
        gate: Gate,
        journal: Journal,
        federation: str,
    ) -> None:
        self._members = members
        self._digest = digest
        self._algorithms = tuple(algorithms)
        self._gate = gate
        self._journal = journal
        self._federation = federation
        self.failures = Failures(gate.bans)

    def __call__(self, context: Context) -> Outcome:
        request = context.request
        identity = request.from_.uri
        if request.method in NEVER_CHALLENGED:
            return NEXT  # nobody has shown who they are: only a dialog's own token leads on
        preferred = request.first(names.P_PREFERRED_IDENTITY)
        if preferred is not None and identity.domain == "anonymous.invalid":
            identity = parse_address(preferred).uri  # RFC 3323 §4.1: From says nothing
        if identity.domain not in self._members.domains:
            return self._stranger(context)
        if request.method == "REGISTER" and not _is_own_registration(request, identity):
            return Answer(403, "To And From Must Be Your Own Address")
        if context.is_from_peer and request.method != "REGISTER":
            return NEXT
        if preferred is not None and not parse_address(preferred).uri.matches(identity):
            return Answer(403, "P-Preferred-Identity Is Not Yours")
        return self._check(context, identity)

    def _stranger(self, context: Context) -> Outcome:
        """Somebody of another domain, who is never challenged with our realm."""
        request = context.request
        if request.method == "REGISTER":
            return Answer(403, "This Domain Is Not Served Here")
        if context.is_from_peer:
            return NEXT
        is_open = self._federation == "open" or (
            self._federation == "tls" and context.flow.transport.is_secure
        )
        if is_open and (context.is_in_dialog or request.uri.domain in self._members.domains):
            return NEXT
        return Answer(403, "Requests From Other Domains Are Not Accepted")

    def _check(self, context: Context, identity: Uri) -> Outcome:
        request, now = context.request, context.now
        member = find_member(self._members, identity)
        if member is not None and _is_certified(context, member):
            return self._admit(context, member)
        credentials = self._find(request, identity.domain)
        if credentials is None:
            return self._challenge(now, request, identity.domain)
        account = f"{identity.domain}/{credentials.username.lower()}"
        host = context.flow.remote[0]
        if (pause := self.failures.pause(now, account, host)) > 0:
            retry = make_field(names.RETRY_AFTER, str(int(pause) + 1))
            return Answer(403, "Too Many Wrong Passwords: Wait", [retry])
        ha1 = self._ha1(member, credentials)
        verdict = self._digest.check(now, credentials, ha1, request.method)
        if verdict is Verdict.STALE or verdict is Verdict.FORGED:
            is_stale = verdict is Verdict.STALE
            return self._challenge(now, request, identity.domain, is_stale=is_stale)
        if verdict is Verdict.GOOD and member is not None and _names(credentials, member):
            self.failures.forgive(account, host)
            return self._admit(context, member)
        self.failures.count(now, account, host, is_exempt=self._gate.is_exempt(host))
        if request.method == "REGISTER":
            self._journal.registration_failed(now, identity.domain, member, host)
        return Answer(403, "Wrong User Name Or Password")

    @staticmethod
    def _admit(context: Context, member: Member) -> Outcome:
        context.member = member
        return NEXT if member.active else Answer(403, "Account Suspended")

    def _ha1(self, member: Member | None, credentials: Credentials) -> str:
        if member is None or credentials.algorithm not in self._algorithms:
            return _NOBODY
        is_md5 = credentials.algorithm is Algorithm.MD5
        return (member.ha1_md5 if is_md5 else member.ha1_sha256).decode()

    @staticmethod
    def _find(request: Request, realm: str) -> Credentials | None:
        """The credentials for our realm; those for another hop are left alone."""
        is_register = request.method == "REGISTER"
        header = names.AUTHORIZATION if is_register else names.PROXY_AUTHORIZATION
        for field in request.fields:
            if field[0] == header:
                credentials = parse_credentials(field[2])
                if credentials is not None and credentials.realm == realm:
                    return credentials
        return None

    def _challenge(
        self, now: float, request: Request, realm: str, *, is_stale: bool = False
    ) -> Answer:
        """401 or 407 with one challenge an algorithm, the same for members and others."""
        is_register = request.method == "REGISTER"
        header = names.WWW_AUTHENTICATE if is_register else names.PROXY_AUTHENTICATE
        fields = [
            make_field(
                header, str(self._digest.challenge(now, realm, algorithm, is_stale=is_stale))
            )
            for algorithm in self._algorithms
        ]
        if is_register:
            return Answer(401, "Unauthorized", fields, is_stateless=True)
        return Answer(407, "Proxy Authentication Required", fields, is_stateless=True)


def find_member(members: Members, uri: Uri) -> Member | None:
    """The member that a URI of ours names, by user name or by phone number."""
    if not uri.is_sip:
        return None
    member = members.find(uri.domain, uri.name.lower())
    if member is None and (phone := uri.phone) is not None:
        return members.find_phone(uri.domain, phone)
    return member


def _names(credentials: Credentials, member: Member) -> bool:
    """Whether the user name of the credentials is the member's: name, address or number."""
    name = credentials.username.lower()
    return name in (member.username, f"{member.username}@{member.domain}", member.phone)


def _is_own_registration(request: Request, identity: Uri) -> bool:
    to = request.to.uri
    return to.domain == identity.domain and to.name.lower() == identity.name.lower()


def _is_certified(context: Context, member: Member) -> bool:
    """Whether the peer's certificate names this very member (RFC 5922 §7.1)."""
    identities = context.flow.identities
    return bool(identities) and f"{member.username}@{member.domain}" in identities
