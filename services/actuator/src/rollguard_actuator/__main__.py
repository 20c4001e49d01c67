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
from pathlib import Path
from typing import Any

import msgspec

from rollguard_actuator.core.ports import Driver
from rollguard_actuator.drivers.by_target import ByTarget
from rollguard_actuator.drivers.dry_run import DryRun
from rollguard_actuator.drivers.kubernetes.api import connect
from rollguard_actuator.drivers.kubernetes.kinds import WORKLOADS
from rollguard_actuator.drivers.kubernetes.lease import KubernetesLease
from rollguard_actuator.drivers.kubernetes.quarantine import Quarantine
from rollguard_actuator.drivers.kubernetes.workload import WorkloadDriver
from rollguard_actuator.settings import ActuatorSettings
from rollguard_actuator.shell import planning
from rollguard_actuator.shell.serve import serve
from rollguard_actuator.shell.tenure import Lease
from rollguard_runtime import service
from rollguard_runtime.errors import Permanent, SettingsRefused, Temporary
from rollguard_runtime.service import Process
from rollguard_runtime.settings import load
from rollguard_schemas.targets import MlflowAlias, Target

EXIT_WOULD_NOT, EXIT_USAGE, EXIT_AWAY = 1, 2, 3
_KUBERNETES_IS_OFF = "set ROLLGUARD_ACTUATOR_KUBERNETES to in-cluster or kubeconfig"


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
        driver = _mlflow(load(ActuatorSettings, "actuator", os.environ))
        reason = asyncio.run(driver.gate(model, version))
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


def make_driver(settings: ActuatorSettings) -> Driver[Target]:
    """Make the drivers that the settings ask for; they only act if the settings say so."""
    driver = ByTarget({MlflowAlias: _mlflow(settings), **_kubernetes(settings)}, missing=_KUBERNETES_IS_OFF)
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


def _mlflow(settings: ActuatorSettings) -> Any:
    from rollguard_actuator.drivers.mlflow_alias import MlflowAliasDriver  # noqa: PLC0415  # MLflow's client takes seconds to load

    return MlflowAliasDriver(
        settings.mlflow_url, timeout_seconds=settings.mlflow_timeout_seconds, quarantine_seconds=settings.quarantine_seconds
    )


def _kubernetes(settings: ActuatorSettings) -> dict[type, Driver[Any]]:
    if settings.kubernetes == "off":
        return {}
    api = connect(settings.kubernetes, timeout_seconds=settings.kubernetes_timeout_seconds)
    quarantine = Quarantine(api, seconds=settings.quarantine_seconds) if settings.quarantine_seconds else None
    return {target: WorkloadDriver(kind, api, quarantine=quarantine) for target, kind in WORKLOADS.items()}


if __name__ == "__main__":
    sys.exit(main())
