"""What `tools/peers.py` says and decides; nothing is installed here."""

import pytest
from tools import peers

ABSENT = peers.Peer("a-package", lambda: False, "something")
PRESENT = peers.Peer("another", lambda: True, "something else")


@pytest.fixture(autouse=True)
def nothing_can_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "can_install", lambda: False)
    monkeypatch.delenv("SONNETTE_REQUIRE_PEERS", raising=False)


def test_nothing_is_said_when_all_are_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(peers, "PEERS", (PRESENT,))
    assert (peers.main(), capsys.readouterr().out) == (0, "")


def test_one_line_names_what_is_missing_and_what_is_not_tested(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(peers, "PEERS", (ABSENT, PRESENT))
    assert peers.main() == 0
    assert capsys.readouterr().out == "not tested: something (apt install a-package)\n"


def test_a_missing_peer_is_a_failure_where_all_are_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(peers, "PEERS", (ABSENT,))
    monkeypatch.setenv("SONNETTE_REQUIRE_PEERS", "1")
    assert peers.main() == 1


def test_what_is_missing_is_installed_where_that_is_possible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed: list[peers.Peer] = []
    monkeypatch.setattr(peers, "PEERS", (ABSENT, PRESENT))
    monkeypatch.setattr(peers, "can_install", lambda: True)
    monkeypatch.setattr(peers, "install", installed.extend)
    peers.main()
    assert installed == [ABSENT]
