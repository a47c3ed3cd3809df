"""The driver: gives a machine its inputs, sends its outputs, keeps its one timer."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any, Protocol

from sonnette.sip.endpoint import Packet
from sonnette.sip.flow import Flow


class Pending(Protocol):
    """An output that waits for something outside the machine."""

    awaitable: Awaitable[Any]


class SipMachine(Protocol):
    """What the driver needs to know of a server or a user agent."""

    @property
    def deadline(self) -> float | None: ...

    def tick(self, now: float) -> None: ...

    def feed(self, now: float, packets: Iterable[Packet]) -> None: ...

    def closed(self, now: float, flow: Flow) -> None: ...

    def resume(self, now: float, wait: Any, result: object) -> None: ...

    def drain(self) -> Iterable[tuple[Flow, bytes] | Pending]: ...


class Sender(Protocol):
    """Sends bytes on a flow; what cannot be sent is counted, or ends the flow."""

    def __call__(self, flow: Flow, data: bytes) -> None: ...


class Driver:
    """One machine on one event loop.  ``now`` is the loop's clock."""

    def __init__(self, machine: SipMachine, send: Sender) -> None:
        self._machine = machine
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.Handle | None = None
        self._due = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._lost: list[Flow] = []
        self._is_flushing = False

    def feed(self, packets: Iterable[Packet]) -> None:
        """Packets have come in."""
        self._machine.feed(self._loop.time(), packets)
        self.flush()

    def closed(self, flow: Flow) -> None:
        """A connection has ended; safe to call while outputs are being sent."""
        self._lost.append(flow)
        if not self._is_flushing:
            self.flush()

    def wake(self) -> None:
        """Something that the machine waited for has happened: tick it soon."""
        self._loop.call_soon(self._tick)

    def flush(self) -> None:
        """Send every output, then set the timer anew."""
        self._is_flushing = True
        try:
            while True:
                for out in self._machine.drain():
                    if isinstance(out, tuple):
                        self._send(*out)
                    else:
                        self._await(out)
                if not self._lost:
                    break
                self._machine.closed(self._loop.time(), self._lost.pop())
        finally:
            self._is_flushing = False
        self._rearm()

    def _rearm(self) -> None:
        due = self._machine.deadline
        if self._timer is not None:
            # A timer that comes too early only costs a tick: it is not moved back.
            if due is not None and self._due <= due:
                return
            self._timer.cancel()
            self._timer = None
        if due is not None:
            self._due = due
            # A deadline that has passed must not tick within the batch that set it.
            self._timer = self._loop.call_at(max(due, self._loop.time()), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._tick()

    def _tick(self) -> None:
        self._machine.tick(self._loop.time())
        self.flush()

    def _await(self, pending: Pending) -> None:
        task = self._loop.create_task(self._finish(pending))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self, pending: Pending) -> None:
        try:
            result: object = await pending.awaitable
        except Exception as error:  # whatever went wrong outside is the machine's to answer
            result = error
        self._machine.resume(self._loop.time(), pending, result)
        self.flush()

    async def stop(self) -> None:
        """End the timer and what is still awaited."""
        if self._timer is not None:
            self._timer.cancel()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
