"""
Sham rollouts: a healthy past cut into pieces that pretend to be revisions of their own.

Nothing happened at a cut, so every rollback of a sham is a false one: their share is the rate of false rollbacks that a policy
would have had. The rollouts that really happened are left out, or the shams' own would not be the newest.
"""

from collections.abc import Iterable, Iterator

import msgspec

from rollguard_runtime.tape import Taped
from rollguard_schemas.ids import derive_id
from rollguard_schemas.metrics import MetricBatch, MetricPoint
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.rollouts import Rollout, RolloutStarted


def with_shams(past: Iterable[Taped], policies: dict[str, RollbackPolicy], every_seconds: float) -> Iterator[Taped]:
    """Begin a sham rollout of each workload every so often, and let its telemetry report the sham revision."""
    pieces: dict[str, int] = {}
    for taped in past:
        points = _points(taped.event)
        if isinstance(taped.event, Rollout):
            continue
        for workload in {point.workload for point in points} & policies.keys():
            piece = int(taped.at_unix_seconds // every_seconds)
            if piece > pieces.get(workload, -1):
                yield Taped(taped.at_unix_seconds, _sham(policies[workload], piece, taped.at_unix_seconds))
                pieces[workload] = piece
        yield Taped(taped.at_unix_seconds, _relabelled(taped.event, pieces)) if points else taped


def _points(event: object) -> tuple[MetricPoint, ...]:
    return (event,) if isinstance(event, MetricPoint) else event.points if isinstance(event, MetricBatch) else ()


def _sham(policy: RollbackPolicy, piece: int, now: float) -> RolloutStarted:
    rollout = derive_id("sham", policy.workload, str(piece))
    return RolloutStarted(
        id=derive_id("sham-started", rollout),
        workload=policy.workload,
        time_unix_seconds=now,
        rollout=rollout,
        target=policy.spec.target,
        from_revision=f"sham-{piece - 1}",
        to_revision=f"sham-{piece}",
    )


def _relabelled(event: MetricPoint | MetricBatch, pieces: dict[str, int]) -> MetricPoint | MetricBatch:
    if isinstance(event, MetricBatch):
        return MetricBatch(points=tuple(_of_piece(point, pieces) for point in event.points))
    return _of_piece(event, pieces)


def _of_piece(point: MetricPoint, pieces: dict[str, int]) -> MetricPoint:
    """Return the point under its piece's revision; one that names no revision keeps naming none."""
    if point.revision is None or point.workload not in pieces:
        return point
    return msgspec.structs.replace(point, revision=f"sham-{pieces[point.workload]}")
