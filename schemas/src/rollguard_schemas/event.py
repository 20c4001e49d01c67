"""
What every event has: a workload, an instant, and a tag that names its type in the JSON itself.

The tag makes a message self-describing even where a producer sends no headers. Fields are only ever added with a default;
a removed or retyped field is a new event, since golden examples must decode for ever.
"""

import re

import msgspec

from rollguard_schemas.fields import EventId, UnixSeconds, WorkloadId


def kebab(name: str) -> str:
    """Turn a Struct's name into its tag: ``BreachForecast`` to ``breach-forecast``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=kebab):
    """Something that was seen, said or done, about one workload, at one instant."""

    workload: WorkloadId
    time_unix_seconds: UnixSeconds


class IdentifiedEvent(Event, frozen=True, kw_only=True):
    """An event that others refer to by id."""

    id: EventId


def type_name(event_type: type) -> str:
    """Return the tag of an event type, as it stands in the JSON."""
    tag = event_type.__struct_config__.tag  # type: ignore[attr-defined]  # set by msgspec on every Struct
    return str(tag)
