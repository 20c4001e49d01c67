"""
The four views of a workload's vector, as one stream of evidence.

The mean of four e-detectors is one: the run length holds for all of them at once, without a correction for looking four times. What
is said is the view that gathered most.
"""

from collections.abc import Mapping
from math import sqrt

import numpy as np

from rollguard_detector.core.models.findings import Contribution, Finding, Kind, contributions
from rollguard_detector.core.models.port import State
from rollguard_detector.core.models.state import nested, within
from rollguard_detector.core.models.together import Together, Views
from rollguard_detector.core.models.watches import Ranked
from rollguard_detector.core.together.ranking import gather
from rollguard_detector.core.together.ticks import Vector

_RANKED: tuple[Kind, ...] = ("distance", "relation", "largest")


class TogetherWatch:
    """The built-in scorer at work."""

    def __init__(self, name: str, model: Together) -> None:
        self._name, self._model = name, model
        self._ranked: dict[Kind, Ranked] = {kind: Ranked() for kind in _RANKED}
        self._mean_evidence = 0.0

    @property
    def evidence(self) -> float:
        """The mean of what the views gathered."""
        return (sum(ranked.evidence for ranked in self._ranked.values()) + self._mean_evidence) / (len(_RANKED) + 1)

    def observe(self, vector: Vector, run_length: float) -> list[Finding]:
        """Score the vector, then learn it."""
        views = self._model.view(vector.values)
        found = [] if views is None else self._judge(vector, views, run_length)
        self._model.learn(vector.values)
        return found

    def _judge(self, vector: Vector, views: Views, run_length: float) -> list[Finding]:
        scores = _scores(views)
        for kind, ranked in self._ranked.items():
            ranked.observe(scores[kind])
        self._mean_evidence = gather(self._mean_evidence, scores["mean"])
        if self.evidence < run_length:
            return []
        finding = self._say(vector, views, scores)
        self._mean_evidence = 0.0
        for ranked in self._ranked.values():
            ranked.evidence = 0.0
        return [finding]

    def _say(self, vector: Vector, views: Views, scores: Mapping[Kind, float]) -> Finding:
        gathered: dict[Kind, float] = {kind: ranked.evidence for kind, ranked in self._ranked.items()}
        kind = max([*_RANKED, "mean"], key=lambda one: (gathered | {"mean": self._mean_evidence})[one])
        tail = self._ranked[kind].tail_probability if kind in self._ranked else None
        return Finding(kind, self._name, vector.at_seconds, scores[kind], tail, self.evidence, _blamed(kind, views))

    def forget(self, channel: str) -> None:
        """Let go of a channel."""
        self._model.forget(channel)

    def export(self) -> State:
        """Return the model's state and what the views gathered."""
        ranked = {name: kept for kind, one in self._ranked.items() for name, kept in nested(kind, one.export()).items()}
        return {**nested("model", self._model.export()), **ranked, "mean_evidence": np.array([self._mean_evidence])}

    def restore(self, state: State) -> None:
        """Put back what ``export`` took; raises KeyError or ValueError where it does not fit."""
        self._model.restore(within(state, "model"))
        for kind, ranked in self._ranked.items():
            ranked.restore(within(state, kind))
        self._mean_evidence = float(state["mean_evidence"][0])


def _scores(views: Views) -> Mapping[Kind, float]:
    return {
        "distance": views.distance.normal_score,
        "relation": sqrt(float(views.distance.parts.max())),
        "largest": float(np.abs(views.values).max()),
        "mean": sum(views.e_values) / len(views.e_values),
    }


def _blamed(kind: Kind, views: Views) -> tuple[Contribution, ...]:
    """Return who answers for a view: parts of the distance, the largest channel alone, or the channels' e-values."""
    signs = dict(zip(views.channels, views.values.tolist(), strict=True))
    if kind in {"distance", "relation"}:
        unexpected = dict(zip(views.channels, views.distance.unexpected.tolist(), strict=True))
        return contributions(dict(zip(views.channels, views.distance.parts.tolist(), strict=True)), unexpected)
    if kind == "mean":
        return contributions(dict(zip(views.channels, views.e_values, strict=True)), signs)
    largest = max(signs, key=lambda channel: (abs(signs[channel]), channel))
    return contributions({largest: 1.0}, signs)
