"""The server is killed (SIGKILL) and started again while real clients go on."""

from collections.abc import Iterator

import pytest

from tests.interop.conftest import TONES, MakeLinphone
from tests.interop.linphone.talk import connect, hang_up
from tests.interop.needs import need_server
from tests.interop.server import Sonnette, compares_with_kamailio

pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("crash")]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sonnette]:
    if compares_with_kamailio():
        pytest.skip("what is kept over a crash is Sonnette's promise")
    need_server()
    running = Sonnette(tmp_path_factory.mktemp("crashing"))
    yield running
    running.stop()


def test_a_phone_that_registered_before_the_crash_is_reached_after_it(
    linphone: MakeLinphone, server: Sonnette
) -> None:
    alice, bob = linphone("alice"), linphone("bob")
    server.crash_and_restart()
    hang_up(*connect(alice, bob))


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_a_call_in_progress_goes_on_and_is_ended_by_either_side(
    linphone: MakeLinphone, server: Sonnette, who: str
) -> None:
    alice, bob = linphone("alice"), linphone("bob")
    outgoing, incoming = connect(alice, bob)
    server.crash_and_restart()
    bob.hears.forget()
    bob.hears.wait_for(TONES["alice"])
    if who == "caller":
        hang_up(outgoing, incoming)
    else:
        hang_up(incoming, outgoing)
