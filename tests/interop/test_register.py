"""Registration of real Linphone clients (RFC 3261 §10, §22, §26.3)."""

import pytest

from tests.interop.conftest import MakeLinphone
from tests.interop.server import Server, Sonnette, address_of

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_linphone_registers(linphone: MakeLinphone, transport: str) -> None:
    alice = linphone("alice", transport)
    assert "alice" in alice.contact()


def test_linphone_takes_its_registration_back_and_renews_it(linphone: MakeLinphone) -> None:
    alice = linphone("alice")
    alice.unregister()
    alice.wait("registration", state="Cleared")
    alice.register()
    alice.wait_registered()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_wrong_password_is_refused(linphone: MakeLinphone, transport: str) -> None:
    alice = linphone("alice", transport, registered=False, password="guessed")
    refused = alice.wait("registration", state=("Failed", "Ok"))
    assert (refused["state"], refused["code"] in {401, 403}) == ("Failed", True)


def test_linphone_refuses_a_server_whose_authority_it_does_not_know(linphone: MakeLinphone) -> None:
    other_authority = "/usr/share/linphone/rootca.pem"
    alice = linphone("alice", "tls", registered=False, root_ca=other_authority)
    assert alice.wait("registration", state=("Failed", "Ok"))["state"] == "Failed"


def test_an_account_can_register_as_soon_as_it_is_added(
    linphone: MakeLinphone, server: Server
) -> None:
    if not isinstance(server, Sonnette):
        pytest.skip("the command line is Sonnette's")
    server.add_account("erin", "secret-of-erin")
    linphone("alice", identity=address_of(server, "erin"), password="secret-of-erin")
    server.run("account", "suspend", address_of(server, "erin"))
    late = linphone(
        "alice", registered=False, identity=address_of(server, "erin"), password="secret-of-erin"
    )
    assert late.wait("registration", state=("Failed", "Ok"))["state"] == "Failed"
