"""
One series, one score a sample in [0, 1]: several views of what could be odd, each as a surprise on the same scale, merged to
incidents.

A view earns its place in the ablation table. The novelty of the value carries most; a view whose surprises come cheaper has to
exceed an allowance before it counts. What counts at last is how long it takes until something as odd returns, in days: a rank
among samples would call the same hour odder because it was sampled more often. 0.5 is where an alarm pays; the score never
reaches 1.
"""

from dataclasses import dataclass
from math import exp, log10

from rollguard_detector.core.half_lives import BY_STEPS, share
from rollguard_detector.core.oddity.deviation import Deviation
from rollguard_detector.core.oddity.grade import DEVIATIONS
from rollguard_detector.core.oddity.incident import Incident
from rollguard_detector.core.oddity.seen import Seen
from rollguard_detector.core.oddity.surprise import Surprise


@dataclass(frozen=True, slots=True)
class JudgementSettings:
    """What was chosen on the tuning data: the same for every series."""

    deviation_allowance: float = 1.0  # powers of ten that a deviation has to be rarer than a novelty
    age_discount: float = 0.15  # powers of ten a surprise loses when the history grows tenfold: more of it is odd by chance
    alarm_worth: float = 1.6  # the powers of ten, above a hundredth of a day, of a return period that pays


LEAST_DAYS = 0.01  # what returns more often fades, and is not cut off: a series may be minutes old
DAY_SECONDS = 86_400.0
LEAST_SECONDS = 1e-3  # times may stand still


def worth(surprise: float, samples: int, span_seconds: float, settings: JudgementSettings) -> float:
    """
    Return how much an alarm is worth, in [0, 1), at a surprise above 0 after so many samples in so much time.

    What counts is by how many powers of ten the return period exceeds the least that does; above 0 and rising for any surprise.
    """
    days = max(span_seconds, LEAST_SECONDS) / DAY_SECONDS
    share_of_history = surprise - log10(samples)
    powers = share_of_history + (1.0 - settings.age_discount) * log10(days) - log10(LEAST_DAYS)
    powers = powers if powers >= 1.0 else exp(powers - 1.0)
    return powers / (powers + settings.alarm_worth)


class Judgement:
    """The state of one series: bounded, and a function of the values and of how much time they span."""

    __slots__ = (
        "_deviation",
        "_deviation_surprise",
        "_first_seconds",
        "_incident",
        "_latest_seconds",
        "_novelty_surprise",
        "_samples",
        "_seen",
        "_settings",
    )

    def __init__(self, settings: JudgementSettings | None = None) -> None:
        self._settings = settings or JudgementSettings()
        self._seen = Seen()
        self._novelty_surprise = Surprise()
        self._deviation = Deviation()
        self._deviation_surprise = Surprise(scale=DEVIATIONS)
        self._incident = Incident()
        self._samples = 0
        self._first_seconds = self._latest_seconds = 0.0

    def expected(self) -> tuple[float, float] | None:
        """Return the level and the standard deviation of what is usual, before the next sample; None while too little is known."""
        return self._deviation.expected()

    def incident_lasts(self) -> bool:
        """Return whether the last sample lies in an incident, however small."""
        return self._incident.lasts()

    def score_then_learn(self, at_seconds: float, value: float, half_life_seconds: float = BY_STEPS) -> float:
        """Return how much an alarm at this sample is worth, in [0, 1), then learn the sample; times may stand still or go back."""
        novelty = self._novelty_surprise.score_then_learn(self._seen.distance_then_learn(value))
        level_share = None if half_life_seconds == BY_STEPS else self._level_share(at_seconds, half_life_seconds)
        deviation = self._deviation_surprise.score_then_learn(self._deviation.score_then_learn(value, level_share))
        if not self._samples:
            self._first_seconds = self._latest_seconds = at_seconds
        elif at_seconds > self._latest_seconds:
            self._latest_seconds = at_seconds
        self._samples += 1
        surprise = self._incident.merge(max(novelty, deviation - self._settings.deviation_allowance))
        if surprise <= 0.0:
            return 0.0
        return worth(surprise, self._samples, self._latest_seconds - self._first_seconds, self._settings)

    def _level_share(self, at_seconds: float, half_life_seconds: float) -> float:
        """Return the share that the level takes of a sample; what comes late, or at the same time, is as old as the last."""
        elapsed = at_seconds - self._latest_seconds if self._samples else 0.0
        return share(max(elapsed, 0.0), half_life_seconds)
