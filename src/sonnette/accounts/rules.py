"""What a member's address, phone number and password may be, and what is kept of the last.

Pure: text in, text out, or a :class:`LocalError` whose message says what was expected.  A
user name is lower case here: RFC 3261 section 19.1.4 compares user parts exactly, people
do not, so one spelling is allowed.
"""

import hashlib
import re
from collections.abc import Collection
from typing import NamedTuple

from phonenumbers import NumberParseException, PhoneNumberFormat
from phonenumbers import format_number as format_phone
from phonenumbers import is_possible_number as is_possible_phone
from phonenumbers import parse as parse_phone

from sonnette.base.errors import LocalError

USERNAME = re.compile(r"[a-z0-9+][a-z0-9._+-]{0,63}")
"""What every client can type and no URI must escape."""

DOMAIN = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
)
EMAIL = re.compile(r"(?=.{3,254}\Z)[^@\s<>\"]{1,64}@[^@\s<>\"]+")

LONGEST_NAME = 128
LONGEST_PASSWORD = 256
SHORTEST_PASSWORD = 1


class Address(NamedTuple):
    """Who a member is: ``sip:username@domain``."""

    username: str
    domain: str

    def __str__(self) -> str:
        return f"sip:{self.username}@{self.domain}"


class Hashes(NamedTuple):
    """What is kept of a password: HA1 of RFC 7616 section 3.4.2, in lower-case hexadecimal."""

    md5: str
    sha256: str


def address_of(text: str) -> Address:
    """Read ``sip:alice@example.test`` or ``alice@example.test``.

    Raises :class:`LocalError` (``account.address``, ``account.username``, ``account.domain``).
    """
    scheme, colon, rest = text.strip().rpartition(":")
    username, at, domain = rest.rpartition("@")
    if not at or (colon and scheme.lower() not in ("sip", "sips")):
        raise LocalError(
            "account.address", "expected an address like sip:alice@example.test, got another form"
        )
    return Address(username_of(username), domain_of(domain))


def username_of(text: str) -> str:
    """The user name in its one spelling; raises ``account.username``."""
    username = text.strip().lower()
    if not USERNAME.fullmatch(username):
        raise LocalError(
            "account.username",
            "expected a user name of 1 to 64 letters a-z, digits, '.', '_', '-' and '+', "
            "beginning with a letter, a digit or '+'; got something else",
        )
    return username


def domain_of(text: str) -> str:
    """The domain in lower case, without a final dot; raises ``account.domain``."""
    domain = text.strip().lower().removesuffix(".")
    if not DOMAIN.fullmatch(domain):
        raise LocalError(
            "account.domain", "expected a domain name such as example.test, got something else"
        )
    return domain


def check_served(domain: str, served: Collection[str]) -> None:
    """Raise ``account.domain-foreign`` unless ``domain`` is one of those we serve."""
    if domain not in served:
        raise LocalError(
            "account.domain-foreign",
            f"expected a domain that this server serves ({', '.join(sorted(served))}), "
            f"got {domain!r}",
        )


def phone_of(text: str) -> str:
    """The number in E.164, such as ``+33123456789``; raises ``account.phone``.

    Only international numbers: a national one means different people in different countries.
    """
    try:
        number = parse_phone(text.strip(), None)
    except NumberParseException:
        number = None
    if number is None or not is_possible_phone(number):
        raise LocalError(
            "account.phone",
            "expected an international phone number such as +33123456789, got something else",
        )
    return format_phone(number, PhoneNumberFormat.E164)


def email_of(text: str) -> str:
    """The address, trimmed; raises ``account.email``."""
    email = text.strip()
    if not EMAIL.fullmatch(email):
        raise LocalError("account.email", "expected an e-mail address, got something else")
    return email


def name_of(text: str) -> str:
    """The display name on one line; raises ``account.name``."""
    name = " ".join(text.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise LocalError(
            "account.name", f"expected a name of 1 to {LONGEST_NAME} printable characters"
        )
    return name


def hashes_of(address: Address, password: str) -> Hashes:
    """HA1 for both algorithms, with the domain as realm; raises ``account.password``."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or "\n" in password:
        raise LocalError(
            "account.password",
            f"expected a password of {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters "
            f"on one line, got {len(password)} characters",
        )
    text = f"{address.username}:{address.domain}:{password}".encode()
    md5 = hashlib.md5(text, usedforsecurity=False)  # what RFC 7616 and older peers compute
    return Hashes(md5.hexdigest(), hashlib.sha256(text).hexdigest())
