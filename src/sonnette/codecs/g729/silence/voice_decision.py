"""Voice or noise: fourteen half spaces of four differences (G.729 Annex B, B.3.5).

A difference is a mean over background noise less the frame's value: full-band and low-band
energy in decibels (Q11), zero crossings (Q15); the spectral distance is Q15.  Thresholds
are those of the reference, which differ from the table's text in conditions 8 to 10: they
look at the full-band energy.
"""

from sonnette.codecs.g729.speech.arithmetic import sat32, shift32
from sonnette.codecs.g729.speech.widths import Wide


def is_voice(low: int, full: int, distance: int, crossings: int) -> bool:
    """Whether any of the fourteen conditions holds."""
    return (
        is_distant(distance, full, low, crossings)
        or is_loud(full, crossings)
        or is_low_voice(low, full)
    )


def is_distant(distance: int, full: int, low: int, crossings: int) -> bool:
    """Conditions 1, 2, 6, 7 and 11: the spectrum is unlike the noise's."""
    return (
        line(crossings, -14680, 8192, -28521, 8) + wide(distance) > 0
        or line(crossings, 19065, 8192, -19446, 7) + wide(distance) > 0
        or line(distance, -28160, 64, 19988, 0) + 1024 * full < 0
        or line(distance, 32767, 32, -30199, 0) > 0
        or line(distance, -22400, 32, 25395, 0) + 512 * low < 0
    )


def is_loud(full: int, crossings: int) -> bool:
    """Conditions 3, 4, 5, 8, 9 and 10: the energy is above the noise's."""
    return (
        line(crossings, 20480, 8192, 16384, 2) + wide(full) < 0
        or line(crossings, -16384, 8192, 19660, 2) + wide(full) < 0
        or line(full, 32767, 1024, 30802, 0) < 0
        or line(crossings, -20480, 8192, 22938, 2) + wide(full) < 0
        or line(crossings, 23831, 4096, 31576, 2) + wide(full) < 0
        or line(full, 32767, 2048, 17367, 0) < 0
    )


def is_low_voice(low: int, full: int) -> bool:
    """Conditions 12, 13 and 14: the energies below 1 kHz and in all differ unlike noise."""
    return (
        line(full, -30427, 256, -29959, 0) + wide(low) > 0
        or line(full, -23406, 512, 28087, 0) + wide(low) < 0
        or line(full, 24576, 1024, 29491, 0) + 32768 * low < 0
    )


def line(value: int, slope: int, scale: int, offset: int, right: int) -> Wide:
    """``value`` times a slope and an offset with its scale, as 32 bits, shifted right."""
    total: Wide = 2 * value * slope
    return shift32(sat32(sat32(total) + 2 * scale * offset), -right)


def wide(value: int) -> Wide:
    """``value`` in the upper half of 32 bits."""
    shifted: Wide = value
    return shifted * 65536
