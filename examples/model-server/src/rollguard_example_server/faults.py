"""
Faults that a model version may carry, so that a bad rollout can be shown.

A fault is written in the version's tag ``fault`` as ``kind:growth``, for example ``latency:0.004``. It grows in a straight line
from nothing at the moment the version is loaded, and goes with it: the version before never had it. Everything here is pure; the
server asks ``Fault.at`` and applies what it says.
"""

import math
from collections.abc import Mapping
from typing import Literal, cast

import msgspec

FAULT_TAG = "fault"
HEALTHY = "none"

Kind = Literal["latency", "memory", "accuracy", "errors"]


class UnknownFault(ValueError):
    """The tag names no fault; a version with a fault that nobody understands is not served."""


class FaultKind(msgspec.Struct, frozen=True):
    """What one kind of fault does, what its number means, and where it stops growing."""

    growth: str
    limit: float


# Memory stops at 1 GiB: a forgotten demo must not take its machine down. A share cannot exceed the whole.
KINDS: Mapping[Kind, FaultKind] = {
    "latency": FaultKind("seconds of latency added per second of serving", math.inf),
    "memory": FaultKind("bytes leaked per second of serving", 2.0**30),
    "accuracy": FaultKind("share of answers flipped, growth per second of serving", 1.0),
    "errors": FaultKind("share of requests answered with HTTP 500, growth per second of serving", 1.0),
}


class Effects(msgspec.Struct, frozen=True, kw_only=True):
    """What faults do to a server at one moment."""

    latency_seconds: float = 0.0
    leaked_bytes: int = 0
    flipped_ratio: float = 0.0
    error_ratio: float = 0.0


class Fault(msgspec.Struct, frozen=True):
    """One fault; ``growth`` is per second, in the unit of its kind."""

    kind: Kind
    growth: float

    def at(self, seconds_since_load: float) -> Effects:
        """Return what the fault does so long after its version was loaded; nothing at the start, and never less than nothing."""
        size = min(self.growth * max(seconds_since_load, 0.0), KINDS[self.kind].limit)
        if self.kind == "latency":
            return Effects(latency_seconds=size)
        if self.kind == "memory":
            return Effects(leaked_bytes=int(size))
        if self.kind == "accuracy":
            return Effects(flipped_ratio=size)
        return Effects(error_ratio=size)


def parse(text: str | None) -> Fault | None:
    """
    Read a fault tag; None and ``none`` are a healthy version.

    Raises:

        UnknownFault: for an unknown kind, or a growth that is no positive number.
    """
    if text is None or text == HEALTHY:
        return None
    kind, _, number = text.partition(":")
    if kind not in KINDS:
        raise UnknownFault(f"fault {text!r}: there is no kind {kind!r}; there are {', '.join(KINDS)}, written as {examples()}")
    try:
        growth = float(number)
    except ValueError:
        growth = math.nan
    if not (math.isfinite(growth) and growth > 0):
        raise UnknownFault(f"fault {text!r}: {number!r} must be a positive number: {KINDS[cast(Kind, kind)].growth}")
    return Fault(cast(Kind, kind), growth)


def examples() -> str:
    """Show one fault of each kind, for help texts and errors."""
    return "latency:0.004, memory:2000000, accuracy:0.01, errors:0.005"
