"""
What a series' way towards a bound looks like, as numbers without a unit: the views that the forecast combines.

Each view alone ranks well in one world and fails in another: a trend on leaks, the way already gone on wear, first passage on
random walks, a mean-reverting level on noise, the peaks that were survived before on what comes back every day. All are told a
gap (bound minus value, in the direction of harm), so that unit, shift and sign fall away; all times are counted in horizons.
"""

from math import asinh, erfc, exp, log, sqrt

from rollguard_detector.core.outlook.trend import Trend

_HALF_LIVES = (0.15, 0.5, 1.5, 6.0)  # in horizons
_SLOTS = 12  # of the ring that remembers the last horizon
_FIRST_SAMPLES = 15
_ROOT_HALF = sqrt(0.5)
_TINY = 1e-300

VIEWS = (
    "gap_fast", "gap_slow", "gap_all", "way_first", "way_slow", "way_recent",
    "cross_0", "cross_1", "cross_2", "cross_3", "pace_0", "pace_1", "pace_2", "pace_3", "sure_0", "sure_1", "sure_2", "sure_3",
    "bend", "bend_slow", "passage", "reverting", "record", "record_way", "age", "rise", "breached",
)  # fmt: skip


def clip(value: float, low: float, high: float) -> float:
    """Return the value or the end that it lies beyond."""
    if low <= value <= high:  # nearly always, and a call of min() would be the dearest part
        return value
    return low if value < low else high


class Gauge:
    """The state of one series and one bound; bounded, whatever the length of the stream."""

    def __init__(self, horizon_seconds: float) -> None:
        self._horizon = horizon_seconds
        self._trends = tuple(Trend(share * horizon_seconds) for share in _HALF_LIVES)
        self._recent: list[float] = []  # the last five gaps
        self._first: list[float] = []
        self._base = 0.0
        self._samples = 0
        self._elapsed_all = 0.0
        self._mean = self._variance = 0.0
        self._step_variance = 0.0
        self._slot_variance = self._slot_product = 0.0
        self._slots: list[float] = []  # medians a slot apart, oldest first
        self._slot_age = 0.0
        self._closest = 0.0  # of the slots that left the ring
        self._closest_known = False
        self._breached = 0.0
        self._last = 0.0
        self.median = 0.0

    def learn(self, gap: float, elapsed_seconds: float) -> list[float]:
        """Take the gap in and return the views in the order of VIEWS."""
        self._samples += 1
        self._elapsed_all += elapsed_seconds
        recent = self._recent
        recent.append(gap)
        if len(recent) > 5:
            del recent[0]
        self.median = median = sorted(recent)[len(recent) // 2]
        for trend in self._trends:
            trend.learn(gap, elapsed_seconds)
        self._learn_moments(gap, median, elapsed_seconds)
        return self._views(median)

    def _learn_moments(self, gap: float, median: float, elapsed: float) -> None:
        count = self._samples
        if count <= _FIRST_SAMPLES:
            self._first.append(gap)
            self._base = sorted(self._first)[len(self._first) // 2]
        weight = max(1.0 / count, min(0.05, elapsed / (24.0 * self._horizon)))
        distance = gap - self._mean
        self._mean += weight * distance
        self._variance = (1.0 - weight) * (self._variance + weight * distance * distance)
        step = gap - self._last if count > 1 else 0.0
        self._last = gap
        self._step_variance += weight * (step * step - self._step_variance)
        if median <= 0.0:
            self._breached = 1.0
        self._slot_age += elapsed
        slots = self._slots
        if not slots or self._slot_age >= self._horizon / _SLOTS:
            self._slot_age = 0.0
            slots.append(median)
            if len(slots) > _SLOTS:
                gone = slots.pop(0)
                moved = median - slots[0]
                weight = max(weight, 0.01)
                self._slot_variance += weight * (moved * moved - self._slot_variance)
                self._slot_product += weight * ((median - self._mean) * (slots[0] - self._mean) - self._slot_product)
                if not self._closest_known or gone < self._closest:
                    self._closest, self._closest_known = gone, True

    def _views(self, gap: float) -> list[float]:
        horizon, base = self._horizon, self._base
        fast, middle, slow, slowest = self._trends
        scale_all = sqrt(self._variance)
        floor = 1e-9 * (abs(base) + abs(gap)) + _TINY
        ahead = max(gap, floor)
        far = max(base, floor)
        cross, paces, sure = self._lines(floor)
        closest = self._closest if self._closest_known else base
        return [
            log_ratio(ahead, fast.scatter + floor),
            log_ratio(ahead, slow.scatter + floor),
            log_ratio(ahead, scale_all + floor),
            clip(1.0 - gap / far, -1.0, 1.5),
            clip(1.0 - gap / max(slowest.level, floor), -1.0, 1.5),
            clip(1.0 - gap / max(slow.level, floor), -1.0, 1.5),
            *cross,
            *paces,
            *sure,
            clip(paces[1] - paces[2], -2.0, 3.0),
            clip(paces[2] - paces[3], -2.0, 3.0),
            self._passage(ahead, -middle.slope * horizon, floor),
            self._reverting(gap, floor),
            clip((closest - gap) / (abs(base - min(closest, gap)) + scale_all + floor), -2.0, 2.0),
            clip(1.0 - closest / far, -1.0, 1.5),
            min(log(1.0 + self._elapsed_all / horizon), 4.0),
            clip((self._slots[0] - gap) / ahead, -2.0, 3.0),
            self._breached,
        ]

    def _lines(self, floor: float) -> tuple[list[float], list[float], list[float]]:
        """Return of each trend: errors by which it passes the bound a horizon ahead, its pace towards it, how sure its slope is."""
        horizon = self._horizon
        cross, paces, sure = [], [], []
        for trend in self._trends:
            slope, level, slope_error = trend.slope, trend.level, trend.slope_error
            move, drifted = -slope * horizon, horizon * slope_error
            cross.append(bent((move - level) / (sqrt(trend.scatter * trend.scatter + drifted * drifted) + floor)))
            paces.append(clip(move / max(level, floor), -2.0, 4.0))
            sure.append(bent(-slope / (slope_error + floor / horizon)))
        return cross, paces, sure

    def _passage(self, gap: float, drift: float, floor: float) -> float:
        """Inverse Gaussian: probability that a Brownian motion with this drift a horizon passes the gap; as a logit, bounded."""
        diffusion = sqrt(max(self._slot_variance - self._step_variance, 0.1 * self._slot_variance)) + floor
        upper = normal((drift - gap) / diffusion)
        exponent = min(2.0 * (drift / diffusion) * (gap / diffusion), 50.0)
        lower = exp(exponent) * normal((-gap - drift) / diffusion) if exponent > -50.0 else 0.0
        return logit(min(upper + lower, 1.0))

    def _reverting(self, gap: float, floor: float) -> float:
        """Ornstein-Uhlenbeck: deviations between the mean a horizon ahead and the bound."""
        variance = self._variance
        correlation = clip(self._slot_product / variance, 0.0, 0.99) if self._variance > 0.0 else 0.0
        expected = self._mean + correlation * (gap - self._mean)
        return bent(-expected / (sqrt(variance * (1.0 - correlation * correlation)) + floor))


def log_ratio(value: float, unit: float) -> float:
    """Return the logarithm of a ratio, bounded to what matters."""
    return clip(log(value / unit), -3.0, 6.0)


def bent(ratio: float) -> float:
    """Return a ratio on a scale that is straight near 0 and logarithmic far out, bounded."""
    return asinh(ratio if -1e12 < ratio < 1e12 else clip(ratio, -1e12, 1e12))


def normal(deviations: float) -> float:
    """Return the standard normal's distribution function."""
    return 0.5 * erfc(-deviations * _ROOT_HALF)


def logit(probability: float) -> float:
    """Return the log odds, bounded to [-8, 8]."""
    probability = clip(probability, 3e-4, 1.0 - 3e-4)
    return log(probability / (1.0 - probability))
