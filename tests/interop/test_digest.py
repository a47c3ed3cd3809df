"""Every `digest` setting of the server with every peer (RFC 7616, RFC 8760).

A peer passes when it registers (401) and gets a request through (407). The table says which do:
the server's default setting is the strongest that all pass.
"""

from collections.abc import Iterator

import pytest

from tests.interop.conftest import MakeBaresip, MakeLinphone
from tests.interop.needs import need_server
from tests.interop.server import Server, address_of, compares_with_kamailio, start_server
from tests.interop.sipp.stage import Stage, cast
from tests.interop.waiting import PeerError

pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("digest")]

#: Who can authenticate with which offer.
PASSES = {
    ("MD5",): {"linphone", "baresip", "sipp"},
    ("SHA-256", "MD5"): {"linphone", "baresip", "sipp"},
    ("SHA-256",): {"linphone"},
}


@pytest.fixture(scope="module", params=list(PASSES), ids="+".join)
def digest(request: pytest.FixtureRequest) -> tuple[str, ...]:
    offer: tuple[str, ...] = request.param
    return offer


@pytest.fixture(scope="module")
def server(digest: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    need_server()
    if len(digest) > 1 and compares_with_kamailio():
        pytest.skip("only Sonnette offers several algorithms")
    running = start_server(tmp_path_factory.mktemp("server"), digest=digest)
    yield running
    running.stop()


def test_linphone(linphone: MakeLinphone, server: Server, digest: tuple[str, ...]) -> None:
    alice = linphone("alice", registered=False)
    state = alice.wait("registration", state=("Ok", "Failed"))["state"]
    assert (state == "Ok") is ("linphone" in PASSES[digest])
    if state == "Ok":
        assert alice.call(address_of(server, "nobody")).wait("Error")["code"] == 404


def test_baresip(baresip: MakeBaresip, server: Server, digest: tuple[str, ...]) -> None:
    carol = baresip("carol", registered=False)
    event = carol.wait("REGISTER_OK", "REGISTER_FAIL")
    assert (event["type"] == "REGISTER_OK") is ("baresip" in PASSES[digest])
    if event["type"] == "REGISTER_OK":
        carol.call(address_of(server, "nobody"))
        assert "404" in carol.wait("CALL_CLOSED")["param"]


def test_sipp(stage: Stage, digest: tuple[str, ...]) -> None:
    if "sipp" not in PASSES[digest]:
        with pytest.raises(PeerError):
            stage.register("bob")
        return
    stage.register("bob")
    stage.play("call_refused", cast("alice", "nobody", keys={"refusal": "404"})).succeed()
