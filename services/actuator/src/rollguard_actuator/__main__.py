"""
``rollguard-actuator run``: the actuator as a process. Settings come from the environment, see ``settings``.
"""

import argparse
import asyncio
import socket
import sys
import uuid
from typing import Any

from rollguard_actuator.core.ports import Driver
from rollguard_actuator.drivers.by_target import ByTarget
from rollguard_actuator.drivers.dry_run import DryRun
from rollguard_actuator.drivers.kubernetes.api import connect
from rollguard_actuator.drivers.kubernetes.kinds import WORKLOADS
from rollguard_actuator.drivers.kubernetes.lease import KubernetesLease
from rollguard_actuator.drivers.kubernetes.workload import WorkloadDriver
from rollguard_actuator.settings import ActuatorSettings
from rollguard_actuator.shell.serve import serve
from rollguard_actuator.shell.tenure import Lease
from rollguard_runtime import service
from rollguard_runtime.service import Process
from rollguard_schemas.targets import MlflowAlias, Target

_KUBERNETES_IS_OFF = "set ROLLGUARD_ACTUATOR_KUBERNETES to in-cluster or kubeconfig"


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


def _mlflow(settings: ActuatorSettings) -> Driver[Any]:
    from rollguard_actuator.drivers.mlflow_alias import MlflowAliasDriver  # noqa: PLC0415  # MLflow's client takes seconds to load

    return MlflowAliasDriver(settings.mlflow_url, timeout_seconds=settings.mlflow_timeout_seconds)


def _kubernetes(settings: ActuatorSettings) -> dict[type, Driver[Any]]:
    if settings.kubernetes == "off":
        return {}
    api = connect(settings.kubernetes, timeout_seconds=settings.kubernetes_timeout_seconds)
    return {target: WorkloadDriver(kind, api) for target, kind in WORKLOADS.items()}


if __name__ == "__main__":
    sys.exit(main())
