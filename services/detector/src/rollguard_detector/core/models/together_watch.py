"""
The three views of a workload's vector, as one stream of evidence.

The mean of three e-detectors is one: the run length holds for all of them at once, without a correction for looking thrice. What is
said is the view that gathered most.
"""

import numpy as np

from rollguard_detector.core.models.findings import Contribution, Finding, Kind, contributions
from rollguard_detector.core.models.port import State
from rollguard_detector.core.models.state import nested, within
from rollguard_detector.core.models.together import Together, Views
from rollguard_detector.core.models.watches import Ranked
from rollguard_detector.core.together.ranking import gather
from rollguard_detector.core.together.ticks import Vector


class TogetherWatch:
    """The built-in scorer at work."""

    def __init__(self, name: str, model: Together, run_length: float) -> None:
        self._name, self._model, self._run_length = name, model, run_length
        self._distances, self._largest = Ranked(), Ranked()
        self._mean_evidence = 0.0

    @property
    def evidence(self) -> float:
        """The mean of what the three views gathered."""
        return (self._distances.evidence + self._largest.evidence + self._mean_evidence) / 3.0

    def observe(self, vector: Vector) -> list[Finding]:
        """Score the vector, then learn it."""
        views = self._model.view(vector.values)
        found = [] if views is None else self._judge(vector, views)
        self._model.learn(vector.values)
        return found

    def _judge(self, vector: Vector, views: Views) -> list[Finding]:
        self._distances.observe(views.distance.normal_score)
        self._largest.observe(float(np.abs(views.values).max()))
        self._mean_evidence = gather(self._mean_evidence, sum(views.e_values) / len(views.e_values))
        if self.evidence < self._run_length:
            return []
        finding = self._say(vector, views)
        self._distances.evidence = self._largest.evidence = self._mean_evidence = 0.0
        return [finding]

    def _say(self, vector: Vector, views: Views) -> Finding:
        strongest = max(self._distances.evidence, self._largest.evidence, self._mean_evidence)
        kind: Kind = "mean"
        score, tail = sum(views.e_values) / len(views.e_values), None
        if strongest == self._distances.evidence:
            kind, score, tail = "distance", views.distance.normal_score, self._distances.tail_probability
        elif strongest == self._largest.evidence:
            kind, score, tail = "largest", float(np.abs(views.values).max()), self._largest.tail_probability
        return Finding(kind, self._name, vector.at_seconds, score, tail, self.evidence, _blamed(kind, views))

    def forget(self, channel: str) -> None:
        """Let go of a channel."""
        self._model.forget(channel)

    def export(self) -> State:
        """Return the model's state and what the views gathered."""
        return {
            **nested("model", self._model.export()),
            **nested("distances", self._distances.export()),
            **nested("largest", self._largest.export()),
            "mean_evidence": np.array([self._mean_evidence]),
        }

    def restore(self, state: State) -> None:
        """Put back what ``export`` took; raises KeyError or ValueError where it does not fit."""
        self._model.restore(within(state, "model"))
        self._distances.restore(within(state, "distances"))
        self._largest.restore(within(state, "largest"))
        self._mean_evidence = float(state["mean_evidence"][0])


def _blamed(kind: Kind, views: Views) -> tuple[Contribution, ...]:
    """Return who answers for a view: parts of the distance, the largest channel alone, or the channels' e-values."""
    signs = dict(zip(views.channels, views.values.tolist(), strict=True))
    if kind == "distance":
        unexpected = dict(zip(views.channels, views.distance.unexpected.tolist(), strict=True))
        return contributions(dict(zip(views.channels, views.distance.parts.tolist(), strict=True)), unexpected)
    if kind == "mean":
        return contributions(dict(zip(views.channels, views.e_values, strict=True)), signs)
    largest = max(signs, key=lambda channel: (abs(signs[channel]), channel))
    return contributions({largest: 1.0}, signs)
