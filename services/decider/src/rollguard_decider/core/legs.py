"""
The other targets of a rollback: where each points with the suspect, and where it pointed when the revision to
return to served.

One whose place at either time is not known, or that did not move between them, is left where it is.
"""

from collections.abc import Iterator, Sequence

from rollguard_decider.core.state import WorkloadState
from rollguard_schemas.decisions import Leg
from rollguard_schemas.targets import Target


def legs(state: WorkloadState, also: Sequence[Target], suspect: str, restored: str) -> tuple[Leg, ...]:
    """Return what goes back together with the main target, in the order of the policy."""
    return tuple(_legs(state, also, suspect, restored))


def _legs(state: WorkloadState, also: Sequence[Target], suspect: str, restored: str) -> Iterator[Leg]:
    for target in also:
        now, then = _pointed(state, target, suspect), _pointed(state, target, restored)
        if now is not None and then is not None and now != then:
            yield Leg(target=target, suspect_revision=now, target_revision=then)


def _pointed(state: WorkloadState, target: Target, revision: str) -> str | None:
    """Say where a target pointed while a revision served, the last time that is known."""
    for seen in reversed(state.rollouts):
        if seen.to_revision == revision:
            for beside in seen.also:
                if beside.target == target:
                    return beside.revision
    return None
