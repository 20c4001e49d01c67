"""
Which of the revisions that are kept is live.
"""

from collections.abc import Mapping

from rollguard_actuator.drivers.kubernetes.api import Json
from rollguard_actuator.drivers.kubernetes.kind import Revision
from rollguard_actuator.drivers.kubernetes.template import plain


def live(workload: Json, revisions: Mapping[str, Revision]) -> str | None:
    """Name the revision whose template the workload has, None while its controller keeps none."""
    template = plain(workload["spec"]["template"])
    return next((name for name, revision in revisions.items() if revision.template == template), None)
