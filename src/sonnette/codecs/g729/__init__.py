"""G.729 with Annexes A and B, bit-exact to the ITU's reference."""

from sonnette.codecs.g729.decoder import Decoder
from sonnette.codecs.g729.encoder import Encoder
from sonnette.codecs.g729.payload import join, split
from sonnette.codecs.g729.serial import read_serial, write_serial

__all__ = ["Decoder", "Encoder", "join", "read_serial", "split", "write_serial"]
