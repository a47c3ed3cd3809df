"""A real Linphone and our ZRTP: both show the same string, whoever calls."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sonnette.base.entropy import SystemEntropy
from sonnette.zrtp import KeyAgreement, MemoryCache, Past, Session
from tests.interop.linphone.client import Call, Linphone
from tests.interop.linphone.settings import Settings
from tests.interop.needs import need
from tests.interop.tones import write_tone
from tests.interop.waiting import until
from tests.interop.zrtp.endpoint import EndPoint

pytestmark = [pytest.mark.interop, pytest.mark.req("S-10")]

ZID = bytes(range(12))
AGREEMENTS = {
    KeyAgreement.DH3K: "",
    KeyAgreement.X255: "MS_ZRTP_KEY_AGREEMENT_X255",
    KeyAgreement.X448: "MS_ZRTP_KEY_AGREEMENT_X448",
}

MakeAlice = Callable[..., Linphone]


@pytest.fixture
def cache() -> MemoryCache:
    return MemoryCache(time.monotonic)


@pytest.fixture
def running() -> Iterator[ExitStack]:
    need("liblinphone10", "libmediastreamer-data", "mediastreamer2-plugin-openh264")
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def make_alice(running: ExitStack, tmp_path: Path) -> MakeAlice:
    """A Linphone that is registered at an end point."""

    def make(
        end: EndPoint, agreement: KeyAgreement = KeyAgreement.DH3K, *, video: bool = False
    ) -> Linphone:
        named = {"zrtp_key_agreements_suites": AGREEMENTS[agreement]}
        settings = Settings(
            identity=f"sip:alice@{end.at}",
            password="",
            registrar=f"sip:{end.at}",
            tone=str(write_tone(tmp_path / "tone.wav", 440.0)),
            recording=str(tmp_path / "heard.wav"),
            audio_codecs=("PCMU",),
            encryption="zrtp",
            video=video,
            sections={"sip": named if AGREEMENTS[agreement] else {}},
        )
        alice = running.enter_context(Linphone("alice", tmp_path / "alice", settings))
        alice.wait_registered()
        return alice

    return make


def new_end(running: ExitStack, cache: MemoryCache) -> EndPoint:
    return running.enter_context(EndPoint(Session(ZID, cache, SystemEntropy())))


def assert_same_string(end: EndPoint, call: Call) -> None:
    sas = end.wait_secured(end.audio).security.sas
    # Linphone calls a call encrypted once every stream of it is.
    until(lambda: call.media()["encryption"] == "zrtp", "encrypted call at the Linphone")
    assert call.media()["sas"] == sas
    end.wait_protected(end.audio)


@pytest.mark.parametrize("agreement", list(AGREEMENTS))
def test_a_linphone_that_calls_shows_our_string(
    running: ExitStack, make_alice: MakeAlice, cache: MemoryCache, agreement: KeyAgreement
) -> None:
    end = new_end(running, cache)
    call = make_alice(end, agreement).call(end.uri)
    call.wait("StreamsRunning")
    assert_same_string(end, call)
    assert end.wait_secured(end.audio).security.suite.agreement is agreement
    call.hang_up()
    call.wait("Released")


def test_a_linphone_that_is_called_shows_our_string(
    running: ExitStack, make_alice: MakeAlice, cache: MemoryCache
) -> None:
    end = new_end(running, cache)
    alice = make_alice(end)
    end.call("alice")
    call = alice.incoming_call()
    call.answer()
    call.wait("StreamsRunning")
    assert_same_string(end, call)
    assert end.wait_secured(end.audio).security.past is Past.UNKNOWN
    call.hang_up()
    call.wait("Released")


def test_a_linphones_video_is_under_keys_of_the_same_session(
    running: ExitStack, make_alice: MakeAlice, cache: MemoryCache
) -> None:
    end = new_end(running, cache)
    call = make_alice(end, video=True).call(end.uri)
    call.wait("StreamsRunning")
    assert_same_string(end, call)
    security = end.wait_secured(end.video).security
    assert security.suite.agreement is KeyAgreement.MULT
    end.wait_protected(end.video)
    call.hang_up()
    call.wait("Released")


@pytest.mark.rfc("6189", "4.3")
def test_a_linphone_that_calls_again_is_known(
    running: ExitStack, make_alice: MakeAlice, cache: MemoryCache
) -> None:
    end = new_end(running, cache)
    alice = make_alice(end)
    for expected in (Past.UNKNOWN, Past.KNOWN):
        call = alice.call(end.uri)
        call.wait("StreamsRunning")
        assert_same_string(end, call)
        assert end.wait_secured(end.audio).security.past is expected
        call.hang_up()
        call.wait("Released")
        end.prepare(Session(ZID, cache, SystemEntropy()))
