"""Operations and events of instant messages in one-to-one rooms without encryption."""

from typing import Any

from tests.interop.linphone.child.core import Core
from tests.interop.linphone.child.library import Pointer
from tests.interop.linphone.states import MESSAGE, named

BASIC_BACKEND = 1


class Messages:
    """The messages of one core; one that was sent is known to the parent by a small number."""

    def __init__(self, core: Core, callbacks: Pointer) -> None:
        self._core, self._library = core, core.library
        self._pointers: list[int] = []
        library = core.library
        library.core_cbs_set_message_received(
            callbacks, library.callback(self._received, "object object object")
        )
        self._states = library.factory_create_chat_message_cbs(core.factory)
        library.chat_message_cbs_set_msg_state_changed(
            self._states, library.callback(self._changed, "object int")
        )

    def send_message(self, uri: str, text: str) -> int:
        room = self._room(uri)
        message = self._library.chat_room_create_message_from_utf8(room, text)
        self._library.chat_message_add_callbacks(message, self._states)
        self._pointers.append(self._library.chat_message_ref(message))
        self._library.chat_message_send(message)
        return len(self._pointers)

    def _room(self, uri: str) -> int:
        library, core = self._library, self._core
        parameters = library.core_create_default_chat_room_params(core.pointer)
        library.chat_room_params_set_backend(parameters, BASIC_BACKEND)
        library.chat_room_params_enable_group(parameters, 0)
        library.chat_room_params_enable_encryption(parameters, 0)
        members = library.list_of([core.address(uri)])
        room = library.core_create_chat_room_6(core.pointer, parameters, core.identity, members)
        if not room:
            raise RuntimeError(f"liblinphone made no room with {uri}")
        return int(room)

    def _received(self, _core: Any, room: int, message: int) -> None:
        library = self._library
        self._core.emit(
            event="message",
            text=library.chat_message_get_utf8_text(message),
            sender=self._core.uri(library.chat_message_get_from_address(message)),
        )
        # Inside this callback it would suppress the "delivered" notification (RFC 5438).
        self._core.later(lambda: library.chat_room_mark_as_read(room))

    def _changed(self, message: int, state: int) -> None:
        error = self._library.chat_message_get_error_info(message)
        self._core.emit(
            event="message state",
            message=self._pointers.index(message) + 1,
            state=named(MESSAGE, state),
            code=self._library.error_info_get_protocol_code(error) if error else 0,
        )
