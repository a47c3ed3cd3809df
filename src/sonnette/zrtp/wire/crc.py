"""CRC-32C (RFC 3309, reflected polynomial 0x82F63B78), the check of every ZRTP packet."""

import struct


def _bytewise() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return tuple(table)


def _pairwise(byte: tuple[int, ...]) -> tuple[int, ...]:
    """Two bytes a step: twice as fast in plain Python."""
    once = [n >> 8 ^ byte[n & 255] for n in range(65536)]
    return tuple(crc >> 8 ^ byte[crc & 255] for crc in once)


_BYTE = _bytewise()
_PAIR = _pairwise(_BYTE)


def crc32c(data: bytes) -> int:
    """The CRC-32C of ``data``."""
    crc = 0xFFFFFFFF
    for pair in struct.unpack_from(f"<{len(data) // 2}H", data):
        crc = crc >> 16 ^ _PAIR[(crc ^ pair) & 0xFFFF]
    if len(data) & 1:
        crc = crc >> 8 ^ _BYTE[(crc ^ data[-1]) & 255]
    return crc ^ 0xFFFFFFFF
