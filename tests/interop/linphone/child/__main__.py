"""One Linphone client as a process of its own: JSON lines in, JSON lines out.

stdin    ``{"id": 1, "operation": "call", "arguments": {"uri": "sip:bob@example.test"}}``
stdout   ``{"id": 1, "result": 1}`` or ``{"id": 1, "error": "..."}``,
         and at any time ``{"event": "call", "state": "OutgoingProgress", ...}``
The library's own log goes to stderr. The first operation is ``start``, the last ``stop``;
the end of stdin ends the process too.
"""

import json
import os
import select
import sys
import traceback
from typing import Any

from tests.interop.linphone.child.calls import Calls
from tests.interop.linphone.child.core import Core
from tests.interop.linphone.child.library import Library
from tests.interop.linphone.child.messages import Messages
from tests.interop.linphone.child.registration import Registration

ITERATION = 0.02
OPERATIONS = {
    "register": Registration,
    "unregister": Registration,
    "contact": Registration,
    "call": Calls,
    "answer": Calls,
    "decline": Calls,
    "hang_up": Calls,
    "hold": Calls,
    "resume": Calls,
    "dtmf": Calls,
    "transfer": Calls,
    "transfer_to_call": Calls,
    "media": Calls,
    "send_message": Messages,
}


class Client:
    """The loop between the parent's lines and the library's iterations."""

    def __init__(self, output: int) -> None:
        self._output = output
        self._core: Core | None = None
        self._features: dict[type, Any] = {}
        self._running = True

    def run(self) -> None:
        pending = b""
        while self._running:
            if select.select([0], [], [], ITERATION)[0]:
                read = os.read(0, 65_536)
                if not read:
                    break
                *lines, pending = (pending + read).split(b"\n")
                for line in lines:
                    self._handle(json.loads(line))
            if self._core is not None:
                self._core.iterate()

    def emit(self, **fields: Any) -> None:
        os.write(self._output, json.dumps(fields).encode() + b"\n")

    def _handle(self, request: dict[str, Any]) -> None:
        try:
            result = self._perform(request["operation"], request["arguments"])
        except Exception as error:
            traceback.print_exc()
            self.emit(id=request["id"], error=f"{type(error).__name__}: {error}")
        else:
            self.emit(id=request["id"], result=result)

    def _perform(self, operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "start":
            return self._start(arguments)
        if operation == "stop":
            return self._stop()
        return getattr(self._features[OPERATIONS[operation]], operation)(**arguments)

    def _start(self, settings: dict[str, Any]) -> None:
        core = self._core = Core(Library(), self.emit, settings)
        callbacks = core.library.factory_create_core_cbs(core.factory)
        self._features = {kind: kind(core, callbacks) for kind in (Registration, Calls, Messages)}
        core.library.core_add_callbacks(core.pointer, callbacks)
        core.start()
        self._features[Registration].add_account()

    def _stop(self) -> None:
        if self._core is not None:
            self._core.stop()
            self._core = None
        self._running = False


def main() -> None:
    output = os.dup(1)
    os.dup2(2, 1)  # the library prints on stdout as well
    Client(output).run()
    sys.stderr.flush()


if __name__ == "__main__":
    main()
