"""
From a server's series to the series that live data would make: by the query's own mapping, else by the names of live data.
"""

from collections.abc import Mapping

from rollguard_detector.core.history import Unread
from rollguard_detector.core.identity import Identities
from rollguard_detector.history.identity import template_of
from rollguard_detector.history.plan import Query, filled, labels_in
from rollguard_schemas.metrics import MetricPoint

_OWN_NAME = "__name__"


def named(query: Query, labels: Mapping[str, str], where: str, identities: Identities) -> MetricPoint | Unread:
    """Return the template of a series' points, or why it belongs to nobody."""
    known = dict(labels)
    who = identities.of_labels({name: text for name, text in known.items() if name != _OWN_NAME})
    try:
        workload = filled(query.workload, known) if query.workload else who.workload
        metric = filled(query.metric, known) if query.metric else known.get(_OWN_NAME)
    except KeyError as missing:
        label = missing.args[0]
        return Unread(where, f"has no label {label}", f"keep it in the query: sum by (..., {label}) (...)")
    if workload is None:
        return Unread(where, "names no workload", 'map its labels: workload: "{namespace}/{deployment}"')
    if metric is None:
        return Unread(where, "has no name of its own", "say which it is: metric: request_latency_seconds")
    revision = _revision(query.revision, known) if query.revision else who.revision
    identity = {"workload": workload, "revision": revision, "metric": metric, "kind": query.kind, "unit": query.unit}
    return template_of({**identity, "labels": _kept(query, known, who.labels)}, where)


def _revision(text: str, labels: dict[str, str]) -> str | None:
    """Return the revision; a series without the label is one whose revision nobody told, as it would be live."""
    try:
        return filled(text, labels)
    except KeyError:
        return None


def _kept(query: Query, labels: dict[str, str], unspent: dict[str, str]) -> dict[str, str]:
    """Return the labels that tell the series of a metric apart, as live data would."""
    if query.labels is not None:
        return {name: labels[name] for name in query.labels if labels.get(name)}
    texts = (query.workload, query.revision, query.metric)
    spent = {_OWN_NAME, *(label for text in texts for label in labels_in(text or ""))}
    return {name: text for name, text in unspent.items() if name not in spent}


def shown(labels: Mapping[str, str]) -> str:
    """Return a series as its server writes it."""
    inner = ", ".join(f'{name}="{text}"' for name, text in sorted(labels.items()) if name != _OWN_NAME)
    return f"{labels.get(_OWN_NAME, '')}{{{inner}}}"
