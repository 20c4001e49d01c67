"""
The latest rollout of each workload, so that evidence can say how long before it a revision was rolled out.

Only event times are compared: a rollout that lies after a point is not that point's past, however early its record was read.
"""

import math

import msgspec

from rollguard_schemas.rollouts import Rollout, RolloutReverted, RolloutStarted

_RECENT_SECONDS = 3_600.0
_FROZEN_SECONDS = 600.0  # what a rollout does to a series shows within minutes; a reference must not be held still for ever


class LastRollout(msgspec.Struct, frozen=True):
    """When a revision last began to serve, by rollout or by its reversal."""

    revision: str
    at_seconds: float
    is_reversal: bool


class RolloutBook:
    """The last beginning per workload; one entry each."""

    def __init__(self) -> None:
        self._last: dict[str, LastRollout] = {}

    def take(self, event: Rollout) -> None:
        """Note a beginning; progress and ends do not move it, nor does one that is older."""
        known = self._last.get(event.workload)
        is_beginning = isinstance(event, RolloutStarted | RolloutReverted)
        if is_beginning and (known is None or event.time_unix_seconds >= known.at_seconds):
            self._last[event.workload] = LastRollout(event.to_revision, event.time_unix_seconds, isinstance(event, RolloutReverted))

    def last(self, workload: str) -> LastRollout | None:
        """Return the last beginning of a workload."""
        return self._last.get(workload)

    def put(self, workload: str, last: LastRollout | None) -> None:
        """Know this beginning of a workload instead, or none."""
        self._last.pop(workload, None)
        if last is not None:
            self._last[workload] = last

    def frozen(self, workload: str) -> tuple[float, float]:
        """Return from when until when what is usual is still what was usual before a rollout; an empty span where nothing is."""
        last = self._last.get(workload)
        is_rollout = last is not None and not last.is_reversal
        return (last.at_seconds, last.at_seconds + _FROZEN_SECONDS) if last and is_rollout else (math.inf, -math.inf)

    def phrase(self, workload: str, at_seconds: float) -> str:
        """Say how long before an instant the last rollout began, ready to end a sentence; empty if none was in the hour before."""
        last = self._last.get(workload)
        if last is None or not 0 <= at_seconds - last.at_seconds <= _RECENT_SECONDS:
            return ""
        return f", {at_seconds - last.at_seconds:.0f} s after the rollout of revision {last.revision} began"
