"""
What the rollouts topic says about one workload: where its target points, on which rollout, and which revisions were good.

A fold, so that a restart knows what the process before it knew. An event that was seen before changes nothing: the actuator
hears its own rollouts twice, once when it says them and once when they come back.
"""

import msgspec

from rollguard_schemas.rollouts import Beside, Rollout, RolloutFinished, RolloutProgressed, RolloutReverted, RolloutStarted


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """
    ``rollout`` is the current one, None once it was taken back; ``good`` has the latest last.

    ``also`` is where the policy's other targets pointed.
    """

    revision: str | None = None
    rollout: RolloutStarted | None = None
    is_finished: bool = False
    rollouts_started: int = 0
    good: tuple[str, ...] = ()
    bad: frozenset[str] = frozenset()
    explained: frozenset[str] = frozenset()
    heard: frozenset[str] = frozenset()
    also: tuple[Beside, ...] = ()


def evolve(serving: Serving, event: Rollout) -> Serving:
    """Take a rollout event into account, once."""
    if event.id in serving.heard:
        return serving
    serving = msgspec.structs.replace(serving, heard=serving.heard | {event.id})
    if isinstance(event, RolloutStarted):
        return _started(serving, event)
    if isinstance(event, RolloutFinished):
        return _finished(serving, event)
    if isinstance(event, RolloutReverted):
        return _reverted(serving, event)
    if isinstance(event, RolloutProgressed) and event.also:
        return msgspec.structs.replace(serving, also=event.also)
    return serving


def with_good(serving: Serving, revision: str) -> Serving:
    """Remember that a revision proved itself; whatever was held against it is over."""
    good = (*(other for other in serving.good if other != revision), revision)
    return msgspec.structs.replace(serving, good=good, bad=serving.bad - {revision})


def _started(serving: Serving, event: RolloutStarted) -> Serving:
    # Somebody wants this revision again: that it was taken back once no longer speaks against it.
    return msgspec.structs.replace(
        serving,
        revision=event.to_revision,
        rollout=event,
        also=event.also,
        is_finished=False,
        rollouts_started=serving.rollouts_started + 1,
        bad=serving.bad - {event.to_revision},
    )


def _finished(serving: Serving, event: RolloutFinished) -> Serving:
    is_current = serving.rollout is not None and serving.rollout.rollout == event.rollout
    return with_good(msgspec.structs.replace(serving, is_finished=serving.is_finished or is_current), event.to_revision)


def _reverted(serving: Serving, event: RolloutReverted) -> Serving:
    at_fault = event.from_revision
    return msgspec.structs.replace(
        serving,
        revision=event.to_revision,
        rollout=None,
        is_finished=False,
        good=tuple(revision for revision in serving.good if revision != at_fault),
        bad=serving.bad if at_fault is None else serving.bad | {at_fault},
        explained=serving.explained if event.decision_id is None else serving.explained | {event.decision_id},
    )
