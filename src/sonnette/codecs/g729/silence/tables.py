"""Table of data: voice activity, discontinuous transmission and comfort noise.

The numbers are the standard's (G.729 Annex B, electronic attachment).  The MA predictor of
the second SID mode is a mixture of the two speech predictors, truncated (B.4.2).
"""

from sonnette.codecs.g729.speech.codebooks import LSP_PREDICTOR

# fmt: off

# autocorrelation of the FIR low-pass of the low-band energy (B.3.1.3)
LOW_BAND = (7869, 7011, 4838, 2299, 321, -660, -782, -484, -164, 3, 39, 21, 4)

# shift of the mean for each count of quiet frames at start (B.3.2)
MEAN_SHIFT = (
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5,
    0,
)

# factor of the mean for each count, Q15
MEAN_FACTOR = (
    32767, 16913, 17476, 18079, 18725, 19418, 20165, 20972, 21845, 22795, 23831, 24966, 26214,
    27594, 29127, 30840, 32767, 17476, 18725, 20165, 21845, 23831, 26214, 29127, 32767, 18725,
    21845, 26214, 32767, 21845, 32767, 32767, 0,
)

# energy to power, by the number of averaged frames
SID_GAIN_FACTOR = (410, 26, 13)

# shift that goes with it
SID_GAIN_MARGIN = (0, 0, 1)

# decoded SID gains, Q3 of an excitation sample
SID_GAIN = (
    2, 5, 8, 13, 20, 32, 50, 64, 80, 101, 127, 160, 201, 253, 318, 401, 505, 635, 800, 1007, 1268,
    1596, 2010, 2530, 3185, 4009, 5048, 6355, 8000, 10071, 12679, 15962,
)

# 1 less the sum of the SID predictor: 2 rows of 10, Q15
SID_REMAINDER = (
    7798, 8447, 8205, 8293, 8126, 8477, 8447, 8703, 9043, 8604,
    10514, 12402, 12833, 11914, 11447, 11670, 11132, 11311, 11844, 11447,
)

# the inverse of that, Q12
SID_REMAINDER_INVERSE = (
    17210, 15888, 16357, 16183, 16516, 15833, 15888, 15421, 14840, 15597,
    12764, 10821, 10458, 11264, 11724, 11500, 12056, 11865, 11331, 11724,
)

# rows of L1 that a SID frame may name
SID_FIRST = (
    96, 52, 20, 54, 86, 114, 82, 68, 36, 121, 48, 92, 18, 120, 94, 124, 50, 125, 4, 100, 28, 76, 12,
    117, 81, 22, 90, 116, 127, 21, 108, 66,
)

# rows of L2 and then of L3 that it may name: 2 rows of 16
SID_SECOND = (
    31, 21, 9, 3, 10, 2, 19, 26, 4, 3, 11, 29, 15, 27, 21, 12, 16, 1, 0, 0, 8, 25, 22, 20, 19, 23,
    20, 31, 4, 31, 20, 31,
)

# weight of the error between the two search stages, per mode, Q15
SID_MODE_WEIGHT = (8644, 16572)

# MA predictors of a SID frame: 2 modes of 4 rows of 10, Q15
SID_PREDICTOR = LSP_PREDICTOR[:40] + tuple(
    (19660 * one + 13107 * other) >> 15
    for one, other in zip(LSP_PREDICTOR[:40], LSP_PREDICTOR[40:], strict=True)
)

# LSPs of the noise before any SID frame, Q15
SID_LSP_RESET = (31441, 27566, 21458, 13612, 4663, -4663, -13612, -21458, -27566, -31441)
