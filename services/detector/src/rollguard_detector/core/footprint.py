"""
How much memory so many series take, told before they are admitted: the models' columns, and what goes with a name.

The rule: the figure is meant for a ceiling, so it errs upwards. Columns are reserved a quarter ahead; what a series takes
beside its columns was measured (``bench/memory``), with one pod's labels and one workload's name and policy among ten series.
"""

from typing import NamedTuple

_NAME_BYTES = 1_500.0  # key, labels, look-ups and lane of a series
_RESERVE = 1.25


class Footprint(NamedTuple):
    """What the columns of one series take, and those of one track of an objective, in bytes."""

    series_bytes: int
    track_bytes: int

    def of(self, series: int, tracks: int) -> float:
        """Return how many bytes so many series and tracks take at most."""
        return series * (_RESERVE * self.series_bytes + _NAME_BYTES) + tracks * _RESERVE * self.track_bytes

    def series_within(self, most_bytes: float) -> int:
        """Return how many series fit, each with one track."""
        return max(1, int(most_bytes / self.of(1, 1)))
