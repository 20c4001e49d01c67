"""
One series, one score a sample in [0, 1]: several views of what could be odd, each as a surprise on the same scale, merged to
incidents.

A view earns its place in the ablation table. The novelty of the value carries most; a view whose surprises come cheaper has to
exceed an allowance before it counts. 0.5 is where an alarm pays; the score never reaches 1.
"""

from dataclasses import dataclass
from math import log10

from rollguard_detector.core.oddity.deviation import Deviation
from rollguard_detector.core.oddity.incident import Incident
from rollguard_detector.core.oddity.seen import Seen
from rollguard_detector.core.oddity.surprise import Surprise


@dataclass(frozen=True, slots=True)
class JudgementSettings:
    """What was chosen on the tuning data: the same for every series."""

    deviation_allowance: float = 1.0  # powers of ten that a deviation has to be rarer than a novelty
    age_discount: float = 0.3  # powers of ten a surprise loses when the history grows tenfold: more of it is odd by chance
    alarm_surprise: float = 1.6


_AGE_SAMPLES = 1000.0  # where the discount is nothing


class Judgement:
    """The state of one series: bounded, and a function of the values alone."""

    __slots__ = ("_deviation", "_deviation_surprise", "_incident", "_novelty_surprise", "_samples", "_seen", "_settings")

    def __init__(self, settings: JudgementSettings | None = None) -> None:
        self._settings = settings or JudgementSettings()
        self._seen = Seen()
        self._novelty_surprise = Surprise()
        self._deviation = Deviation()
        self._deviation_surprise = Surprise()
        self._incident = Incident()
        self._samples = 0

    def score_then_learn(self, value: float) -> float:
        """Return how much an alarm at this sample is worth, in [0, 1), then learn the sample."""
        settings = self._settings
        novelty = self._novelty_surprise.score_then_learn(self._seen.distance_then_learn(value))
        deviation = self._deviation_surprise.score_then_learn(self._deviation.score_then_learn(value))
        self._samples += 1
        surprise = max(novelty, deviation - settings.deviation_allowance)
        if surprise > 0.0:
            surprise = max(surprise - settings.age_discount * log10(self._samples / _AGE_SAMPLES), 0.0)
        surprise = self._incident.merge(surprise)
        return surprise / (surprise + settings.alarm_surprise)
