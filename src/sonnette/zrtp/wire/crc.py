"""CRC-32C (RFC 3309, reflected polynomial 0x82F63B78), the check of every ZRTP packet.

A kernel: in plain Python it is a quarter of the time of an agreement.
"""

try:
    import cython
except ImportError:
    from sonnette.base import plain_cython as cython

POLYNOMIAL = 0x82F63B78


def _table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return tuple(table)


TABLE = _table()


def crc32c(data: bytes) -> int:
    """The CRC-32C of ``data``."""
    octets: cython.p_const_uchar = data
    length: cython.Py_ssize_t = len(data)
    index: cython.Py_ssize_t
    crc: cython.uint = 0xFFFFFFFF
    step: cython.uint
    table: tuple[int, ...] = TABLE
    for index in range(length):
        step = table[(crc ^ octets[index]) & 255]
        crc = crc >> 8 ^ step
    return int(crc ^ 0xFFFFFFFF)
