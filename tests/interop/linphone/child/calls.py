"""Operations and events of calls. A call is known to the parent by a small number."""

from typing import Any

from tests.interop.linphone.child.core import Core
from tests.interop.linphone.child.library import Pointer
from tests.interop.linphone.states import CALL, ENCRYPTION, REASON, named


class Calls:
    """The calls of one core, in the order in which they appeared (the first is number 1)."""

    def __init__(self, core: Core, callbacks: Pointer) -> None:
        self._core, self._library = core, core.library
        self._pointers: list[int] = []
        library = core.library
        library.core_cbs_set_call_state_changed(
            callbacks, library.callback(self._changed, "object object int text")
        )
        library.core_cbs_set_dtmf_received(
            callbacks, library.callback(self._digit, "object object int")
        )
        library.core_cbs_set_transfer_state_changed(
            callbacks, library.callback(self._transferred, "object object int")
        )

    def call(self, uri: str) -> int:
        parameters = self._library.core_create_call_params(self._core.pointer, None)
        self._library.call_params_enable_video(parameters, int(self._core.settings["video"]))
        call = self._library.core_invite_address_with_params(
            self._core.pointer, self._core.address(uri), parameters
        )
        if not call:
            raise RuntimeError(f"liblinphone started no call to {uri}")
        return self._number(call)

    def answer(self, call: int) -> None:
        pointer = self._pointer(call)
        parameters = self._library.core_create_call_params(self._core.pointer, pointer)
        self._library.call_params_enable_video(parameters, int(self._core.settings["video"]))
        self._library.call_accept_with_params(pointer, parameters)

    def decline(self, call: int, reason: str) -> None:
        self._library.call_decline(self._pointer(call), REASON.index(reason))

    def hang_up(self, call: int) -> None:
        self._library.call_terminate(self._pointer(call))

    def hold(self, call: int) -> None:
        self._library.call_pause(self._pointer(call))

    def resume(self, call: int) -> None:
        self._library.call_resume(self._pointer(call))

    def dtmf(self, call: int, digits: str, by_info: bool) -> None:
        self._library.core_set_use_info_for_dtmf(self._core.pointer, int(by_info))
        self._library.core_set_use_rfc2833_for_dtmf(self._core.pointer, int(not by_info))
        self._library.call_send_dtmfs(self._pointer(call), digits)

    def transfer(self, call: int, uri: str) -> None:
        self._library.call_transfer_to(self._pointer(call), self._core.address(uri))

    def transfer_to_call(self, call: int, target: int) -> None:
        self._library.call_transfer_to_another(self._pointer(call), self._pointer(target))

    def media(self, call: int) -> dict[str, Any]:
        """What is in use: codecs, encryption, the SAS of ZRTP, the size of the picture."""
        library, pointer = self._library, self._pointer(call)
        parameters = library.call_get_current_params(pointer)
        picture = library.call_params_get_received_video_definition(parameters)
        return {
            "audio": self._codec(library.call_params_get_used_audio_payload_type(parameters)),
            "video": self._codec(library.call_params_get_used_video_payload_type(parameters)),
            "encryption": named(ENCRYPTION, library.call_params_get_media_encryption(parameters)),
            "sas": library.call_get_authentication_token(pointer),
            "profile": library.call_params_get_rtp_profile(parameters),
            "picture_width": library.video_definition_get_width(picture) if picture else 0,
        }

    def _codec(self, payload: Pointer) -> str | None:
        return self._library.payload_type_get_mime_type(payload) if payload else None

    def _pointer(self, number: int) -> int:
        return self._pointers[number - 1]

    def _number(self, call: int) -> int:
        if call not in self._pointers:
            self._pointers.append(self._library.call_ref(call))
        return self._pointers.index(call) + 1

    def _changed(self, _core: Any, call: int, state: int, message: str) -> None:
        library = self._library
        error = library.call_get_error_info(call)
        self._core.emit(
            event="call",
            call=self._number(call),
            state=named(CALL, state),
            message=message,
            incoming=library.call_get_dir(call) == 1,
            remote=self._core.uri(library.call_get_remote_address(call)),
            code=library.error_info_get_protocol_code(error) if error else 0,
            phrase=library.error_info_get_phrase(error) if error else None,
        )

    def _digit(self, _core: Any, call: int, digit: int) -> None:
        self._core.emit(event="dtmf", call=self._number(call), digit=chr(digit))

    def _transferred(self, _core: Any, call: int, state: int) -> None:
        self._core.emit(event="transfer", call=self._number(call), state=named(CALL, state))
