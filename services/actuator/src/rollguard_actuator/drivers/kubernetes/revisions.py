"""
Which of the revisions that are kept is live, and what the kinds of the group ``apps`` share: they know no abort.
"""

from collections.abc import Mapping

from rollguard_actuator.drivers.kubernetes.api import Json
from rollguard_actuator.drivers.kubernetes.kind import Revision
from rollguard_actuator.drivers.kubernetes.template import plain


def live(workload: Json, revisions: Mapping[str, Revision]) -> str | None:
    """Name the revision whose template the workload has, None while its controller keeps none."""
    template = plain(workload["spec"]["template"])
    return next((name for name, revision in revisions.items() if revision.template == template), None)


class OfApps:
    """A kind of the group ``apps``."""

    group_version = "apps/v1"

    def live(self, workload: Json, revisions: Mapping[str, Revision]) -> str | None:
        """Name the revision of the template."""
        return live(workload, revisions)

    def abort_returns_to(self, workload: Json) -> str | None:  # noqa: ARG002  # the port's signature
        """Return None: a rollout is stopped by taking its template back, and in no other way."""
        return None

    def freeing(self, workload: Json) -> list[Json]:  # noqa: ARG002  # the port's signature
        """Return nothing: they cannot be paused."""
        return []
