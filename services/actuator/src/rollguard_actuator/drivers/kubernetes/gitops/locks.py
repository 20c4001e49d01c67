"""
The owners that can be locked, as a table. Helm and Kustomize run when a person runs them: there is nothing to lock.
"""

from rollguard_actuator.drivers.kubernetes.gitops.argo_cd import ArgoCdLock
from rollguard_actuator.drivers.kubernetes.gitops.flux import FluxLock
from rollguard_actuator.drivers.kubernetes.gitops.lock import Lock

LOCKS: dict[str, Lock] = {"argo-cd": ArgoCdLock(), "flux": FluxLock()}
