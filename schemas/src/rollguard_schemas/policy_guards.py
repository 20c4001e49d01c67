"""
The guards of a policy: what holds an action back although the evidence asks for it, and who may let it act.

Budgets are counted at the workload, at its tenant (the namespace) and over the fleet; windows are written in the local time of a
place, since a change freeze is.
"""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from rollguard_schemas.fields import Name, Ratio, WorkloadId

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TimeOfDay = Annotated[str, Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$", description="Hours and minutes, 00:00 to 24:00.")]
Date = Annotated[str, Meta(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$", description="Year, month, day.")]
_MIDNIGHT, _END_OF_DAY = "00:00", "24:00"


class Window(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    A time that comes again (days of the week, hours), or once (dates, both included), or both.

    ``untilTime`` before ``fromTime`` reaches into the next day. What is left out does not narrow: no days are all days.
    """

    name: Name
    days: tuple[Day, ...] = ()
    from_time: TimeOfDay = _MIDNIGHT
    until_time: TimeOfDay = _END_OF_DAY
    from_date: Date | None = None
    until_date: Date | None = None
    time_zone: Annotated[str, Meta(description="A name of the IANA database: Europe/Berlin.")] = "UTC"

    def __post_init__(self) -> None:
        """Refuse a place that does not exist, and a window that never is."""
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"timeZone {self.time_zone!r} is no place; write a name such as Europe/Berlin") from error
        if self.from_time == self.until_time:
            raise ValueError("fromTime and untilTime are the same, the window never is; leave both out for whole days")
        if self.from_date and self.until_date and self.until_date < self.from_date:
            raise ValueError("untilDate is before fromDate; swap the two")


class Approval(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Who may let a recommended decision act, and for how long it waits; without an answer it holds."""

    required: Annotated[bool, Meta(description="Wait for a person even where the mode is act.")] = False
    by: Annotated[tuple[Name, ...], Meta(description="Only these may approve; anybody where it is empty.")] = ()
    timeout_seconds: Annotated[float, Meta(gt=0, description="An approval that comes later is refused.")] = 3600.0


class Guards(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What holds an action back."""

    cooldown_seconds: Annotated[float, Meta(ge=0, description="So long after a rollback none follows.")] = 600.0
    cooldown_backoff: Annotated[
        float, Meta(ge=1, le=100, description="Each rollback within a day multiplies the cooldown after it by this.")
    ] = 1.0
    rollout_window_seconds: Annotated[
        float, Meta(gt=0, description="A rollout is to blame only for what begins within this time after it.")
    ] = 3600.0
    good_after_seconds: Annotated[
        float, Meta(ge=0, description="A revision that served so long without a breach is known to be good.")
    ] = 600.0
    good_after_samples: Annotated[
        int, Meta(ge=0, description="And under so much traffic, as comparison counted it; 0 where it is not compared.")
    ] = 0
    only_known_good: Annotated[
        bool, Meta(description="Never return to a revision that only served before, without evidence that it was good.")
    ] = False
    stale_after_seconds: Annotated[
        float, Meta(gt=0, description="Evidence that is older than this when it is decided on holds: the world may have moved on.")
    ] = 900.0
    max_rollbacks_per_day: Annotated[int, Meta(ge=0, description="Of the workload.")] = 3
    max_rollbacks_per_hour: Annotated[int, Meta(ge=1, description="Of the workload; no limit where it is left out.")] | None = None
    tenant_max_rollbacks_per_hour: Annotated[int, Meta(ge=1, description="Of all workloads of its namespace.")] | None = None
    fleet_max_rollbacks_per_hour: Annotated[int, Meta(ge=1, description="Of all workloads.")] | None = None
    max_simultaneous: (
        Annotated[int, Meta(ge=1, description="So many rollbacks of the fleet may be under way at once, this one included.")] | None
    ) = None
    max_fleet_ratio: Annotated[
        Ratio | None,
        Meta(description="At most this share of the workloads that have a policy is taken back within an hour; one always may be."),
    ] = None
    after: Annotated[
        tuple[WorkloadId, ...],
        Meta(
            description="What this workload depends on: where one moved first, or while one is in trouble, nothing is done here "
            "unless comparison with a revision that serves at the same time shows the candidate to be worse."
        ),
    ] = ()
    freeze_windows: Annotated[tuple[Window, ...], Meta(description="Nothing is done: change freezes, known peaks, holidays.")] = ()
    recommend_only_windows: Annotated[
        tuple[Window, ...], Meta(description="Nothing acts by itself, a person is asked: business hours.")
    ] = ()

    @property
    def looks_around(self) -> bool:
        """Whether a guard counts what is done to other workloads."""
        limits = (
            self.tenant_max_rollbacks_per_hour,
            self.fleet_max_rollbacks_per_hour,
            self.max_simultaneous,
            self.max_fleet_ratio,
        )
        return bool(self.after) or any(limit is not None for limit in limits)
