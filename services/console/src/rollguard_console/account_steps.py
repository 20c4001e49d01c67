"""
What whoever reads an account can do about it now, as commands to type: at 3 a.m. nobody looks options up.

Only what can still have an effect is offered: an approval of what waits for one, a veto of what did not act yet, a way to stop.
"""

from collections.abc import Iterator

from rollguard_console.account import Account
from rollguard_schemas.commands import Approve, Veto
from rollguard_schemas.decisions import Action, RollbackDecided
from rollguard_schemas.outcomes import ActionApplied, Failed, Skipped, Unverified


def next_steps(account: Account) -> Iterator[str]:
    """Yield a line a step; a command in it can be typed as it stands, save for the reason."""
    workload = account.workload
    waiting = [one for one in account.decisions if isinstance(one, RollbackDecided) and _waits(account, one)]
    actions = [one for one in account.decisions if isinstance(one, Action)]
    for decision in waiting:
        yield f"let it act:      rollguard approve {decision.id} --why ..."
        yield f"forbid it:       rollguard veto {decision.id} --why ..."
    if _failed(account):
        yield f"see where else:  rollguard ledger {workload}"
        yield f"take it back:    rollguard rollback {workload} --to REVISION --why ..."
    elif not actions:
        yield f"take it back:    rollguard rollback {workload} --why ..."
    if actions and not waiting:
        yield f"keep it away:    rollguard quarantine {workload} {actions[0].suspect_revision} --why ..."
    yield f"stop everything: rollguard kill-switch on --workload {workload} --why ..."


def _failed(account: Account) -> bool:
    ends = [one for one in account.outcomes if not isinstance(one, ActionApplied)]
    return bool(ends) and isinstance(ends[-1], Failed | Unverified)


def _waits(account: Account, decision: RollbackDecided) -> bool:
    """Whether a recommended decision has neither been let nor forbidden, nor taken over by one that acts."""
    answered = any(isinstance(one, Approve | Veto) and one.decision_id == decision.id for one in account.orders)
    acts = any(isinstance(one, Action) and one.mode == "act" for one in account.decisions)
    ended = any(one.decision_id == decision.id and not isinstance(one, Skipped) for one in account.outcomes)
    return decision.mode == "recommend" and not (answered or acts or ended)
