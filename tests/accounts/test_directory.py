import tracemalloc

import pytest

from sonnette.accounts.directory import Directory, Member
from sonnette.accounts.models import Account

DOMAIN = "example.test"


def member(username, phone=None, domain=DOMAIN, number=1):
    return Member(number, domain, username, b"0" * 32, b"0" * 64, phone, True)


@pytest.fixture
def directory():
    return Directory([DOMAIN, "other.test"])


def test_a_member_is_found_by_name_in_its_own_domain(directory):
    alice = member("alice")
    directory.put(alice)
    assert directory.find(DOMAIN, "alice") is alice
    assert directory.find("other.test", "alice") is None
    assert directory.find("foreign.test", "alice") is None
    assert directory.find(DOMAIN, "Alice") is None


def test_a_member_is_found_by_phone_number(directory):
    alice = member("alice", "+33123456789")
    directory.put(alice)
    assert directory.find_phone(DOMAIN, "+33123456789") is alice
    assert directory.find_phone("other.test", "+33123456789") is None
    assert directory.find_phone("foreign.test", "+33123456789") is None


def test_a_changed_number_no_longer_leads_to_the_member(directory):
    directory.put(member("alice", "+33123456789"))
    directory.put(member("alice", "+33987654321"))
    assert directory.find_phone(DOMAIN, "+33123456789") is None
    assert directory.find_phone(DOMAIN, "+33987654321").username == "alice"
    assert len(directory) == 1


def test_a_dropped_member_is_found_by_nothing(directory):
    directory.put(member("alice", "+33123456789"))
    directory.drop(DOMAIN, "alice")
    directory.drop(DOMAIN, "alice")
    directory.drop("foreign.test", "alice")
    assert directory.find(DOMAIN, "alice") is None
    assert directory.find_phone(DOMAIN, "+33123456789") is None
    assert len(directory) == 0


def test_a_member_of_a_domain_we_do_not_serve_is_passed_over(directory):
    directory.put(member("alice", domain="foreign.test"))
    assert len(directory) == 0


def test_the_domains_are_those_we_serve(directory):
    assert set(directory.domains) == {DOMAIN, "other.test"}


def account(username, domain=DOMAIN, phone=None, active=True):
    return Account(
        domain=domain,
        username=username,
        ha1_md5="a" * 32,
        ha1_sha256="b" * 64,
        phone=phone,
        active=active,
        created_at=0.0,
    )


def test_the_directory_loads_the_accounts_of_our_domains(database, directory):
    with database.write() as session:
        session.add_all([account(f"user{number}") for number in range(2500)])
        session.add_all(
            [
                account("alice", phone="+33123456789", active=False),
                account("bob", domain="foreign.test"),
            ]
        )
    with database.read() as session:
        assert directory.load(session) == 2501
    alice = directory.find_phone(DOMAIN, "+33123456789")
    assert (alice.username, alice.active) == ("alice", False)
    assert (alice.ha1_md5, alice.ha1_sha256) == (b"a" * 32, b"b" * 64)
    assert directory.find("foreign.test", "bob") is None


def test_a_member_shows_no_hash():
    assert "0000" not in repr(member("alice"))


def test_a_member_costs_little_memory(directory):
    tracemalloc.start()
    for number in range(10_000):
        directory.put(
            Member(
                number, DOMAIN, f"user{number}", b"%032d" % number, b"%064d" % number, None, True
            )
        )
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used / 10_000 < 600
