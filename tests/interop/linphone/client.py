"""The parent's side of a Linphone client: typed operations, and events to wait for.

    with Linphone("alice", directory, Settings(...)) as alice:
        alice.wait_registered()
        call = alice.call("sip:bob@example.test")
        call.wait("StreamsRunning")

States are liblinphone's, by name. Every handle reads its own events in their order, so that
waiting for the same state twice means that it was entered twice.
"""

import itertools
import json
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.interop.linphone.settings import Settings
from tests.interop.linphone.wire import SipMessage, sip_messages
from tests.interop.process import ROOT, Child
from tests.interop.tones import Recording
from tests.interop.waiting import PATIENCE, Event, Follower, Journal, PeerError

ANSWER_TIME = 20.0
STOP_TIME = 8.0


class Linphone:
    """One running client. Leaving the ``with`` block unregisters and ends it."""

    def __init__(self, name: str, directory: Path, settings: Settings) -> None:
        self.name, self.settings = name, settings
        self.address = settings.identity
        self.hears = Recording(Path(settings.recording))
        self._child = Child(
            [sys.executable, "-m", "tests.interop.linphone.child"],
            directory,
            talks=True,
            environment={
                "PYTHONPATH": str(ROOT),
                "HOME": str(directory),
                "XDG_CONFIG_HOME": str(directory),
                "XDG_DATA_HOME": str(directory),
                "DISPLAY": "",
                "PULSE_SERVER": "unix:/nonexistent",
            },
        )
        self.log = self._child.log
        self._journal = Journal(name)
        self._followers: dict[str, Follower] = {}
        self._numbers = itertools.count(1)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._perform("start", **settings.as_json())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def register(self) -> None:
        """Register (again)."""
        self._perform("register")

    def unregister(self) -> None:
        """Take the registration back; the state then becomes ``Cleared``."""
        self._perform("unregister")

    def wait_registered(self) -> None:
        """Raises PeerError when the server refuses."""
        event = self.wait("registration", state=("Ok", "Failed"))
        if event["state"] != "Ok":
            raise PeerError(f"{self.name} is not registered: {event['code']} {event['message']}")

    def contact(self) -> str:
        """The contact address under which it believes itself reachable."""
        return str(self._perform("contact"))

    def call(self, uri: str) -> "Call":
        """Start a call; with video if the settings have it."""
        return self._call(self._perform("call", uri=uri))

    def incoming_call(self, timeout: float = PATIENCE) -> "Call":
        """The next call that rings here."""
        event = self.wait("call", timeout, state="IncomingReceived")
        return self._call(event["call"])

    def transferred_call(self) -> "Call":
        """The next call that the client starts because it was asked to by a transfer."""
        self.wait("call", state="Referred")
        return self._call(self.wait("call", state="OutgoingProgress")["call"])

    def send_message(self, uri: str, text: str) -> "Message":
        """Send a text in a one-to-one room."""
        number = self._perform("send_message", uri=uri, text=text)
        fixed = {"event": "message state", "message": number}
        return Message(Follower(self._journal, fixed))

    def wait(self, event: str, timeout: float = PATIENCE, **wanted: Any) -> Event:
        """The next event of this kind with these fields; a tuple means one of its values."""
        follower = self._followers.setdefault(event, Follower(self._journal, {"event": event}))
        return follower.next(timeout, **wanted)

    def recorded(self, event: str, **wanted: Any) -> list[Event]:
        """The events of this kind so far."""
        return self._journal.recorded(event=event, **wanted)

    def sip_log(self, direction: str = "", start: str = "") -> list[SipMessage]:
        """The SIP messages of its own log, ``"sent"`` or ``"received"``, that start like this."""
        return [
            message
            for message in sip_messages(self.log.read_text(errors="replace"))
            if direction in ("", message.direction) and message.text.startswith(start)
        ]

    def stop(self) -> None:
        """Unregister and end; harmless when it is gone already."""
        if self._child.running:
            try:
                self._perform("stop", timeout=STOP_TIME)
            except PeerError:
                self._child.kill()
        self._child.reap()
        self._reader.join(STOP_TIME)

    def kill(self) -> None:
        """Vanish without a word, as a phone without battery does."""
        self._child.kill()
        self._reader.join(STOP_TIME)

    def _call(self, number: int) -> "Call":
        return Call(self, number, Follower(self._journal, {"event": "call", "call": number}))

    def _perform(self, operation: str, timeout: float = ANSWER_TIME, **arguments: Any) -> Any:
        number = next(self._numbers)
        request = {"id": number, "operation": operation, "arguments": arguments}
        try:
            self._child.stdin.write(json.dumps(request).encode() + b"\n")
            self._child.stdin.flush()
        except (OSError, ValueError) as error:
            raise PeerError(f"{self.name} is gone before {operation}: {self.log}") from error
        _, answer = self._journal.next(0, {"id": number}, timeout)
        if "error" in answer:
            raise PeerError(f"{self.name}: {operation}: {answer['error']}")
        return answer["result"]

    def _read(self) -> None:
        with self._child.stdout as lines:
            for line in lines:
                self._journal.append(json.loads(line))
        self._journal.close(f"it is gone, its log is {self.log}")


@dataclass(slots=True)
class Call:
    """A call of one client."""

    client: Linphone
    number: int
    _states: Follower

    def wait(self, *states: str, timeout: float = PATIENCE) -> Event:
        """The next of these states, with the SIP code and phrase that came with it."""
        return self._states.next(timeout, state=states)

    def answer(self) -> None:
        self._perform("answer")

    def decline(self, reason: str) -> None:
        """Refuse: ``"busy"`` (486) or ``"declined"`` (603)."""
        self._perform("decline", reason=reason)

    def hang_up(self) -> None:
        self._perform("hang_up")

    def hold(self) -> None:
        self._perform("hold")

    def resume(self) -> None:
        self._perform("resume")

    def dtmf(self, digits: str, *, by_info: bool = False) -> None:
        """Send digits as RFC 4733 events, or as SIP INFO requests."""
        self._perform("dtmf", digits=digits, by_info=by_info)

    def transfer(self, uri: str) -> None:
        """Blind transfer of the other party to this address."""
        self._perform("transfer", uri=uri)

    def transfer_to(self, target: "Call") -> None:
        """Attended transfer of the other party to the party of another call of this client."""
        self._perform("transfer_to_call", target=target.number)

    def media(self) -> dict[str, Any]:
        """Codecs, encryption, SAS and received picture in use."""
        return dict(self._perform("media"))

    def _perform(self, operation: str, **arguments: Any) -> Any:
        return self.client._perform(operation, call=self.number, **arguments)


@dataclass(slots=True)
class Message:
    """An instant message that a client sent."""

    _states: Follower

    def wait(self, *states: str, timeout: float = PATIENCE) -> Event:
        """The next of these states (``Delivered``: the server answered 200)."""
        return self._states.next(timeout, state=states)
