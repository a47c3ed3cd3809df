"""What is known of names without asking: the hosts table, and answers still valid."""

from collections.abc import Mapping
from ipaddress import ip_address

from sonnette.sip.locate.dns import Address, Answer, Kind, Question

LONGEST_TTL = 24 * 3600.0
LONGEST_NEGATIVE_TTL = 300.0


class Cache:
    """Answers by question until their time to live has passed; the oldest make room."""

    def __init__(self, capacity: int = 4096) -> None:
        self._capacity = capacity
        self._answers: dict[Question, tuple[float, Answer]] = {}

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, now: float, question: Question) -> Answer | None:
        """The answer, if there is a valid one."""
        until, answer = self._answers.get(question, (now, None))
        if until <= now:
            self._answers.pop(question, None)
            return None
        return answer

    def put(self, now: float, question: Question, answer: Answer) -> None:
        """Keep ``answer`` for its time; a failure says nothing worth keeping."""
        longest = LONGEST_TTL if answer.records else LONGEST_NEGATIVE_TTL
        ttl = min(answer.ttl, longest)
        if answer.failed or ttl <= 0:
            return
        self._answers.pop(question, None)
        while len(self._answers) >= self._capacity:
            del self._answers[next(iter(self._answers))]
        self._answers[question] = (now + ttl, answer)


class Names:
    """The hosts table wins: a name in it is never asked of the DNS, for any kind."""

    def __init__(
        self, hosts: Mapping[str, tuple[str, ...]] | None = None, cache: Cache | None = None
    ) -> None:
        self._hosts = {name.lower(): addresses for name, addresses in (hosts or {}).items()}
        self._cache = cache if cache is not None else Cache()

    def get(self, now: float, question: Question) -> Answer | None:
        """The answer, or None if the DNS must be asked."""
        addresses = self._hosts.get(_owner(question.name))
        if addresses is None:
            return self._cache.get(now, question)
        kind_of = {4: Kind.A, 6: Kind.AAAA}
        return Answer(
            tuple(
                Address(address)
                for address in addresses
                if kind_of[ip_address(address).version] is question.kind
            )
        )

    def put(self, now: float, question: Question, answer: Answer) -> None:
        """Remember what the DNS said."""
        self._cache.put(now, question, answer)


def _owner(name: str) -> str:
    """The host that a service's name is about: without labels like ``_sip``."""
    while name.startswith("_"):
        name = name.partition(".")[2]
    return name
