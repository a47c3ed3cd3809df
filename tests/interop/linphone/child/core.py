"""The core of one account: its linphonerc, its transports, its files, its start and end.

Reasons for the settings: everything stays on loopback; no network monitoring, since that
probes a public address; no DNS; sound comes from and goes to files; nothing is drawn.
"""

from collections.abc import Callable
from configparser import ConfigParser
from pathlib import Path
from typing import Any

from tests.interop.linphone.child.library import Library, Pointer
from tests.interop.linphone.states import ENCRYPTION, TRANSPORT

LOG_MESSAGES = 0x1E  # everything but debug: the SIP messages are logged at this level
RANDOM_PORT = -1
PORT_OFF = 0

Emit = Callable[..., None]


class Core:
    """A started liblinphone core with one account, and what its features share."""

    def __init__(self, library: Library, emit: Emit, settings: dict[str, Any]) -> None:
        self.library, self.emit, self.settings = library, emit, settings
        self.factory = library.factory_get()
        self._later: list[Callable[[], None]] = []
        self.pointer = self._create()
        self._apply_media()
        self._apply_transport()
        self.identity = self.address(settings["identity"])
        self._add_credentials()
        self.account: Pointer = None

    def _create(self) -> int:
        library = self.library
        library.logging_service_set_log_level_mask(library.logging_service_get(), LOG_MESSAGES)
        here = Path.cwd()
        for name in ("config", "data", "download"):
            (here / name).mkdir(exist_ok=True)
            getattr(library, f"factory_set_{name}_dir")(self.factory, str(here / name))
        configuration = here / "linphonerc"
        if not configuration.exists():  # a restart in the same directory keeps what it stored
            write_configuration(configuration, self.settings)
        pointer = library.factory_create_core_3(self.factory, str(configuration), None, None)
        if not pointer:
            raise RuntimeError("liblinphone made no core")
        return int(pointer)

    def _apply_media(self) -> None:
        library, core, settings = self.library, self.pointer, self.settings
        library.core_set_use_files(core, 1)
        library.core_set_play_file(core, settings["tone"] or None)
        library.core_set_record_file(core, settings["recording"] or None)
        library.core_enable_echo_cancellation(core, 0)
        library.core_enable_video_capture(core, int(settings["video"]))
        library.core_enable_video_display(core, int(settings["video"]))
        library.core_set_zrtp_secrets_file(core, str(Path.cwd() / "zrtp-secrets"))
        library.core_set_media_encryption(core, ENCRYPTION.index(settings["encryption"]))

    def _apply_transport(self) -> None:
        library, core, settings = self.library, self.pointer, self.settings
        library.core_enable_ipv6(core, 0)
        library.core_enable_dns_srv(core, 0)
        if settings["root_ca"]:
            library.core_set_root_ca(core, settings["root_ca"])
        library.core_verify_server_certificates(core, 1)
        library.core_verify_server_cn(core, 1)
        if settings["hosts"]:
            hosts = Path.cwd() / "hosts"
            hosts.write_text("".join(f"{at} {name}\n" for name, at in settings["hosts"].items()))
            library.sal_set_dns_user_hosts_file(library.core_get_sal(core), str(hosts))
        transports = library.factory_create_transports(self.factory)
        for name in TRANSPORT:
            port = RANDOM_PORT if name == settings["transport"] else PORT_OFF
            getattr(library, f"transports_set_{name}_port")(transports, port)
        library.core_set_transports(core, transports)

    def _add_credentials(self) -> None:
        library, settings = self.library, self.settings
        user = library.address_get_username(self.identity)
        domain = library.address_get_domain(self.identity)
        common = (user, None, settings["password"], None, None, domain)
        algorithm = settings["digest_algorithm"]
        if algorithm:
            information = library.auth_info_new_for_algorithm(*common, algorithm)
        else:
            information = library.auth_info_new(*common)
        library.core_add_auth_info(self.pointer, information)

    def start(self) -> None:
        """Start the core, then choose codecs, which only a started core knows all of."""
        library, core = self.library, self.pointer
        library.im_notif_policy_enable_all(library.core_get_im_notif_policy(core))
        if library.core_start(core) != 0:
            raise RuntimeError("linphone_core_start failed")
        for kind in ("audio", "video"):
            wanted = {name.lower() for name in self.settings[f"{kind}_codecs"]}
            for payload in library.items(getattr(library, f"core_get_{kind}_payload_types")(core)):
                name = library.payload_type_get_mime_type(payload).lower()
                if wanted:
                    library.payload_type_enable(payload, int(name in wanted))
        library.core_set_network_reachable(core, 1)  # else it believes itself offline: no IMDN

    def address(self, uri: str) -> int:
        """A LinphoneAddress; raises ValueError for what liblinphone does not take for one."""
        made = self.library.factory_create_address(self.factory, uri)
        if not made:
            raise ValueError(f"not a SIP address: {uri}")
        return int(made)

    def uri(self, address: Pointer) -> str | None:
        """A LinphoneAddress as text, without display name."""
        return self.library.address_as_string_uri_only(address) if address else None

    def later(self, action: Callable[[], None]) -> None:
        """Do it from the loop: some calls have no effect inside the library's callbacks."""
        self._later.append(action)

    def iterate(self) -> None:
        """Let the library work, then do what its callbacks put off."""
        self.library.core_iterate(self.pointer)
        actions, self._later = self._later, []
        for action in actions:
            action()

    def stop(self) -> None:
        """Unregister and end the core."""
        self.library.core_stop(self.pointer)


def write_configuration(path: Path, settings: dict[str, Any]) -> None:
    """The client's linphonerc."""
    video = str(int(settings["video"]))
    entries = {
        "sip": {
            "bind_address": "127.0.0.1",
            "use_ipv6": "0",
            "guess_hostname": "0",
            "register_only_when_network_is_up": "0",
            "auto_net_state_mon": "0",
            "media_encryption": settings["encryption"],
        },
        "rtp": {"bind_address": "127.0.0.1", "audio_rtp_port": "-1", "video_rtp_port": "-1"},
        "net": {"dns_srv_enabled": "0", "dns_search_enabled": "0"},
        "sound": {"echocancellation": "0", "local_ring": "", "remote_ring": ""},
        "video": {
            "capture": video,
            "display": video,
            "automatically_initiate": video,
            "automatically_accept": video,
            "displaytype": "MSExtDisplay",  # draws nothing; an unknown name ends the process
            "device": "StaticImage: Static picture",
            "size": "qvga",
        },
        "misc": {"version_check_url_root": "", "tone_indications": "0", "aggregate_imdn": "0"},
    }
    parser = ConfigParser(interpolation=None)
    parser.read_dict(entries)
    parser.read_dict(settings["sections"])
    with path.open("w", encoding="utf-8") as file:
        parser.write(file, space_around_delimiters=False)
