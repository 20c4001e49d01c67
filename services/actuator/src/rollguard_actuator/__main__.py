"""
``rollguard-actuator run``: the actuator as a process. Settings come from the environment, see ``settings``.
"""

import argparse
import asyncio
import sys

from rollguard_actuator.core.ports import Driver
from rollguard_actuator.drivers.dry_run import DryRun
from rollguard_actuator.settings import ActuatorSettings
from rollguard_actuator.shell.serve import serve
from rollguard_runtime import service
from rollguard_runtime.service import Process


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit codes are those of ``rollguard_runtime.service``."""
    parser = argparse.ArgumentParser(
        prog="rollguard-actuator", description="Performs decisions, proves them, watches for rollouts."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run the service until it is told to stop")
    parser.parse_args(arguments)
    return service.run("actuator", ActuatorSettings, _serve)


async def _serve(settings: ActuatorSettings, process: Process) -> None:
    await serve(settings, process, await asyncio.to_thread(make_driver, settings))


def make_driver(settings: ActuatorSettings) -> Driver:
    """Make the driver that the settings ask for; it only acts if they say so."""
    from rollguard_actuator.drivers.mlflow_alias import MlflowAliasDriver  # noqa: PLC0415  # MLflow's client takes seconds to load

    driver = MlflowAliasDriver(settings.mlflow_url, timeout_seconds=settings.mlflow_timeout_seconds)
    return driver if settings.mode == "act" else DryRun(driver)


if __name__ == "__main__":
    sys.exit(main())
