"""A certificate authority of the tests' own, and one server certificate by it."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LIFE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Authority:
    """PEM files: the root, and certificate and key of the server."""

    root: Path
    certificate: Path
    key: Path


def make_authority(directory: Path, domain: str) -> Authority:
    """A root and a certificate for ``domain`` and 127.0.0.1, written to ``directory``."""
    directory.mkdir(parents=True, exist_ok=True)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = named("Root of the interoperability tests")
    authority = x509.BasicConstraints(ca=True, path_length=0)
    root = (
        builder(root_name, root_name, root_key.public_key())
        .add_extension(authority, critical=True)
        .sign(root_key, hashes.SHA256())
    )
    names = [x509.DNSName(domain), x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))]
    certificate = (
        builder(named(domain), root_name, key.public_key())
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    made = Authority(directory / "root.pem", directory / "server.pem", directory / "server-key.pem")
    made.root.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made


def named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    """What both certificates have in common."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFE)
    )
