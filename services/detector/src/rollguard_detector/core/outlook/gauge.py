"""
What a series' way towards a bound looks like, as numbers without a unit: the views that the forecast combines.

Each view alone ranks well in one world and fails in another: a trend on leaks, the way already gone on wear, first passage on
random walks, a mean-reverting level on noise, the peaks that were survived before on what comes back every day. All are told a
gap (bound minus value, in the direction of harm), so that unit, shift and sign fall away; all times are counted in horizons.
"""

from array import array
from math import inf, log, sqrt

from rollguard_detector.core.outlook.scales import bent, clip, log_ratio
from rollguard_detector.core.outlook.straight import Straight, followed
from rollguard_detector.core.outlook.trend import Trend

HALF_LIVES = (0.15, 0.7, 4.0)  # in horizons
SLOTS = 8  # of the ring that remembers the last horizon
RECENT = 5  # gaps whose median tells a breach from a wild sample
FIRST_SAMPLES = 15
MOST = 1e30  # a larger gap counts as this one: its square is a number still
TINY = 1e-300

VIEWS = (
    "gap_fast", "gap_slow", "gap_all", "way_first", "way_slow", "way_recent",
    "cross_0", "cross_1", "cross_2", "pace_0", "pace_1", "pace_2", "sure_0", "sure_1", "sure_2",
    "walk", "drift", "reverting", "memory", "record", "record_way", "age", "rise", "breached", "straight", "followed",
)  # fmt: skip


class Gauge:
    """
    The state of one series and one bound; bounded, whatever the length of the stream.

    The rings keep four bytes a number: what they tell is a shape, and half of a fleet's memory would be theirs otherwise.
    """

    __slots__ = ("_base", "_breached", "_closest", "_elapsed_all", "_horizon", "_mean", "_recent", "_slot_age", "_slot_product",
                 "_slot_variance", "_slots", "_step_variance", "_trends", "_variance", "median", "samples", "straight")  # fmt: skip

    def __init__(self, horizon_seconds: float) -> None:
        self._horizon = horizon_seconds
        self._trends = tuple(Trend(share * horizon_seconds) for share in HALF_LIVES)
        self.straight = Straight(horizon_seconds)
        self._recent = array("f")
        self._base = 0.0  # mean of the first medians
        self.samples = 0
        self._elapsed_all = 0.0
        self._mean = self._variance = 0.0
        self._step_variance = 0.0
        self._slot_variance = self._slot_product = 0.0
        self._slots = array("f")  # medians a slot apart, oldest first
        self._slot_age = 0.0
        self._closest = inf  # of the slots that left the ring
        self._breached = 0.0
        self.median = 0.0

    def learn(self, gap: float, elapsed_seconds: float) -> None:
        """Take the gap in."""
        gap = clip(gap, -MOST, MOST)
        self.samples += 1
        self._elapsed_all += elapsed_seconds
        recent = self._recent
        recent.append(gap)
        if len(recent) > RECENT:
            del recent[0]
        self.median = median = sorted(recent)[len(recent) // 2]
        for trend in self._trends:
            trend.learn(gap, elapsed_seconds)
        self.straight.learn(gap, elapsed_seconds)
        self._learn_moments(gap, median, elapsed_seconds)

    def _learn_moments(self, gap: float, median: float, elapsed: float) -> None:
        count, horizon = self.samples, self._horizon
        if count <= FIRST_SAMPLES:
            self._base += (median - self._base) / count
        weight, young = elapsed / (24.0 * horizon), 1.0 / count
        weight = weight if weight < 0.05 else 0.05  # noqa: FURB136  # calls of min() and max() would be the dearest part
        weight = weight if weight > young else young  # noqa: FURB136  # as above
        distance = gap - self._mean
        self._mean += weight * distance
        self._variance = (1.0 - weight) * (self._variance + weight * distance * distance)
        step = self._recent[-1] - self._recent[-2] if count > 1 else 0.0
        self._step_variance += weight * (step * step - self._step_variance)
        if median <= 0.0:
            self._breached = 1.0
        self._slot_age += elapsed
        if self._slot_age >= horizon / SLOTS or not self._slots:
            self._open_slot(median, max(weight, 0.01))

    def _open_slot(self, median: float, weight: float) -> None:
        slots = self._slots
        self._slot_age = 0.0
        slots.append(median)
        if len(slots) <= SLOTS:
            return
        gone, oldest = slots.pop(0), slots[0]
        moved = median - oldest
        self._slot_variance += weight * (moved * moved - self._slot_variance)
        self._slot_product += weight * ((median - self._mean) * (oldest - self._mean) - self._slot_product)
        self._closest = min(self._closest, gone)

    def views(self) -> list[float]:
        """Return what the gaps so far look like, in the order of VIEWS; beyond the bound nobody needs to ask."""
        gap, horizon, base, variance, straight = self.median, self._horizon, self._base, self._variance, self.straight
        fast, slow, slowest = self._trends
        scale_all = sqrt(variance)
        floor = 1e-9 * (abs(base) + abs(gap)) + TINY
        ahead = gap if gap > floor else floor  # noqa: FURB136  # as above
        far = base if base > floor else floor  # noqa: FURB136  # as above
        level, recent = slowest.level, slow.level
        closest = self._closest if self._closest < base else base  # noqa: FURB136  # as above
        diffusion = sqrt(max(self._slot_variance - self._step_variance, 0.1 * self._slot_variance)) + floor
        memory = clip(self._slot_product / variance, 0.0, 0.99) if variance > 0.0 else 0.0
        expected = self._mean + memory * (gap - self._mean)
        return [
            log_ratio(ahead, fast.scatter + floor),
            log_ratio(ahead, slow.scatter + floor),
            log_ratio(ahead, scale_all + floor),
            way if -1.0 <= (way := 1.0 - gap / far) <= 1.5 else clip(way, -1.0, 1.5),
            way if -1.0 <= (way := 1.0 - gap / (max(floor, level))) <= 1.5 else clip(way, -1.0, 1.5),
            way if -1.0 <= (way := 1.0 - gap / (max(floor, recent))) <= 1.5 else clip(way, -1.0, 1.5),
            *self._lines(floor),
            log_ratio(ahead, diffusion),
            bent(-slow.slope * horizon / diffusion),
            bent(-expected / (sqrt(variance * (1.0 - memory * memory)) + floor)),
            memory,
            clip((closest - gap) / (abs(base - (min(gap, closest))) + scale_all + floor), -2.0, 2.0),
            way if -1.0 <= (way := 1.0 - closest / far) <= 1.5 else clip(way, -1.0, 1.5),
            age if (age := log(1.0 + self._elapsed_all / horizon)) < 4.0 else 4.0,
            way if -2.0 <= (way := (self._slots[0] - gap) / ahead) <= 3.0 else clip(way, -2.0, 3.0),
            self._breached,
            straight.evidence,
            followed(straight.span, horizon),
        ]

    def _lines(self, floor: float) -> list[float]:
        """Return of each trend: errors by which it passes the bound a horizon ahead, its pace towards it, how sure its slope is."""
        horizon, a_second = self._horizon, floor / self._horizon
        cross, paces, sure = [], [], []
        for trend in self._trends:
            slope, level, scatter = trend.slope, trend.level, trend.scatter
            move, drifted = -slope * horizon, horizon * trend.slope_error
            by = (move - level) / (sqrt(scatter * scatter + drifted * drifted) + floor)
            cross.append(-log(1.0 - by) if -1e12 < by < 0.0 else bent(by))
            pace = move / (level if level > floor else floor)  # noqa: FURB136  # as above
            paces.append(pace if -2.0 <= pace <= 4.0 else clip(pace, -2.0, 4.0))
            slope = -slope / (trend.slope_error + a_second)
            sure.append(-log(1.0 - slope) if -1e12 < slope < 0.0 else log(1.0 + slope) if 0.0 <= slope < 1e12 else bent(slope))
        return cross + paces + sure
