"""
The ports of the models that can be named: what is scored, what is forecast, what is watched for drift.

The rules, which one battery runs over every model of the registry: asking changes nothing, only ``learn`` does; a model that knows
too little answers None or nothing at all; the same inputs give the same bits; memory is bounded; and ``export`` taken at any moment
and put back into a new model of the same parameters goes on exactly as if nothing had happened. Models are fed finite, standardised
numbers only: that is the gate's business, so that no model needs a guard of its own.

State is arrays by name, never a pickle: a pickle executes what it reads, and ends with the library's version.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

State = Mapping[str, NDArray[Any]]


class Model(Protocol):
    """What all of them share."""

    def export(self) -> State:
        """Return a copy of all that the model knows."""

    def restore(self, state: State) -> None:
        """Put back what ``export`` took; raises KeyError or ValueError where it does not fit, and is not to be used then."""


class Scorer(Model, Protocol):
    """How odd is a vector? Channels may be missing, and new ones may come."""

    def score(self, values: Mapping[str, float]) -> float | None:
        """Return how odd the vector is, on any scale that rises with it; None while too little is known."""

    def learn(self, values: Mapping[str, float]) -> None:
        """Take the vector in."""

    def forget(self, channel: str) -> None:
        """Let go of a channel that will not come again."""


class Forecaster(Model, Protocol):
    """What comes next in one channel?"""

    def forecast(self, steps: int) -> Sequence[float]:
        """Return the next values, nearest first; empty while too little is known."""

    def learn(self, value: float) -> None:
        """Take the value in."""


class DriftWatch(Model, Protocol):
    """Did what is usual in one channel change?"""

    @property
    def has_drifted(self) -> bool:
        """Whether the value that was learned last showed a drift."""

    def learn(self, value: float) -> None:
        """Take the value in."""
