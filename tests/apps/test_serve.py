"""The server as a process: what it prints, what it answers, how it ends."""

import json
import signal
import socket
import ssl
import subprocess
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.apps.served import PROGRAM, Served, environment

pytestmark = [pytest.mark.loopback, pytest.mark.timeout(60)]

ALICE = "sip:alice@example.test"


@pytest.fixture
def serve(tmp_path):
    started = []

    def serve(*arguments: str) -> Served:
        started.append(Served(tmp_path, *arguments))
        assert started[-1].ready, started[-1].logged()
        return started[-1]

    yield serve
    for served in started:
        served.end()


def test_the_ready_line_is_that_of_the_contract(serve, tmp_path):
    ready = serve().ready
    assert {"event", "domain", "pid", "sip", "http", "ca"} <= ready.keys()
    assert (ready["event"], ready["domain"]) == ("ready", "example.test")
    assert Path(ready["ca"]) == tmp_path / "var" / "tls" / "ca.pem"


def test_health_answers_for_the_database(serve):
    health = json.loads(serve().get("/health"))
    assert (health["status"], health["checks"]["database"]) == ("ok", "ok")


def test_a_change_of_accounts_reaches_the_running_server(serve):
    served = serve()
    added = served.run("account", "add", ALICE, "--password-stdin", given="secret of alice\n")
    assert added.returncode == 0, added.stderr
    assert "sonnette_accounts 1" in served.get("/metrics")
    assert served.run("account", "delete", ALICE, "--yes").returncode == 0
    assert "sonnette_accounts 0" in served.get("/metrics")


def test_accounts_made_without_a_server_are_there_when_it_starts(serve, tmp_path):
    first = serve()
    assert first.end() == 0
    made = first.run("account", "add", ALICE, "--password-stdin", given="secret of alice\n")
    assert made.returncode == 0, made.stderr
    assert "sonnette_accounts 1" in serve().get("/metrics")


def test_sigterm_ends_it_with_status_0(serve):
    served = serve()
    assert served.end() == 0
    assert not (served.folder / "var" / "control.sock").exists()


def test_stop_returns_when_the_server_has_ended(serve):
    served = serve()
    stopped = served.run("stop", "--json")
    assert json.loads(stopped.stdout) == {"stopped": served.ready["pid"]}
    assert served.process.wait(0.5) == 0


def test_a_second_server_on_the_same_data_is_refused(serve):
    served = serve()
    second = served.run("serve", "--json")
    assert (second.returncode, second.stdout) == (1, "")
    assert str(served.ready["pid"]) in second.stderr


def test_sighup_reads_the_configuration_again_and_keeps_serving(serve):
    served = serve()
    file = served.folder / "sonnette.toml"
    file.write_text(file.read_text() + '[log]\nlevel = "debug"\n')
    assert served.run("server", "reload").returncode == 0
    assert "configuration reloaded" in served.logged()
    file.write_text("[nothing]\n")
    served.process.send_signal(signal.SIGHUP)
    assert json.loads(served.get("/health"))["status"] == "ok"


def test_the_demonstration_shows_and_provisions_its_accounts(serve):
    served = serve("--demo")
    accounts = served.ready["accounts"]
    assert [one["address"].partition("@")[0] for one in accounts] == [
        "sip:alice",
        "sip:bob",
        "sip:carol",
    ]
    page = served.get("/")
    for account in accounts:
        assert account["password"] in page
        path = account["provisioning"].removeprefix(served.ready["http"])
        assert account["password"] in served.get(path)
    assert "sonnette_accounts 3" in served.get("/metrics")


def test_the_demonstration_keeps_its_passwords_from_start_to_start(serve):
    first = serve("--demo")
    assert first.end() == 0
    passwords = [one["password"] for one in first.ready["accounts"]]
    assert [one["password"] for one in serve("--demo").ready["accounts"]] == passwords


@pytest.mark.req("P-5")
def test_no_password_is_stored_or_logged(serve):
    served = serve("--demo")
    passwords = [one["password"].encode() for one in served.ready["accounts"]]
    assert served.end() == 0
    for file in (one for one in served.folder.rglob("*") if one.is_file()):
        assert not any(password in file.read_bytes() for password in passwords), file


def test_a_page_under_another_name_is_refused(serve):
    served = serve("--demo")
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(served.ready["http"] + "/", headers={"Host": "evil.test"}), timeout=10)
    assert refused.value.code == 421
    refused.value.close()


def test_a_port_in_use_is_named(serve, tmp_path_factory):
    served = serve()
    other = tmp_path_factory.mktemp("other")
    (other / "sonnette.toml").write_text(
        f'[sip]\nlisten = ["udp://127.0.0.1:0"]\n[http]\nlisten = "{served.ready["http"]}"\n'
    )
    ended = subprocess.run(
        [*PROGRAM, "serve"],
        cwd=other,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ended.returncode == 1
    assert served.ready["http"].rpartition(":")[2] in ended.stderr


def https(served: Served, context: ssl.SSLContext) -> bytes:
    """The certificate that the web side shows, once the authority has vouched for it."""
    host, _, port = served.ready["http"].removeprefix("https://").rpartition(":")
    with (
        socket.create_connection((host, int(port)), timeout=10) as connection,
        context.wrap_socket(connection, server_hostname="example.test") as secure,
    ):
        return secure.getpeercert(binary_form=True)


def test_https_is_trusted_by_whoever_knows_the_authority_and_renewed_on_sighup(serve, monkeypatch):
    monkeypatch.setattr("tests.apps.served.WEB", "https://127.0.0.1:0")
    served = serve()
    context = ssl.create_default_context(cafile=served.ready["ca"])
    first = https(served, context)
    (served.folder / "var" / "tls" / "server.pem").unlink()
    assert served.run("server", "reload").returncode == 0
    second = https(served, context)
    assert second != first
    (served.folder / "var" / "tls" / "server.key").write_text("broken")
    assert served.run("server", "reload").returncode == 0
    assert "configuration not reloaded" in served.logged()
    assert https(served, context) == second


def test_an_operator_hands_out_a_link_that_sets_up_a_phone(serve):
    served = serve()
    served.run("account", "add", ALICE, "--password-stdin", given="secret of alice\n")
    handed = served.run("account", "provision", ALICE, "--json")
    path = json.loads(handed.stdout)["link"].removeprefix(served.ready["http"])
    settings = served.get(path)
    assert "sip:alice@example.test" in settings
    assert "secret" not in settings
    assert "link" not in served.logged()
    refused = served.run("account", "provision", "sip:nobody@example.test")
    assert refused.returncode == 1
