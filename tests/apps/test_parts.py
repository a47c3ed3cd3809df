"""The small parts of the daemon: its lock, its addresses, its certificate, the accounts to try."""

import json
import os
import re
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from sonnette.apps import demo, lock
from sonnette.apps.certificates import certificate_of
from sonnette.apps.lock import owned, shared
from sonnette.apps.reference import commented
from sonnette.apps.settings import load
from sonnette.apps.web import base_of, names_of, proxy_of
from sonnette.base.entropy import SeededEntropy
from sonnette.base.errors import LocalError
from sonnette.net.authority import ensure, read_certificate
from sonnette.net.authority import names_of as names_in
from sonnette.net.settings import Listener
from tests.apps.served import environment

NOW = datetime.now(UTC)
SIP = {"udp": "127.0.0.1:5060", "tcp": "127.0.0.1:5061", "tls": "127.0.0.1:5062"}


@pytest.fixture(autouse=True)
def _here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0.0)


def settings(**overrides):
    return load(overrides={name.replace("__", "."): value for name, value in overrides.items()})


# --- lock -------------------------------------------------------------------------------------


def test_a_data_dir_has_one_owner(tmp_path):
    with owned(tmp_path / "var"):
        with pytest.raises(LocalError, match=str(os.getpid())) as refused, owned(tmp_path / "var"):
            pass
        assert refused.value.code == "data-dir.locked"
    with owned(tmp_path / "var"):
        pass


def test_commands_share_a_data_dir_that_no_server_owns(tmp_path):
    with shared(tmp_path), shared(tmp_path), pytest.raises(LocalError), owned(tmp_path):
        pass


def test_a_dead_owner_leaves_no_lock(tmp_path):
    program = (
        "import os, pathlib; from sonnette.apps.lock import owned\n"
        f"with owned(pathlib.Path({str(tmp_path)!r})): os._exit(9)"
    )
    ended = subprocess.run([sys.executable, "-c", program], env=environment(), check=False)
    assert ended.returncode == 9
    with owned(tmp_path):
        pass


def test_a_data_dir_is_made_for_its_owner_alone(tmp_path):
    with owned(tmp_path / "var"):
        assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


def test_a_data_dir_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LocalError, match="file") as refused, owned(tmp_path / "file" / "var"):
        pass
    assert refused.value.code == "data-dir.unusable"


# --- addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overrides", "bound", "base"),
    [
        ({}, "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ({"domain": "d.test"}, "https://0.0.0.0:443", "https://d.test:443"),
        ({"sip__advertise": "192.0.2.1"}, "http://[::]:80", "http://192.0.2.1:80"),
        ({"http__url": "https://d.test/"}, "http://127.0.0.1:80", "https://d.test"),
    ],
)
def test_the_web_side_knows_the_address_that_clients_write(overrides, bound, base):
    assert base_of(settings(**overrides), Listener.parse(bound)) == base


def test_only_a_server_on_loopback_is_particular_about_its_names():
    local = Listener.parse("http://127.0.0.1:8080")
    assert {"localhost", "example.test"} <= set(names_of(settings(), local))
    assert "d.test" in names_of(settings(http__url="https://d.test:444/x"), local)
    assert names_of(settings(), Listener.parse("http://192.0.2.1:80")) == ()


def test_clients_are_sent_to_what_they_can_trust():
    assert proxy_of(settings(), SIP) == "sip:127.0.0.1:5061;transport=tcp"
    assert proxy_of(settings(), {"udp": "[::1]:5060"}) == "sip:[::1]:5060;transport=udp"
    everywhere = {"tcp": "0.0.0.0:5060"}
    assert proxy_of(settings(domain="d.test"), everywhere) == "sip:d.test:5060;transport=tcp"
    own = settings(domain="d.test", tls__certificate="c", tls__key_file="k")
    assert proxy_of(own, SIP) == "sip:d.test;transport=tls"
    assert proxy_of(settings(), {}) == "sip:example.test"


# --- certificate ------------------------------------------------------------------------------


def test_without_a_section_the_authority_makes_a_certificate_for_every_name():
    made = certificate_of(settings(domains="two.test", sip__advertise="192.0.2.1"), NOW)
    assert made.authority is not None
    names = names_in(read_certificate(made.chain))
    assert {"example.test", "two.test", "192.0.2.1", "127.0.0.1"} <= names


def test_an_operators_certificate_is_taken_as_it_is(tmp_path):
    own = ensure(tmp_path / "own", ["example.test"], [], NOW)
    told = settings(tls__certificate=str(own.certificate), tls__key_file=str(own.key))
    assert certificate_of(told, NOW) == (own.certificate, own.key, None)


def test_an_operators_certificate_that_is_missing_is_refused():
    with pytest.raises(LocalError, match="nowhere"):
        certificate_of(settings(tls__certificate="nowhere", tls__key_file="k"), NOW)


# --- demonstration ----------------------------------------------------------------------------


def test_the_accounts_to_try_stay_the_same_with_their_key(tmp_path):
    first = demo.accounts(tmp_path, "example.test", SeededEntropy(1))
    again = demo.accounts(tmp_path, "example.test", SeededEntropy(2))
    assert first == again
    assert len({account.password for account in first} | {account.token for account in first}) == 6
    assert all(len(account.password) >= 8 for account in first)
    assert stat.S_IMODE((tmp_path / demo.KEY_FILE).stat().st_mode) == 0o600


def test_another_key_or_domain_gives_other_passwords(tmp_path):
    here = demo.accounts(tmp_path, "example.test", SeededEntropy(1))
    there = demo.accounts(tmp_path, "other.test", SeededEntropy(1))
    (tmp_path / demo.KEY_FILE).unlink()
    later = demo.accounts(tmp_path, "example.test", SeededEntropy(2))
    assert len({accounts[0].password for accounts in (here, there, later)}) == 3


# --- reference --------------------------------------------------------------------------------


def test_the_file_that_init_writes_says_what_is_in_force(tmp_path):
    (tmp_path / "plain.toml").write_text(commented({"domain": "d.test"}))
    written = load(tmp_path / "plain.toml").model_dump_json()
    assert json.loads(written) == json.loads(settings(domain="d.test").model_dump_json())


def test_the_file_that_init_writes_is_sound_with_every_comment_taken_off(tmp_path):
    lines = commented({"domain": "d.test"}).splitlines()
    keys = [line.removeprefix("# ") for line in lines if re.match(r"(# )?([a-z_]+ = |\[)", line)]
    filled = "\n".join(keys).replace('= ""', '= "x"')
    (tmp_path / "full.toml").write_text(filled.replace('url = "x"', 'url = "http://x"'))
    assert load(tmp_path / "full.toml").domain == "d.test"
