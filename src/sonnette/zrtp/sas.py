"""The short authentication string that two people read to each other (RFC 6189 5.1.6)."""

from sonnette.zrtp.algorithms import Sas
from sonnette.zrtp.words import EVEN, ODD

# Chosen for the ear: letters and digits that are not taken for one another.
BASE32 = "ybndrfg8ejkmcpqxot1uwisza345h769"


def render(scheme: Sas, sas_hash: bytes) -> str:
    """The string for the SAS hash: four characters, or two words joined by a colon."""
    if scheme is Sas.B256:
        return f"{EVEN[sas_hash[0]]}:{ODD[sas_hash[1]]}"
    bits = int.from_bytes(sas_hash[:3], "big") >> 4
    return "".join(BASE32[bits >> shift & 31] for shift in (15, 10, 5, 0))
