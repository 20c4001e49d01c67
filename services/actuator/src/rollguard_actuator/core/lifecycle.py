"""
The life of a decision, as a table.

A decision is unanswered, then either ended at once or applied and, after verification, ended. An end is never left: whatever
arrives later about the same decision is a duplicate. One thing may follow it: what was done for a while is put back. A decision
over several targets is under way between them, and is compensated where a later one fails.
"""

from typing import Literal

from rollguard_schemas.outcomes import (
    ActionApplied,
    Compensating,
    Failed,
    Outcome,
    PutBack,
    Skipped,
    StepApplied,
    Succeeded,
    Superseded,
    Unverified,
)

Life = Literal[
    "unanswered", "under-way", "compensating", "applied", "succeeded", "unverified", "failed", "skipped", "superseded", "put-back"
]

TRANSITIONS: dict[tuple[Life, type[Outcome]], Life] = {
    ("unanswered", ActionApplied): "applied",
    ("unanswered", Failed): "failed",
    ("unanswered", Skipped): "skipped",
    ("unanswered", Superseded): "superseded",
    ("unanswered", StepApplied): "under-way",
    ("under-way", StepApplied): "under-way",
    ("under-way", ActionApplied): "applied",
    ("unanswered", Compensating): "compensating",
    ("under-way", Compensating): "compensating",
    ("compensating", Failed): "failed",
    ("applied", Succeeded): "succeeded",
    ("applied", Unverified): "unverified",
    ("succeeded", PutBack): "put-back",
    ("unverified", PutBack): "put-back",
}
LIFE_AFTER: dict[type[Outcome], Life] = {outcome: life for (_, outcome), life in TRANSITIONS.items()}
OPEN: frozenset[Life] = frozenset({"unanswered", "under-way", "compensating"})
ENDS: frozenset[Life] = frozenset(LIFE_AFTER.values()) - OPEN - {"applied"}


class IllegalMove(ValueError):
    """The outcome cannot follow on what was said before."""


def advance(life: Life, outcome: type[Outcome]) -> Life:
    """
    Return the life that an outcome leads to.

    Raises:

        IllegalMove: if the table does not know the move.
    """
    try:
        return TRANSITIONS[life, outcome]
    except KeyError:
        raise IllegalMove(f"a decision that is {life} cannot become {outcome.__name__}") from None
