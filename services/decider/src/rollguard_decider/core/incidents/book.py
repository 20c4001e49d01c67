"""
What is known about one workload's incident: the last alert about it, and outcomes that came before their decision.

The last alert is the state. Everything else here may be lost at a restart without anything being told twice.
"""

from collections.abc import Mapping

import msgspec

from rollguard_schemas.alerts import Alert
from rollguard_schemas.decisions import Decision
from rollguard_schemas.outcomes import Outcome

ENDED_KEPT = 16


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A decision or an outcome, and where it lies in the log."""

    event: Decision | Outcome
    topic: str
    offset: int
    unix_seconds: float


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """One workload's page; ``ended`` are decisions whose end was heard."""

    last: Alert | None = None
    ended: tuple[str, ...] = ()
    read_up_to: Mapping[str, int] = {}

    @property
    def incident(self) -> Alert | None:
        """The incident that is open."""
        return self.last if self.last is not None and self.last.status != "resolved" else None

    def has_read(self, heard: Heard) -> bool:
        """
        Say whether this was read before the last alert was told.

        An offset alone does not say so: in a topic that was made anew they begin again, at a later time.
        """
        position = self.read_up_to.get(heard.topic, -1)
        return heard.offset <= position and self.last is not None and heard.unix_seconds <= self.last.time_unix_seconds


def opened_at(alert: Alert) -> Book:
    """Return the page as the last alert leaves it."""
    return Book(last=alert, read_up_to=alert.read_up_to)
