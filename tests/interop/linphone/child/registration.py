"""Operations and events of the account: register, unregister, where it can be reached."""

from typing import Any

from tests.interop.linphone.child.core import Core
from tests.interop.linphone.child.library import Pointer
from tests.interop.linphone.states import REGISTRATION, TRANSPORT, named


class Registration:
    """The one account of a core."""

    def __init__(self, core: Core, callbacks: Pointer) -> None:
        self._core, self._library = core, core.library
        core.library.core_cbs_set_account_registration_state_changed(
            callbacks, core.library.callback(self._changed, "object object int text")
        )

    def add_account(self) -> None:
        """Make the account of the settings; registration starts with the next iteration."""
        library, settings = self._library, self._core.settings
        parameters = library.core_create_account_params(self._core.pointer)
        server = self._core.address(settings["registrar"])
        library.address_set_transport(server, TRANSPORT.index(settings["transport"]))
        library.account_params_set_identity_address(parameters, self._core.identity)
        library.account_params_set_server_address(parameters, server)
        library.account_params_enable_outbound_proxy(parameters, 1)
        library.account_params_enable_register(parameters, 1)
        library.account_params_set_expires(parameters, settings["expires"])
        library.account_params_enable_cpim_in_basic_chat_room(parameters, 1)
        library.account_params_set_push_notification_allowed(parameters, 0)
        account = library.core_create_account(self._core.pointer, parameters)
        if library.core_add_account(self._core.pointer, account) != 0:
            raise RuntimeError("liblinphone refused the account")
        library.core_set_default_account(self._core.pointer, account)
        self._core.account = account

    def register(self) -> None:
        self._enable(True)
        self._library.core_refresh_registers(self._core.pointer)

    def unregister(self) -> None:
        self._enable(False)

    def contact(self) -> str | None:
        return self._core.uri(self._library.account_get_contact_address(self._core.account))

    def _enable(self, wanted: bool) -> None:
        library, account = self._library, self._core.account
        parameters = library.account_params_clone(library.account_get_params(account))
        library.account_params_enable_register(parameters, int(wanted))
        library.account_set_params(account, parameters)

    def _changed(self, _core: Any, account: Pointer, state: int, message: str) -> None:
        error = self._library.account_get_error_info(account)
        self._core.emit(
            event="registration",
            state=named(REGISTRATION, state),
            message=message,
            code=self._library.error_info_get_protocol_code(error) if error else 0,
        )
