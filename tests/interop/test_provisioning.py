"""A Linphone that is given nothing but a provisioning link sets itself up and registers."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apps.served import Served
from tests.interop.needs import need
from tests.interop.waiting import until

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    need("linphone-cli")
    folder = tmp_path / "server"
    folder.mkdir()
    running = Served(folder, "--demo")
    assert running.ready, running.logged()
    yield running
    assert running.end() == 0


def link_of_demonstration(served: Served) -> str:
    """The link on the start page, which gives the password."""
    link: str = served.ready["accounts"][0]["provisioning"]
    return link


def link_of_operator(served: Served) -> str:
    """A link handed out by the operator, which gives digest hashes."""
    handed = served.run("account", "provision", "sip:alice@example.test", "--json")
    link: str = json.loads(handed.stdout)["link"]
    return link


@pytest.fixture(params=[link_of_demonstration, link_of_operator])
def linphone(request: pytest.FixtureRequest, served: Served, tmp_path: Path) -> Iterator[Path]:
    """The console client's folder; it knows one link, and no more."""
    home = tmp_path / "home"
    (home / ".local" / "share" / "linphone").mkdir(parents=True)
    settings = home / "linphonerc"
    settings.write_text(
        f"[misc]\nconfig-uri={request.param(served)}\n"
        "[sip]\nregister_only_when_network_is_up=0\nauto_net_state_mon=0\nbind_address=127.0.0.1\n"
        "use_ipv6=0\nsip_port=-1\nsip_tcp_port=-1\n"
    )
    with subprocess.Popen(
        ["linphonec", "-c", str(settings), "-d", "6", "-l", str(home / "log")],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "PULSE_SERVER": "unix:/nonexistent"},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as client:
        yield home
        client.communicate(b"quit\n", timeout=20)


def test_a_provisioning_link_is_all_that_a_linphone_needs(served: Served, linphone: Path) -> None:
    def bindings() -> list[Any]:
        found: list[Any] = json.loads(served.run("server", "bindings", "--json").stdout)
        return found

    [binding] = until(bindings, "registration by the provisioned client", timeout=45)
    assert binding["address"] == "sip:alice@example.test"
    assert binding["user_agent"].startswith("Linphone")


@pytest.mark.req("P-6")
def test_a_provisioned_linphone_asks_no_other_operator(served: Served, linphone: Path) -> None:
    until(
        lambda: json.loads(served.run("server", "bindings", "--json").stdout),
        "registration by the provisioned client",
        timeout=45,
    )
    settings = (linphone / "linphonerc").read_text()
    assert "sip:rls@example.test" in settings
    assert "linphone.org" not in settings
