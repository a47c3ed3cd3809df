import json
import socket
from datetime import UTC, datetime, timedelta

import pytest

from sonnette.apps.diagnosis import State, examine
from sonnette.apps.settings import load
from sonnette.net.authority import SERVER_LIFE, ensure

NOW = datetime.now(UTC)
FREE = """
[sip]
listen = ["udp://127.0.0.1:0", "tls://127.0.0.1:0"]
[http]
listen = "http://127.0.0.1:0"
"""


@pytest.fixture
def find(tmp_path):
    """The findings about one subject, for a configuration."""

    def find(subject, text=FREE, now=NOW):
        file = tmp_path / "sonnette.toml"
        file.write_text(text)
        data = tmp_path / "var"
        data.mkdir(mode=0o700, exist_ok=True)
        return [one for one in examine(load(file), now) if one.subject == subject]

    return find


@pytest.mark.loopback
def test_a_sound_installation_passes(run, tmp_path):
    run("init")
    (tmp_path / "sonnette.toml").write_text(FREE)
    outcome = run("doctor", "--json")
    findings = json.loads(outcome.out)
    assert outcome.status == 0, findings
    assert {one["subject"] for one in findings} >= {
        "data_dir",
        "database",
        "certificate",
        "port",
        "dns",
    }
    assert "Nothing stands in the way" in run("doctor").out


@pytest.mark.loopback
def test_a_port_in_use_is_found(run, tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        (tmp_path / "sonnette.toml").write_text(
            FREE.replace("udp://127.0.0.1:0", f"udp://127.0.0.1:{port}")
        )
        outcome = run("doctor")
    assert outcome.status == 1
    assert str(port) in outcome.out
    assert "choose another port" in outcome.out


@pytest.mark.loopback
def test_a_data_dir_that_others_may_read_is_found(find, tmp_path):
    (tmp_path / "var").mkdir()
    (tmp_path / "var").chmod(0o755)
    [finding] = find("data_dir")
    assert finding.state is State.BAD
    assert finding.fix.startswith("chmod 700")


@pytest.mark.loopback
def test_a_database_that_cannot_be_opened_is_found(find):
    [finding] = find("database", FREE + '[store]\nurl = "sqlite:///sonnette.toml/below/a/file.db"')
    assert finding.state is State.BAD


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("domains", "age", "told"),
    [
        (["example.test"], timedelta(), "lasts"),
        (["other.test"], timedelta(), "does not name example.test"),
        (["example.test"], SERVER_LIFE - timedelta(days=3, hours=1), "ends in 3 days"),
    ],
)
def test_an_operators_certificate_is_looked_at(find, tmp_path, domains, age, told):
    files = ensure(tmp_path / "own", domains, [], NOW - age)
    text = f'{FREE}[tls]\ncertificate = "{files.certificate}"\nkey_file = "{files.key}"'
    assert told in find("certificate", text)[0].what


@pytest.mark.loopback
def test_a_key_of_another_certificate_is_found(find, tmp_path):
    files = ensure(tmp_path / "own", ["example.test"], [], NOW)
    other = ensure(tmp_path / "other", ["example.test"], [], NOW)
    text = f'{FREE}[tls]\ncertificate = "{files.certificate}"\nkey_file = "{other.key}"'
    assert find("certificate", text)[0].state is State.BAD


@pytest.mark.loopback
def test_a_public_server_must_know_its_address_and_its_name(find, monkeypatch):
    monkeypatch.setattr("sonnette.apps.diagnosis.addresses_of", lambda domain: set())
    public = FREE.replace("udp://127.0.0.1:0", "udp://0.0.0.0:0")
    assert "sip.advertise" in find("address", public)[0].fix
    assert "SRV records _sips._tcp.example.test" in find("dns", public)[0].fix


@pytest.mark.loopback
def test_looking_makes_nothing(run, tmp_path):
    (tmp_path / "sonnette.toml").write_text(FREE)
    assert run("doctor").status == 0
    assert [path.name for path in tmp_path.iterdir()] == ["sonnette.toml"]


@pytest.mark.loopback
def test_a_data_dir_of_another_user_is_left_alone(find, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 4_242)
    [finding] = find("data_dir")
    assert "run this command as" in finding.fix
    assert find("database") == []
