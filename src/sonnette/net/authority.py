"""The built-in certificate authority: TLS on the first day, without a third party.

It lives in one folder: ``ca.pem`` (given to phones), ``ca.key``, ``server.pem`` (with the
chain) and ``server.key``, the keys of mode 0600.  The server's certificate names the
domains as DNS names and as SIP URIs (RFC 5922 section 7.1) and the addresses listened on;
it is made anew when it nears its end or when a name is missing.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sonnette.base.errors import LocalError

AUTHORITY_LIFE = timedelta(days=3650)
SERVER_LIFE = timedelta(days=397)  # the longest that common trust stores still accept
RENEW_BEFORE = timedelta(days=30)
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class TlsFiles(NamedTuple):
    """Where a server finds its certificate, and phones their authority."""

    certificate: Path
    key: Path
    authority: Path


def ensure(folder: Path, domains: Iterable[str], hosts: Iterable[str], now: datetime) -> TlsFiles:
    """Make what is missing, expiring or too narrow in ``folder``; keep what is good.

    ``domains`` are SIP domains, ``hosts`` further names and addresses of this machine.
    """
    files = TlsFiles(folder / "server.pem", folder / "server.key", folder / "ca.pem")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority_key = folder / "ca.key"
    if not (files.authority.exists() and authority_key.exists()):
        _make_authority(files.authority, authority_key, now)
        files.certificate.unlink(missing_ok=True)
    names = _names(domains, hosts)
    if not _is_good(files, names, now):
        _make_server(files, authority_key, names, now)
    return files


def names_of(certificate: x509.Certificate) -> set[str]:
    """The DNS names, addresses and URIs a certificate speaks for."""
    return {str(name.value) for name in _alternative_names(certificate)}


def _alternative_names(certificate: x509.Certificate) -> list[x509.GeneralName]:
    with suppress(x509.ExtensionNotFound):
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return list(found.value)
    return []


def read_certificate(path: Path) -> x509.Certificate:
    """The first certificate of a PEM file; raises :exc:`LocalError` ``tls.certificate``."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        raise LocalError("tls.certificate", f"{path}: {error.strerror}") from None
    except ValueError:
        raise LocalError("tls.certificate", f"{path}: expected a PEM certificate") from None


def _is_good(files: TlsFiles, names: list[x509.GeneralName], now: datetime) -> bool:
    if not (files.certificate.exists() and files.key.exists()):
        return False
    certificate = read_certificate(files.certificate)
    is_fresh = certificate.not_valid_after_utc - now > RENEW_BEFORE
    return is_fresh and set(names) <= set(_alternative_names(certificate))


def _names(domains: Iterable[str], hosts: Iterable[str]) -> list[x509.GeneralName]:
    domains = list(dict.fromkeys(domains))
    names: list[x509.GeneralName] = [
        x509.UniformResourceIdentifier(f"sip:{domain}") for domain in domains
    ]
    for host in dict.fromkeys((*domains, *LOOPBACK, *hosts)):
        try:
            address = ip_address(host)
        except ValueError:
            names.append(x509.DNSName(host))
        else:
            if not address.is_unspecified:
                # Linphone looks for an address among the DNS names, others among addresses.
                names += [x509.IPAddress(address), x509.DNSName(host)]
    return names


def _make_authority(certificate: Path, key_file: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sonnette built-in authority")])
    made = (
        _builder(name, name, key.public_key(), now, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(key_file, _pem(key), 0o600)
    _write(certificate, made.public_bytes(serialization.Encoding.PEM), 0o644)


def _make_server(
    files: TlsFiles, authority_key: Path, names: list[x509.GeneralName], now: datetime
) -> None:
    issuer = read_certificate(files.authority)
    issuer_key = serialization.load_pem_private_key(authority_key.read_bytes(), None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    first = next(str(name.value) for name in names if isinstance(name, x509.DNSName))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, first[:64])])
    authority_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    made = (
        _builder(subject, issuer.subject, key.public_key(), now, SERVER_LIFE)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
            ),
            critical=False,
        )
        .add_extension(authority_id, critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    _write(files.key, _pem(key), 0o600)
    chain = made.public_bytes(serialization.Encoding.PEM) + files.authority.read_bytes()
    _write(files.certificate, chain, 0o644)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # phones' clocks differ
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, data: bytes, mode: int) -> None:
    """Replace ``path`` at once, never readable by others in between."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
