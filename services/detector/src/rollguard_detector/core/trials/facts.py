"""
What the log of rollouts says of one workload, as far as a comparison needs it.
"""

import msgspec

from rollguard_schemas.rollouts import Rollout, RolloutReverted, RolloutStarted


class RolloutFacts(msgspec.Struct, frozen=True, array_like=True):
    """The newest rollout: its name, its revisions, when it began, and whether it was taken back."""

    rollout: str
    control: str | None
    candidate: str
    began_at_seconds: float
    is_reverted: bool = False


def newer(known: RolloutFacts | None, event: Rollout) -> RolloutFacts | None:
    """Return the newest rollout after an event; progress, ends and what is older change nothing."""
    if isinstance(event, RolloutReverted):
        is_known = known is not None and known.rollout == event.rollout
        return msgspec.structs.replace(known, is_reverted=True) if known is not None and is_known else known
    if not isinstance(event, RolloutStarted) or event.from_revision == event.to_revision:
        return known
    if known is not None and (event.rollout == known.rollout or event.time_unix_seconds < known.began_at_seconds):
        return known
    return RolloutFacts(event.rollout, event.from_revision, event.to_revision, event.time_unix_seconds)
