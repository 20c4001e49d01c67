"""
``rollguard-actuator run``: the actuator as a process; ``plan``: what it would do. Settings come from the environment.
"""

import argparse
import asyncio
import os
import socket
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import msgspec

from rollguard_actuator.core.ports import Driver
from rollguard_actuator.drivers import table
from rollguard_actuator.drivers.dry_run import DryRun
from rollguard_actuator.drivers.kubernetes.api import connect
from rollguard_actuator.drivers.kubernetes.lease import KubernetesLease
from rollguard_actuator.drivers.row import Parts, Row
from rollguard_actuator.settings import ActuatorSettings
from rollguard_actuator.shell import planning
from rollguard_actuator.shell.serve import serve
from rollguard_actuator.shell.tenure import Lease
from rollguard_runtime import service
from rollguard_runtime.errors import Permanent, SettingsRefused, Temporary
from rollguard_runtime.service import Process
from rollguard_runtime.settings import load
from rollguard_schemas.targets import Target

EXIT_WOULD_NOT, EXIT_USAGE, EXIT_AWAY = 1, 2, 3


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit codes are those of ``rollguard_runtime.service``."""
    parser = argparse.ArgumentParser(
        prog="rollguard-actuator", description="Performs decisions, proves them, watches for rollouts."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run the service until it is told to stop")
    plan = commands.add_parser("plan", help="say what would be done about a decision now, changing nothing")
    plan.add_argument("--decision", type=Path, required=True, metavar="FILE", help="as it is on the topic, one JSON document")
    plan.add_argument("--json", action="store_true", help="print one line of JSON")
    gate = commands.add_parser("gate", help="fail if a model version is in quarantine: for pipelines, before a promotion")
    gate.add_argument("--model", required=True)
    gate.add_argument("--version", required=True)
    options = parser.parse_args(arguments)
    if options.command == "gate":
        return _gate(options.model, options.version)
    if options.command == "plan":
        return _plan(options.decision, as_json=options.json)
    return service.run("actuator", ActuatorSettings, _serve)


def _gate(model: str, version: str) -> int:
    """Exit codes: 0 it may be promoted, 1 it may not, 2 wrong usage, 3 the registry does not answer."""
    try:
        reason = asyncio.run(table.registry(Parts(load(ActuatorSettings, "actuator", os.environ))).gate(model, version))
    except SettingsRefused as error:
        print(f"rollguard-actuator: {error}", file=sys.stderr)
        return EXIT_USAGE
    except (Temporary, Permanent) as error:
        print(f"rollguard-actuator: {error}", file=sys.stderr)
        return EXIT_AWAY
    print(reason or "nothing speaks against it")
    return 0 if reason is None else EXIT_WOULD_NOT


def _plan(path: Path, *, as_json: bool) -> int:
    """Exit codes: 0 it would act, 1 it would not, 2 wrong usage, 3 the target does not answer."""
    try:
        settings = load(ActuatorSettings, "actuator", os.environ)
        decision = planning.read(path)
        driver = DryRun(make_driver(msgspec.structs.replace(settings, mode="act")))
        outcome = asyncio.run(planning.rehearse(driver, decision, time.time()))
    except (SettingsRefused, planning.NoDecision) as error:
        print(f"rollguard-actuator: {error}", file=sys.stderr)
        return EXIT_USAGE
    except (Temporary, Permanent) as error:
        print(f"rollguard-actuator: {error}", file=sys.stderr)
        return EXIT_AWAY
    print(msgspec.json.encode(outcome).decode() if as_json else planning.page(outcome))
    return 0 if planning.would_act(outcome) else EXIT_WOULD_NOT


async def _serve(settings: ActuatorSettings, process: Process) -> None:
    driver, lease = await asyncio.to_thread(lambda: (make_driver(settings), make_lease(settings)))
    await serve(settings, process, driver, lease=lease)


def make_driver(settings: ActuatorSettings, rows: Sequence[Row] = table.ROWS) -> Driver[Target]:
    """Make the drivers that the settings ask for; they only act if the settings say so."""
    driver = table.drivers(Parts(settings), rows)
    return driver if settings.mode == "act" else DryRun(driver)


def make_lease(settings: ActuatorSettings) -> Lease | None:
    """Make the lease where there is a cluster to keep it; who changes nothing needs none."""
    if settings.kubernetes == "off" or not settings.lease_namespace or settings.mode != "act":
        return None
    return KubernetesLease(
        connect(settings.kubernetes, timeout_seconds=settings.kubernetes_timeout_seconds),
        namespace=settings.lease_namespace,
        me=f"{settings.instance_id or socket.gethostname()}-{uuid.uuid4()}",
        duration_seconds=settings.lease_seconds,
    )


if __name__ == "__main__":
    sys.exit(main())
