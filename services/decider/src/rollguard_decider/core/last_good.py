"""
The ledger of last known good revisions: which were good, and by what evidence.

Nothing is good because it came before. A revision is known to be good when comparison with its control called it healthy, or when
it served for long enough under enough traffic without a breach. One that was found bad, or whose artifact was, never is.
"""

from collections.abc import Iterator
from itertools import pairwise

import msgspec

from rollguard_decider.core.quarantine import in_force
from rollguard_decider.core.state import RolloutSeen, WorkloadState
from rollguard_decider.core.wording import duration
from rollguard_schemas.policy_guards import Guards

_HEALTHY = "shown to be healthy by comparison"


class KnownGood(msgspec.Struct, frozen=True, kw_only=True):
    """A revision, and the evidence for it, in words."""

    revision: str
    because: str


def bad_revisions(state: WorkloadState, now: float) -> frozenset[str]:
    """Return every revision that is never returned to automatically, by its own name or by that of its artifact."""
    held = in_force(state.quarantine, now)
    bad = {one.revision for one in held}
    bad |= {step.suspect_revision for step in state.steps_back if step.decision_id not in state.vetoed}
    bad |= {seen.to_revision for seen in state.rollouts if seen.is_reverted}
    digests = {seen.artifact_digest for seen in state.rollouts if seen.to_revision in bad}
    digests |= {one.artifact_digest for one in held}
    digests -= {None}
    return frozenset(bad | {seen.to_revision for seen in state.rollouts if seen.artifact_digest in digests})


def known_good(state: WorkloadState, guards: Guards, now: float) -> list[KnownGood]:
    """Return what is known to be good, newest first."""
    bad = bad_revisions(state, now)
    newest_first = [one for one in _served_well(state, guards, now) if one.revision not in bad][::-1]
    first: dict[str, KnownGood] = {}
    for one in newest_first:
        first.setdefault(one.revision, one)
    return list(first.values())


def last_good_revision(state: WorkloadState, suspect: str, guards: Guards, now: float) -> KnownGood | None:
    """
    Return where to go back to from a suspect: the newest revision that is known to be good.

    Where none is, the newest that served and was never found bad, unless the policy asks for evidence.
    """
    suspects = _same_artifact(state, suspect)
    good = next((one for one in known_good(state, guards, now) if one.revision not in suspects), None)
    if good is not None or guards.only_known_good:
        return good
    bad = bad_revisions(state, now) | suspects
    before = next((revision for revision in _served(state) if revision not in bad), None)
    return None if before is None else KnownGood(revision=before, because="which served before and was never found bad")


def _same_artifact(state: WorkloadState, suspect: str) -> frozenset[str]:
    """Return a revision and every other that runs the same artifact, as a restarted one does: going there would change nothing."""
    digests = {seen.artifact_digest for seen in state.rollouts if seen.to_revision == suspect} - {None}
    return frozenset({suspect, *(seen.to_revision for seen in state.rollouts if seen.artifact_digest in digests)})


def _served_well(state: WorkloadState, guards: Guards, now: float) -> Iterator[KnownGood]:
    """Yield what served well, oldest first."""
    for seen, end in _spans(state.rollouts, now):
        if seen.from_revision is not None and seen.from_revision in state.proven:
            yield KnownGood(revision=seen.from_revision, because=_HEALTHY)
        revision, served = seen.to_revision, end - seen.started_unix_seconds
        samples = state.traffic.get(revision, 0)
        if revision in state.proven:
            yield KnownGood(revision=revision, because=_HEALTHY)
        elif served >= guards.good_after_seconds and samples >= guards.good_after_samples and revision not in state.breached:
            traffic = f", {samples} samples" if samples else ""
            yield KnownGood(revision=revision, because=f"which served {duration(served)} without a breach{traffic}")


def _spans(rollouts: tuple[RolloutSeen, ...], now: float) -> Iterator[tuple[RolloutSeen, float]]:
    """Yield each rollout with the time at which its revision gave way."""
    for seen, following in pairwise((*rollouts, None)):
        if seen is not None:
            yield seen, now if following is None else min(now, following.started_unix_seconds)


def _served(state: WorkloadState) -> Iterator[str]:
    """Yield what served, newest first."""
    for seen in reversed(state.rollouts):
        yield seen.to_revision
        if seen.from_revision is not None:
            yield seen.from_revision
