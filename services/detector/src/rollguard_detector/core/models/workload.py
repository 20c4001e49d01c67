"""
All models that are named, at work on one revision of one workload: samples in, findings out.

One road for every sample: is its channel looked at, is it a number, standardise and clip, gather into the vector of its tick; and
when a tick closes, every watch scores it and then learns it. What is found depends on the samples and their order alone, however
they are cut into calls, and all of it can be taken out and put back exactly.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from rollguard_detector.core.models.channel_watches import DriftWatches, ForecastWatch
from rollguard_detector.core.models.findings import Finding
from rollguard_detector.core.models.gate import Gate
from rollguard_detector.core.models.port import DriftWatch, Forecaster, Scorer, State
from rollguard_detector.core.models.registry import MODELS, Named
from rollguard_detector.core.models.state import nested, within
from rollguard_detector.core.models.together import MOST_CHANNELS, Together
from rollguard_detector.core.models.together_watch import TogetherWatch
from rollguard_detector.core.models.watches import ScorerWatch, Watch
from rollguard_detector.core.together.channels import Channels
from rollguard_detector.core.together.ticks import Ticks, Vector

_VERSION = 1
_LEAST_VECTORS = 100.0  # a budget that allowed a finding more often than that would be no budget


class ModelLimits(msgspec.Struct, frozen=True):
    """How many channels of a workload are looked at."""

    max_channels: Annotated[int, Meta(ge=1, le=MOST_CHANNELS)] = 16


class StateRefused(ValueError):
    """A state of another version or shape: begin anew and warm up from the log."""


class WorkloadModels:
    """The named models of one revision of one workload."""

    def __init__(self, models: Sequence[Named], limits: ModelLimits | None = None) -> None:
        self._limits = limits or ModelLimits()
        self._channels, self._gate, self._ticks = Channels(self._limits.max_channels), Gate(), Ticks()
        self._watches = {one.name: _watch(one) for one in models}
        self._models = _text(models)

    @property
    def skipped(self) -> Mapping[str, int]:
        """How many samples no model saw, by reason; an operator is to be told of each."""
        return {"not-finite": self._gate.not_finite, "late": self._ticks.late, "channel-ceiling": self._channels.refused}

    @property
    def channels(self) -> frozenset[str]:
        """The channels that are looked at."""
        return self._channels.kept

    def observe(
        self, at_seconds: float, names: Sequence[str], standardised: NDArray[np.float64], *, quiet_seconds: float
    ) -> list[Finding]:
        """
        Take in samples of one instant, one a channel, as deviations from what each channel's own model expected.

        Return what was found in the ticks that they close; that is nothing, most of the time. In ``quiet_seconds`` in which nothing
        happened a model may ring once.
        """
        if not self._watches:
            return []
        found: list[Finding] = []
        for name, value in zip(names, standardised.tolist(), strict=True):
            for vector in self._take(name, value, at_seconds):
                found += self._judge(vector, quiet_seconds)
        return found

    def _take(self, name: str, value: float, at_seconds: float) -> list[Vector]:
        is_kept = self._channels.admit(name)
        for lost in self._channels.displaced():
            self._forget(lost)
        number = self._gate.admit(name, value) if is_kept and name in self._channels.kept else None
        return [] if number is None else self._ticks.add(name, number, at_seconds)

    def _judge(self, vector: Vector, quiet_seconds: float) -> list[Finding]:
        run_length = max(_LEAST_VECTORS, quiet_seconds / (self._ticks.tick_seconds or quiet_seconds))
        return [finding for watch in self._watches.values() for finding in watch.observe(vector, run_length)]

    def _forget(self, channel: str) -> None:
        self._gate.forget(channel)
        self._ticks.forget(channel)
        for watch in self._watches.values():
            watch.forget(channel)

    def export(self) -> State:
        """Return a copy of all that is known, as arrays by name."""
        state: dict[str, NDArray[Any]] = {"version": np.array([_VERSION]), "models": np.array([self._models], dtype=np.str_)}
        for part, kept in (("channels", self._channels), ("gate", self._gate), ("ticks", self._ticks)):
            state |= nested(part, kept.export())
        for number, watch in enumerate(self._watches.values()):
            state |= nested(f"watch-{number}", watch.export())
        return state

    def restore(self, state: State) -> None:
        """
        Put back what ``export`` took, into an object that has observed nothing yet.

        Raises:

            StateRefused: where it is of another version, of other models, or torn; this object is not to be used then.
        """
        try:
            self._check(state)
            for part, kept in (("channels", self._channels), ("gate", self._gate), ("ticks", self._ticks)):
                kept.restore(within(state, part))
            for number, watch in enumerate(self._watches.values()):
                watch.restore(within(state, f"watch-{number}"))
        except (KeyError, ValueError, IndexError) as error:
            raise StateRefused(f"the state does not fit ({error!r}); begin anew") from error

    def _check(self, state: State) -> None:
        if state["version"].tolist() != [_VERSION]:
            raise ValueError(f"version {state['version'].tolist()}, not {_VERSION}")
        if state["models"].tolist() != [self._models]:
            raise ValueError(f"models {state['models'].tolist()}, not {self._models}")


def _text(models: Sequence[Named]) -> str:
    return msgspec.json.encode({one.name: one.parameters for one in models}, order="sorted").decode()


def _watch(model: Named) -> Watch:
    """Put a model to work by its role."""
    made = model.make()
    if isinstance(made, Together):
        return TogetherWatch(model.name, made)
    role = MODELS[model.name].role
    if role == "scorer":
        return ScorerWatch(model.name, cast("Scorer", made))
    if role == "forecaster":
        return ForecastWatch(model.name, lambda: cast("Forecaster", model.make()))
    return DriftWatches(model.name, lambda: cast("DriftWatch", model.make()))
