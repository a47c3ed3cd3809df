import json
from pathlib import Path

import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.base.errors import PeerError
from sonnette.sip import digest as digests
from sonnette.sip.digest import (
    NONCE_LIFE,
    Algorithm,
    Challenge,
    Credentials,
    DigestClient,
    DigestServer,
    Verdict,
    compute_response,
    make_ha1,
    parse_challenge,
    parse_credentials,
)
from tests import vectors

KEY = b"k" * 32
REALM = "example.org"
HA1 = {each: make_ha1(each, "alice", REALM, "secret") for each in Algorithm}
BOTH = pytest.mark.parametrize("algorithm", list(Algorithm))


def make_server(key=KEY):
    return DigestServer(key, SeededEntropy("server"))


def make_client(**ha1):
    return DigestClient("alice", REALM, ha1 or HA1, SeededEntropy("client"))


def exchange(server, client, algorithm=Algorithm.MD5, now=100.0):
    challenge = parse_challenge(str(server.challenge(now, REALM, algorithm)))
    return challenge, parse_credentials(str(client.authorize(challenge, "INVITE", "sip:b@x")))


def checked(server, credentials, now=100.0, method="INVITE"):
    return server.check(now, credentials, HA1[credentials.algorithm], method)


MUFASA = {
    "username": "Mufasa",
    "realm": "http-auth@example.org",
    "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "uri": "/dir/index.html",
    "qop": "auth",
    "nc": "00000001",
    "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
}


@pytest.mark.rfc("7616", "3.9.1")
@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        (Algorithm.MD5, "8ca523f5e9506fed4657c9700eebdbec"),
        (
            Algorithm.SHA256,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ],
)
def test_the_example_of_the_rfc(algorithm, response):
    credentials = Credentials(**MUFASA, response="", algorithm=algorithm)
    ha1 = make_ha1(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life")
    assert compute_response(credentials, ha1, "GET") == response


def known_vectors():
    if vectors.ROOT is None:
        return []
    index = json.loads((Path(vectors.ROOT) / "digest-auth" / "index.json").read_text())
    return [pytest.param(each, id=each["name"]) for each in index["vectors"]]


@vectors.needed
@pytest.mark.rfc("8760", "2")
@pytest.mark.parametrize("vector", known_vectors())
def test_the_known_values(vector):
    name = vector["alg"].removesuffix("-sess")
    if name not in list(Algorithm):
        pytest.skip(f"{name} is not spoken here")
    if vector.get("qop") == "auth-int":
        pytest.skip("auth-int is not spoken here")
    credentials = Credentials(
        vector["user"],
        vector["realm"],
        vector["nonce"],
        vector["uri"],
        "",
        Algorithm(name),
        vector["alg"].endswith("-sess"),
        vector.get("cnonce", ""),
        vector.get("nc", ""),
        vector.get("qop", ""),
    )
    ha1 = make_ha1(Algorithm(name), vector["user"], vector["realm"], vector["pw"])
    assert compute_response(credentials, ha1, vector["method"]) == vector["response"]


@pytest.mark.rfc("7616", "3.4")
@BOTH
def test_both_sides_agree(algorithm):
    server, client = make_server(), make_client()
    _, credentials = exchange(server, client, algorithm)
    assert checked(server, credentials) is Verdict.GOOD


@pytest.mark.rfc("7616", "3.4.2")
@BOTH
def test_both_sides_agree_on_session_keys(algorithm):
    server, client = make_server(), make_client()
    challenge = server.challenge(100.0, REALM, algorithm)
    challenge.is_session = True
    credentials = parse_credentials(str(client.authorize(challenge, "INVITE", "sip:b@x")))
    assert credentials.is_session
    assert checked(server, credentials) is Verdict.GOOD


@pytest.mark.rfc("7616", "3.4.1")
def test_both_sides_agree_without_quality_of_protection():
    server, client = make_server(), make_client()
    challenge = server.challenge(100.0, REALM, Algorithm.MD5)
    challenge.qop = ()
    credentials = parse_credentials(str(client.authorize(challenge, "INVITE", "sip:b@x")))
    assert (credentials.qop, credentials.nc, credentials.cnonce) == ("", "", "")
    assert checked(server, credentials) is Verdict.GOOD
    assert checked(server, credentials) is Verdict.STALE


@pytest.mark.rfc("7616", "3.4")
def test_a_nonce_serves_again_while_its_count_grows():
    server, client = make_server(), make_client()
    challenge, first = exchange(server, client)
    second = client.authorize(challenge, "INVITE", "sip:b@x")
    assert (first.nc, second.nc) == ("00000001", "00000002")
    assert checked(server, first) is Verdict.GOOD
    assert checked(server, second) is Verdict.GOOD


@pytest.mark.rfc("7616", "5.12")
def test_a_replay_is_stale():
    server, client = make_server(), make_client()
    challenge, first = exchange(server, client)
    second = client.authorize(challenge, "INVITE", "sip:b@x")
    assert checked(server, second) is Verdict.GOOD
    assert checked(server, second) is Verdict.STALE
    assert checked(server, first) is Verdict.STALE


def test_counts_of_two_nonces_do_not_mix():
    server, client = make_server(), make_client()
    one, other = (server.challenge(100.0, REALM, Algorithm.MD5) for _ in range(2))
    for challenge in (one, other, one, other):
        credentials = client.authorize(challenge, "INVITE", "sip:b@x")
        assert checked(server, credentials) is Verdict.GOOD


@pytest.mark.rfc("7616", "3.3")
@pytest.mark.parametrize(
    ("later", "verdict"), [(NONCE_LIFE, Verdict.GOOD), (NONCE_LIFE + 2, Verdict.STALE)]
)
def test_an_old_nonce_is_stale_for_who_knows_the_password(later, verdict):
    server, client = make_server(), make_client()
    _, credentials = exchange(server, client)
    assert checked(server, credentials, 100.0 + later) is verdict


def test_an_old_nonce_does_not_excuse_a_wrong_password():
    server, client = make_server(), make_client(**{Algorithm.MD5: "0" * 32})
    _, credentials = exchange(server, client)
    assert checked(server, credentials, 1e6) is Verdict.WRONG


def test_a_nonce_from_the_future_is_stale():
    server, client = make_server(), make_client()
    _, credentials = exchange(server, client, now=1000.0)
    assert checked(server, credentials, 100.0) is Verdict.STALE


@pytest.mark.parametrize("nonce", ["", ".", "x", "64.00", "é.é", "1." * 99, "64.a.b"])
def test_a_nonce_that_is_not_ours_is_forged(nonce):
    server = make_server()
    credentials = Credentials("alice", REALM, nonce, "sip:b@x", "0" * 32)
    assert checked(server, credentials) is Verdict.FORGED
    assert not server.is_ours(nonce)


def test_a_nonce_of_another_key_is_forged():
    _, credentials = exchange(make_server(b"other"), make_client())
    assert checked(make_server(), credentials) is Verdict.FORGED


def test_a_nonce_whose_time_was_changed_is_forged():
    server = make_server()
    _, credentials = exchange(server, make_client())
    _, _, rest = credentials.nonce.partition(".")
    credentials.nonce = f"ffff.{rest}"
    assert checked(server, credentials) is Verdict.FORGED


@pytest.mark.parametrize(
    "change",
    [
        {"response": "0" * 32},
        {"response": "0" * 31},
        {"response": ""},
        {"response": "é" * 32},
        {"response": "\udcff" * 32},
        {"uri": "sip:c@x"},
        {"cnonce": "other"},
        {"nc": "00000002"},
        {"qop": "auth-int"},
        {"qop": ""},
        {"nonce": None},
    ],
)
def test_anything_changed_is_wrong(change):
    server, client = make_server(), make_client()
    _, credentials = exchange(server, client)
    for name, value in change.items():
        fresh = server.challenge(100.0, REALM, Algorithm.MD5).nonce
        setattr(credentials, name, fresh if value is None else value)
    assert checked(server, credentials) is Verdict.WRONG


def test_another_method_is_wrong():
    server, client = make_server(), make_client()
    _, credentials = exchange(server, client)
    assert checked(server, credentials, method="REGISTER") is Verdict.WRONG


@pytest.mark.rfc("7616", "3.4")
@pytest.mark.parametrize(
    "count", ["", "1", "0x000001", "0000_001", "000000001", "f" * 5000, "-0000001"]
)
def test_a_count_is_eight_digits(count):
    server, client = make_server(), make_client()
    _, credentials = exchange(server, client)
    credentials.nc = count
    credentials.response = compute_response(credentials, HA1[Algorithm.MD5], "INVITE")
    assert checked(server, credentials) is Verdict.WRONG


def test_an_unsupported_quality_is_wrong_even_with_the_right_response():
    server, client = make_server(), make_client()
    _, credentials = exchange(server, client)
    credentials.qop = "auth-int"
    credentials.response = compute_response(credentials, HA1[Algorithm.MD5], "INVITE")
    assert checked(server, credentials) is Verdict.WRONG


def test_remembered_counts_have_a_bound(monkeypatch):
    monkeypatch.setattr(digests, "REMEMBERED_NONCES", 2)
    server, client = make_server(), make_client()
    used = [exchange(server, client)[1] for _ in range(3)]
    assert [checked(server, each) for each in used] == [Verdict.GOOD] * 3
    assert [checked(server, each) for each in reversed(used[1:])] == [Verdict.STALE] * 2
    assert len(server._counts) == 2


def test_what_a_client_counts_has_a_bound():
    server, client = make_server(), make_client()
    for _ in range(50):
        exchange(server, client)
    assert len(client._uses) == digests._MOST_CLIENT_NONCES


@pytest.mark.rfc("8760", "2.4")
def test_a_client_takes_the_first_challenge_that_it_can():
    md5, sha = (Challenge(REALM, "n", each) for each in Algorithm)
    assert make_client().choose([sha, md5]) is sha
    assert make_client(**{Algorithm.MD5: "x"}).choose([sha, md5]) is md5
    assert make_client(**{Algorithm.SHA256: "x"}).choose([md5]) is None
    assert make_client().choose([Challenge("elsewhere", "n"), md5]) is md5
    assert make_client().choose([Challenge(REALM, "n", qop=("auth-int",))]) is None
    anywhere = DigestClient("alice", None, HA1, SeededEntropy())
    assert anywhere.choose([Challenge("elsewhere", "n")]) is not None


@pytest.mark.rfc("7616", "3.3")
def test_a_challenge_reads_as_it_was_written():
    challenge = Challenge('a "realm"', "n", Algorithm.SHA256, True, ("auth",), True, "o")
    assert parse_challenge(str(challenge)) == challenge


@pytest.mark.rfc("7616", "3.3")
def test_a_challenge_of_a_stranger_is_read_leniently():
    value = (
        'DIGEST REALM="r" ,Nonce = "n\\"1" , qop="auth-int , auth", algorithm=md5,stale=TRUE,x=y'
    )
    assert parse_challenge(value) == Challenge("r", 'n"1', qop=("auth-int", "auth"), is_stale=True)
    assert parse_challenge('Digest realm="r", nonce="n"').qop == ()


@pytest.mark.rfc("7616", "3.4")
def test_credentials_read_as_they_were_written():
    _, credentials = exchange(make_server(), make_client(), Algorithm.SHA256)
    credentials.opaque = "o"
    assert parse_credentials(str(credentials)) == credentials


@pytest.mark.parametrize("parse", [parse_challenge, parse_credentials])
@pytest.mark.parametrize(
    "value",
    ["", "Basic YTpi", "Digestive x=y", 'Digest algorithm=SHA-512-256, realm="r", nonce="n"'],
)
def test_what_is_not_for_us_is_none(parse, value):
    assert parse(value) is None


@pytest.mark.parametrize("parse", [parse_challenge, parse_credentials])
@pytest.mark.parametrize(
    "value",
    [
        "Digest",
        "Digest x",
        'Digest realm="r',
        'Digest realm="r", realm="s"',
        'Digest realm="r"',
        "Digest ,",
    ],
)
def test_what_is_malformed_is_refused(parse, value):
    with pytest.raises(PeerError):
        parse(value)
