import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.accounts.rules import (
    LONGEST_NAME,
    Address,
    address_of,
    check_served,
    domain_of,
    email_of,
    hashes_of,
    name_of,
    phone_of,
    username_of,
)
from sonnette.base.errors import LocalError

ALICE = Address("alice", "example.test")


def refused(code, rule, *arguments):
    with pytest.raises(LocalError) as caught:
        rule(*arguments)
    assert caught.value.code == code
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "sip:alice@example.test",
        "SIPS:Alice@Example.Test",
        "alice@example.test.",
        " alice@example.test",
    ],
)
def test_an_address_has_one_spelling(text):
    assert address_of(text) == ALICE
    assert str(ALICE) == "sip:alice@example.test"


@pytest.mark.parametrize("text", ["", "alice", "tel:alice@example.test", "sip:example.test"])
def test_what_is_no_address_is_refused(text):
    refused("account.address", address_of, text)


@pytest.mark.parametrize("username", ["a", "+33123456789", "0", "a.b_c-d+e", "a" * 64])
def test_a_username_that_every_client_can_type_is_taken(username):
    assert username_of(username) == username


@pytest.mark.parametrize("username", ["", "a" * 65, "é", "a b", "a;b", "a%41", ".a", "a@b", "a\nb"])
def test_a_username_that_needs_escapes_is_refused(username):
    refused("account.username", username_of, username)


@pytest.mark.parametrize("domain", ["a", "a.b", "xn--bcher-kva.example", "192.0.2.1", "a-b.c"])
def test_a_domain_is_taken(domain):
    assert domain_of(domain.upper()) == domain


@pytest.mark.parametrize(
    "domain", ["", ".", "-a", "a-", "a..b", "a_b", "é.test", "a" * 254, "a:5060"]
)
def test_what_is_no_domain_is_refused(domain):
    refused("account.domain", domain_of, domain)


@given(st.text(max_size=300))
def test_any_text_is_an_address_or_a_local_error(text):
    try:
        address = address_of(text)
    except LocalError:
        return
    assert address_of(str(address)) == address


def test_a_domain_we_do_not_serve_is_refused_with_those_we_do():
    check_served("b.test", {"a.test", "b.test"})
    message = refused("account.domain-foreign", check_served, "c.test", {"b.test", "a.test"})
    assert "a.test, b.test" in message


@pytest.mark.parametrize(
    "text", ["+33123456789", "+33 1 23 45 67 89", "+33 (0)1 23 45 67 89", "+33-1-23-45-67-89"]
)
def test_a_phone_number_is_kept_in_e164(text):
    assert phone_of(text) == "+33123456789"


@pytest.mark.parametrize(
    "text", ["", "0123456789", "+", "+33", "+999123456789", "phone", "+1" * 200]
)
def test_a_number_that_is_not_international_is_refused(text):
    refused("account.phone", phone_of, text)


@pytest.mark.parametrize("text", ["", "alice", "a@b@c d", "@b", "a@", "<a@b>", "a" * 65 + "@b"])
def test_what_is_no_email_is_refused(text):
    refused("account.email", email_of, text)


def test_an_email_is_trimmed():
    assert email_of(" Alice@example.test ") == "Alice@example.test"


def test_a_name_stands_on_one_line():
    assert name_of("  Alice\n Martin ") == "Alice Martin"


@pytest.mark.parametrize("text", ["", " ", "a" * (LONGEST_NAME + 1), "a\x00b", "a\u202eb"])
def test_a_name_that_cannot_be_shown_is_refused(text):
    refused("account.name", name_of, text)


@pytest.mark.rfc("7616", "3.4.2")
@pytest.mark.req("P-5")
def test_a_password_becomes_ha1_with_the_domain_as_realm():
    text = b"alice:example.test:correct horse"
    hashes = hashes_of(ALICE, "correct horse")
    assert hashes.md5 == hashlib.md5(text).hexdigest()
    assert hashes.sha256 == hashlib.sha256(text).hexdigest()


@pytest.mark.rfc("7616", "3.9.1")
def test_ha1_is_that_of_the_rfcs_example():
    # RFC 7616 gives no HA1, but a response which only the right HA1 explains.
    mufasa = Address("Mufasa", "http-auth@example.org")
    hashes = hashes_of(mufasa, "Circle of Life")
    nonce, cnonce = (
        "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    for hash_of, ha1, response in (
        (hashlib.md5, hashes.md5, "8ca523f5e9506fed4657c9700eebdbec"),
        (
            hashlib.sha256,
            hashes.sha256,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ):
        ha2 = hash_of(b"GET:/dir/index.html").hexdigest()
        text = f"{ha1}:{nonce}:00000001:{cnonce}:auth:{ha2}"
        assert hash_of(text.encode()).hexdigest() == response


@pytest.mark.parametrize("password", ["", "a" * 257, "two\nlines here"])
def test_a_password_that_is_empty_too_long_or_of_two_lines_is_refused(password):
    message = refused("account.password", hashes_of, ALICE, password)
    assert not password or password not in message
