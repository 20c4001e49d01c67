"""
``rollguard doctor``: is everything there, and if not, what mends it.
"""

import asyncio
from typing import Annotated

import typer

from rollguard_console.command import command, family
from rollguard_console.console import Console
from rollguard_console.exit_codes import Refused
from rollguard_console.health import Check, check_bus, check_rights, check_url
from rollguard_console.output import Table
from rollguard_runtime.errors import Temporary

app = family()
Url = Annotated[str, typer.Option(metavar="URL", help="Where its /healthz is; else its setting.")]


@command(app, "doctor")
async def doctor(
    console: Console,
    *,
    detector: Url = "",
    decider: Url = "",
    actuator: Url = "",
    mlflow: Annotated[str, typer.Option(metavar="URL", help="Where the tracking server is; else its setting.")] = "",
) -> None:
    """Check broker, topics, policies, services and the actuator's rights, with the mend for each failure."""
    settings = console.settings
    on_bus, rights, *others = await asyncio.gather(
        check_bus(console.bus, settings.kafka),
        check_rights(actuator or settings.actuator_url),
        check_url("detector", detector or settings.detector_url, "/healthz", setting="ROLLGUARD_CONSOLE_DETECTOR_URL"),
        check_url("decider", decider or settings.decider_url, "/healthz", setting="ROLLGUARD_CONSOLE_DECIDER_URL"),
        check_url("actuator", actuator or settings.actuator_url, "/healthz", setting="ROLLGUARD_CONSOLE_ACTUATOR_URL"),
        check_url("mlflow", mlflow or settings.mlflow_url, "/health", setting="ROLLGUARD_CONSOLE_MLFLOW_URL"),
    )
    checks = [*on_bus, *others, *rights]
    rows = [(check.name, check.status, check.detail, check.mend) for check in checks]
    console.output.answer({"checks": checks}, Table(("check", "status", "found", "mend"), rows))
    _raise_for(checks)


def _raise_for(checks: list[Check]) -> None:
    """End with the exit code of the worst."""
    unreachable = [check.name for check in checks if check.status == "unreachable"]
    if unreachable:
        raise Temporary(f"no answer from {', '.join(unreachable)}")
    wrong = [check.name for check in checks if check.status == "wrong"]
    if wrong:
        raise Refused(f"not right: {', '.join(wrong)}")
