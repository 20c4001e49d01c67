"""
Reads points into a poll: to which series each belongs, what number it stands for, and whether the models may learn it.

The rule: a point is read with what was true at its place in the log. So what a new series inherits, and what is forgotten to make
room for it, waits until all that lies before it was settled; else where polls are cut would show.
"""

import numpy as np

from rollguard_detector.core.arrivals import Arrivals, Outcome, SkipReason
from rollguard_detector.core.banks.bank import Floats, Rows
from rollguard_detector.core.mirrored import is_mirrored
from rollguard_detector.core.missing import MissingNumbers
from rollguard_detector.core.poll import Changed, Gathered, Poll
from rollguard_detector.core.readings import labels_of, metric_of
from rollguard_detector.core.rollouts import RolloutBook
from rollguard_detector.core.series import Ceiling, Series, SeriesBook, SeriesKey
from rollguard_detector.core.watching import Watching
from rollguard_detector.core.workloads import Workload, Workloads
from rollguard_schemas.metrics import MetricPoint


class Reader:
    """The way from points to the banks, over the books of one detector."""

    def __init__(  # noqa: PLR0917  # one of each kind, and none could stand for another
        self,
        book: SeriesBook,
        workloads: Workloads,
        watching: Watching,
        rollouts: RolloutBook,
        missing: MissingNumbers,
        max_ahead_seconds: float,
    ) -> None:
        self._book, self._workloads, self._watching, self._rollouts = book, workloads, watching, rollouts
        self._missing, self._max_ahead_seconds = missing, max_ahead_seconds
        self._budget_of, self._budgets_good_for = np.zeros(0), (-1, -1, -1)  # by number of the workload

    def read_many(self, arrivals: Arrivals, places: Rows, poll: Poll) -> None:
        """Put gauges that need no second look into the poll."""
        rows, at_seconds = arrivals.rows[places], arrivals.at_seconds[places]
        self._book.heard_at[rows] = at_seconds  # of several points of a row the last one stays
        no_sizes = np.full(len(rows), np.nan)
        poll.take_many(Gathered(places, rows, at_seconds, arrivals.values[places], no_sizes, self._budgets(rows)))

    def _budgets(self, rows: Rows) -> Floats:
        """Return how long each row may go without a false alarm: asked anew once a series came or went, or a policy was told."""
        good_for = (self._book.version, len(self._book), self._workloads.policies_taken)
        if good_for != self._budgets_good_for:
            self._budget_of, self._budgets_good_for = self._workloads.budgets(), good_for
        return self._budget_of[self._book.workloads_of(rows)]

    def read(self, point: MetricPoint, received_at_seconds: float, index: int, poll: Poll, outcome: Outcome) -> SkipReason | None:
        """Put a point's number into the poll, or say why it has none."""
        at_seconds = point.time_unix_seconds
        if received_at_seconds > 0 and at_seconds > received_at_seconds + self._max_ahead_seconds:
            return "future"
        key = key_of(point)
        series = self._book.get(key) or self._admit(key, point, poll, outcome)
        if isinstance(series, str):
            return series
        lane, missing = series.lane, self._missing.of(point.metric)
        before = lane.before
        number = lane.read(point, missing, is_late=bool(at_seconds <= self._book.heard_at[series.row]))
        series.keep(lane)
        if number in ("late", "not-finite"):
            return number
        self._book.heard_at[series.row] = at_seconds
        workload = series.workload
        if is_mirrored(key.labels, workload.marks):
            self._book.note_mirrored(series)
            said = workload.trials.hear(point, before, None if isinstance(number, str) else number, is_mirrored=True)
            outcome.say(index, tuple(said))
            return "mirrored"
        self._hear_revision(point, workload, index, poll)
        refusal = number if isinstance(number, str) else workload.refusal(key.metric, number, point.denominator)
        if workload.trials.is_on and refusal != "out-of-range":
            outcome.say(index, tuple(workload.trials.hear(point, before, None if isinstance(number, str) else number)))
        if refusal is None and not isinstance(number, str):
            if series.is_new:
                self._inherit(series, number, poll, outcome)
            poll.take(index, series, point, number)
        self._book.note_plain(series, repeats=missing == "last")  # last, since a series that has learned is new no longer
        return refusal

    def _hear_revision(self, point: MetricPoint, workload: Workload, index: int, poll: Poll) -> None:
        """Note which revision reports; while that is open, every point of the workload counts by itself."""
        was_steady = workload.is_steady
        change = workload.revisions.hear(point.revision, point.time_unix_seconds)
        if change is not None:
            poll.changes.append(Changed(index, workload, point, change))
        if change is not None or (was_steady and not workload.is_steady):
            self._book.note_none_plain(workload)

    def _admit(self, key: SeriesKey, point: MetricPoint, poll: Poll, outcome: Outcome) -> Series | Ceiling:
        """Give a new series a row; what it inherits, and from whom a row is taken, must be up to date before."""
        if self._refusal(key) is not None:
            self.settle(poll, outcome)
            gone = self._book.make_room(point.time_unix_seconds, self._workloads.held_rows())
            poll.arrivals.spell_out(gone)
            self._watching.release(gone)
            self._workloads.forget_idle()
        donor = self._book.continued_by(key)
        if donor is not None:
            self.settle(poll, outcome)
        return self._refusal(key) or self.begin(key, point.unit, donor)

    def _refusal(self, key: SeriesKey) -> Ceiling | None:
        return self._book.refusal(self._workloads.series_count(key.workload))

    def _inherit(self, series: Series, number: float, poll: Poll, outcome: Outcome) -> None:
        """Let a series start from its siblings, if they may know enough; they are brought up to date before."""
        series.is_new = False
        siblings = self._book.siblings_of(series.key)
        if self._watching.may_teach(siblings, len(poll)):
            self.settle(poll, outcome)
            self._watching.teach(series, number, siblings)

    def begin(self, key: SeriesKey, unit: str, donor: Series | None = None) -> Series:
        """Give a series a row, anew or from what is known of another."""
        series = self._book.admit(key, unit, self._workloads.of(key.workload))
        self._watching.begin(series, donor)
        return series

    def settle(self, poll: Poll, outcome: Outcome) -> None:
        """Let the models take what was read, and say what follows from it, in the order of the log."""
        if poll.is_empty:
            return
        for index, said in self._watching.settle(poll, self._rollouts):
            outcome.say(index, said)
        poll.clear()


def key_of(point: MetricPoint) -> SeriesKey:
    """Return what names the series of a point."""
    return SeriesKey(point.workload, metric_of(point), labels_of(point.labels), point.revision)
