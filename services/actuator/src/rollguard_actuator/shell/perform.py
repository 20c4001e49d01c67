"""
One decision, performed: gather what is live, plan, apply step by step.

Each step that was made is in ``steps`` before the next begins, so that a failure half-way can say how far it got. What is asked of
several targets is made by ``together``.
"""

from rollguard_actuator.core.ledger import Ledger
from rollguard_actuator.core.plan import Plan, Wish, plan, plan_act, wish
from rollguard_actuator.core.ports import Candidate, Change, Driver, Mark, Observation
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.decisions import Action, FallbackDecided, RollbackDecided
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import Target, describe

Asked = RollbackDecided | Wish


async def perform(driver: Driver[Target], decision: Action, ledger: Ledger, steps: list[Step], *, now_unix_seconds: float) -> Plan:
    """
    Carry out a decision about one target as far as its plan goes, and return the plan.

    Raises:

        Temporary, Permanent, Displaced: from the driver; trying again continues where this stopped.
    """
    match decision:
        case RollbackDecided():
            return await move(driver, decision, ledger, steps, now_unix_seconds=now_unix_seconds)
        case FallbackDecided():
            asked = wish(decision, decision.target, decision.suspect_revision, decision.fallback_revision, marks=False)
            # What is known of the workload's revisions says nothing about those of another target.
            return await move(driver, asked, Ledger(), steps, now_unix_seconds=now_unix_seconds)
    return await _act(driver, decision, steps, now_unix_seconds=now_unix_seconds)


async def move(driver: Driver[Target], asked: Asked, ledger: Ledger, steps: list[Step], *, now_unix_seconds: float) -> Plan:
    """Move one target as far as the plan goes; raises as ``perform`` does."""
    made = await look(driver, asked, ledger, steps, now_unix_seconds=now_unix_seconds)
    for change in made.changes:
        await apply(driver, asked.target, change, steps)
    return made


async def look(driver: Driver[Target], asked: Asked, ledger: Ledger, steps: list[Step], *, now_unix_seconds: float) -> Plan:
    """Read what is live and what is asked for, and plan; changes nothing."""
    seen = await driver.observe(asked.target)
    candidate = await driver.look_up(asked.target, asked.target_revision)
    steps += _what_was_read(asked, seen, candidate, ledger)
    return plan(asked, seen, candidate, ledger, now_unix_seconds)


async def apply(driver: Driver[Target], target: Target, change: Change, steps: list[Step]) -> None:
    """Make one change; one that only says what was done may fail, since the change is made and must be said."""
    try:
        steps.append(await driver.apply(target, change))
    except (Temporary, Permanent) as error:
        if not isinstance(change, Mark):
            raise
        steps.append(Step(name="mark", status="failed", detail=str(error)))


async def _act(driver: Driver[Target], decision: Action, steps: list[Step], *, now_unix_seconds: float) -> Plan:
    seen = await driver.observe(decision.target)
    made = plan_act(decision, seen, now_unix_seconds)
    steps.append(_observed(decision.target, seen))
    for change in made.changes:
        await apply(driver, decision.target, change, steps)
    return made


def _what_was_read(asked: Asked, seen: Observation, candidate: Candidate, ledger: Ledger) -> tuple[Step, Step]:
    is_good = "known to be good" if candidate.revision in ledger.serving.good else "not known to be good"
    readiness = ("ready" if candidate.is_ready else "not ready") if candidate.exists else "missing"
    told = _joined(f"{candidate.revision} is {readiness}, {is_good}", candidate.note)
    return _observed(asked.target, seen), Step(name="look-up", status="done", detail=told)


def _observed(target: Target, seen: Observation) -> Step:
    return Step(name="observe", status="done", detail=_joined(describe(target), seen.progress), before=seen.revision)


def _joined(*said: str | None) -> str:
    return "; ".join(text for text in said if text)
