"""
Evidence that a mean is worse in the candidate: an asymptotic confidence sequence on the differences of windows.

Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (Annals of Statistics 2024, arXiv 2103.06476), one-sided Gaussian mixture. The
variance is that of the differences, so noise of either arm is priced in; what both arms share cancels in the difference. It holds
for many windows, so nothing is said before eight. Sums are exact integers: the order of the windows cannot show.
"""

from math import erfc, inf, log, sqrt

_UNITS = 1 << 60  # a unit is 2**-60 of the metric's own
LEAST_WINDOWS = 8
_TUNED_WINDOWS = 20.0  # the mixture is narrowest about here
_TUNED_ALPHA = 0.01


def _mixture_variance() -> float:
    """Return rho squared, best at so many windows (their equation for optimising rho; alpha is one-sided)."""
    spent = -2.0 * log(2.0 * _TUNED_ALPHA)
    return (spent + log(spent + 1.0)) / _TUNED_WINDOWS


RHO_SQUARED = _mixture_variance()


class MeanEvidence:
    """Differences (candidate minus allowed) of windows; a positive mean is worse."""

    __slots__ = ("squares", "units", "windows")

    def __init__(self) -> None:
        self.windows = self.units = self.squares = 0

    def add(self, difference: float, *, sign: int = 1) -> None:
        """Take a window's difference in, or out again where ``sign`` is -1."""
        units = round(difference * _UNITS)
        self.windows += sign
        self.units += sign * units
        self.squares += sign * units * units

    def merge(self, other: "MeanEvidence") -> None:
        """Take in what other windows say."""
        self.windows += other.windows
        self.units += other.units
        self.squares += other.squares

    @property
    def mean(self) -> float:
        """The mean difference; there must be a window."""
        return self.units / self.windows / _UNITS

    @property
    def deviation(self) -> float:
        """The standard deviation of the windows' differences; 0 where there is but one."""
        centred = self.windows * self.squares - self.units * self.units
        return sqrt(centred / (self.windows * max(self.windows - 1, 1))) / _UNITS if self.windows else 0.0

    def log_e(self) -> float:
        """Return the log of the asymptotic e-value against "the mean difference is at most 0"; 0 before eight windows."""
        if self.windows < LEAST_WINDOWS or not self.deviation:
            return 0.0
        scaled = self.windows * RHO_SQUARED + 1.0
        score = self.windows * self.mean / self.deviation * sqrt(RHO_SQUARED / scaled)
        tail = 0.5 * erfc(-score / sqrt(2.0))  # normal distribution function
        return 0.5 * score * score - 0.5 * log(scaled) + log(2.0 * max(tail, 1e-300))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Return the two-sided confidence sequence of the mean difference, unbounded before eight windows."""
        if self.windows < LEAST_WINDOWS:
            return -inf, inf
        scaled = self.windows * RHO_SQUARED + 1.0
        radius = self.deviation * sqrt(2.0 * scaled / (self.windows**2 * RHO_SQUARED) * log(sqrt(scaled) / alpha))
        return self.mean - radius, self.mean + radius
