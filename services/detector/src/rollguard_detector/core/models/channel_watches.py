"""
A model a channel: forecasters, whose errors are ranked together, and drift watches, each of which speaks for its channel.

Drift watches state no run length: what theirs is worth is measured.
"""

from collections.abc import Callable, Mapping

import numpy as np

from rollguard_detector.core.models.findings import Contribution, Finding, contributions
from rollguard_detector.core.models.port import DriftWatch, Forecaster, State
from rollguard_detector.core.models.state import nested, parts, within
from rollguard_detector.core.models.watches import Ranked
from rollguard_detector.core.together.ticks import Vector

_RECENT_SHARE = 0.1


class ForecastWatch:
    """A forecaster a channel; the score of a tick is the largest error of a forecast one tick ahead."""

    def __init__(self, name: str, make: Callable[[], Forecaster]) -> None:
        self._name, self._make = name, make
        self._forecasters: dict[str, Forecaster] = {}
        self._ranked = Ranked()

    def observe(self, vector: Vector, run_length: float) -> list[Finding]:
        """Compare the vector with what was forecast, then learn it."""
        errors = {channel: value - ahead[0] for channel, value in vector.values.items() if (ahead := self._ahead(channel))}
        found: list[Finding] = []
        if errors:
            score = max(abs(error) for error in errors.values())
            self._ranked.observe(score)
            if self._ranked.evidence >= run_length:
                blamed = contributions({channel: error * error for channel, error in errors.items()}, errors)
                found.append(self._ranked.finding("forecast", self._name, vector, score, blamed))
        for channel, value in vector.values.items():
            self._of(channel).learn(value)
        return found

    def _ahead(self, channel: str) -> list[float]:
        return list(self._forecasters[channel].forecast(1)) if channel in self._forecasters else []

    def _of(self, channel: str) -> Forecaster:
        if channel not in self._forecasters:
            self._forecasters[channel] = self._make()
        return self._forecasters[channel]

    def forget(self, channel: str) -> None:
        """Let go of a channel."""
        self._forecasters.pop(channel, None)

    def export(self) -> State:
        """Return each channel's state and the recent errors."""
        return {**_export_channels(self._forecasters), **nested("ranked", self._ranked.export())}

    def restore(self, state: State) -> None:
        """Put back what ``export`` took."""
        for channel, kept in _channels(state).items():
            self._of(channel).restore(kept)
        self._ranked.restore(within(state, "ranked"))


class DriftWatches:
    """A drift watch a channel; the score is the channel's recent deviation."""

    def __init__(self, name: str, make: Callable[[], DriftWatch]) -> None:
        self._name, self._make = name, make
        self._watches: dict[str, DriftWatch] = {}
        self._recent: dict[str, float] = {}

    def observe(self, vector: Vector, run_length: float) -> list[Finding]:  # noqa: ARG002  # a drift watch states no run length
        """Learn the vector, and say which channels drifted."""
        return [finding for channel, value in vector.values.items() if (finding := self._observe(vector, channel, value))]

    def _observe(self, vector: Vector, channel: str, value: float) -> Finding | None:
        watch = self._of(channel)
        recent = self._recent.get(channel, 0.0)
        self._recent[channel] = recent = recent + _RECENT_SHARE * (value - recent)
        watch.learn(value)
        if not watch.has_drifted:
            return None
        blamed = (Contribution(channel, 1.0, "up" if recent >= 0.0 else "down"),)
        return Finding("drift", self._name, vector.at_seconds, recent, None, None, blamed)

    def _of(self, channel: str) -> DriftWatch:
        if channel not in self._watches:
            self._watches[channel] = self._make()
        return self._watches[channel]

    def forget(self, channel: str) -> None:
        """Let go of a channel."""
        self._watches.pop(channel, None)
        self._recent.pop(channel, None)

    def export(self) -> State:
        """Return each channel's state and recent deviation."""
        recent = np.array([self._recent[channel] for channel in self._watches], dtype=np.float64)
        return {**_export_channels(self._watches), "recent": recent}

    def restore(self, state: State) -> None:
        """Put back what ``export`` took."""
        kept = _channels(state)
        self._recent = dict(zip(kept, state["recent"].tolist(), strict=True))
        for channel, one in kept.items():
            self._of(channel).restore(one)


def _export_channels(models: Mapping[str, Forecaster] | Mapping[str, DriftWatch]) -> State:
    """Return the states by number: a channel's name may hold a dot."""
    numbered = {f"{number}.{name}": kept for number, model in enumerate(models.values()) for name, kept in model.export().items()}
    return {"channels": np.array(list(models), dtype=np.str_), **nested("models", numbered)}


def _channels(state: State) -> Mapping[str, State]:
    kept = parts(within(state, "models"))
    return {channel: kept[str(number)] for number, channel in enumerate(state["channels"].tolist())}
