"""Codecs are found by the name that SDP gives them."""

import pytest

from sonnette.base.errors import LocalError
from sonnette.codecs.registry import CODECS, find


@pytest.mark.parametrize("name", ["G729/8000", "g729/8000", "G729/8000/1"])
def test_g729_is_found_by_its_rtpmap(name):
    codec = find(name)
    assert (codec.rtpmap, codec.payload_type, codec.frame_samples) == ("G729/8000", 18, 80)


@pytest.mark.parametrize("name", ["G729", "G729/16000", "G729/8000/2", "opus/48000/2", ""])
def test_another_name_is_not(name):
    with pytest.raises(LocalError, match="there are G729/8000"):
        find(name)


@pytest.mark.rfc("4856", "2.1.9")
@pytest.mark.parametrize(
    ("parameters", "annex_b"),
    [({}, True), ({"annexb": "yes"}, True), ({"annexb": "no"}, False), ({"annexb": "NO"}, False)],
)
def test_annexb_decides_whether_silence_is_left_out(parameters, annex_b):
    encoder = CODECS["G729/8000"].encoder(parameters)
    frames = [encoder.encode(bytes(160)) for _ in range(20)]
    assert (min(map(len, frames)) < 10) is annex_b


def test_an_encoders_frames_pass_through_a_payload_to_the_decoder():
    codec = find("G729/8000")
    encoder, decoder = codec.encoder({"annexb": "no"}), codec.decoder()
    payload = codec.join([encoder.encode(bytes(160)) for _ in range(2)])
    assert [len(decoder.decode(frame)) for frame in codec.split(payload)] == [160, 160]
