"""
How the models of each role turn ticks into findings: score, rank among the recent, gather evidence; then learn.

Evidence that reached the run length is a finding and begins anew; so a watch speaks on average at most once in so many ticks in
which nothing happened, and again and again while something does.
"""

from typing import Protocol

import numpy as np

from rollguard_detector.core.evidence.excursions import paid_bits
from rollguard_detector.core.models.findings import Contribution, Finding, Kind, contributions, left_out
from rollguard_detector.core.models.port import Scorer, State
from rollguard_detector.core.models.state import nested, within
from rollguard_detector.core.together.ranking import Recent, gather
from rollguard_detector.core.together.ticks import Vector

_WINDOW = 500


class Watch(Protocol):
    """One named model at work on one workload."""

    def observe(self, vector: Vector, run_length: float) -> list[Finding]:
        """Score the vector, then learn it; at most one false finding in ``run_length`` vectors is asked for."""

    def forget(self, channel: str) -> None:
        """Let go of a channel that will not come again."""

    def export(self) -> State:
        """Return a copy of all that is known."""

    def restore(self, state: State) -> None:
        """Put back what ``export`` took; raises KeyError or ValueError where it does not fit."""


class Ranked:
    """A stream of scores: each one's rank, and the evidence so far."""

    def __init__(self) -> None:
        self._recent = Recent(_WINDOW)
        self.tail_probability = 1.0
        self.evidence = 0.0

    def observe(self, score: float) -> None:
        """Rank a score, gather, then learn it; the first ones are learned only."""
        if self._recent.is_warm:
            self.tail_probability = self._recent.tail(score)
            self.evidence = gather(self.evidence, 2.0 ** paid_bits(self.tail_probability))
        self._recent.learn(score)

    def finding(self, kind: Kind, model: str, vector: Vector, score: float, blamed: tuple[Contribution, ...]) -> Finding:
        """Say what the evidence came to, and begin to gather anew."""
        said = Finding(kind, model, vector.at_seconds, score, self.tail_probability, self.evidence, blamed)
        self.evidence = 0.0
        return said

    def export(self) -> State:
        """Return the recent scores and the evidence."""
        return {"recent": self._recent.export(), "now": np.array([self.tail_probability, self.evidence])}

    def restore(self, state: State) -> None:
        """Put back what ``export`` took."""
        self._recent.restore(state["recent"].tolist())
        self.tail_probability, self.evidence = state["now"].tolist()


class ScorerWatch:
    """A scorer of vectors; a channel's contribution is what the score loses without it."""

    def __init__(self, name: str, scorer: Scorer) -> None:
        self._name, self._scorer = name, scorer
        self._ranked = Ranked()

    def observe(self, vector: Vector, run_length: float) -> list[Finding]:
        """Score the vector, then learn it."""
        score = self._scorer.score(vector.values)
        found: list[Finding] = []
        if score is not None:
            self._ranked.observe(score)
            if self._ranked.evidence >= run_length:
                blamed = contributions(left_out(self._scorer.score, vector.values), vector.values)
                found.append(self._ranked.finding("score", self._name, vector, score, blamed))
        self._scorer.learn(vector.values)
        return found

    def forget(self, channel: str) -> None:
        """Let go of a channel."""
        self._scorer.forget(channel)

    def export(self) -> State:
        """Return the scorer's state and the recent scores."""
        return {**nested("scorer", self._scorer.export()), **nested("ranked", self._ranked.export())}

    def restore(self, state: State) -> None:
        """Put back what ``export`` took."""
        self._scorer.restore(within(state, "scorer"))
        self._ranked.restore(within(state, "ranked"))
