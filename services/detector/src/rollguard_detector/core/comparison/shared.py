"""
Has something hit both arms? Then it was not the rollout, whatever it looks like on a dashboard of the candidate alone.

The control's last window, last three and last ten are compared with all before them, as an e-detector does it (Shin, Ramdas and
Rinaldo, arXiv 2203.03532; a few beginnings instead of all), tempered where the control is noisy by itself. While a move is open
nothing is learned from it; it ends when the control is back, or is adopted as the new usual. It is shared unless the candidate's
counts clearly say that the candidate stayed behind.
"""

from collections.abc import Sequence
from copy import copy
from math import exp, log

from rollguard_detector.core.comparison.calm import variance_by
from rollguard_detector.core.comparison.frozen import FrozenRate
from rollguard_detector.core.comparison.window import EMPTY, Window

Calm = Sequence[float]

_FACTORS = (2.0, 5.0)
_BEGINNINGS = (1, 3, 10)  # windows ago
_HIGHER = 1.4  # below, twice the rate is less likely than the usual one
_OPENS_AT = 200.0  # windows to a false opening, about
_MOST = 20_000.0  # more would only take longer to end
_MOST_STEP = 100.0
_ADOPTED_WINDOWS = 60
_CAUTION = 3.0
_CLEARLY = log(20.0)
_CERTAINLY = log(1e5)


class SharedMove:
    """What the control has done compared with its own past; in order of time."""

    __slots__ = ("_lasted", "_levels", "_noise", "_recent", "inside", "is_open", "seen", "usual")

    def __init__(self) -> None:
        self.usual = FrozenRate()  # of all windows as usual, the recent ones included
        self._recent: tuple[tuple[Window, Calm], ...] = ()  # each with how calm the control was before
        self._levels = [1.0] * len(_FACTORS)
        self._lasted = 0
        self._noise = 0.0
        self.inside = EMPTY  # what the open move, or the last one, counted
        self.is_open = False
        self.seen = False  # a move of both arms, at any time

    def copy(self) -> "SharedMove":
        """Return another with the same state."""
        return copy(self)  # nothing inside is ever changed in place

    def learn(self, window: Window, calm: Calm) -> None:
        """Take the next window in; `ControlCalm.logs` before it says how noisy the control is by itself."""
        if not window.control_n:
            return
        if self.is_open:
            self._stay(window)
        else:
            self._look(window, calm)

    def factor(self) -> float:
        """Return how many times its usual rate the control had inside of the move."""
        return self.inside.control_bad / self.inside.control_n / self.usual.rate if self.inside.control_n else 1.0

    def exceeds(self) -> bool:
        """Return whether the candidate was farther from the control than the control from its past, inside of the move."""
        inside = self.inside
        if not inside.compares:
            return False
        control_rate = (inside.control_bad + 0.5) / inside.control_n
        return inside.candidate_bad / inside.candidate_n > control_rate * max(self.factor(), 1.0)

    def is_certain(self, calm: Calm) -> bool:
        """Return whether the move is beyond doubt, so that it may answer for what the candidate did meanwhile."""
        n, bad = self.inside.control_n, self.inside.control_bad
        if not self.usual.n or not n:
            return False
        noise = max(self._noise, variance_by(calm))
        temper = 1.0 / (1.0 + _CAUTION * noise * n * self.usual.rate / (self._lasted + 1.0))
        return temper * max([self.usual.log_ratio(n, bad, factor) for factor in _FACTORS]) >= _CERTAINLY

    def _look(self, window: Window, calm_before: Calm) -> None:
        self._recent = (*self._recent[1 - _BEGINNINGS[-1] :], (window, calm_before))
        self.usual = FrozenRate(self.usual.n + window.control_n, self.usual.bad + window.control_bad)
        value, highest, suspect, n, bad = 0.0, 0.0, 0, 0, 0
        for windows, (one, calm) in enumerate(reversed(self._recent), start=1):
            n += one.control_n
            bad += one.control_bad
            if windows in _BEGINNINGS and bad * self.usual.n > _HIGHER * n * self.usual.bad:
                noise = variance_by(calm)
                likely = self._likely(n, bad, noise / windows)
                value += likely
                if likely > highest:
                    highest, suspect, self._noise = likely, windows, noise
        if value >= _OPENS_AT:
            self._open(_sum_of([one for one, _ in self._recent[-suspect:]]))

    def _likely(self, n: int, bad: int, noise: float) -> float:
        before = FrozenRate(self.usual.n - n, self.usual.bad - bad)
        if not before.n:
            return 0.0
        temper = 1.0 / (1.0 + _CAUTION * noise * n * before.rate)
        return sum([exp(min(temper * before.log_ratio(n, bad, factor), _MOST_STEP)) for factor in _FACTORS]) / len(_FACTORS)

    def _open(self, suspect: Window) -> None:
        self.usual = FrozenRate(self.usual.n - suspect.control_n, self.usual.bad - suspect.control_bad)
        self.inside, self._recent = suspect, ()
        self.is_open, self._lasted, self._levels = True, 0, [_MOST] * len(_FACTORS)
        self.seen = self.seen or self._both_moved()

    def _stay(self, window: Window) -> None:
        n, bad = window.control_n, window.control_bad
        temper = 1.0 / (1.0 + _CAUTION * self._noise * n * self.usual.rate)
        ratios = [temper * self.usual.log_ratio(n, bad, factor) for factor in _FACTORS]
        pairs = zip(ratios, self._levels, strict=True)
        self._levels = [min(_MOST, exp(min(ratio, _MOST_STEP)) * level) for ratio, level in pairs]
        if max(self._levels) < 1.0:
            self.is_open = False
            return
        self._lasted += 1
        self.inside = _sum_of([self.inside, window])
        self.seen = self.seen or self._both_moved()
        if self._lasted >= _ADOPTED_WINDOWS:
            self.usual, self.is_open = FrozenRate(self.inside.control_n, self.inside.control_bad), False

    def _both_moved(self) -> bool:
        """Return whether the candidate may have moved with the control: not if its counts are 20 times likelier without."""
        expected = self.inside.candidate_n * self.usual.rate
        factor = max(self.factor(), 1.0)
        return self.inside.candidate_bad * log(factor) - expected * (factor - 1.0) > -_CLEARLY


def _sum_of(windows: list[Window]) -> Window:
    return Window(*[sum(counts) for counts in zip(*windows, strict=True)])
