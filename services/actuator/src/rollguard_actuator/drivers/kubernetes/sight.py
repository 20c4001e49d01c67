"""
What the task at hand saw last of an object: read once, then judged, planned from, and written against.

A decision is performed by one task, step after step, and each step needs the object as it is. Reading it anew before each write
would cost a request and guard nothing: the write is a compare-and-set on what was seen, and what has changed since turns it away,
is forgotten, and read again. Another task never sees it, so nothing is kept longer than a decision takes.
"""

from collections.abc import Mapping
from contextvars import ContextVar

import msgspec

from rollguard_actuator.drivers.kubernetes.api import Json
from rollguard_actuator.drivers.kubernetes.kind import Revision


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """An object as the server sent it last, and the revisions that its controller kept then, once they were asked for."""

    thing: Json
    revisions: Mapping[str, Revision] | None = None


class Sights:
    """The sights of one kind of object, by its path; each task has one."""

    def recall(self, path: str) -> Sight | None:
        """Return what this task saw of an object last, None if it saw another one, or none."""
        last = _LAST.get()
        return None if last is None or last[:2] != (self, path) else last[2]

    def remember(self, path: str, sight: Sight | None) -> None:
        """Take the place of what was seen before; with None, see anew the next time."""
        _LAST.set(None if sight is None else (self, path, sight))


_LAST: ContextVar[tuple[Sights, str, Sight] | None] = ContextVar("_LAST", default=None)
