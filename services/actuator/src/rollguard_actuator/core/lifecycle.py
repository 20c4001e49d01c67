"""
The life of a decision, as a table.

A decision is unanswered, then either ended at once or applied and, after verification, ended. An end is never left: whatever
arrives later about the same decision is a duplicate.
"""

from typing import Literal

from rollguard_schemas.outcomes import ActionApplied, Failed, Outcome, Skipped, Succeeded, Superseded, Unverified

Life = Literal["unanswered", "applied", "succeeded", "unverified", "failed", "skipped", "superseded"]

TRANSITIONS: dict[tuple[Life, type[Outcome]], Life] = {
    ("unanswered", ActionApplied): "applied",
    ("unanswered", Failed): "failed",
    ("unanswered", Skipped): "skipped",
    ("unanswered", Superseded): "superseded",
    ("applied", Succeeded): "succeeded",
    ("applied", Unverified): "unverified",
}
LIFE_AFTER: dict[type[Outcome], Life] = {outcome: life for (_, outcome), life in TRANSITIONS.items()}
ENDS: frozenset[Life] = frozenset(LIFE_AFTER.values()) - {"applied"}


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
