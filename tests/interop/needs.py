"""Skips what needs a peer that is not installed, with one line that names the package."""

import os

import pytest
from tools.peers import missing

from tests.interop.server import compares_with_kamailio


def need(*packages: str) -> None:
    """Skip the test unless these packages are there; fail with SONNETTE_REQUIRE_PEERS=1."""
    absent = sorted({peer.package for peer in missing()} & set(packages))
    if not absent:
        return
    reason = f"apt install {' '.join(absent)}"
    if os.environ.get("SONNETTE_REQUIRE_PEERS") == "1":
        pytest.fail(f"a peer is missing: {reason}")
    pytest.skip(reason)


def need_server() -> None:
    """Skip the test where the server that stands in for ours is not installed."""
    if compares_with_kamailio():
        need("kamailio", "kamailio-tls-modules")
