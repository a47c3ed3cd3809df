"""The key server's HTTP side: who may ask, and in what form."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sonnette.accounts.directory import Directory
from sonnette.accounts.service import Accounts
from sonnette.base.entropy import SeededEntropy
from sonnette.lime import C25519
from sonnette.lime.server_messages import (
    CONTENT_TYPE,
    DeleteUser,
    Done,
    GetBundles,
    Refusal,
    Type,
    encode_request,
    parse_response,
)
from sonnette.portal.lime_server import Gate, routes
from sonnette.server.guard.bans import Bans
from sonnette.server.guard.failures import FREE_TRIES, Failures
from sonnette.server.lime_keys.rules import MOST_BODY
from sonnette.server.lime_keys.service import LimeKeys
from sonnette.sip.digest import Algorithm, DigestClient, DigestServer, make_ha1, parse_challenge
from sonnette.store.database import Database
from tests.lime.world import Member as LimeMember

ALICE = "sip:alice@example.test;gr=urn:uuid:alice"
BODY = encode_request(C25519, DeleteUser())
pytestmark = pytest.mark.req("S-9")


class Client:
    """A device's HTTP client, with the password of an account."""

    def __init__(self, http: TestClient, username="alice", password="correct horse"):
        self.http, self.username, self.password = http, username, password

    def send(self, sender=ALICE, body=BODY, authorization=None, **headers):
        headers = {"content-type": CONTENT_TYPE, "from": sender, **headers}
        if authorization:
            headers["authorization"] = authorization
        return self.http.post("/lime-server", content=body, headers=headers)

    def authorization(self, response, uri="/lime-server", algorithm=Algorithm.MD5):
        challenges = map(parse_challenge, response.headers.get_list("www-authenticate"))
        (challenge,) = (c for c in challenges if c.algorithm is algorithm)
        ha1 = make_ha1(algorithm, self.username, challenge.realm, self.password)
        client = DigestClient(self.username, None, {algorithm: ha1}, SeededEntropy(1))
        return str(client.authorize(challenge, "POST", uri))

    def ask(self, sender=ALICE, body=BODY, **how):
        challenged = self.send(sender, body)
        assert challenged.status_code == 401
        return self.send(sender, body, self.authorization(challenged, **how))


class Web:
    """The routes on a database with two accounts; the time is told."""

    def __init__(self, url, signed_in=None):
        self.now = 1000.0
        database = Database(url)
        members = Directory(("example.test",))
        self.accounts = Accounts(database, ("example.test",), members, lambda: self.now)
        for name in ("alice", "bob"):
            self.accounts.add(f"sip:{name}@example.test", "correct horse")
        digest = DigestServer(b"key", SeededEntropy("digest"))
        algorithms = (Algorithm.SHA256, Algorithm.MD5)
        more = {"signed_in": signed_in} if signed_in else {}
        gate = Gate(members, digest, algorithms, Failures(Bans()), lambda: self.now, **more)
        keys = LimeKeys(database, lambda: 1_800_000_000.0)
        self.http = TestClient(Starlette(routes=routes(keys, gate)))

    def post(self, device, body):
        response = Client(self.http, device[4:].partition("@")[0]).ask(device, body)
        return response.content if response.status_code == 200 else None


@pytest.fixture
def web(sqlite_template):
    return Web(sqlite_template.copy())


@pytest.fixture
def client(web):
    return Client(web.http)


def refusal(response):
    assert response.status_code == 200
    return parse_response(C25519, response.content).why


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_device_asks_after_a_challenge_in_the_realm_of_its_domain(client, algorithm):
    response = client.ask(algorithm=algorithm)
    assert response.status_code == 200
    assert response.headers["content-type"] == CONTENT_TYPE
    assert parse_response(C25519, response.content) == Done(Type.DELETE_USER)


def test_the_header_for_the_identity_goes_before_from(client):
    challenged = client.send()
    asked = client.send(
        "sip:bob@example.test;gr=urn:uuid:bob",
        authorization=client.authorization(challenged),
        **{"x-lime-user-identity": ALICE},
    )
    assert asked.status_code == 200


def test_one_account_cannot_ask_in_the_name_of_another(web):
    bob = Client(web.http, "bob")
    assert bob.ask(ALICE).status_code == 403


def test_a_wrong_password_is_refused_and_tries_are_slowed(web):
    guesser = Client(web.http, password="guess")
    assert [guesser.ask().status_code for _ in range(FREE_TRIES)] == [403] * FREE_TRIES
    honest = Client(web.http)
    waiting = honest.ask()
    assert (waiting.status_code, waiting.headers["retry-after"]) == (403, "5")
    web.now += 10
    assert honest.ask().status_code == 200


def test_an_unknown_account_is_challenged_like_a_known_one(client):
    ghost = "sip:ghost@example.test;gr=urn:uuid:1"
    response = client.ask(ghost)
    assert response.status_code == 403


def test_credentials_for_another_address_are_refused(client):
    assert client.ask(uri="/files/").status_code == 403


def test_a_repeated_count_is_challenged_again_as_stale(client):
    authorization = client.authorization(client.send())
    assert client.send(authorization=authorization).status_code == 200
    again = client.send(authorization=authorization)
    assert again.status_code == 401
    assert "stale=true" in again.headers["www-authenticate"]


def test_a_forged_nonce_is_challenged_again(client):
    authorization = client.authorization(client.send()).replace('nonce="', 'nonce="0')
    assert client.send(authorization=authorization).status_code == 401


@pytest.mark.parametrize(
    "broken", ["Digest", "Digest x", "Basic YTpi", 'Digest realm="a", realm="b"']
)
def test_credentials_that_make_no_sense_are_challenged(client, broken):
    assert client.send(authorization=broken).status_code == 401


def test_a_suspended_account_is_refused(web, client):
    web.accounts.suspend("sip:alice@example.test")
    assert client.ask().status_code == 403


@pytest.mark.parametrize(
    "sender", ["", "alice", "sip:alice@example.test", "tel:+33123456789;gr=1", "sip:a b@c;gr=1"]
)
def test_who_does_not_say_which_device_asks_is_told_so(client, sender):
    assert refusal(client.send(sender)) is Refusal.NO_SENDER


def test_a_device_of_another_domain_is_refused(client):
    assert client.send("sip:alice@elsewhere.test;gr=1").status_code == 403


def test_another_content_type_is_refused(client):
    assert refusal(client.send(**{"content-type": "text/plain"})) is Refusal.CONTENT_TYPE


def test_a_body_past_the_limit_is_not_read(client):
    assert client.send(body=bytes(MOST_BODY + 1)).status_code == 413


def test_only_posting_is_possible(client):
    assert client.http.get("/lime-server").status_code == 405


def test_who_signed_in_otherwise_needs_no_password(sqlite_template):
    web = Web(sqlite_template.copy(), lambda request: ("example.test", "alice"))
    assert Client(web.http).send().status_code == 200
    assert Client(web.http).send("sip:bob@example.test;gr=urn:uuid:b").status_code == 401


def test_a_malformed_message_is_an_error_message(client):
    assert refusal(client.ask(body=b"\1\5\1\0")) is Refusal.SIZE
    assert refusal(client.ask(body=b"")) is Refusal.SIZE


def test_devices_talk_by_way_of_the_server(web):
    alice, bob = (LimeMember(web, name) for name in ("alice", "bob"))
    assert bob.receive(alice, alice.send(b"hello", bob)) == b"hello"


def test_a_request_for_bundles_is_answered(client):
    body = encode_request(C25519, GetBundles(("sip:nobody@example.test;gr=1",)))
    answer = parse_response(C25519, client.ask(body=body).content)
    assert answer.bundles == (("sip:nobody@example.test;gr=1", None),)
