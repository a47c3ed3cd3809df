import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

import sonnette.portal
from sonnette.base.language import catalogue
from sonnette.base.meter import Meter
from sonnette.portal.domain import Account, Domain
from sonnette.portal.provisioning import NAMESPACE
from sonnette.portal.site import site

ALICE = Account("alice", "example.test", "Alice", "pa<ss&word", "token-of-alice")


def domain(**changes):
    facts = {
        "name": "example.test",
        "web": "http://127.0.0.1:8080",
        "proxy": "sip:127.0.0.1:5060;transport=tcp",
        "sip": {"udp": "127.0.0.1:5060", "tcp": "127.0.0.1:5060"},
    }
    return Domain(**{**facts, **changes})


def client(of=None, meter=None, gauges=None, names=()):
    return TestClient(
        site(of or domain(), meter or Meter(), lambda: gauges or {}, names),
        base_url="http://127.0.0.1:8080",
    )


def entries(xml):
    root = ElementTree.fromstring(xml)
    assert root.tag == f"{{{NAMESPACE}}}config"
    found = root.iterfind(f"{{{NAMESPACE}}}section")
    return {
        (section.get("name"), entry.get("name")): entry.text or ""
        for section in found
        for entry in section
    }


def test_the_start_page_shows_each_account_with_its_code_and_link():
    page = client(domain(accounts=(ALICE,))).get("/")
    assert page.status_code == 200
    for shown in (
        "sip:alice@example.test",
        "pa&lt;ss&amp;word",
        "http://127.0.0.1:8080/provisioning/token-of-alice",
        "<svg",
        "sip:127.0.0.1:5060;transport=tcp",
    ):
        assert shown in page.text


def test_the_start_page_of_a_domain_without_demonstration_shows_no_account():
    page = client().get("/")
    assert "<svg" not in page.text
    for address in domain().well_known.values():
        if not address.endswith("/api/"):
            assert f"<code>{address}</code>" in page.text


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "", "en"),
        ("", "fr-FR,fr;q=0.9", "fr"),
        ("?lang=en", "fr", "en"),
        ("?lang=x", "fr", "fr"),
    ],
)
def test_the_start_page_speaks_the_readers_language(query, header, language):
    page = client().get(f"/{query}", headers={"Accept-Language": header})
    assert page.headers["Content-Language"] == language
    assert f'<html lang="{language}">' in page.text
    assert ("Régler à la main" in page.text) == (language == "fr")


def test_every_sentence_of_the_pages_has_its_french():
    folder = Path(sonnette.portal.__file__).parent
    french = catalogue("sonnette.portal", "fr").sentences
    said = {
        sentence
        for page in (folder / "pages").glob("*.html")
        for sentence in re.findall(r'say\("([^"]+)"', page.read_text(encoding="utf-8"))
    }
    assert said == set(french)


def test_provisioning_sets_every_address_of_the_contract():
    answer = client(domain(accounts=(ALICE,))).get("/provisioning/token-of-alice")
    assert answer.headers["Content-Type"].startswith("application/xml")
    found = entries(answer.content)
    assert found["proxy_0", "conference_factory_uri"] == "sip:conference-factory@example.test"
    assert found["proxy_0", "audio_video_conference_factory_uri"] == (
        "sip:videoconference-factory@example.test"
    )
    assert found["sip", "rls_uri"] == "sip:rls@example.test"
    assert found["lime", "lime_server_url"] == "http://127.0.0.1:8080/lime-server"
    assert found["misc", "file_transfer_server_url"] == "http://127.0.0.1:8080/files/"
    assert found["account_creator", "url"] == "http://127.0.0.1:8080/api/"
    assert found["proxy_0", "reg_proxy"] == "<sip:127.0.0.1:5060;transport=tcp>"
    assert found["proxy_0", "reg_identity"] == '"Alice" <sip:alice@example.test>'
    assert found["auth_info_0", "passwd"] == "pa<ss&word"


@pytest.mark.req("P-6")
def test_provisioning_names_no_other_operator():
    xml = client(domain(accounts=(ALICE,))).get("/provisioning/token-of-alice").text
    assert "linphone.org" not in xml.replace(NAMESPACE, "")


@pytest.mark.parametrize("token", ["", "x", "token-of-alic", "../health"])
def test_an_unknown_provisioning_address_is_not_found(token):
    assert client(domain(accounts=(ALICE,))).get(f"/provisioning/{token}x").status_code == 404


async def _fine():
    return ""


async def _broken():
    return "the disk is full"


def test_health_is_good_when_every_check_passes():
    answer = client(domain(checks={"database": _fine})).get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_health_names_what_fails():
    answer = client(domain(checks={"database": _fine, "disk": _broken})).get("/health")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "disk": "the disk is full"}


def test_metrics_are_in_the_format_of_prometheus():
    meter = Meter()
    meter.count("sip_requests_total", 2, method='IN"VITE\\')
    meter.count("sip_requests_total", method="BYE")
    meter.count("sip_drops_total")
    meter.histogram("delay_seconds", [0.1, 1]).observe(0.5)
    answer = client(meter=meter, gauges={"sip_bindings": 3}).get("/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text.splitlines() == [
        "# TYPE sip_drops_total counter",
        "sip_drops_total 1",
        "# TYPE sip_requests_total counter",
        'sip_requests_total{method="BYE"} 1',
        'sip_requests_total{method="IN\\"VITE\\\\"} 2',
        "# TYPE delay_seconds histogram",
        'delay_seconds_bucket{le="0.1"} 0',
        'delay_seconds_bucket{le="1"} 1',
        'delay_seconds_bucket{le="+Inf"} 1',
        "delay_seconds_sum 0.5",
        "delay_seconds_count 1",
        "# TYPE sip_bindings gauge",
        "sip_bindings 3",
    ]


def test_the_authority_is_offered_where_there_is_one(tmp_path):
    (tmp_path / "ca.pem").write_text("PEM")
    assert client(domain(authority=tmp_path / "ca.pem")).get("/ca.pem").text == "PEM"
    assert client().get("/ca.pem").status_code == 404


@pytest.mark.parametrize("path", ["/", "/health", "/static/site.css", "/nowhere"])
def test_every_answer_carries_the_security_headers(path):
    headers = client().get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Strict-Transport-Security" not in headers


def test_https_asks_to_be_kept_to():
    secure = TestClient(site(domain(), Meter(), dict), base_url="https://example.test")
    assert "max-age" in secure.get("/").headers["Strict-Transport-Security"]


class _Inline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        names = {name for name, _ in attributes}
        if tag in {"script", "style"} or "style" in names or any(n.startswith("on") for n in names):
            self.found.append((tag, names))


def test_the_page_needs_nothing_that_its_policy_forbids():
    parser = _Inline()
    parser.feed(client(domain(accounts=(ALICE,))).get("/").text)
    assert parser.found == []


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
        ("LOCALHOST", 200),
        ("evil.test", 421),
        ("", 421),
    ],
)
def test_a_loopback_server_answers_to_its_own_names_only(host, status):
    of = client(names=("127.0.0.1", "[::1]", "localhost"))
    assert of.get("/health", headers={"Host": host}).status_code == status


def test_a_link_of_the_operator_gives_hashes_and_no_password():
    hashes = (("MD5", "a" * 32), ("SHA-256", "b" * 64))
    bob = Account("bob", "example.test", "Bob", hashes=hashes)
    handed_out = {"t": bob}
    of = TestClient(site(domain(), Meter(), dict, take=handed_out.get), base_url="http://127.0.0.1")
    found = entries(of.get("/provisioning/t").content)
    assert found["auth_info_0", "ha1"] == "a" * 32
    assert found["auth_info_1", "algorithm"] == "SHA-256"
    assert ("auth_info_0", "passwd") not in found
    assert of.get("/provisioning/x").status_code == 404
