"""
How unusual is it that a series has said nothing for so long?

The silence is measured against the intervals between samples of the same series: bursts, jitter and an outage years ago are all in
there, and no rate has to be stated. Time is event time, told by whoever asks: what the newest point of the same workload says. By
a clock, a lagging consumer would find everybody silent, and a replay nobody. A silence is the caller's to judge: no data is not bad
data.
"""

from rollguard_detector.core.oddity.surprise import Surprise

KEPT_INTERVALS = 12
LEAST_INTERVAL_EXPONENT = 0.25  # a regular series that misses two in a row is no news of a thousand years


class Silence:
    """When the last sample was, and how far apart those before it were."""

    __slots__ = ("_intervals", "_latest_seconds")

    def __init__(self) -> None:
        self._intervals = Surprise(KEPT_INTERVALS, LEAST_INTERVAL_EXPONENT)
        self._latest_seconds: float | None = None

    def learn(self, at_seconds: float) -> None:
        """Learn that there was a sample; times that stand still or go back are no interval."""
        latest = self._latest_seconds
        if latest is not None and at_seconds > latest:
            self._intervals.score_then_learn(at_seconds - latest)
        if latest is None or at_seconds > latest:
            self._latest_seconds = at_seconds

    def silent(self, now_seconds: float) -> float:
        """Return by how many powers of ten so long an interval is rarer than an interval; 0 while usual or little known."""
        return 0.0 if self._latest_seconds is None else self._intervals.score(now_seconds - self._latest_seconds)
