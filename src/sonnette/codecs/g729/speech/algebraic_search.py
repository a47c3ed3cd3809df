"""Search of the algebraic codebook: a depth-first tree over four pulses (A.3.8.1).

Two pulses are placed together, the first at one of the two best places of its track, then
the other two; this is done for two pairings of the tracks and for both tracks that the
fourth pulse may take.  A pulse takes the sign of the target there, and the correlations of
the response are signed beforehand.
"""

from sonnette.codecs.g729.speech.algebraic_codebook import PULSE
from sonnette.codecs.g729.speech.arithmetic import norm32, product, sat16, sat32
from sonnette.codecs.g729.speech.filters import MEMORY, SUBFRAME
from sonnette.codecs.g729.speech.widths import Ints, Short, Shorts, Wide

STEP = 5  # places on a track are five apart
LOUD = 32000  # upper half of an energy above which the response is halved


class AlgebraicSearch:
    """Correlations of one subframe and the best pulses found.

    ``target`` is given backward-filtered and becomes magnitudes; ``negative`` is -1 or 0,
    ``matrix`` the signed correlations of the response at two places, a row a place.
    """

    target: Shorts
    negative: Shorts
    scaled: Shorts
    matrix: Shorts
    both: Shorts
    places: Shorts
    trial: Shorts
    square: int
    energy: int
    reach: int

    def __init__(self) -> None:
        self.target = [0] * 40
        self.negative = [0] * 40
        self.scaled = [0] * 40
        self.matrix = [0] * 1600
        self.both = [0] * 8
        self.places = [0] * 4
        self.trial = [0] * 4
        self.square = self.energy = self.reach = 0

    def search(self, response: Shorts) -> None:
        """Find the four ``places`` for the ``target``."""
        for i in range(SUBFRAME):
            self.negative[i] = self.target[i] >> 15
            self.target[i] = (self.target[i] ^ self.negative[i]) - self.negative[i]
        self.scale(response)
        self.correlate()
        square = -1
        energy = 1
        for k in range(4):
            self.places[k] = k
        for turn in range(4):
            track = 3 + (turn >> 1)
            if turn & 1:
                self.place_first(track, 0)
                self.place_second(track, 0, 1)
            else:
                self.place_first(2, track)
                self.place_second(2, track, 0)
            if energy * self.square > square * self.energy:
                square, energy = self.square, self.energy
                for k in range(4):
                    self.places[k] = self.trial[k]

    def scale(self, response: Shorts) -> None:
        """Shift the response so that its doubled energy nearly fills 32 bits.

        Then by Cauchy-Schwarz every sum of :meth:`correlate` fits 31 bits.
        """
        total: Wide = 0
        for i in range(SUBFRAME):
            total += product(response[i], response[i])
        energy = sat32(total)
        left = norm32(energy) >> 1
        for i in range(SUBFRAME):
            if energy >> 16 > LOUD:
                self.scaled[SUBFRAME - 1 - i] = response[i] >> 1
            else:
                self.scaled[SUBFRAME - 1 - i] = response[i] << left

    def correlate(self) -> None:
        """Fill the matrix: places i and j are i - j apart and share 40 - max(i, j) samples.

        A product of signs of 1 takes one from a positive number (32767 / 32768), of -1
        negates; the diagonal carries no sign.  ``scaled`` runs backwards in time.
        """
        sums: Ints = [0] * 40
        row: Shorts = [0] * 40
        for i in range(SUBFRAME - 1, -1, -1):
            own: Short = self.scaled[i]
            for j in range(i, SUBFRAME):
                sums[j - i] += own * self.scaled[j]
            for j in range(i, SUBFRAME):
                value = sums[j - i] >> 15
                flip = self.negative[i] ^ self.negative[j]
                row[j] = (value ^ flip) - flip - ((1 if value > 0 else 0) & ~flip)
            row[i] = sums[0] >> 15
            for j in range(i, SUBFRAME):
                self.matrix[SUBFRAME * i + j] = self.matrix[SUBFRAME * j + i] = row[j]

    def best_place(self, track: int, other: int) -> int:
        """The place of the greatest target on a track, apart from ``other``."""
        most = -1
        found = track
        for place in range(track, SUBFRAME, STEP):
            if self.target[place] > most and place != other:
                found, most = place, self.target[place]
        return found

    def place_first(self, a: int, b: int) -> None:
        """Place pulses on tracks ``a`` and ``b``, the former on its two best places only.

        Numbers of the matrix are below 2^15 and the target below 2^13, here and in the next
        step: energies are below 2^31 and sums of the target below 2^15 (so their squares
        times an energy are below 2^30).
        """
        square = -1
        energy = 1
        self.reach = 0
        self.trial[min(a, 3)] = self.trial[min(b, 3)] = 0
        place = -1
        for _ in range(2):
            place = self.best_place(a, place)
            own = self.matrix[41 * place] << 14
            for other in range(b, SUBFRAME, STEP):
                total = self.target[place] + self.target[other]
                cross = self.matrix[SUBFRAME * place + other] << 15
                level = (own + cross + (self.matrix[41 * other] << 14) + 32768) >> 16
                squared = total * total >> 15
                if energy * squared > square * level:
                    square, energy, self.reach = squared, level, total
                    self.trial[min(a, 3)] = place
                    self.trial[min(b, 3)] = other
        self.energy = energy

    def place_second(self, a: int, b: int, c: int) -> None:
        """Place the other pulses on track ``c`` and the next, given those on ``a`` and ``b``."""
        first = SUBFRAME * self.trial[min(a, 3)]
        second = SUBFRAME * self.trial[min(b, 3)]
        for k in range(8):
            place = c + 1 + STEP * k
            cross = self.matrix[first + place] + self.matrix[second + place]
            own = self.matrix[41 * place]
            self.both[k] = ((cross << 14) + (own << 13) + 32768) >> 16
        base = self.energy << 14
        self.square = -1
        self.energy = 1
        self.trial[c] = self.trial[c + 1] = 0
        for place in range(c, SUBFRAME, STEP):
            cross = self.matrix[first + place] + self.matrix[second + place]
            own = base + (cross << 13) + (self.matrix[41 * place] << 12) + 32768
            self.try_fourth(place, c, own)

    def try_fourth(self, place: int, c: int, own: int) -> None:
        """Try every place on the track after ``c`` for the last pulse."""
        reach = self.reach + self.target[place]
        at = c + 1
        for k in range(8):
            total = reach + self.target[at]
            level = own + (self.matrix[SUBFRAME * place + at] << 13) + (self.both[k] << 15)
            level = level >> 16
            squared = total * total >> 15
            if self.energy * squared > self.square * level:
                self.square, self.energy = squared, level
                self.trial[c] = place
                self.trial[c + 1] = at
            at += STEP

    def write(self, response: Shorts, code: Shorts, filtered: Shorts) -> None:
        """The code vector of the pulses, and the response to it from index 10 on."""
        for i in range(SUBFRAME):
            code[i] = filtered[MEMORY + i] = 0
        for k in range(4):
            place = self.places[k]
            code[place] = PULSE ^ self.negative[place]
            for i in range(MEMORY + place, MEMORY + SUBFRAME):
                sample = response[i - MEMORY - place]
                filtered[i] = sat16(
                    filtered[i] - sample if self.negative[place] else filtered[i] + sample
                )

    def position_word(self) -> int:
        """The 13-bit word of the places."""
        fourth = self.places[3] // STEP << 1 | self.places[3] % STEP - 3
        word = self.places[0] // STEP | self.places[1] // STEP << 3
        return word | self.places[2] // STEP << 6 | fourth << 9

    def sign_word(self) -> int:
        """The 4-bit word of the signs."""
        word = 0
        for k in range(4):
            word |= (1 + self.negative[self.places[k]]) << k
        return word
