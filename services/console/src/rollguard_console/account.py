"""
The whole account of one decision or signal: what was seen, what was decided and why, and what became of it.

It is put together from the topics alone, by the ids that the events carry, so that what is read at 3 a.m. is what was said then.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rollguard_runtime.errors import Permanent
from rollguard_schemas.commands import Approve, Command, Veto
from rollguard_schemas.decisions import Decision, RollbackDecided, Withheld
from rollguard_schemas.outcomes import Outcome
from rollguard_schemas.rollouts import Rollout
from rollguard_schemas.signals import Signal

_MOST_CANDIDATES = 5


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that belongs to what was asked for, each list in the order of time."""

    asked: str
    workload: str
    rollouts: tuple[Rollout, ...] = ()
    signals: tuple[Signal, ...] = ()
    decisions: tuple[Decision, ...] = ()
    later_answers: tuple[Withheld, ...] = ()
    orders: tuple[Command, ...] = ()
    outcomes: tuple[Outcome, ...] = ()


def account(asked: str, events: Iterable[Any]) -> Account:
    """
    Put the account together; the beginning of an id is enough where only one id begins so.

    Raises:

        Permanent: when no event has this id, or several begin so.
    """
    by_id = {event.id: event for event in events}
    subject = by_id[_resolve(asked, list(by_id))]
    everything = list(by_id.values())
    decisions = _decisions(subject, [event for event in everything if isinstance(event, Decision)])
    ids = {decision.id for decision in decisions}
    answered = {signal_id for decision in decisions for signal_id in decision.signal_ids}
    rollouts = {decision.rollout for decision in decisions if isinstance(decision, RollbackDecided)}
    return Account(
        asked=subject.id,
        workload=subject.workload,
        rollouts=tuple(each for each in everything if isinstance(each, Rollout) and (each.rollout in rollouts or each is subject)),
        signals=tuple(each for each in everything if isinstance(each, Signal) and (each.id in answered or each is subject)),
        decisions=decisions,
        later_answers=tuple(
            each for each in everything if isinstance(each, Withheld) and each.decision_id in ids and each.id not in ids
        ),
        orders=tuple(each for each in everything if isinstance(each, Approve | Veto) and each.decision_id in ids),
        outcomes=tuple(each for each in everything if isinstance(each, Outcome) and each.decision_id in ids),
    )


def _resolve(asked: str, ids: Sequence[str]) -> str:
    if asked in ids:
        return asked
    candidates = sorted(each for each in ids if each.startswith(asked))
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise Permanent(f"nothing has the id {asked}; `rollguard decisions` and `rollguard signals` list the ids that there are")
    shown = ", ".join(candidates[:_MOST_CANDIDATES]) + (", ..." if len(candidates) > _MOST_CANDIDATES else "")
    raise Permanent(f"{len(candidates)} ids begin with {asked}: {shown}")


def _decisions(subject: Any, decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """Return the decisions that the subject is, caused or belongs to, and the same rollback where it was published again to act."""
    named = {subject.id, getattr(subject, "decision_id", None)}
    direct = [each for each in decisions if each.id in named or subject.id in each.signal_ids]
    rollouts = {each.rollout for each in direct if isinstance(each, RollbackDecided)} | {getattr(subject, "rollout", None)}
    again = [each for each in decisions if isinstance(each, RollbackDecided) and each.rollout in rollouts]
    return tuple({each.id: each for each in decisions if each in direct or each in again}.values())
