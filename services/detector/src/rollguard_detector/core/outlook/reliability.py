"""
Are the probabilities true? Counts of matured forecasts by what was said, so that the forecaster can be measured where it runs.

What is called 30 % should come in 30 of 100 cases. All sums are of integers: they are the same in whatever order they are taken.
"""

from rollguard_detector.core.outlook.scales import clip

DECILES = 10
GRAIN = 2.0**30  # parts into which a square is cut before it is summed
WARNING = 0.5  # what was called more probable than not was a warning


class Reliability:
    """The matured forecasts of one pool."""

    __slots__ = ("breaches", "came", "lead_milliseconds", "said", "squares", "warned")

    def __init__(self) -> None:
        self.said = [0] * DECILES  # forecasts by the decile of their probability
        self.came = [0] * DECILES  # and those of them that came
        self.squares = 0
        self.breaches = 0
        self.warned = 0  # breaches that were called more probable than not while they were ahead
        self.lead_milliseconds = 0  # of all warnings together

    @property
    def forecasts(self) -> int:
        """How many have matured."""
        return sum(self.said)

    @property
    def brier(self) -> float | None:
        """Mean squared error of the probabilities: 0 is perfect; None before the first has matured."""
        return self.squares / GRAIN / self.forecasts if self.forecasts else None

    def settle(self, said: float, *, came: bool) -> None:
        """Count one forecast of which it is known now whether the breach came."""
        decile = decile_of(said)
        self.said[decile] += 1
        self.came[decile] += came
        error = came - said
        self.squares += round(error * error * GRAIN)

    def breach(self, lead_seconds: float | None) -> None:
        """Count one breach and how long before it the first warning of the last horizon was given; None without one."""
        self.breaches += 1
        if lead_seconds is not None:
            self.warned += 1
            self.lead_milliseconds += round(1000.0 * lead_seconds)


def decile_of(probability: float) -> int:
    """Return which tenth a probability lies in, 0 to 9."""
    return int(clip(probability * DECILES, 0.0, DECILES - 1.0))
