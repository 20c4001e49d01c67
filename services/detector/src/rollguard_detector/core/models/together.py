"""
The workload's vector by its own covariance: the built-in scorer of several series together.

Four views that see different things: the distance (many a little, or relations broken, though each channel looks usual), the
largest deviation from what the others let expect (one relation among many, which a distance dilutes), the largest deviation (one
channel alone), and the mean of the channels' e-values (several channels, under any dependence between them). A channel takes part
once it was learned from thirty times.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

import msgspec
import numpy as np
from msgspec import Meta

from rollguard_detector.core.evidence.excursions import paid_bits
from rollguard_detector.core.models.port import State
from rollguard_detector.core.models.state import nested, within
from rollguard_detector.core.together.covariance import Covariance, Floats, Slots
from rollguard_detector.core.together.distance import Distance, distance
from rollguard_detector.core.together.marginals import Marginals

MOST_CHANNELS = 32
_LEAST_VECTORS = 30
_LEARNED_LIMIT = 4.0  # deviations


class TogetherParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be chosen."""

    memory: Annotated[int, Meta(ge=50, le=100_000, description="Ticks that what is usual is learned from, about.")] = 500


class Views(NamedTuple):
    """What one vector looks like; channels in the order of the arrays."""

    channels: Sequence[str]
    values: Floats
    distance: Distance
    e_values: Sequence[float]


class Together:
    """Covariance and marginals of at most so many channels; whoever was not heard longest gives way."""

    def __init__(self, parameters: TogetherParameters) -> None:
        share = 1.0 / parameters.memory
        self._covariance = Covariance(MOST_CHANNELS, share)
        self._marginals = Marginals(MOST_CHANNELS, share)
        self._slots: dict[str, int] = {}

    def score(self, values: Mapping[str, float]) -> float | None:
        """Return the distance as a normal deviate; None while no channel is known."""
        views = self.view(values)
        return None if views is None else views.distance.normal_score

    def view(self, values: Mapping[str, float]) -> Views | None:
        """Return all that is to be seen in the channels that are known; None if there is none."""
        known = [name for name in sorted(values) if name in self._slots]
        slots = self._slots_of(known)
        is_known = self._covariance.seen(slots) >= _LEAST_VECTORS
        channels = [name for name, known_well in zip(known, is_known.tolist(), strict=True) if known_well]
        if not channels:
            return None
        slots, numbers = slots[is_known], np.array([values[name] for name in channels])
        found = distance(self._covariance.precision(slots), numbers - self._covariance.mean[slots])
        e_values = [2.0 ** paid_bits(tail) for tail in self._marginals.tails(slots, numbers).tolist()]
        return Views(channels, numbers, found, e_values)

    def learn(self, values: Mapping[str, float]) -> None:
        """Take the vector in, clipped."""
        channels = sorted(values)[:MOST_CHANNELS]
        for channel in channels:
            self._take_slot(channel)
        slots = self._slots_of(channels)
        numbers = np.array([values[name] for name in channels])
        if len(slots):
            self._marginals.learn(slots, numbers)
            self._covariance.learn(slots, np.clip(numbers, -_LEARNED_LIMIT, _LEARNED_LIMIT))

    def _take_slot(self, channel: str) -> None:
        """Move the channel to the end, as the one heard last; a new one takes a free slot or that of the first."""
        slot = self._slots.pop(channel, None)
        if slot is None and len(self._slots) >= MOST_CHANNELS:
            self.forget(next(iter(self._slots)))
        self._slots[channel] = min(set(range(MOST_CHANNELS)) - set(self._slots.values())) if slot is None else slot

    def forget(self, channel: str) -> None:
        """Let go of a channel."""
        slot = self._slots.pop(channel, None)
        if slot is not None:
            self._covariance.clear(slot)
            self._marginals.clear(slot)

    def _slots_of(self, channels: Sequence[str]) -> Slots:
        return np.array([self._slots[name] for name in channels], dtype=np.intp)

    def export(self) -> State:
        """Return covariance, marginals and whose slots they are."""
        return {
            **nested("covariance", self._covariance.export()),
            **nested("marginals", self._marginals.export()),
            "channels": np.array(list(self._slots), dtype=np.str_),
            "slots": np.array(list(self._slots.values()), dtype=np.int64),
        }

    def restore(self, state: State) -> None:
        """Put back what ``export`` took; raises KeyError or ValueError where it does not fit."""
        self._covariance.restore(within(state, "covariance"))
        self._marginals.restore(within(state, "marginals"))
        self._slots = dict(zip(state["channels"].tolist(), state["slots"].tolist(), strict=True))
