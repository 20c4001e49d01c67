"""
Sixteen bits for a measure of oddity: some for its power of two, the others for its place in it.

A rank needs the order of measures and no more than their logarithms, so this halves the memory of a series. The grade is cut from
the bits of the number, never from a computed logarithm, and logarithms of grades are whole numbers: so a sum has no order, and one
series gets the very same answer alone and among thousands. Another unit, if it is a power of two, moves all grades alike.
"""

from math import frexp, log2

GRADE_BITS = 16
MOST_GRADE: int = 2**GRADE_BITS - 1
UNIT = 2**20  # of a logarithm to base two


class Scale:
    """What lies below the least power of two counts as nothing, what lies above all that there is place for as equally odd."""

    def __init__(self, mantissa_bits: int, least_exponent: int) -> None:
        self.mantissa_bits = mantissa_bits
        self.least_exponent = least_exponent
        self._steps: int = 2**mantissa_bits
        self._beyond: float = 2.0 ** (least_exponent + 2 ** (GRADE_BITS - mantissa_bits))
        # The logarithm to base two of the middle of each step, in UNIT.
        self.mantissa_logarithms = tuple(round(UNIT * log2(1.0 + (step + 0.5) / self._steps)) for step in range(self._steps))

    def graded(self, oddity: float) -> int:
        """Return the grade of a measure of at least 0; what is no number counts as the oddest."""
        if oddity <= 0.0:
            return 0
        if not oddity < self._beyond:
            return MOST_GRADE
        mantissa, exponent = frexp(oddity)  # the mantissa lies in [0.5, 1)
        grade = (exponent - 1 - self.least_exponent) * self._steps + int((2.0 * mantissa - 1.0) * self._steps)
        return max(0, grade)

    def logarithm(self, grade: int) -> int:
        """Return the logarithm to base two of a grade above 0, in UNIT, up to a constant that all grades share."""
        return (grade >> self.mantissa_bits) * UNIT + self.mantissa_logarithms[grade & (self._steps - 1)]


ANY_UNIT = Scale(mantissa_bits=9, least_exponent=-64)  # to 0.2%, from 5e-20 to 2e19
DEVIATIONS = Scale(mantissa_bits=11, least_exponent=-8)  # to 0.05%, from 0.004 to 2e7
