"""
Which kind of workload a target asks for. A new kind is a file beside this one and a row here.
"""

from rollguard_actuator.drivers.kubernetes.daemon_set import DaemonSet
from rollguard_actuator.drivers.kubernetes.deployment import Deployment
from rollguard_actuator.drivers.kubernetes.kind import Kind
from rollguard_actuator.drivers.kubernetes.rollout import Rollout
from rollguard_actuator.drivers.kubernetes.stateful_set import StatefulSet
from rollguard_schemas.targets import ArgoRollout, KubernetesDaemonSet, KubernetesDeployment, KubernetesStatefulSet

WORKLOADS: dict[type, Kind] = {
    KubernetesDeployment: Deployment(),
    KubernetesStatefulSet: StatefulSet(),
    KubernetesDaemonSet: DaemonSet(),
    ArgoRollout: Rollout(),
}
