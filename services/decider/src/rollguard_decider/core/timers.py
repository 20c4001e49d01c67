"""
Timers: an approval that nobody gave is said at the end of its time.

What is said depends on the log alone, and bears the time at which it was due, not that at which somebody looked: so a service that
was asleep and a replay that runs at full speed say the same.
"""

import msgspec

from rollguard_decider.core.answers import hold
from rollguard_decider.core.situation import Held, Situation
from rollguard_decider.core.wording import duration
from rollguard_schemas.decisions import Decision, RollbackDecided, Withheld
from rollguard_schemas.policies import RollbackPolicy


def due_at(policy: RollbackPolicy | None, decision: Decision) -> float | None:
    """Return until when a decision waits for approval, in Unix seconds; None where nobody is asked."""
    is_asked = isinstance(decision, RollbackDecided) and decision.mode == "recommend"
    return decision.time_unix_seconds + policy.spec.approval.timeout_seconds if policy and is_asked else None


def expired(situation: Situation) -> list[Withheld]:
    """Return the word on each recommendation whose time is over, once; what was approved, vetoed or overtaken needs none."""
    return [
        _word_on(situation, one, due)
        for one in situation.state.recommended
        if (due := due_at(situation.policy, one)) is not None and due < situation.now and _still_waits(situation, one)
    ]


def _still_waits(situation: Situation, recommended: RollbackDecided) -> bool:
    state, newest = situation.state, situation.state.newest_rollout
    is_open = recommended.id not in (*state.vetoed, *state.answered)
    return is_open and newest is not None and newest.rollout == recommended.rollout and not newest.is_reverted


def _word_on(situation: Situation, recommended: RollbackDecided, due: float) -> Withheld:
    held = Held(
        reason="approval-expired",
        because=f"nobody approved within {duration(due - recommended.time_unix_seconds)}, so revision "
        f"{recommended.suspect_revision} stays",
        would_change="RollBackNow, or new evidence on a new rollout",
        decision_id=recommended.id,
    )
    about = f"taking revision {recommended.suspect_revision} back to {recommended.target_revision} was recommended"
    word = hold(msgspec.structs.replace(situation, now=due), held, answers=recommended.id, about=about)
    return msgspec.structs.replace(word, episode=recommended.episode)
