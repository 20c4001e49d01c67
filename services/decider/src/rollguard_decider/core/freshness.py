"""
Is the evidence still true? A signal that is decided on long after it was seen describes a world that may be gone.

Both times come from the log, so a replay finds the same signal stale; a decider that only woke late does not.
"""

from rollguard_decider.core.situation import Case, Held, Verdict
from rollguard_decider.core.wording import duration


def is_fresh(case: Case) -> Verdict:
    """Hold evidence that is older than the policy takes."""
    age, limit = case.now - case.signal.time_unix_seconds, case.spec.guards.stale_after_seconds
    if age > limit:
        because = f"it was seen {duration(age)} before it could be decided on, the policy takes {duration(limit)}"
        return Held(
            reason="stale", because=because, would_change="the same evidence seen now, or a higher guards.staleAfterSeconds"
        )
    return f"seen {duration(max(0.0, age))} ago"
