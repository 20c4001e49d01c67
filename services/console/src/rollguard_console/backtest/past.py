"""
What one run over a past brought to light, as the two services' replays tell it.
"""

from typing import Any

import msgspec

from rollguard_runtime.replayed import Minute, Told
from rollguard_schemas.decisions import RollbackDecided, Withheld
from rollguard_schemas.rollouts import RolloutStarted
from rollguard_schemas.signals import Signal


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """One run: what was heard and said, each with when, and the courses of the objectives."""

    name: str
    events: tuple[tuple[float, Any], ...]
    minutes: tuple[Minute, ...]
    told: Told
    complaints: tuple[str, ...] = ()

    @property
    def rollbacks(self) -> list[RollbackDecided]:
        """Every decision to take a rollout back, whatever its mode; of one that was approved, the first."""
        first: dict[str, RollbackDecided] = {}
        for _, event in self.events:
            if isinstance(event, RollbackDecided):
                first.setdefault(event.rollout, event)
        return list(first.values())

    @property
    def withheld(self) -> list[Withheld]:
        """Every answer that was no action."""
        return [event for _, event in self.events if isinstance(event, Withheld)]

    @property
    def rollouts(self) -> list[RolloutStarted]:
        """Every rollout, once."""
        return list({event.rollout: event for _, event in self.events if isinstance(event, RolloutStarted)}.values())

    @property
    def signals(self) -> list[Signal]:
        """Everything that the detector said."""
        return [event for _, event in self.events if isinstance(event, Signal)]

    @property
    def span_seconds(self) -> float:
        """How much event time the courses and events cover."""
        times = [at for at, _ in self.events] + [minute.from_unix_seconds for minute in self.minutes]
        return max(max(times, default=0.0), self.told.reached_unix_seconds) - min(times, default=0.0)
