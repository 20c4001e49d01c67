"""
Which revision a pod belongs to, where its telemetry does not say so itself: as the rollout events tell it.

A target in Kubernetes names its revisions after the template hash that each pod bears, so a hash that a rollout has named is that
revision, whenever it is heard. An alias in a registry says nothing of pods: there a revision is known only from the instant at
which its rollout was finished until the next move begins. In between two revisions may serve, and a point of one that is counted
for the other is evidence against the wrong one; so the answer is None.
"""

from bisect import bisect_right, insort

import msgspec

from rollguard_schemas.rollouts import Rollout, RolloutFinished, RolloutProgressed
from rollguard_schemas.targets import MlflowAlias

_KEPT = 32


class _Workload(msgspec.Struct):
    """``moves`` are instants, each with the revision that serves alone from then on, or "" where none is known to."""

    has_alias: bool = False
    by_template: dict[str, str] = msgspec.field(default_factory=dict)
    moves: list[tuple[float, str]] = msgspec.field(default_factory=list)


class RevisionBook:
    """What the rollouts said, per workload; the last moves and hashes of each are kept."""

    def __init__(self) -> None:
        self._workloads: dict[str, _Workload] = {}

    def take(self, event: Rollout) -> None:
        """Note a rollout event; one that only changes the share of traffic moves nothing."""
        known = self._workloads.setdefault(event.workload, _Workload())
        known.has_alias = isinstance(event.target, MlflowAlias)
        for revision in (event.from_revision, event.to_revision):
            if revision is not None and not known.has_alias:
                known.by_template[_template(revision)] = revision
        if not isinstance(event, RolloutProgressed):
            alone = event.to_revision if isinstance(event, RolloutFinished) else ""
            insort(known.moves, (event.time_unix_seconds, alone))
        del known.moves[:-_KEPT]
        while len(known.by_template) > _KEPT:
            del known.by_template[next(iter(known.by_template))]

    def revision_of(self, workload: str, template: str | None, at_seconds: float) -> str | None:
        """
        Return the revision of a pod, or None where it is not known.

        ``template`` is the hash on the pod, bare or at the end of its replica set's or controller revision's name; None if unknown.
        """
        known = self._workloads.get(workload)
        if known is None:
            return None
        if template is not None and not known.has_alias:
            return known.by_template.get(_template(template))
        place = bisect_right(known.moves, (at_seconds, "\U0010ffff"))
        return (known.moves[place - 1][1] or None) if place else None


def _template(name: str) -> str:
    """Return the hash alone: ``scorer-6f9c8d7b5c`` and ``6f9c8d7b5c`` name one template."""
    return name.rpartition("-")[2]
