"""
History from a Prometheus server, by range queries.

Every query is asked for the same window of time, window by window, so that points come in event time without holding the whole
history. Instants lie on multiples of the step: a detector that starts a minute later learns the same points. A value that is no
number stays one, and is skipped by the detector as it would be live.
"""

from collections.abc import AsyncGenerator
from math import ceil

from rollguard_detector.core.history import Span, Stretch, Unread, order_of
from rollguard_detector.core.identity import Identities
from rollguard_detector.history import identity
from rollguard_detector.history.naming import named, shown
from rollguard_detector.history.plan import Prometheus
from rollguard_detector.history.range_query import RangeQueries, Series, TooMuch, TooSlow
from rollguard_detector.history.windows import Window
from rollguard_runtime.errors import Permanent
from rollguard_schemas.metrics import MetricPoint

_Key = tuple[int, tuple[tuple[str, str], ...]]


class PrometheusHistory:
    """A server's series, as a list of queries names them."""

    def __init__(self, server: Prometheus, identities: Identities | None = None) -> None:
        self.name = server.url
        self._server, self._identities = server, identities or Identities()
        self._window = Window()
        self._templates: dict[_Key, MetricPoint | None] = {}

    async def read(self, span: Span) -> AsyncGenerator[Stretch, None]:
        """Give the span window by window."""
        step = self._server.step_seconds
        index, end = ceil(span.since_seconds / step), ceil(span.until_seconds / step)
        async with RangeQueries(self._server) as queries:
            while index < end:
                steps = min(self._window.steps, end - index)
                answers = await self._answers(queries, index * step, (index + steps - 1) * step)
                if answers is None:
                    continue  # it was too much, and is asked for in halves
                index += steps
                stretch = self._stretch(answers, span.until_seconds if index == end else index * step)
                self._window.fit(steps=steps, points=len(stretch.points))
                yield stretch

    async def _answers(self, queries: RangeQueries, first: float, last: float) -> list[list[Series]] | None:
        try:
            return [await queries.ask(one.query, first_seconds=first, last_seconds=last) for one in self._server.queries]
        except TooSlow:
            self._window.shrink()
            raise
        except TooMuch as error:
            if not self._window.shrink():
                raise Permanent(f"{error}; let the query give fewer series") from error
            return None

    def _stretch(self, answers: list[list[Series]], until_seconds: float) -> Stretch:
        points: list[MetricPoint] = []
        unread: list[Unread] = []
        for number, answer in enumerate(answers):
            for series in answer:
                template = self._template(number, series, unread)
                if template is not None:
                    points += [identity.at(template, seconds, float(text)) for seconds, text in series.values]
        return Stretch(until_seconds, tuple(sorted(points, key=order_of)), tuple(unread))

    def _template(self, number: int, series: Series, unread: list[Unread]) -> MetricPoint | None:
        """Return what the series' points look like; one that belongs to nobody is named once."""
        key = (number, tuple(sorted(series.metric.items())))
        if key not in self._templates:
            where = f"{self.name}: queries[{number}]: {shown(series.metric)}"
            found = named(self._server.queries[number], series.metric, where, self._identities)
            if series.histograms:
                found = Unread(where, "is a native histogram", "ask for a quantile: histogram_quantile(0.95, ...)")
            if isinstance(found, Unread):
                unread.append(found)
            self._templates[key] = found if isinstance(found, MetricPoint) else None
        return self._templates[key]
