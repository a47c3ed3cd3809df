"""The parameters of a frame and their bits (G.729 table 8; RFC 3551 §4.5.6).

A speech frame is eleven words in ten octets, a SID frame four words in two octets with a
last bit of 0, the first bit of a word first.
"""

from sonnette.codecs.g729.speech.widths import Shorts

SPEECH_BITS = (8, 10, 8, 1, 13, 4, 7, 5, 13, 4, 7)
SID_BITS = (1, 5, 4, 5)
NOTHING = 0  # kinds of frame: nothing sent
SPEECH = 1
SID = 2
LOST = 3


def unpack(octets: Shorts, kind: int, words: Shorts) -> None:
    """The words that the octets of a frame carry."""
    bit = 0
    for k in range(11 if kind == SPEECH else 4):
        word = 0
        for _ in range(SPEECH_BITS[k] if kind == SPEECH else SID_BITS[k]):
            word = word << 1 | (octets[bit >> 3] >> (7 - (bit & 7)) & 1)
            bit += 1
        words[k] = word


def pack(words: Shorts, kind: int, octets: Shorts) -> None:
    """The octets of a frame of these words."""
    for i in range(10):
        octets[i] = 0
    bit = 0
    for k in range(11 if kind == SPEECH else 4):
        width = SPEECH_BITS[k] if kind == SPEECH else SID_BITS[k]
        for left in range(width - 1, -1, -1):
            octets[bit >> 3] |= (words[k] >> left & 1) << (7 - (bit & 7))
            bit += 1
