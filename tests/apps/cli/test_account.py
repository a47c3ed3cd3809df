import io
import json

import pytest

ALICE = "sip:alice@example.test"


@pytest.fixture
def given(monkeypatch):
    """Gives text on stdin."""

    def given(text):
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return given


@pytest.fixture
def alice(run, given):
    given("secret of alice\n")
    added = run(
        "account", "add", ALICE, "--password-stdin", "--json",
        "--phone", "+33123456789", "--email", "alice@example.org", "--name", "Alice",
    )  # fmt: skip
    assert added.status == 0, added.err
    return json.loads(added.out)


def test_an_account_is_made_and_shown(run, alice):
    shown = json.loads(run("account", "show", ALICE, "--json").out)
    assert shown["address"] == ALICE
    assert (shown["phone"], shown["name"], shown["active"]) == ("+33123456789", "Alice", True)
    assert shown["created_at"].endswith("+00:00")
    assert shown["devices"] == []


@pytest.mark.req("P-5")
def test_nothing_that_is_shown_holds_a_credential(run, alice):
    for arguments in (["show", ALICE], ["list"], ["show", ALICE, "--json"], ["list", "--json"]):
        out = run("account", *arguments).out
        assert "secret" not in out
        assert "ha1" not in out


def test_accounts_are_listed_by_domain(run, alice):
    assert [one["address"] for one in json.loads(run("account", "list", "--json").out)] == [ALICE]
    assert json.loads(run("account", "list", "--domain", "other.test", "--json").out) == []
    assert "alice" in run("account", "list").out


def test_an_empty_list_says_what_to_do_next(run):
    outcome = run("account", "list")
    assert "no account yet" in outcome.out
    assert "account add" in outcome.err


def test_an_account_is_suspended_resumed_and_deleted(run, alice):
    def is_active():
        return json.loads(run("account", "show", ALICE, "--json").out)["active"]

    assert run("account", "suspend", ALICE).status == 0
    assert is_active() is False
    assert run("account", "resume", ALICE).status == 0
    assert is_active() is True
    assert run("account", "delete", ALICE, "--yes").status == 0
    assert run("account", "show", ALICE).status == 1


def test_a_password_is_changed(run, alice, given):
    given("another secret\n")
    assert run("account", "passwd", ALICE, "--password-stdin").status == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["add", ALICE, "--password-stdin"], "expected a new address"),
        (["add", "sip:bob@foreign.test", "--password-stdin"], "foreign"),
        (["add", "bob", "--password-stdin"], "error"),
        (["add", "sip:bob@example.test"], "--password-stdin"),
        (["show", "sip:bob@example.test"], "error"),
        (["delete", "sip:bob@example.test", "--yes"], "error"),
    ],
)
def test_what_cannot_be_done_is_refused(run, alice, given, arguments, told):
    given("secret of bob\n")
    outcome = run("account", *arguments)
    assert (outcome.status, outcome.out) == (1, "")
    assert told in outcome.err


def test_a_delete_without_yes_is_asked_about(run, alice, given):
    given("n\n")
    assert run("account", "delete", ALICE).status == 1
    assert run("account", "show", ALICE).status == 0


def test_an_account_without_devices_lists_none(run, alice):
    assert json.loads(run("device", "list", ALICE, "--json").out) == []
    assert run("device", "list", ALICE).status == 0
    assert run("device", "remove", ALICE, "urn:uuid:x").status == 1
