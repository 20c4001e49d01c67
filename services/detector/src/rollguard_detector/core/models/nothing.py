"""
The model that does nothing: what runs where an operator wants none, and what every other model is worth more than.
"""

from collections.abc import Mapping

import msgspec

from rollguard_detector.core.models.port import State


class NothingParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """There is nothing to choose."""


class Nothing:
    """A scorer to whom no vector is odd."""

    def __init__(self, parameters: NothingParameters) -> None:
        del parameters

    def score(self, values: Mapping[str, float]) -> float | None:
        """Return None: it never knows enough."""
        del values
        return None

    def learn(self, values: Mapping[str, float]) -> None:
        """Learn nothing."""

    def forget(self, channel: str) -> None:
        """Forget nothing."""

    def export(self) -> State:
        """Return nothing."""
        return {}

    def restore(self, state: State) -> None:
        """Put nothing back."""
