"""Installs the real peers that the interoperability tests talk to, or says which are missing.

Prints nothing when all are there. As root on a Debian-like system what is missing is installed
with apt; else one line a package names what its absence leaves untested. With
SONNETTE_REQUIRE_PEERS=1 a peer that is still missing is a failure.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

APT = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
FOLDERS = ("/usr/lib", f"/usr/lib/{os.uname().machine}-linux-gnu", "/usr/local/lib")


def program(name: str) -> Callable[[], bool]:
    """Whether a program is there; some live where only root's PATH leads."""
    places = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    return lambda: shutil.which(name, path=places) is not None


def file(name: str) -> Callable[[], bool]:
    """Whether a file exists, by its full name or below one of the library folders."""
    return lambda: any(Path(folder, name).exists() for folder in FOLDERS)


def postgres() -> bool:
    """Whether the server's programs are there; Debian keeps them out of the PATH."""
    installed = any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed or shutil.which("initdb") is not None


@dataclass(frozen=True, slots=True)
class Peer:
    """A Debian package, how its presence shows, and what is tested with it."""

    package: str
    present: Callable[[], bool]
    tests: str


PEERS = (
    Peer("liblinphone10", file("liblinphone.so.10"), "real Linphone clients"),
    Peer(
        "linphone-cli", program("linphonec"), "a Linphone that is set up by its provisioning link"
    ),
    Peer(
        "libmediastreamer-data",
        file("/usr/share/mediastreamer2/images/nowebcamCIF.jpg"),
        "video calls of Linphone",
    ),
    Peer(
        "mediastreamer2-plugin-openh264",
        file("mediastreamer/plugins/libmsopenh264.so"),
        "H.264 calls of Linphone",
    ),
    Peer("baresip-core", program("baresip"), "baresip"),
    Peer("sip-tester", program("sipp"), "SIPp scenarios"),
    Peer("kamailio", program("kamailio"), "the comparison with Kamailio"),
    Peer(
        "kamailio-tls-modules",
        file("kamailio/modules/tls.so"),
        "the comparison with Kamailio over TLS",
    ),
    Peer("postgresql", postgres, "the store on PostgreSQL"),
    Peer("libbcg729-0", file("libbcg729.so.0"), "G.729 with the codec that deployed phones have"),
    Peer("iproute2", program("ip"), "ICE in a network of its own"),
)


def missing() -> list[Peer]:
    """The peers that this machine lacks."""
    return [peer for peer in PEERS if not peer.present()]


def can_install() -> bool:
    """Whether we may and can use apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(peers: list[Peer]) -> None:
    """apt-get install; a package that cannot be had is left for the caller to notice."""
    packages = [peer.package for peer in peers]
    print("Installing with apt:", " ".join(packages), flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*APT, "update"], env=environment, check=False)
    command = [*APT, "install", "-y", "--no-install-recommends"]
    if subprocess.run([*command, *packages], env=environment, check=False).returncode != 0:
        for package in packages:  # one that does not exist must not keep the others out
            subprocess.run([*command, package], env=environment, check=False)


def main() -> int:
    """The exit status of the command."""
    absent = missing()
    if absent and can_install():
        install(absent)
        absent = missing()
    for peer in absent:
        print(f"not tested: {peer.tests} (apt install {peer.package})")
    return int(bool(absent) and os.environ.get("SONNETTE_REQUIRE_PEERS") == "1")


if __name__ == "__main__":
    sys.exit(main())
