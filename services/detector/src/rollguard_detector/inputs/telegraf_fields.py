"""
Telegraf's metrics to metric points: a measurement with tags and several fields is as many series.

A field is named ``measurement_field``; where the field only repeats the kind (``value``, ``gauge``, ``counter``), or the
measurement is ``prometheus``, whose fields are whole names, one of the two says it all. Neither format says gauge or counter: the
name does.
"""

import msgspec

from rollguard_detector.core.kinds import NumberKind
from rollguard_detector.inputs.gathering import Gathering
from rollguard_detector.inputs.prometheus_samples import PrometheusSamples

Field = bool | int | float | str | None
_KIND_ALONE = ("value", "gauge", "counter")


class Metric(msgspec.Struct):
    """
    A metric as both formats hold it.

    In JSON ``timestamp`` is in the unit that the serialiser was set to, or text in its own layout.
    """

    name: str
    timestamp: float | str
    fields: dict[str, Field]
    tags: dict[str, str] = {}


def take(samples: PrometheusSamples, gathering: Gathering, metric: Metric, at_seconds: float) -> None:
    """Take in every field that is a number; a truth value is 1 or 0."""
    for field, value in metric.fields.items():
        if value is None or isinstance(value, str):
            gathering.skip("no-number")
            continue
        kind: NumberKind | None = "counter" if field == "counter" else None
        samples.take(_name(metric.name, field), metric.tags, float(value), at_seconds, kind=kind)


def _name(measurement: str, field: str) -> str:
    if measurement == "prometheus":
        return field
    return measurement if field in _KIND_ALONE else f"{measurement}_{field}"
