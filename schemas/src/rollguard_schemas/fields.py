"""
The field types that events share, with their bounds.

A bound written here is enforced on decoding and shows in the generated JSON Schema; a bound repeated in each event would drift.
"""

from typing import Annotated, Literal

from msgspec import Meta

WorkloadId = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
        max_length=253,
        description="namespace/name of what users run; the key of every topic.",
        examples=["shop/fraud-scorer"],
    ),
]
FLEET = "*"
Scope = Annotated[
    str,
    Meta(
        pattern=r"^(\*|[a-z0-9]([a-z0-9.-]*[a-z0-9])?/(\*|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?))$",
        max_length=253,
        description="A workload id, namespace/* for all of a tenant's, or * for the whole fleet.",
    ),
]
Revision = Annotated[
    str,
    Meta(min_length=1, max_length=253, description="One immutable version of a workload, as its target names it."),
]
EventId = Annotated[
    str, Meta(min_length=1, max_length=128, description="Derived from the cause; a replay or a duplicate carries the same id.")
]
# The year 9999: later instants cannot be written as RFC 3339, and no clock is that wrong by accident.
LATEST_UNIX_SECONDS = 253_402_300_799
UnixSeconds = Annotated[
    float,
    Meta(ge=0, le=LATEST_UNIX_SECONDS, description="Seconds since 1970-01-01T00:00:00Z, event time."),
]
Seconds = Annotated[float, Meta(ge=0)]
PositiveSeconds = Annotated[float, Meta(gt=0)]
Ratio = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0)]
Name = Annotated[str, Meta(min_length=1, max_length=253)]

BreachDirection = Literal["above", "below"]
Mode = Literal["observe", "recommend", "act"]
Cause = Literal["rollout", "global", "segment", "upstream", "unknown"]


def is_breach(value: float, bound: float, direction: BreachDirection) -> bool:
    """Say whether a value lies beyond its bound; the bound itself is still within."""
    return value > bound if direction == "above" else value < bound
