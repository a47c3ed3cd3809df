"""IPv6, certificates of clients, certificates that change."""

import ipaddress
import os
import signal
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sonnette.net.authority import ensure
from tests.wire.line import Call, Line, Stream
from tests.wire.served import Served

pytestmark = [pytest.mark.loopback, pytest.mark.xdist_group("addresses"), pytest.mark.timeout(120)]


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback address")
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls", "ws"])
def test_a_call_over_ipv6(tmp_path, transport):
    server = Served(tmp_path, sip=("[::1]",))
    try:
        assert ipaddress.ip_address(server.ready["sip"]["udp"].rpartition(":")[0].strip("[]"))
        alice, bob = Line(server.ready, "alice", transport), Line(server.ready, "bob")
        assert alice.register().status == bob.register().status == 200
        assert Call(alice, bob).hang_up(bob).status == 200
        alice.close()
        bob.close()
    finally:
        server.stop()


def test_a_new_certificate_is_shown_without_dropping_a_connection(tmp_path):
    server = Served(tmp_path)
    try:
        alice = Line(server.ready, "alice", "tls")
        assert alice.register().status == 200
        before = alice.wire.socket.getpeercert(binary_form=True)
        hosts = ["127.0.0.1", "new.example.test"]
        ensure(tmp_path / "data" / "tls", ["example.test"], hosts, datetime.now(UTC))
        os.kill(server.process.pid, signal.SIGHUP)
        server.run("server", "reload")
        bob = Line(server.ready, "bob", "tls")
        assert bob.wire.socket.getpeercert(binary_form=True) != before
        assert bob.register().status == 200
        assert Call(bob, alice).hang_up(alice).status == 200
        alice.close()
        bob.close()
    finally:
        server.stop()


@pytest.mark.rfc("5922", "7.1")
def test_a_certificate_that_names_a_member_needs_no_password(tmp_path):
    now = datetime.now(UTC)
    files = ensure(tmp_path / "own", ["example.test"], ["127.0.0.1"], now)
    authority = Path(files.authority)
    server = Served(
        tmp_path,
        f'[tls]\ncertificate = "{files.certificate}"\nkey_file = "{files.key}"\n'
        f'client_authorities = "{authority}"\n',
    )
    try:
        server.ready["ca"] = str(authority)
        client = make_client_certificate(tmp_path, authority, "sip:alice@example.test", now)
        alice = Line({**server.ready, "sip": server.ready["sip"]}, "alice", password="wrong")
        alice.close()
        alice.wire = secure_stream(server, authority, client)
        answer = alice.ask(alice.request("REGISTER", to="<sip:alice@example.test>"))
        assert answer.status == 200
        stranger = alice.ask(alice.request("OPTIONS", "sip:bob@example.test"))
        assert stranger.status == 480
        alice.close()
        plain = Line(server.ready, "alice", "tls", password="wrong")
        assert plain.register().status == 403
        plain.close()
    finally:
        server.stop()


def make_client_certificate(folder, authority, identity, now):
    issuer = x509.load_pem_x509_certificate(authority.read_bytes())
    key_of_issuer = next(authority.parent.glob("*ca*key*"))
    signer = serialization.load_pem_private_key(key_of_issuer.read_bytes(), None)
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alice")]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity)]), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    file = folder / "client.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def secure_stream(server, authority, client):
    host, _, port = server.ready["sip"]["tls"].rpartition(":")
    stream = Stream((host, int(port)))
    context = ssl.create_default_context(cafile=authority)
    context.load_cert_chain(client)
    stream.socket = context.wrap_socket(stream.socket, server_hostname="example.test")
    stream.name = "TLS"
    return stream
