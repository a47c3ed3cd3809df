import ssl
import stat
from datetime import UTC, datetime, timedelta

import pytest

from sonnette.base.errors import LocalError
from sonnette.net.authority import RENEW_BEFORE, SERVER_LIFE, ensure, names_of, read_certificate

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def make(tmp_path):
    def make(domains=("example.test",), hosts=(), now=NOW):
        return ensure(tmp_path / "tls", domains, hosts, now)

    return make


@pytest.mark.rfc("5922", "7.1")
def test_the_certificate_speaks_for_the_domains_and_the_machine(make):
    files = make(["example.test", "two.test"], ["192.0.2.1", "sip.example.test", "0.0.0.0"])
    assert names_of(read_certificate(files.certificate)) == {
        "sip:example.test",
        "sip:two.test",
        "example.test",
        "two.test",
        "localhost",
        "127.0.0.1",
        "::1",
        "192.0.2.1",
        "sip.example.test",
    }


def test_keys_are_for_the_owner_alone(make):
    files = make()
    for key in (files.key, files.key.with_name("ca.key")):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_what_is_good_is_kept(make):
    before = make().certificate.read_bytes()
    assert make(now=NOW + timedelta(days=1)).certificate.read_bytes() == before


def test_a_certificate_near_its_end_is_renewed_under_the_same_authority(make):
    first = make()
    before, authority = first.certificate.read_bytes(), first.authority.read_bytes()
    later = NOW + SERVER_LIFE - RENEW_BEFORE
    renewed = make(now=later)
    assert renewed.certificate.read_bytes() != before
    assert renewed.authority.read_bytes() == authority
    assert read_certificate(renewed.certificate).not_valid_after_utc == later + SERVER_LIFE


def test_a_new_name_makes_a_new_certificate(make):
    make()
    assert "two.test" in names_of(read_certificate(make(["example.test", "two.test"]).certificate))


def test_a_lost_authority_is_made_again_with_its_certificate(make):
    first = make()
    before = first.certificate.read_bytes()
    first.authority.unlink()
    assert make().certificate.read_bytes() != before


def test_a_client_with_the_authority_trusts_the_server(make):
    files = make(now=datetime.now(UTC))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files.certificate, files.key)
    client = ssl.create_default_context(cafile=files.authority)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname="example.test")
    pending = [theirs, ours]
    while pending:
        side = pending.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            pending.append(side)
    assert ("DNS", "example.test") in theirs.getpeercert()["subjectAltName"]


@pytest.mark.parametrize("content", [None, b"not a certificate"])
def test_a_file_that_is_no_certificate_is_named(tmp_path, content):
    if content:
        (tmp_path / "x.pem").write_bytes(content)
    with pytest.raises(LocalError, match=r"x\.pem"):
        read_certificate(tmp_path / "x.pem")
