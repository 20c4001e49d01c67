"""
Instants and durations as people write them, to Unix seconds and back.

An instant without a zone is UTC: an operator's laptop and the cluster seldom agree on a zone, and a freeze that ends an hour early
is no freeze.
"""

import re
from datetime import UTC, datetime

from rollguard_console.exit_codes import WrongUsage

_UNIT_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = r"\d+(?:\.\d+)?[smhdw]"
_FIRST_MILLISECONDS = 100_000_000_000.0  # as seconds this would be the year 5138; as milliseconds it is 1973


def parse_duration_seconds(text: str) -> float:
    """Read ``90s``, ``15m``, ``1h30m``, ``2d``."""
    compact = text.replace(" ", "").lower()
    if not re.fullmatch(f"(?:{_PART})+", compact):
        raise WrongUsage(f"{text!r} is no duration; write 90s, 15m, 1h30m or 2d")
    return sum(float(part[:-1]) * _UNIT_SECONDS[part[-1]] for part in re.findall(_PART, compact))


def parse_instant(text: str) -> float:
    """Read an ISO 8601 instant (UTC where it names no zone) or Unix seconds (milliseconds where they could be nothing else)."""
    try:
        number = float(text)
    except ValueError:
        return _parse_iso(text)
    if not 0 <= number < float("inf"):
        raise WrongUsage(f"{text!r} is no instant")
    return number / 1000.0 if number >= _FIRST_MILLISECONDS else number


def parse_since(text: str, *, now: float) -> float:
    """Read the begin of a time range: an instant, or how long ago."""
    try:
        return now - parse_duration_seconds(text)
    except WrongUsage:
        return parse_instant(text)


def parse_until(until: str | None, duration: str | None, *, now: float) -> float | None:
    """Read the end of something that begins now, from ``--until`` or ``--for``; neither means that it has none."""
    if until is not None and duration is not None:
        raise WrongUsage("give --until or --for, not both")
    end = parse_instant(until) if until is not None else None if duration is None else now + parse_duration_seconds(duration)
    if end is not None and end <= now:
        raise WrongUsage(f"{show_instant(end)} is already past")
    return end


def show_instant(unix_seconds: float) -> str:
    """Write an instant as RFC 3339 in UTC, to the second."""
    return datetime.fromtimestamp(unix_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parse_iso(text: str) -> float:
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise WrongUsage(f"{text!r} is no instant; write 2026-01-31T14:00:00Z or Unix seconds") from error
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
