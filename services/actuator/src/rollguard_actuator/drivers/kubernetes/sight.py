"""
What the task at hand saw last of a workload: read once, then judged, planned from, and written against.

A decision is performed by one task, step after step, and each step needs the workload as it is. Reading it anew before each write
would cost a request and guard nothing: the write is a compare-and-set on what was seen, and what has changed since turns it away,
is forgotten, and read again. Another task never sees it, so nothing is kept longer than a decision takes.
"""

from collections.abc import Mapping
from contextvars import ContextVar

import msgspec

from rollguard_actuator.drivers.kubernetes.api import Json
from rollguard_actuator.drivers.kubernetes.kind import Revision
from rollguard_schemas.targets import KubernetesWorkload


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """A workload as the server sent it last, and the revisions that its controller kept then."""

    workload: Json
    revisions: Mapping[str, Revision]


class Sights:
    """The sights of one driver; each task has one."""

    def recall(self, target: KubernetesWorkload) -> Sight | None:
        """Return what this task saw of a target last, None if it saw another one, or none."""
        last = _LAST.get()
        return None if last is None or last[0] is not self or last[1] != target else last[2]

    def remember(self, target: KubernetesWorkload, sight: Sight) -> None:
        """Take the place of what was seen before."""
        _LAST.set((self, target, sight))

    def forget(self) -> None:
        """See anew the next time."""
        _LAST.set(None)


_LAST: ContextVar[tuple[Sights, KubernetesWorkload, Sight] | None] = ContextVar("_LAST", default=None)
