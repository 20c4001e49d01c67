"""
The latest rollouts of each workload, heard beside the queue.

"Roll back now" means what serves now. Under a flood the queue may not have brought the rollout that a person wants back, and the
order would be answered with the one before.
"""

from collections import defaultdict, deque

from rollguard_runtime.bus import Record
from rollguard_schemas.codec import decode
from rollguard_schemas.rollouts import Rollout
from rollguard_schemas.topics import ROLLOUTS

_KEPT = 8


class RolloutsHeard:
    """A few events a workload, in the order of the log."""

    def __init__(self) -> None:
        self._latest: defaultdict[str, deque[tuple[Rollout, float]]] = defaultdict(lambda: deque(maxlen=_KEPT))

    def hear(self, record: Record) -> None:
        """
        Take in a record of the rollouts topic.

        Raises:

            Malformed: when it is no rollout.
        """
        rollout = decode(ROLLOUTS, record.value, record.headers).event
        if rollout is not None:
            self._latest[rollout.workload].append((rollout, record.seconds))

    def of(self, workload: str) -> tuple[tuple[Rollout, float], ...]:
        """Return the workload's latest rollout events with their times."""
        return tuple(self._latest[workload]) if workload in self._latest else ()
