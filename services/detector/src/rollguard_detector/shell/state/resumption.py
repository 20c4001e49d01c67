"""
The stretch of log between what snapshots know and where the process before had come to.

A workload that was put back skips what its snapshot knows already. Until its records are new, it lives under the policy and the
rollout that its snapshot was learned under: what has changed since is told to it before its first new record, at the place of the
log where the process before had come to.
"""

from collections.abc import Mapping, Sequence

import msgspec

from rollguard_detector.core.detector import Detector
from rollguard_detector.core.ports import DecodedPoints
from rollguard_detector.core.rollouts import LastRollout
from rollguard_detector.shell.state.records import Name
from rollguard_runtime.bus import Partition
from rollguard_runtime.pump import Received
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.rollouts import Rollout


class _Later(msgspec.Struct):
    """What a workload is told when its records are new."""

    home: Partition
    policy_now: RollbackPolicy | None
    policy: RollbackPolicy | None
    rollout: LastRollout | None
    rollouts: list[Rollout]


class Resumption:
    """What is left of it; nothing, most of the time, and then it costs nothing."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._reached: dict[str, Mapping[Partition, int]] = {}
        self._ends: dict[Partition, int] = {}
        self._later: dict[str, _Later] = {}

    def begin(self, workload: str, reached: Mapping[Partition, int]) -> None:
        """A snapshot knows a workload up to these offsets."""
        self._reached[workload] = reached
        for partition, offset in reached.items():
            self._ends[partition] = max(offset, self._ends.get(partition, 0))

    def tell_later(
        self, name: Name, now: RollbackPolicy | None, policy: RollbackPolicy | None, rollout: LastRollout | None
    ) -> None:
        """Let a workload know its policy and rollout once its records are new; until then it has the policy of ``now``."""
        self._later[name.workload] = _Later(name.home, now, policy, rollout, [])

    def policy_in_effect(self, workload: str, told: RollbackPolicy | None) -> RollbackPolicy | None:
        """Return the policy that a workload lives under, given the one that was told last."""
        later = self._later.get(workload)
        return told if later is None else later.policy_now

    def take_policy(self, workload: str, policy: RollbackPolicy | None) -> None:
        """Tell a workload its policy, or do so later."""
        later = self._later.get(workload)
        if later is None:
            self._detector.take_policy(workload, policy)
        else:
            later.policy = policy

    def take_rollout(self, event: Rollout) -> None:
        """Tell a workload of a rollout, or do so later."""
        later = self._later.get(event.workload)
        if later is None:
            self._detector.take_rollout(event)
        else:
            later.rollouts.append(event)

    def forget(self, workload: str) -> None:
        """The workload went to another process; what it was to be told is told, since policies stay."""
        self._reached.pop(workload, None)
        self._tell(workload)

    def reached(self, workload: str, positions: Mapping[Partition, int]) -> dict[Partition, int]:
        """Return up to where a workload is known, given how far the log was read."""
        known = self._reached.get(workload, {})
        return {partition: max(offset, known.get(partition, 0)) for partition, offset in positions.items()}

    def advance(self, positions: Mapping[Partition, int], handled: Mapping[Partition, int]) -> list[str]:
        """
        Note how far the log was read; ``handled`` is where the group had come to when this process took it over.

        Returns the workloads that were told what had waited for them.
        """
        if self._ends:
            self._ends = {p: end for p, end in self._ends.items() if positions.get(p, end) < end}
            if not self._ends:
                self._reached.clear()
        told = [name for name, one in self._later.items() if positions.get(one.home, 0) >= handled.get(one.home, 0)]
        for workload in told:
            self._tell(workload)
        return told

    def unseen(self, batch: Sequence[Received]) -> Sequence[Received]:
        """Return a batch without what its workloads know already."""
        return [self._unseen(received) for received in batch] if self._ends else batch

    def _tell(self, workload: str) -> None:
        later = self._later.pop(workload, None)
        if later is None:
            return
        self._detector.take_policy(workload, later.policy)
        self._detector.take_last_rollout(workload, later.rollout)
        for event in later.rollouts:
            self._detector.take_rollout(event)

    def _unseen(self, received: Received) -> Received:
        """Leave out the points of workloads that know this record."""
        record, event = received.record, received.event
        partition = record.topic, record.partition
        if record.offset >= self._ends.get(partition, 0):
            return received
        nothing: Mapping[Partition, int] = {}
        points = tuple(
            point for point in event.points if record.offset >= self._reached.get(point.workload, nothing).get(partition, 0)
        )
        return received if len(points) == len(event.points) else msgspec.structs.replace(received, event=_with(event, points))


def _with(event: DecodedPoints, points: tuple[object, ...]) -> DecodedPoints:
    return msgspec.structs.replace(event, points=points)
