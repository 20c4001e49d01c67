"""
Gauges in bulk: ``core/outlook/gauge``, made of what was usual, of trends, and of the straight line.
"""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Bank, Column, Floats, Rows
from rollguard_detector.core.banks.outlooks import lines
from rollguard_detector.core.banks.outlooks.scales import clip
from rollguard_detector.core.banks.outlooks.straight import Ahead, StraightBank
from rollguard_detector.core.banks.outlooks.usual import Now, UsualBank
from rollguard_detector.core.banks.outlooks.views import views
from rollguard_detector.core.outlook.gauge import HALF_LIVES, MOST, RECENT

_TRENDS = len(HALF_LIVES)
_HALF_LIVES = np.array(HALF_LIVES)[:, np.newaxis]


class Seen(NamedTuple):
    """What the gauges tell of a sample: views (a row a view), the median of the last gaps, and the straight lines."""

    views: Floats
    median: Floats
    straight: Ahead
    samples: Rows


class GaugeBank(Bank):
    """The state of a gauge a row."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "moments": Column(shape=(lines.MOMENTS * _TRENDS,)),
        "recent": Column(np.float32, shape=(RECENT,)),  # the newest last
        "samples": Column(np.int32),
    }

    moments: Floats
    recent: NDArray[np.float32]
    samples: NDArray[np.int32]

    def __init__(self) -> None:
        self.straight, self.usual = StraightBank(), UsualBank()
        super().__init__(straight=self.straight, usual=self.usual)

    def learn(self, rows: Rows, gap: Floats, elapsed: Floats, horizon: Floats) -> Seen:
        """Take a gap in for each row."""
        gap = clip(gap, -MOST, MOST)
        samples = self.samples[rows].astype(np.intp) + 1
        self.samples[rows] = samples
        median, step = self._recent_learn(rows, gap, samples)
        trends = self._trends_learn(rows, gap, elapsed, horizon)
        straight = self.straight.learn(rows, gap, elapsed, horizon)
        usual = self.usual.learn(rows, Now(gap, median, step, elapsed, horizon, samples))
        return Seen(views(median, horizon, trends, usual, straight), median, straight, samples)

    def _recent_learn(self, rows: Rows, gap: Floats, samples: Rows) -> tuple[Floats, Floats]:
        """Return the median of the last gaps, and the last step."""
        recent = self.recent[rows]
        recent[:, :-1] = recent[:, 1:]
        recent[:, -1] = gap
        self.recent[rows] = recent
        last = recent.astype(np.float64).T
        median = median_of_five(*last)
        for young in np.nonzero(samples < RECENT)[0].tolist():
            known = sorted(recent[young, RECENT - samples[young] :].tolist())
            median[young] = known[len(known) // 2]
        return median, np.where(samples > 1, last[-1] - last[-2], 0.0)

    def _trends_learn(self, rows: Rows, gap: Floats, elapsed: Floats, horizon: Floats) -> lines.Lines:
        moments = np.ascontiguousarray(self.moments[rows].T).reshape(lines.MOMENTS, _TRENDS, len(rows))
        lines.learn(moments, gap, elapsed, lines.kept(elapsed, _HALF_LIVES * horizon))
        self.moments[rows] = moments.reshape(lines.MOMENTS * _TRENDS, len(rows)).T
        return lines.fitted(moments)


def median_of_five(a: Floats, b: Floats, c: Floats, d: Floats, e: Floats) -> Floats:
    """Return the middle ones, by a network of comparisons."""
    low = np.maximum(np.minimum(a, b), np.minimum(c, d))
    high = np.minimum(np.maximum(a, b), np.maximum(c, d))
    return np.maximum(np.minimum(low, high), np.minimum(np.maximum(low, high), e))
