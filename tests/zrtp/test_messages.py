from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.bytes import Reader
from sonnette.base.errors import PeerError
from sonnette.zrtp.algorithms import (
    AuthTag,
    Cipher,
    Hash,
    KeyAgreement,
    Offer,
    Sas,
    Suite,
)
from sonnette.zrtp.messages import (
    Commit,
    Confirm,
    DhPart,
    Hello,
    Kind,
    SecretIds,
    frame,
    is_sealed,
    unframe,
)

images = st.binary(min_size=32, max_size=32)
zids = st.binary(min_size=12, max_size=12)
lists = {
    name: st.lists(st.sampled_from(list(kind)), unique=True, max_size=5)
    for name, kind in (
        ("hashes", Hash),
        ("ciphers", Cipher),
        ("tags", AuthTag),
        ("agreements", KeyAgreement),
        ("schemes", Sas),
    )
}
offers = st.builds(Offer, **lists)
suites = st.builds(
    Suite,
    st.sampled_from(list(Hash)),
    st.sampled_from(list(Cipher)),
    st.sampled_from(list(AuthTag)),
    st.sampled_from(list(KeyAgreement)),
    st.sampled_from(list(Sas)),
)


@pytest.mark.rfc("6189", "5.2")
@given(images, zids, offers, st.binary(min_size=16, max_size=16), st.booleans())
def test_a_hello_is_read_as_it_was_written(h3, zid, offer, client, passive):
    hello = Hello(h3, zid, offer, client, passive=passive)
    message = hello.encode(b"key")
    kind, reader = unframe(message)
    assert kind is Kind.HELLO
    assert Hello.read(reader) == hello
    assert is_sealed(message, b"key")
    assert not is_sealed(message, b"another key")


def test_algorithms_that_we_do_not_know_are_passed_over():
    hello = Hello(bytes(32), bytes(12), Offer(), b"").encode(b"")
    foreign = hello.replace(b"S384", b"N384")
    assert Hello.read(unframe(foreign)[1]).offer.hashes == (Hash.S256, Hash.S512)


def test_a_hello_of_eight_algorithms_of_a_kind_is_refused():
    hello = bytearray(Hello(bytes(32), bytes(12), Offer(), b"").encode(b""))
    hello[12 + 4 + 16 + 32 + 12 + 1] = 8
    with pytest.raises(PeerError):
        Hello.read(unframe(bytes(hello))[1])


@pytest.mark.rfc("6189", "5.4")
@given(images, zids, suites, st.binary(min_size=32, max_size=32))
def test_a_commit_is_read_as_it_was_written(h2, zid, suite, binding):
    if suite.agreement is KeyAgreement.MULT:
        binding = binding[:16]
    key = bytes(832) if suite.agreement.encapsulates else b""
    commit = Commit(h2, zid, suite, binding, key)
    assert Commit.read(unframe(commit.encode(b"key"))[1]) == commit


@pytest.mark.rfc("6189", "5.5")
@given(images, st.binary(min_size=32, max_size=32), st.integers(1, 99))
def test_a_dhpart_is_read_as_it_was_written(h1, ids, size):
    eights = [ids[n : n + 8] for n in range(0, 32, 8)]
    part = DhPart(h1, SecretIds(*eights), bytes(4 * size))
    message = part.encode(Kind.DHPART1, b"key")
    assert DhPart.read(unframe(message)[1]) == part


@pytest.mark.rfc("6189", "5.7")
@given(images, st.booleans(), st.booleans(), st.integers(0, 0xFFFFFFFF))
def test_a_confirm_is_read_as_it_was_written(h0, verified, clear, lifetime):
    confirm = Confirm(h0, verified, clear, lifetime)
    assert Confirm.read_plain(confirm.encode_plain()) == confirm


def test_a_signature_is_passed_over():
    plain = bytearray(Confirm(bytes(32)).encode_plain())
    plain[34] = 2
    assert Confirm.read_plain(bytes(plain) + b"sig type") == Confirm(bytes(32))
    with pytest.raises(PeerError):
        Confirm.read_plain(bytes(plain))


READERS = [Hello.read, Commit.read, DhPart.read]


@pytest.mark.parametrize("read", READERS)
@given(st.binary(max_size=400))
def test_a_reader_raises_nothing_but_the_peers_fault(read, data):
    with suppress(PeerError):
        read(Reader(data, "message"))


@pytest.mark.parametrize(
    "message", [b"", b"\x50\x5a", b"\x50\x5b" + bytes(10), frame(Kind.HELLO)[:-1], bytes(40)]
)
def test_what_is_no_message_is_the_peers_fault(message):
    with pytest.raises(PeerError):
        unframe(message)


@given(st.integers(0, 20), st.binary(min_size=1, max_size=8))
def test_a_wrong_length_is_the_peers_fault(size, more):
    message = frame(Kind.COMMIT, bytes(4 * size))
    with pytest.raises(PeerError):
        unframe(message + more)
