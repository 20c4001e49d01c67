"""
The file in which people list where history lies: sources, and for a server its queries.

Unknown fields are refused: a misspelt mapping that is silently ignored would teach a series under a wrong name.
"""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rollguard_schemas.fields import Name, PositiveSeconds

_PLACES = re.compile(r"\{([^{}]*)\}")
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
Text = Annotated[str, Meta(min_length=1)]


class Query(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    One range query, and how its series are named.

    ``workload``, ``revision`` and ``metric`` are texts with labels in braces, ``{namespace}/{deployment}``; where left out, the
    same names are looked for as in live data, and the metric is the series' own name. ``labels`` are those to keep: all that
    name nothing else where left out.
    """

    query: Text
    workload: Text | None = None
    revision: Text | None = None
    metric: Name | None = None
    kind: Literal["gauge", "counter"] = "gauge"
    unit: str = ""
    labels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse a text whose braces hold no label."""
        for text in (self.workload, self.revision, self.metric):
            for label in labels_in(text or ""):
                if not _LABEL.fullmatch(label):
                    raise ValueError(f"`{{{label}}}` in {text!r} is no label of a series")


class Prometheus(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, tag_field="driver", tag="prometheus"
):
    """A server that answers ``/api/v1/query_range``: Prometheus, Thanos, Mimir, VictoriaMetrics."""

    url: Annotated[str, Meta(pattern=r"^https?://[^/]+")]
    queries: Annotated[tuple[Query, ...], Meta(min_length=1)]
    step_seconds: PositiveSeconds = 30.0
    timeout_seconds: PositiveSeconds = 30.0
    token_file: str | None = None
    ca_file: str | None = None
    headers: dict[str, str] = {}


class File(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, tag_field="driver", tag="file"):
    """CSV, or Parquet if it ends so, with the columns workload, metric, time, value, and maybe revision, labels, kind, unit."""

    path: Text


class Plan(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The document."""

    sources: Annotated[tuple[Prometheus | File, ...], Meta(min_length=1)]


def labels_in(text: str) -> list[str]:
    """Return the labels that a text names in braces."""
    return _PLACES.findall(text)


def filled(text: str, labels: dict[str, str]) -> str:
    """Return the text with the labels' values in the places; raises ``KeyError`` where one is missing or empty."""
    return _PLACES.sub(lambda place: labels.get(place[1]) or _missing(place[1]), text)


def _missing(label: str) -> str:
    raise KeyError(label)
