"""
One decision, performed: gather what is live, plan, apply step by step.

Each step that was made is in ``steps`` before the next begins, so that a failure half-way can say how far it got.
"""

from rollguard_actuator.core.ledger import Ledger
from rollguard_actuator.core.plan import Plan, plan
from rollguard_actuator.core.ports import Candidate, Driver, Mark, Observation
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.decisions import RollbackDecided
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import Target, describe


async def perform(
    driver: Driver[Target], decision: RollbackDecided, ledger: Ledger, steps: list[Step], *, now_unix_seconds: float
) -> Plan:
    """
    Carry out a decision as far as its plan goes, and return the plan.

    Raises:

        Temporary, Permanent, Displaced: from the driver; trying again continues where this stopped.
    """
    seen = await driver.observe(decision.target)
    candidate = await driver.look_up(decision.target, decision.target_revision)
    made = plan(decision, seen, candidate, ledger, now_unix_seconds)
    steps += _what_was_read(decision, seen, candidate, ledger)
    for change in made.changes:
        try:
            steps.append(await driver.apply(decision.target, change))
        except (Temporary, Permanent) as error:
            if not isinstance(change, Mark):
                raise
            # The change is made: saying so must not wait for its marks.
            steps.append(Step(name="mark", status="failed", detail=str(error)))
    return made


def _what_was_read(decision: RollbackDecided, seen: Observation, candidate: Candidate, ledger: Ledger) -> tuple[Step, Step]:
    is_good = "known to be good" if candidate.revision in ledger.serving.good else "not known to be good"
    readiness = ("ready" if candidate.is_ready else "not ready") if candidate.exists else "missing"
    return (
        Step(name="observe", status="done", detail=_joined(describe(decision.target), seen.progress), before=seen.revision),
        Step(name="look-up", status="done", detail=_joined(f"{candidate.revision} is {readiness}, {is_good}", candidate.note)),
    )


def _joined(*said: str | None) -> str:
    return "; ".join(text for text in said if text)
