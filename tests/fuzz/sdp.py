"""Whatever is taken in is written out as it came, and read without surprises."""

from contextlib import suppress

from sonnette.base.errors import PeerError
from sonnette.sdp import catalogue, parse
from sonnette.sdp.entry import Entry

ENTRIES = [entry for entry in vars(catalogue).values() if isinstance(entry, Entry)]


def take_in(data):
    try:
        description = parse(data)
    except PeerError:
        return
    assert bytes(description) == data
    for section in (description.session, *description.media):
        for entry in ENTRIES:
            with suppress(PeerError):
                read_and_write_again(section, entry)
    bytes(description)


def read_and_write_again(section, entry):
    values = section.all(entry)
    section.put(entry, *values)
    assert section.all(entry) == values


TARGETS = {"sdp": take_in}
SEEDS = {"sdp": "sdp"}
