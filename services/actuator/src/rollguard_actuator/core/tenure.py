"""
Whose turn it is to act: one actuator holds the lease, the others wait until it is given back or runs out.

Nobody else's clock is trusted: a lease has run out when this process has not seen it change for its whole duration. The holder
counts from before it asked for its last renewal, and stops acting a third earlier than the others may begin.
"""

from typing import Literal

import msgspec

Turn = Literal["create", "take", "renew", "wait"]
_SAFE_SHARE = 2 / 3


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """A lease as it was read; ``version`` changes with each renewal, ``epoch`` grows with each new holder."""

    holder: str
    epoch: int
    version: str
    duration_seconds: float


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """The version that was seen last, and since when, by this process's own clock."""

    version: str
    since_seconds: float


def look(sight: Sight | None, lease: Lease | None, now_seconds: float) -> Sight | None:
    """Remember what was seen; an unchanged lease keeps its time."""
    if lease is None:
        return None
    return (
        sight if sight is not None and sight.version == lease.version else Sight(version=lease.version, since_seconds=now_seconds)
    )


def turn(lease: Lease | None, sight: Sight | None, me: str, now_seconds: float) -> Turn:
    """Say what this process may do about the lease."""
    if lease is None or sight is None:
        return "create"
    if lease.holder == me:
        return "renew"
    has_run_out = now_seconds - sight.since_seconds >= lease.duration_seconds
    return "take" if not lease.holder or has_run_out else "wait"


def next_epoch(lease: Lease | None, now_unix_seconds: float) -> int:
    """
    Return the epoch of a new holder.

    The first one begins at the time, so that a lease that somebody deleted goes on above every epoch that was ever written down.
    """
    return int(now_unix_seconds) if lease is None else lease.epoch + 1


def acts_until(asked_at_seconds: float, duration_seconds: float) -> float:
    """Return until when a holder may act that asked for its renewal at that time."""
    return asked_at_seconds + duration_seconds * _SAFE_SHARE
