"""
The expert of straight lines: follows a leak from where it began, and says by how many deviations it crosses the bound in time.

A line fitted across a jump is a climb that never was, and one across the start of a leak comes too late. So each sample is compared
with what the line foresaw; when a one-sided CUSUM of the standardised surprises passes its limit, the line begins anew (Page 1954).
A slope that noise could have made counts as none, and no line is drawn out further than a few times what was seen of it: without
these two, every wiggle of a quiet series would be drawn out to the bound.
"""

from math import log, sqrt

from rollguard_detector.core.outlook.scales import clip
from rollguard_detector.core.outlook.trend import Trend

HALF_LIFE = 0.5  # in horizons
SURPRISE = 4.0  # deviations; more is not learned of one sample
ALLOWANCE = 1.0
LIMIT = 8.0
LEAST_SAMPLES = 5  # below that many there is no noise to compare with
NOISE_SHARE = 0.06  # of a sample in the noise, at least
ROUNDING = 1e-9  # of the gap: below that a surprise is an artefact of floating point, not a turn
SILENCE = 4.0  # half-lives, after which the old line says nothing
SIGNIFICANT = 3.0  # deviations that a slope needs,
FEW_SAMPLES = 5.0  # and more of a short line, whose noise is poorly known
CAUTION = 1.5  # samples of real systems are not independent; widens what the line claims to know
SLOPE_CHANGE = 0.25  # one deviation of how much a slope changes on its way, as a share of it
REACH = 4.0  # a line is drawn out at most so many times as long as it was followed
MOST_CORRELATION = 0.9
LOWEST, HIGHEST = -3.0, 5.0  # deviations; beyond, nothing is more or less certain


class Straight:
    """
    One series, told as the gap that is left to the bound.

    ``evidence`` is 0 without a trend towards the bound, else the deviations by which the line lies beyond the bound a horizon
    ahead, counted from LOWEST. ``relative_error`` is the deviation of the time to the bound as a share of it.
    """

    __slots__ = (
        "_correlation",
        "_down",
        "_horizon",
        "_last",
        "_line",
        "_noise",
        "_samples",
        "_up",
        "evidence",
        "relative_error",
        "seconds_left",
        "span",
    )

    def __init__(self, horizon_seconds: float) -> None:
        self._horizon = horizon_seconds
        self._line = Trend(HALF_LIFE * horizon_seconds)
        self._noise, self._samples = 0.0, 0
        self._correlation = self._last = self._up = self._down = 0.0
        self.span = 0.0  # seconds that the line has been followed
        self.evidence = self.seconds_left = self.relative_error = 0.0

    @property
    def crosses(self) -> float:
        """How far the line lies beyond the bound a horizon ahead, 0 to 1 deviation: whether it crosses in time."""
        return clip(self.evidence + LOWEST, 0.0, 1.0) if self.evidence > 0.0 else 0.0

    @property
    def level(self) -> float:
        """The gap as the line has it now."""
        return self._line.level

    @property
    def slope(self) -> float:
        """How the gap changes, a second."""
        return self._line.slope

    def learn(self, gap: float, elapsed_seconds: float) -> None:
        """Take the gap in: clipped into the line, as it is into the case for a turn."""
        line = self._line
        if elapsed_seconds > SILENCE * HALF_LIFE * self._horizon:
            self._begin()
        if line.spread_t <= 0.0:
            line.learn(gap, elapsed_seconds)
            self.span += elapsed_seconds if line.weight > 1.0 else 0.0
        else:
            self._compare(gap, elapsed_seconds)
        self._look_ahead()

    def _begin(self) -> None:
        self._line.begin()
        self.span = self._up = self._down = 0.0

    def _compare(self, gap: float, elapsed: float) -> None:
        line = self._line
        foreseen = line.level + line.slope * elapsed
        ahead = elapsed - line.mean_t
        width = 1.0 + 1.0 / line.weight + ahead * ahead / line.spread_t
        surprise = gap - foreseen
        deviation = max(sqrt(self._noise * width), ROUNDING * abs(foreseen))
        if self._samples >= LEAST_SAMPLES and deviation > 0.0:
            standard = clip(surprise / deviation, -SURPRISE, SURPRISE)
            surprise = standard * deviation
            self._correlation += NOISE_SHARE * (standard * self._last - self._correlation)
            self._last = standard
            up, down = self._up + standard - ALLOWANCE, self._down - standard - ALLOWANCE
            self._up = up = up if up > 0.0 else 0.0  # noqa: FURB136  # calls of max() would be the dearest part
            self._down = down = down if down > 0.0 else 0.0  # noqa: FURB136  # as above
            if up > LIMIT or down > LIMIT:
                self._begin()
                line.learn(gap, elapsed)
                return
        line.learn(foreseen + surprise, elapsed)
        self.span += elapsed
        self._samples += 1
        self._noise += max(NOISE_SHARE, 1.0 / self._samples) * (surprise * surprise / width - self._noise)

    def _look_ahead(self) -> None:
        line = self._line
        self.evidence = self.seconds_left = self.relative_error = 0.0
        towards = -line.slope
        if towards <= 0.0 or line.weight < 3.0:
            return
        correlation = clip(self._correlation, 0.0, MOST_CORRELATION)
        noise = max(self._noise, line.scatter * line.scatter) * (1.0 + correlation) / (1.0 - correlation)
        needed = SIGNIFICANT * (1.0 + FEW_SAMPLES / (line.weight - 2.0))
        if towards * towards * line.spread_t <= needed * needed * noise:
            return
        reach = min(self._horizon, REACH * self.span)
        deviation = self._deviation(noise, towards, reach)
        beyond = towards * reach - line.level
        self.evidence = clip(beyond / (deviation + 1e-300), LOWEST, HIGHEST) - LOWEST
        left = max(line.level, 0.0) / towards
        self.seconds_left = left
        self.relative_error = min(self._deviation(noise, towards, left) / (towards * left + 1e-300), 1.0)

    def _deviation(self, noise: float, towards: float, seconds: float) -> float:
        """Return one deviation of where the line lies so far ahead: level, slope, and the chance that the slope changes."""
        line = self._line
        ahead, changed = seconds - line.mean_t, SLOPE_CHANGE * towards * seconds
        return sqrt(CAUTION * CAUTION * noise * (1.0 / line.weight + ahead * ahead / line.spread_t) + changed * changed)


def followed(span_seconds: float, horizon_seconds: float) -> float:
    """Return how long a line has been followed, as a view."""
    return min(log(1.0 + span_seconds / horizon_seconds), 3.0)
