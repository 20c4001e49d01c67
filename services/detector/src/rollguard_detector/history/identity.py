"""
Whose a series of a history is: one point, checked once, of which all points of the series are copies with a time and a value.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from rollguard_detector.core.history import Unread
from rollguard_schemas.metrics import MetricPoint

_FORM_OF = {
    "workload": "write namespace/name, such as shop/fraud-scorer",
    "metric": "write a name of 1 to 253 characters",
    "revision": "write 1 to 253 characters, or nothing",
    "kind": "write gauge or counter",
}


def template_of(fields: Mapping[str, Any], where: str) -> MetricPoint | Unread:
    """Return a point with these fields and no time yet, or what is wrong with them."""
    try:
        point = msgspec.convert({"type": "metric-point", **fields, "value": 0.0, "time_unix_seconds": 0.0}, MetricPoint)
    except msgspec.ValidationError as error:
        complaint, _, path = str(error).partition(" - at `$.")
        field = path.rstrip("`")
        if field not in _FORM_OF:
            return Unread(where, complaint)
        return Unread(where, f"{field} {fields.get(field)!r} is not of the right form", _FORM_OF[field])
    if point.kind in ("gauge", "counter"):
        return point
    return Unread(where, f"kind {point.kind!r} needs more than a value", _FORM_OF["kind"])


def at(template: MetricPoint, seconds: float, value: float) -> MetricPoint:
    """Return the series' point at an instant."""
    return msgspec.structs.replace(template, time_unix_seconds=seconds, value=value)
