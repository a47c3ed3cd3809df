"""Messages to datagrams and back: sequence numbers, fragments, and one peer at a time."""

from collections.abc import Iterator

from sonnette.base.errors import PeerError
from sonnette.zrtp.wire.crc import crc32c
from sonnette.zrtp.wire.packet import Packet, Reassembly, Slice, pack, pack_slice, parse, slices


class Path:
    """The media path as one stream uses it, sending from ``ssrc``.

    ``peer`` is the SSRC that is listened to, once it is known.
    """

    def __init__(self, ssrc: int, sequence: int, mtu: int) -> None:
        self.ssrc = ssrc
        self.peer: int | None = None
        self._sequence, self._mtu = sequence, mtu
        self._reassembly = Reassembly()

    def wrap(self, message: bytes) -> Iterator[bytes]:
        """The datagrams that carry a message.

        A message's fragments bear the same number each time it is sent, so that a
        retransmission fills the gaps of the one before.
        """
        number = crc32c(message) & 0xFFFF
        for offset, data in slices(message, self._mtu):
            self._sequence = self._sequence + 1 & 0xFFFF
            if len(data) == len(message):
                yield pack(self.ssrc, self._sequence, message)
            else:
                place = Slice(number, len(message), offset)
                yield pack_slice(self.ssrc, self._sequence, place, data)

    def unwrap(self, datagram: bytes) -> tuple[Packet, bytes | None]:
        """The packet, and the message if this completes one.

        Raises PeerError for what is damaged or comes from another SSRC.
        """
        packet = parse(datagram)
        if self.peer not in (None, packet.ssrc):
            raise PeerError("zrtp.ssrc", "a packet from another source")
        if packet.slice is None:
            return packet, packet.data
        return packet, self._reassembly.add(packet.slice, packet.data)
