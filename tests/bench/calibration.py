"""How fast this machine is at this moment: the yardstick beside every figure.

On a shared machine the same work costs more at some moments than at others.  A figure is
worth comparing with another only where their calibrations are alike.
"""

import hashlib
import time

ROUNDS = 60_000


def calibration_ms() -> float:
    """CPU milliseconds of a fixed piece of work; the best of three."""
    return min(_digest_loop_s() for _ in range(3)) * 1000


def _digest_loop_s() -> float:
    md5 = hashlib.md5
    start = time.process_time()
    for number in range(ROUNDS):
        md5(b"%d calibrates" % number).digest()
    return time.process_time() - start
