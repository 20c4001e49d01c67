"""
Promises that are broken slowly: an error budget that is spent, and a limit that fills up.

A bound is crossed or not; these have a date. So they are told by how fast they go, long before anything fails.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rollguard_schemas.fields import PositiveSeconds

_HOURS_A_DAY = 24.0
PAGE_SHARE, PAGE_HOURS = 0.02, 1.0
TICKET_SHARE, TICKET_HOURS = 0.05, 6.0


class ErrorBudget(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    How many events may be bad, over a window; told when it is spent too fast, by two pairs of windows.

    The pairs are those of the Google SRE Workbook, chapter 5. A page (``ObjectiveBreached``): 2 % of the budget in an hour, and the
    last 5 minutes agree. A ticket (``BreachForecast``): 5 % of it in 6 hours, and the last 30 minutes agree.
    """

    target: Annotated[float, Meta(gt=0, lt=1, description="Share of events that have to be good, such as 0.999.")]
    window_days: Annotated[float, Meta(gt=0, description="The time over which the target is promised.")] = 30.0
    min_bad_events: Annotated[
        float, Meta(ge=0, description="Fewer bad events than these burn nothing: one of ten requests an hour is chance.")
    ] = 5.0

    def __post_init__(self) -> None:
        """Refuse a budget so large that not even the loss of every event would spend it fast."""
        if self.page_burn_rate * (1.0 - self.target) >= 1.0:
            raise ValueError(
                f"`target` {self.target:g} over `windowDays` {self.window_days:g} can never be spent "
                f"{self.page_burn_rate:g} times as fast as allowed; raise the target or shorten the window"
            )

    @property
    def page_burn_rate(self) -> float:
        """How many times as fast as allowed the budget is spent where a page is due: 14.4 for 30 days."""
        return PAGE_SHARE * self.window_days * _HOURS_A_DAY / PAGE_HOURS

    @property
    def ticket_burn_rate(self) -> float:
        """The same where a ticket is due: 6 for 30 days."""
        return TICKET_SHARE * self.window_days * _HOURS_A_DAY / TICKET_HOURS


class Saturation(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    The bound is a limit that fills up (disk, tokens, quota, memory that leaks): say when it will be full.

    Steady growth is taken from the least values of stretches of time, so that what is given back again does not count.
    Accelerating growth is wear, which feeds on itself.
    """

    within_seconds: Annotated[PositiveSeconds, Meta(description="Say it when the limit will be reached within this time.")]
    growth: Literal["steady", "accelerating"] = "steady"
