"""
The drivers, as a table: one row a kind of target, and nothing else has to know it.

From here come the drivers of the running actuator, of ``plan`` and of the dry run, the rights that are asked about and shown by
``rollguard doctor``, and the rules of the Roles that are shipped.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rollguard_actuator.core.ports import Driver
from rollguard_actuator.drivers.by_target import ByTarget
from rollguard_actuator.drivers.kubernetes.acts.acting import act_rights
from rollguard_actuator.drivers.kubernetes.kind import Kind
from rollguard_actuator.drivers.kubernetes.kinds import WORKLOADS
from rollguard_actuator.drivers.kubernetes.rights import Right
from rollguard_actuator.drivers.kubernetes.service import RIGHTS as SERVICE_RIGHTS
from rollguard_actuator.drivers.kubernetes.service import ServiceDriver
from rollguard_actuator.drivers.kubernetes.workload import WorkloadDriver
from rollguard_actuator.drivers.row import Parts, Row
from rollguard_actuator.drivers.webhook import WebhookDriver
from rollguard_schemas.targets import KubernetesService, MlflowAlias, Webhook

MISSING = "set ROLLGUARD_ACTUATOR_KUBERNETES to in-cluster or kubeconfig"


def registry(parts: Parts) -> Any:
    """Make the driver of the registry, which a pipeline asks before a promotion as well."""
    from rollguard_actuator.drivers.mlflow_alias import MlflowAliasDriver  # noqa: PLC0415  # MLflow's client takes seconds to load

    settings = parts.settings
    return MlflowAliasDriver(
        settings.mlflow_url, timeout_seconds=settings.mlflow_timeout_seconds, quarantine_seconds=settings.quarantine_seconds
    )


def _workload(kind: Kind) -> Callable[[Parts], Driver[Any]]:
    return lambda parts: WorkloadDriver(kind, parts.api, quarantine=parts.quarantine)


ROWS: tuple[Row, ...] = (
    Row(target=MlflowAlias, make=registry),
    *(
        Row(target=target, make=_workload(kind), rights=(*kind.rights, *act_rights(kind)), needs_kubernetes=True)
        for target, kind in WORKLOADS.items()
    ),
    Row(target=KubernetesService, make=lambda parts: ServiceDriver(parts.api), rights=SERVICE_RIGHTS, needs_kubernetes=True),
    Row(target=Webhook, make=lambda parts: WebhookDriver.by(parts.settings)),
)


def drivers(parts: Parts, rows: Sequence[Row] = ROWS) -> ByTarget:
    """Make every driver for which there is a client."""
    with_cluster = parts.settings.kubernetes != "off"
    made = {row.target: row.make(parts) for row in rows if with_cluster or not row.needs_kubernetes}
    return ByTarget(made, missing=MISSING)


def rights(rows: Sequence[Row] = ROWS) -> Iterator[Right]:
    """Yield the rights that the drivers declare."""
    for row in rows:
        yield from row.rights
