"""The load generator does what a phone does: seen from the server's side of the wire."""

import hashlib
import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.bench.generator import Generator, Load, free_port
from tests.bench.population import DOMAIN, accounts

pytestmark = [
    pytest.mark.loopback,
    pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler: apt install gcc"),
]

CHALLENGE = f'WWW-Authenticate: Digest realm="{DOMAIN}", nonce="abc", qop="auth", algorithm=MD5'
FIRST = next(accounts(1))
ECHOED = {"Via", "From", "To", "Call-ID", "CSeq"}
TO_WITHOUT_TAG = re.compile(r"To: (?!.*;tag=)")


def md5(clear: str) -> str:
    return hashlib.md5(clear.encode(), usedforsecurity=False).hexdigest()


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Generator:
    return Generator(tmp_path_factory.mktemp("load"))


class Wire:
    """The server's side: its socket, and the generator that runs against it."""

    def __init__(self, server: socket.socket, load: subprocess.Popen[bytes]) -> None:
        self.server, self.load = server, load

    def hear(self) -> str:
        data, self.phone = self.server.recvfrom(8192)
        return data.decode()

    def say(self, message: str) -> None:
        self.server.sendto(message.encode(), self.phone)

    def answer(self, request: str, status: str, *extra: str) -> None:
        lines = [line for line in head(request) if line.split(":")[0] in ECHOED]
        tagged = [f"{line};tag=s" if TO_WITHOUT_TAG.match(line) else line for line in lines]
        self.say("\r\n".join([f"SIP/2.0 {status}", *tagged, *extra, "Content-Length: 0", "", ""]))

    def outcome(self) -> dict[str, Any]:
        output, _ = self.load.communicate(timeout=15)
        return dict(json.loads(output))


def head(message: str) -> list[str]:
    return message.partition("\r\n\r\n")[0].split("\r\n")


def value(message: str, name: str) -> str:
    return next(line.partition(": ")[2] for line in head(message) if line.startswith(f"{name}:"))


@pytest.fixture
def wire(generator: Generator, request: pytest.FixtureRequest) -> Iterator[Wire]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        load = Load(request.param, outstanding=1, operations=1, seconds=10)
        address = f"127.0.0.1:{server.getsockname()[1]}"
        command = generator.command(load, address, 1, free_port())
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            yield Wire(server, process)
            process.kill()


@pytest.mark.rfc("7616", "3.4.1")
@pytest.mark.parametrize("wire", ["register"], indirect=True)
def test_a_register_answers_the_challenge_with_the_digest_of_its_password(wire: Wire) -> None:
    first = wire.hear()
    wire.answer(first, "401 Unauthorized", CHALLENGE)
    second = wire.hear()
    credentials = dict(re.findall(r'(\w+)="?([^",]+)', value(second, "Authorization")))
    ha2 = md5(f"REGISTER:sip:{DOMAIN}")
    assert credentials["response"] == md5(
        f"{FIRST.ha1}:abc:00000001:{credentials['cnonce']}:auth:{ha2}"
    )
    assert value(first, "Call-ID") == value(second, "Call-ID")
    assert int(value(second, "CSeq").split()[0]) > int(value(first, "CSeq").split()[0])
    wire.answer(second, "200 OK")
    outcome = wire.outcome()
    assert (outcome["done"], outcome["failed"]) == (1, 0)


@pytest.mark.parametrize("wire", ["register"], indirect=True)
def test_a_refusal_is_a_failure_with_its_status(wire: Wire) -> None:
    wire.answer(wire.hear(), "403 Forbidden")
    outcome = wire.outcome()
    assert (outcome["done"], outcome["failed"], outcome["refusals"]) == (0, 1, {"403": 1})


@pytest.mark.rfc("3261", "17.1.2.2")
@pytest.mark.parametrize("wire", ["message"], indirect=True)
def test_a_request_without_an_answer_is_sent_again(wire: Wire) -> None:
    first = wire.hear()
    assert wire.hear() == first
    wire.answer(first, "200 OK")
    outcome = wire.outcome()
    assert (outcome["done"], outcome["retransmissions"]) == (1, 1)


@pytest.mark.rfc("3261", "12.1.2")
@pytest.mark.parametrize("wire", ["call"], indirect=True)
def test_a_caller_acknowledges_and_hangs_up_along_the_recorded_route(wire: Wire) -> None:
    invite = wire.hear()
    wire.answer(invite, "180 Ringing")
    recorded = ("Record-Route: <sip:b;lr>, <sip:a;lr>", "Contact: <sip:called@c>")
    wire.answer(invite, "200 OK", *recorded)
    ack, bye = wire.hear(), wire.hear()
    for request, method in ((ack, "ACK"), (bye, "BYE")):
        assert head(request)[0] == f"{method} sip:called@c SIP/2.0"
        routes = [line for line in head(request) if line.startswith("Route:")]
        assert routes == ["Route: <sip:a;lr>", "Route: <sip:b;lr>"]
        assert value(request, "To").endswith(";tag=s")
    assert value(ack, "CSeq").split()[0] == value(invite, "CSeq").split()[0]
    wire.answer(bye, "200 OK")
    assert wire.outcome()["done"] == 1


@pytest.mark.rfc("3261", "8.2.6.2")
@pytest.mark.parametrize("wire", ["message"], indirect=True)
def test_the_called_phone_answers_where_the_request_came_from(wire: Wire) -> None:
    request = wire.hear()
    forwarded = request.replace("Via:", "Via: SIP/2.0/UDP proxy;branch=z9hG4bKp\r\nVia:", 1)
    wire.say(forwarded)
    answer = wire.hear()
    assert head(answer)[0] == "SIP/2.0 200 OK"
    assert [line for line in head(answer) if line.startswith("Via:")] == [
        line for line in head(forwarded) if line.startswith("Via:")
    ]
    wire.answer(request, "200 OK")
    assert wire.outcome()["done"] == 1


def test_only_a_loopback_target_is_accepted(generator: Generator) -> None:
    command = generator.command(Load("register"), "192.0.2.1:5060", 1)
    ran = subprocess.run(command, capture_output=True, check=False)
    assert ran.returncode == 2
    assert b"127.x.y.z" in ran.stderr
