"""
The trend of one series: a line that forgets, and that begins anew where the series turned.

A line fitted across a jump is a climb that never was, and one fitted across the start of a leak comes too late. So each sample is
compared with what the line foresaw; when a one-sided CUSUM of the standardised surprises passes its limit, the line is replaced by
the one through the samples since the CUSUM last stood at zero, which is where the turn was (Page 1954; Hinkley 1971).
"""

import math

from rollguard_detector.core.decay import clip, share
from rollguard_detector.core.line import Fit, Line
from rollguard_detector.core.tail import Whitener

_CLIP = 4.0
_ALLOWANCE = 1.0
_LIMIT = 10.0
_NOISE_MEMORY = 4.0  # in half-lives of the line
_NOISE_SAMPLES = 5  # below that many there is no noise to compare with
_ROUNDING = 1e-9  # of the level: below that a surprise is an artefact of floating point, not a turn
_GAP = 4.0  # after so many half-lives of silence the old line says nothing


class _Turn:
    """The case for a turn in one direction: how much it has gathered, and the line since it began."""

    __slots__ = ("gathered", "line", "sign")

    def __init__(self, sign: float, half_life_seconds: float) -> None:
        self.sign, self.gathered, self.line = sign, 0.0, Line(half_life_seconds)

    def add(self, surprise: float, value: float, at_seconds: float, half_life_seconds: float) -> bool:
        """Take one surprise in; return whether the series turned."""
        self.gathered = max(0.0, self.gathered + self.sign * surprise - _ALLOWANCE)
        if self.gathered == 0.0:
            self.line = Line(half_life_seconds)
        else:
            self.line.add(value, at_seconds)
        return self.gathered > _LIMIT


class Trend:
    """Level and slope of one series of one revision, with the noise about them."""

    __slots__ = ("_half_life", "_line", "_noise_samples", "_noise_variance", "_turns", "_whitener")

    def __init__(self, half_life_seconds: float) -> None:
        self._half_life = half_life_seconds
        self._noise_variance, self._noise_samples = 0.0, 0
        self._whitener = Whitener()
        self._begin(Line(half_life_seconds))

    def _begin(self, line: Line) -> None:
        self._line = line
        self._turns = (_Turn(1.0, self._half_life), _Turn(-1.0, self._half_life))

    @property
    def span_seconds(self) -> float:
        """How long the line has been followed, as far as it still remembers."""
        return min(self._line.span_seconds, 2.0 * self._half_life)

    def fit(self) -> Fit | None:
        """Return the line as it stands."""
        return self._line.fit()

    def noise_variance(self, fit: Fit) -> float:
        """
        Return the variance of a sample about the line, as much as it counts for the line.

        It is the larger of what was long seen and what this line leaves over, times what correlation costs: with an AR(1) of
        correlation r, so many samples are worth (1 - r) / (1 + r) of them.
        """
        correlation = self._whitener.correlation
        return max(self._noise_variance, fit.residual_variance) * (1.0 + correlation) / (1.0 - correlation)

    def learn(self, value: float, at_seconds: float) -> None:
        """Take a sample in: clipped into the line, as it is into the case for a turn."""
        elapsed = at_seconds - self._line.seen_at
        if self._line.span_seconds > 0 and elapsed > _GAP * self._half_life:
            self._begin(Line(self._half_life))
        fit = self._line.fit()
        if fit is None:
            self._line.add(value, at_seconds)
            return
        foreseen, width = fit.level_after(elapsed), 1.0 + fit.variance_after(elapsed)
        surprise = value - foreseen
        deviation = max(math.sqrt(self._noise_variance * width), _ROUNDING * abs(foreseen))
        if self._noise_samples >= _NOISE_SAMPLES and deviation > 0:
            surprise = clip(surprise, _CLIP * deviation)
            self._whitener.learn(surprise / deviation)
            if self._has_turned(surprise / deviation, value, at_seconds):
                return
        self._line.add(foreseen + surprise, at_seconds)
        self._learn_noise(surprise * surprise / width, elapsed)

    def _has_turned(self, surprise: float, value: float, at_seconds: float) -> bool:
        for turn in self._turns:
            if turn.add(surprise, value, at_seconds, self._half_life):
                self._begin(turn.line)
                return True
        return False

    def _learn_noise(self, square: float, elapsed: float) -> None:
        weight = share(elapsed, _NOISE_MEMORY * self._half_life, self._noise_samples)
        self._noise_variance += weight * (square - self._noise_variance)
        self._noise_samples += 1
