"""Every `digest` setting of the server with every peer (RFC 7616, RFC 8760).

A peer passes when it registers (401) and gets a request through (407). The server's default is
the strongest setting that all pass.
"""

from collections.abc import Iterator

import pytest

from tests.interop.conftest import MakeBaresip, MakeLinphone
from tests.interop.needs import need_server
from tests.interop.server import Server, address_of, compares_with_kamailio, start_server
from tests.interop.sipp.stage import Stage, cast
from tests.interop.waiting import PeerError

pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("digest")]

#: Who can authenticate with which offer. baresip 1.0 and SIPp 3.6 know MD5 only, and give up on
#: a first challenge that is not, whatever the second one says.
PASSES = {
    ("MD5",): {"linphone", "baresip", "sipp"},
    ("SHA-256", "MD5"): {"linphone"},
    ("SHA-256",): {"linphone"},
}


@pytest.fixture(params=list(PASSES), ids="+".join)
def digest(request: pytest.FixtureRequest) -> tuple[str, ...]:
    offer: tuple[str, ...] = request.param
    return offer


@pytest.fixture
def server(digest: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    need_server()
    if len(digest) > 1 and compares_with_kamailio():
        pytest.skip("only Sonnette offers several algorithms")
    running = start_server(tmp_path_factory.mktemp("server"), digest=digest)
    yield running
    running.stop()


@pytest.mark.rfc("8760", "2.4")
def test_who_can_authenticate(
    digest: tuple[str, ...],
    server: Server,
    linphone: MakeLinphone,
    baresip: MakeBaresip,
    stage: Stage,
) -> None:
    nobody = address_of(server, "nobody")
    passed = {
        "linphone": linphone_passes(linphone, nobody),
        "baresip": baresip_passes(baresip, nobody),
        "sipp": sipp_passes(stage),
    }
    assert {peer for peer, passes in passed.items() if passes} == PASSES[digest]


def linphone_passes(linphone: MakeLinphone, nobody: str) -> bool:
    alice = linphone("alice", registered=False)
    if alice.wait("registration", state=("Ok", "Failed"))["state"] != "Ok":
        return False
    return bool(alice.call(nobody).wait("Error")["code"] == 404)


def baresip_passes(baresip: MakeBaresip, nobody: str) -> bool:
    carol = baresip("carol", registered=False)
    if carol.wait("REGISTER_OK", "REGISTER_FAIL")["type"] != "REGISTER_OK":
        return False
    carol.call(nobody)
    return "404" in carol.wait("CALL_CLOSED")["param"]


def sipp_passes(stage: Stage) -> bool:
    try:
        stage.register("bob")
    except PeerError:
        return False
    stage.play("call_refused", cast("alice", "nobody", keys={"refusal": "404"})).succeed()
    return True
