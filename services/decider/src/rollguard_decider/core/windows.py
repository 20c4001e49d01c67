"""
Is it a freeze, a peak, business hours? Windows are asked with the time that the core was told, in the local time of their place.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rollguard_schemas.policy_guards import Window

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def window_at(windows: Iterable[Window], now: float) -> Window | None:
    """Return the first window that an instant lies in."""
    return next((window for window in windows if contains(window, now)), None)


def contains(window: Window, now: float) -> bool:
    """Say whether an instant lies in a window; its begin does, its end does not."""
    local = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(window.time_zone))
    time_of_day = local.strftime("%H:%M")
    if window.from_time < window.until_time:
        return window.from_time <= time_of_day < window.until_time and _is_of(window, local)
    if time_of_day >= window.from_time:
        return _is_of(window, local)
    return time_of_day < window.until_time and _is_of(window, local - timedelta(days=1))  # it began the day before


def _is_of(window: Window, began: datetime) -> bool:
    """Say whether a window that begins on this day is one of those meant."""
    date = began.strftime("%Y-%m-%d")
    if (window.from_date and date < window.from_date) or (window.until_date and date > window.until_date):
        return False
    return not window.days or _DAYS[began.weekday()] in window.days
