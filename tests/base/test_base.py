import pickle

import pytest

from sonnette.base.bytes import Reader, Writer
from sonnette.base.entropy import SeededEntropy, SystemEntropy
from sonnette.base.errors import PeerError
from sonnette.base.meter import Meter
from sonnette.base.shield import Personal, Secret


def test_a_reader_reads_what_a_writer_wrote():
    data = Writer().u8(1).u16(2).u32(3).u64(4).put(b"five").done()
    reader = Reader(data)
    assert (reader.u8(), reader.u16(), reader.u32(), reader.u64()) == (1, 2, 3, 4)
    assert reader.rest() == b"five"
    reader.finish()


@pytest.mark.parametrize("size", [-1, 3, 1 << 40])
def test_running_off_the_end_is_the_peers_fault(size):
    with pytest.raises(PeerError, match="packet: expected"):
        Reader(b"ab", "packet").take(size)


def test_bytes_left_over_are_the_peers_fault():
    with pytest.raises(PeerError, match="2 bytes too many"):
        Reader(b"ab").finish()


def test_a_seed_repeats_and_the_system_does_not():
    assert SeededEntropy(7).draw(9) == SeededEntropy(7).draw(9)
    assert SeededEntropy(7).draw(9) != SeededEntropy(8).draw(9)
    assert SystemEntropy().draw(16) != SystemEntropy().draw(16)


@pytest.mark.req("P-5")
@pytest.mark.parametrize("shield", [Personal("hunter2"), Secret("hunter2")])
def test_a_shielded_value_never_prints(shield):
    for text in (str(shield), repr(shield), f"{shield}", f"{shield:>20}"):
        assert "hunter2" not in text
    assert shield.reveal() in ("hunter2", b"hunter2")


def test_a_secret_is_compared_but_neither_hashed_nor_pickled():
    assert Secret("a") == Secret(b"a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    with pytest.raises(TypeError):
        hash(Secret("a"))
    with pytest.raises(TypeError):
        pickle.dumps(Secret("a"))


def test_a_meter_counts_by_label_and_bucket():
    meter = Meter()
    meter.count("sip_requests_total", method="INVITE")
    meter.count("sip_requests_total", 2, method="INVITE")
    assert meter.read("sip_requests_total", method="INVITE") == 3
    histogram = meter.histogram("delay_seconds", [1, 2])
    for value in (0.5, 1, 1.5, 9):
        histogram.observe(value)
    assert histogram.counts == [2, 1, 1]
