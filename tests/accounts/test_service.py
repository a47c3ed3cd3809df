import pytest
from sqlalchemy import text

from sonnette.accounts.directory import Directory
from sonnette.accounts.rules import Address, hashes_of
from sonnette.accounts.service import Accounts, DeviceView, Origin, Profile
from sonnette.accounts.sightings import Sightings
from sonnette.base.errors import LocalError

DOMAINS = ("example.test", "other.test")
ALICE = "sip:alice@example.test"
PASSWORD = "correct horse"
NOW = 1_800_000_000.0


@pytest.fixture
def directory():
    return Directory(DOMAINS)


@pytest.fixture
def accounts(database, directory):
    return Accounts(database, DOMAINS, directory, clock=lambda: NOW)


def refused(code, act, *arguments, **named):
    with pytest.raises(LocalError) as caught:
        act(*arguments, **named)
    assert caught.value.code == code
    return str(caught.value)


@pytest.mark.req("D-1")
def test_an_account_keeps_what_was_told_and_where_it_came_from(accounts):
    profile = Profile(phone="+33 1 23 45 67 89", email="alice@mail.test", name="Alice Martin")
    accounts.add(ALICE, PASSWORD, profile, Origin("192.0.2.1", "Phone/1.0"))
    shown = accounts.show(ALICE)
    assert shown.address == ALICE
    assert shown.active
    assert (shown.phone, shown.email, shown.name) == (
        "+33123456789",
        "alice@mail.test",
        "Alice Martin",
    )
    assert (shown.created_at, shown.created_ip, shown.created_user_agent) == (
        NOW,
        "192.0.2.1",
        "Phone/1.0",
    )


@pytest.mark.req("P-5")
def test_the_password_is_nowhere_in_the_database(accounts, database):
    accounts.add(ALICE, PASSWORD)
    with database.read() as session:
        row = session.execute(text("SELECT * FROM account")).one()
    assert PASSWORD not in str(row)
    assert set(hashes_of(Address("alice", "example.test"), PASSWORD)) <= set(row)


def test_a_new_account_is_known_to_the_running_server_at_once(accounts, directory):
    view = accounts.add(ALICE, PASSWORD)
    member = directory.find("example.test", "alice")
    assert (member.id, member.active) == (view.id, True)
    assert len(member.ha1_md5) == 32
    assert len(member.ha1_sha256) == 64


def test_an_address_has_one_account(accounts, directory):
    accounts.add(ALICE, PASSWORD)
    before = directory.find("example.test", "alice")
    refused("account.exists", accounts.add, "Alice@example.test", "another password")
    assert directory.find("example.test", "alice") is before


def test_the_same_name_in_two_domains_is_two_accounts(accounts):
    accounts.add(ALICE, PASSWORD)
    accounts.add("alice@other.test", PASSWORD)
    assert [view.address for view in accounts.page()] == [ALICE, "sip:alice@other.test"]
    assert [view.address for view in accounts.page("Other.test")] == ["sip:alice@other.test"]


def test_a_phone_number_leads_to_one_account_of_a_domain(accounts):
    accounts.add(ALICE, PASSWORD, Profile(phone="+33123456789"))
    message = refused(
        "account.phone-taken",
        accounts.add,
        "bob@example.test",
        PASSWORD,
        Profile(phone="+33 123456789"),
    )
    assert "33123456789" not in message
    accounts.add("bob@other.test", PASSWORD, Profile(phone="+33123456789"))


def test_a_foreign_domain_has_no_account_here(accounts):
    refused("account.domain-foreign", accounts.add, "alice@foreign.test", PASSWORD)


def test_accounts_come_in_pages(accounts, monkeypatch):
    monkeypatch.setattr("sonnette.accounts.service.MOST_LISTED", 2)
    for name in ("carol", "alice", "bob"):
        accounts.add(f"{name}@example.test", PASSWORD)
    first = accounts.page()
    assert [view.address for view in first] == ["sip:carol@example.test", ALICE]
    assert [view.address for view in accounts.page(after=first[-1].id)] == ["sip:bob@example.test"]


def test_a_new_password_replaces_both_hashes_at_once(accounts, directory):
    accounts.add(ALICE, PASSWORD)
    before = directory.find("example.test", "alice")
    accounts.set_password(ALICE, "another password")
    after = directory.find("example.test", "alice")
    assert before.ha1_md5 != after.ha1_md5
    assert before.ha1_sha256 != after.ha1_sha256


def test_a_suspended_account_is_kept_and_can_be_resumed(accounts, directory):
    accounts.add(ALICE, PASSWORD)
    accounts.suspend(ALICE)
    assert not directory.find("example.test", "alice").active
    assert not accounts.show(ALICE).active
    accounts.resume(ALICE)
    assert directory.find("example.test", "alice").active


def test_a_deleted_account_is_gone_with_its_devices(accounts, database, directory, see):
    see(accounts.add(ALICE, PASSWORD).id, "desk")
    accounts.delete(ALICE)
    assert directory.find("example.test", "alice") is None
    for table in ("account", "device"):
        with database.read() as session:
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0


@pytest.mark.parametrize("act", ["show", "suspend", "resume", "delete", "devices"])
def test_an_account_that_is_not_there_is_told_without_its_name(accounts, act):
    assert "alice" not in refused("account.unknown", getattr(accounts, act), ALICE)


@pytest.fixture
def see(database):
    def see(account_id, instance, user_agent="Desk/1.0", at=NOW):
        writer = database.start_writer(lambda call, *args: call(*args), print)
        Sightings(writer.statements, writer.put).seen(account_id, instance, user_agent, at)
        writer.close()
        return writer

    return see


@pytest.mark.req("R-10")
def test_devices_are_listed_with_their_first_and_last_use(accounts, see):
    account_id = accounts.add(ALICE, PASSWORD).id
    see(account_id, "desk", "Desk/1.0", NOW)
    see(account_id, "pocket", "Pocket/2.0", NOW + 1)
    see(account_id, "desk", "Desk/1.1", NOW + 9)
    assert accounts.devices(ALICE) == [
        DeviceView("desk", "Desk/1.1", NOW, NOW + 9),
        DeviceView("pocket", "Pocket/2.0", NOW + 1, NOW + 1),
    ]


@pytest.mark.req("R-10")
def test_a_device_can_be_removed(accounts, see):
    see(accounts.add(ALICE, PASSWORD).id, "desk")
    accounts.remove_device(ALICE, "desk")
    assert accounts.devices(ALICE) == []
    refused("device.unknown", accounts.remove_device, ALICE, "desk")


def test_a_device_of_an_account_just_deleted_is_set_aside(see):
    assert see(404, "desk").rejected == 1
