"""
Which revision is good enough to return to.

A target is always named, never "previous", and never one that was itself found bad: not quarantined, not the suspect of an earlier
decision, not taken back before, and not the same artifact under another number. Returning to such a one would toggle between two
bad revisions.
"""

from collections.abc import Iterator

from rollguard_decider.core.state import WorkloadState


def last_good_revision(state: WorkloadState, suspect: str) -> str | None:
    """Return the newest revision that served before the suspect and was never found bad; None where none is known."""
    bad = {*bad_revisions(state), suspect}
    return next((revision for revision in _served(state) if revision not in bad), None)


def bad_revisions(state: WorkloadState) -> frozenset[str]:
    """Return every revision that is never returned to automatically."""
    bad = set(state.quarantined)
    bad |= {step.suspect_revision for step in state.steps_back if step.decision_id not in state.vetoed}
    bad |= {seen.to_revision for seen in state.rollouts if seen.is_reverted}
    digests = {seen.artifact_digest for seen in state.rollouts if seen.to_revision in bad} - {None}
    return frozenset(bad | {seen.to_revision for seen in state.rollouts if seen.artifact_digest in digests})


def _served(state: WorkloadState) -> Iterator[str]:
    """Yield what served, newest first."""
    for seen in reversed(state.rollouts):
        yield seen.to_revision
        if seen.from_revision is not None:
            yield seen.from_revision
