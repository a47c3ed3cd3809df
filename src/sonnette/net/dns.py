"""The door to the DNS: answers the questions of ``sonnette.sip.locate`` with dnspython.

Names are absolute: no search domain is ever appended.  Whatever the DNS does, there is an
answer, if need be one that says it failed.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.rdatatype
import dns.resolver

from sonnette.base.entropy import Entropy
from sonnette.sip.locate import (
    Address,
    Answer,
    Ask,
    Kind,
    Located,
    Lookup,
    Names,
    Naptr,
    NotLocated,
    Question,
    Srv,
    Wanted,
)

MOST_RECORDS = 256
FAILED = Answer(failed=True)


class Dns:
    """Asks the system's name servers, or those given; names in ``hosts`` are not asked for.

    ``timeout`` is in seconds, for one question with all its retries.
    """

    def __init__(
        self,
        entropy: Entropy,
        *,
        hosts: Mapping[str, tuple[str, ...]] | None = None,
        name_servers: Iterable[str] = (),
        port: int = 53,
        timeout: float = 3.0,
    ) -> None:
        self._resolver = _resolver(list(name_servers), port)
        self._resolver.lifetime = timeout
        self._resolver.timeout = timeout / 2
        self._resolver.cache = None
        self._timeout = timeout
        self._entropy = entropy
        self._names = Names(hosts)
        self._asking: dict[Question, asyncio.Task[Answer]] = {}

    async def locate(self, wanted: Wanted) -> Located | NotLocated:
        """Where to send what goes to ``wanted``."""
        now = asyncio.get_running_loop().time
        # The resolver's own time-out comes first: it tells the questions apart.
        patience = self._timeout + 1
        lookup = Lookup(wanted, now(), self._entropy, self._names, patience)
        waiting: dict[asyncio.Task[Answer], Question] = {}
        while (end := self._drained(lookup, waiting)) is None:
            due = (lookup.deadline or now()) - now()
            await asyncio.wait(waiting, timeout=max(due, 0), return_when=asyncio.FIRST_COMPLETED)
            done = next((task for task in waiting if task.done()), None)
            if done is None:
                lookup.tick(now())
            else:
                lookup.feed(now(), waiting.pop(done), _answer_of(done))
        return end

    async def ask(self, question: Question) -> Answer:
        """The DNS's answer; a question already on its way is not asked twice."""
        task = self._task(question)
        await asyncio.wait([task])
        return _answer_of(task)

    def close(self) -> None:
        """Give up every question still on its way."""
        for task in self._asking.values():
            task.cancel()

    def _drained(
        self, lookup: Lookup, waiting: dict[asyncio.Task[Answer], Question]
    ) -> Located | NotLocated | None:
        for output in lookup.drain():
            if not isinstance(output, Ask):
                return output
            waiting[self._task(output.question)] = output.question
        return None

    def _task(self, question: Question) -> asyncio.Task[Answer]:
        task = self._asking.get(question)
        if task is None:
            task = self._asking[question] = asyncio.create_task(self._resolve(question))
            task.add_done_callback(lambda _: self._asking.pop(question, None))
        return task

    async def _resolve(self, question: Question) -> Answer:
        try:
            name = dns.name.from_text(question.name, origin=dns.name.root)
            found = await self._resolver.resolve(
                name, question.kind.value, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN as none:
            return Answer((), _ttl_of_nothing(_response_of(none)))
        except (dns.exception.DNSException, OSError, UnicodeError):
            return FAILED
        if found.rrset is None:
            return Answer((), _ttl_of_nothing(found.response))
        records = tuple(_record(question.kind, data) for data in list(found.rrset)[:MOST_RECORDS])
        return Answer(records, found.chaining_result.minimum_ttl)


def _resolver(name_servers: list[str], port: int) -> dns.asyncresolver.Resolver:
    try:
        resolver = dns.asyncresolver.Resolver(configure=not name_servers)
    except dns.resolver.NoResolverConfiguration:
        # A machine without a name server may still serve calls: each question fails.
        return dns.asyncresolver.Resolver(configure=False)
    if name_servers:
        resolver.nameservers = list(name_servers)
        resolver.port = port
    return resolver


def _answer_of(task: asyncio.Task[Answer]) -> Answer:
    return FAILED if task.cancelled() else task.result()


def _response_of(refusal: Any) -> dns.message.Message | None:
    return next(iter(refusal.responses().values()), None)


def _record(kind: Kind, data: Any) -> Address | Srv | Naptr:
    match kind:
        case Kind.SRV:
            return Srv(data.priority, data.weight, data.port, _text(data.target))
        case Kind.NAPTR:
            return Naptr(
                data.order,
                data.preference,
                data.flags.decode("ascii", "replace"),
                data.service.decode("ascii", "replace"),
                _text(data.replacement),
            )
        case Kind.A | Kind.AAAA:
            return Address(data.address)


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower() if name != dns.name.root else ""


def _ttl_of_nothing(response: dns.message.Message | None) -> float:
    """How long nothing stays nothing: the SOA's word (RFC 2308 section 5)."""
    for rrset in () if response is None else response.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            return float(min(rrset.ttl, *(data.minimum for data in rrset)))
    return 0.0
