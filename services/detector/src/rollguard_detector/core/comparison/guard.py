"""
The guard after promotion: an alarm at any time, and a false one at most once in so many windows on average.

An e-detector in Shiryaev-Roberts form (Shin, Ramdas and Rinaldo, arXiv 2203.03532): R = L (R + 1), mixed over alternatives;
stopping at R >= A gives at least A windows to a false alarm on average. An e-process as for a rollout would be the wrong tool
here: weeks of good behaviour count against the alarm, and a late fault would have to pay them back first.
"""

from math import exp, log

from rollguard_detector.core.comparison.effects import FACTORS, LOG_FACTORS, SHARES, Effects
from rollguard_detector.core.comparison.frozen import FrozenRate
from rollguard_detector.core.comparison.window import Window

_MOST = 1e100
_MOST_STEP = 230.0


class Guard:
    """The detector of one metric; it must see windows in the order of their time. ``restart`` it after an alarm was answered."""

    __slots__ = ("_effects", "levels")

    def __init__(self, margin: float = 0.0) -> None:
        self._effects = Effects(margin)
        self.levels = [0.0] * len(SHARES)

    def watch(self, window: Window) -> float:
        """Take a window with a control (a hold-back, another region); return the log of the detector's value."""
        if not window.compares or not window.bad:
            return self._step([0.0] * len(SHARES), moves=window.compares)
        shrinks = self._effects.shrinks(window.candidate_n / (window.candidate_n + window.control_n))
        bad = window.bad
        return self._step([window.candidate_bad * gain - bad * shrink for gain, shrink in zip(LOG_FACTORS, shrinks, strict=True)])

    def watch_alone(self, baseline: FrozenRate, n: int, bad: int) -> float:
        """Take a window without control, against the rate that was frozen at promotion; return the log of the detector's value."""
        allowed = FrozenRate(baseline.n / self._effects.allowed, baseline.bad)
        return self._step([allowed.log_ratio(n, bad, factor) for factor in FACTORS], moves=n > 0)

    def restart(self) -> None:
        """Forget what was gathered."""
        self.levels = [0.0] * len(SHARES)

    def _step(self, log_ratios: list[float], *, moves: bool = True) -> float:
        if moves:
            pairs = zip(self.levels, log_ratios, strict=True)
            self.levels = [min(_MOST, exp(min(ratio, _MOST_STEP)) * (level + 1.0)) for level, ratio in pairs]
        value = sum([share * level for share, level in zip(SHARES, self.levels, strict=True)])
        return log(value) if value > 0.0 else float("-inf")


def alarms_at(windows_to_a_false_alarm: float) -> float:
    """Return the log value at which to alarm, for so many windows on average to a false one."""
    return log(windows_to_a_false_alarm)
