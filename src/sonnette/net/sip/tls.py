"""TLS for SIP: 1.2 and up, names checked as RFC 5922 wants (REQ P-3)."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def server_context(
    certificate: Path, key_file: Path, client_authorities: Path | None = None
) -> ssl.SSLContext:
    """For our listeners; with ``client_authorities`` clients may show a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key_file)
    context.options |= ssl.OP_NO_RENEGOTIATION
    if client_authorities is not None:
        context.load_verify_locations(client_authorities)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def client_context(
    authorities: Path | None = None, certificate: Path | None = None, key_file: Path | None = None
) -> ssl.SSLContext:
    """For our connections to others: the system's authorities, or those given."""
    context = ssl.create_default_context(cafile=authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        context.load_cert_chain(certificate, key_file)
    return context


def identities_of(certificate: Mapping[str, Any]) -> frozenset[str]:
    """The SIP identities of a verified certificate (RFC 5922 §7.1), without their scheme.

    ``sip:`` URIs count first: ``user@domain`` or ``domain``; DNS names only where there is
    no such URI; wildcards never.
    """
    names = certificate.get("subjectAltName", ())
    uris = [value[4:].lower() for kind, value in names if kind == "URI" and value[:4] == "sip:"]
    if uris:
        return frozenset(uris)
    hosts = (value.lower() for kind, value in names if kind == "DNS")
    return frozenset(host for host in hosts if "*" not in host)
