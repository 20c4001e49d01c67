"""
``rollguard-actuator plan``: what would be done about a decision, step by step, against the live target, changing nothing.

It goes the same way as the service does, with a driver that rehearses instead of writing; what it says is what would happen.
"""

from pathlib import Path

import msgspec

from rollguard_actuator.core.ledger import Ledger
from rollguard_actuator.core.outcomes import ended, planned
from rollguard_actuator.core.plan import Plan, unwanted
from rollguard_actuator.core.ports import Displaced, Driver
from rollguard_actuator.shell.perform import perform
from rollguard_actuator.shell.together import Together
from rollguard_runtime.errors import Permanent
from rollguard_schemas.decisions import Action, CallDecided, FallbackDecided, RestartDecided, RollbackDecided, ScaleOutDecided
from rollguard_schemas.outcomes import Failed, Outcome, Skipped, Step, Superseded
from rollguard_schemas.targets import Target

# What ends a plan as it should: the move would be made, or was made by this very decision before.
WOULD_ACT = "planned"
Performed = RollbackDecided | FallbackDecided | ScaleOutDecided | RestartDecided | CallDecided


class NoDecision(Exception):
    """The file holds no decision to roll back."""


def read(path: Path) -> Performed:
    """
    Read a decision as it is on the topic, one JSON document.

    Raises:

        NoDecision: if it cannot be read as one.
    """
    try:
        decision: Performed = msgspec.json.decode(path.read_bytes(), type=Performed)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise NoDecision(f"{path} holds no decision to act: {error}") from error
    return decision


async def rehearse(driver: Driver[Target], decision: Action, now_unix_seconds: float) -> Outcome:
    """
    Return the outcome that the decision would have now, for all that the target says; earlier outcomes are not looked at.

    Raises:

        Temporary: if the target does not answer.
    """
    if (reason := unwanted(decision, driver.capabilities)) is not None:
        return ended(Skipped, decision, summary=reason, now_unix_seconds=now_unix_seconds, attempt=1)
    steps: list[Step] = []
    try:
        made = await _rehearsed(driver, decision, steps, now_unix_seconds)
    except (Permanent, Displaced) as error:
        kind: type[Outcome] = Superseded if isinstance(error, Displaced) else Failed
        return ended(kind, decision, summary=str(error), now_unix_seconds=now_unix_seconds, attempt=1, steps=steps)
    return planned(decision, made, driver.capabilities, now_unix_seconds=now_unix_seconds, attempt=1, steps=steps)


async def _rehearsed(driver: Driver[Target], decision: Action, steps: list[Step], now_unix_seconds: float) -> Plan:
    if not isinstance(decision, RollbackDecided) or not decision.also:
        return await perform(driver, decision, Ledger(), steps, now_unix_seconds=now_unix_seconds)
    return await Together(driver, decision, Ledger(), _say_nothing, attempt=1).perform(steps, now_unix_seconds=now_unix_seconds)


async def _say_nothing(outcome: Outcome) -> None:
    """A rehearsal publishes nothing."""


def would_act(outcome: Outcome) -> bool:
    """Say whether the decision would lead to a change."""
    return any(step.name in ("move", "act") and step.status == WOULD_ACT for step in outcome.steps) and isinstance(outcome, Skipped)


def page(outcome: Outcome) -> str:
    """Write an outcome for people, a step a line."""
    lines = [_line(step) for step in outcome.steps]
    return "\n".join([*lines, f"{'would act' if would_act(outcome) else 'would not act'}: {outcome.summary}"])


def _line(step: Step) -> str:
    change = f" {step.before} -> {step.after}" if step.after is not None else f" {step.before}" if step.before else ""
    return f"{step.name:8} {step.status:12}{change}{'  ' + step.detail if step.detail else ''}"
