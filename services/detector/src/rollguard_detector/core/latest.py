"""
The series that came last under each metric and labels of a workload: whom a new series continues, and who its siblings are.

Nearly every metric of a workload has one set of labels. So what has one is kept bare, and only what has several as a table by
labels: a table a metric would cost more than all the rest that is kept of a series.
"""

from itertools import islice
from typing import TYPE_CHECKING

from rollguard_detector.core.readings import Labels

if TYPE_CHECKING:
    from rollguard_detector.core.series import Series, SeriesKey


class Latest:
    """Series by workload, metric and labels, of the revision that came last."""

    def __init__(self) -> None:
        self._by_workload: dict[str, dict[str, Series | dict[Labels, Series]]] = {}

    def put(self, series: "Series") -> None:
        """Take a series for the latest of its metric and labels."""
        key = series.key
        metrics = self._by_workload.setdefault(key.workload, {})
        known = metrics.get(key.metric)
        if isinstance(known, dict):
            known[key.labels] = series
        elif known is None or known.key.labels == key.labels:
            metrics[key.metric] = series
        else:
            metrics[key.metric] = {known.key.labels: known, key.labels: series}

    def get(self, key: "SeriesKey") -> "Series | None":
        """Return the latest series of the same metric and labels."""
        return self._all(key).get(key.labels)

    def others(self, key: "SeriesKey", most: int) -> "list[Series]":
        """Return series of the same metric under other labels, at most so many of those that came first."""
        known = self._known(key)
        if not isinstance(known, dict):
            return [] if known is None or known.key.labels == key.labels else [known]
        return list(islice((series for labels, series in known.items() if labels != key.labels), most))

    def forget(self, series: "Series") -> None:
        """Let go of a series, if it is the latest."""
        workload, metric = series.key[:2]
        known = self._all(series.key)
        if known.get(series.key.labels) is not series:
            return
        metrics = self._by_workload[workload]
        del known[series.key.labels]
        if len(known) > 1:
            return
        if known:
            (metrics[metric],) = known.values()
            return
        del metrics[metric]
        if not metrics:
            del self._by_workload[workload]

    def _known(self, key: "SeriesKey") -> "Series | dict[Labels, Series] | None":
        return self._by_workload.get(key.workload, {}).get(key.metric)

    def _all(self, key: "SeriesKey") -> "dict[Labels, Series]":
        known = self._known(key)
        if known is None:
            return {}
        return known if isinstance(known, dict) else {known.key.labels: known}
