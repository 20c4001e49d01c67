"""
Which points of a poll may be read in bulk.

The rule: bulk is taken only where reading one by one would have said the same and left nothing behind but a number. A series goes
alone where it has a memory (a total, a number to repeat), where rules may refuse its points or a rollout is compared by them, and
where one of them is late, out of bounds or from the future. A workload goes alone as a whole where its order matters: while it
changes its revision; and, in a poll that brings new series, wherever one of its series does.
"""

import math
from typing import NamedTuple

import numpy as np

from rollguard_detector.core.arrivals import NO_ROW, Arrivals
from rollguard_detector.core.banks.bank import Flags, Floats, Rows
from rollguard_detector.core.readings import LARGEST
from rollguard_detector.core.rounds import in_order
from rollguard_detector.core.series import SeriesBook
from rollguard_detector.core.workloads import Workloads


class Sieved(NamedTuple):
    """The places that go in bulk, and those that go alone; both ascend."""

    bulk: Rows
    alone: Rows


def sieved(arrivals: Arrivals, book: SeriesBook, workloads: Workloads, max_ahead_seconds: float) -> Sieved:
    """Part the points of a poll."""
    everything = np.arange(len(arrivals.rows), dtype=np.intp)
    known = np.flatnonzero(arrivals.rows != NO_ROW)
    new = np.flatnonzero(arrivals.rows == NO_ROW)
    named = {point.workload for place in new.tolist() if (point := arrivals.points[place]) is not None}
    most_of_one = max(map(workloads.series_count, named), default=0)
    if not len(known) or not book.has_room(len(new), most_of_one):
        return Sieved(everything[:0], everything)
    rows = arrivals.rows[known]
    fits = book.is_plain[rows] & _fits(arrivals, known, max_ahead_seconds) & _is_newer(rows, arrivals.at_seconds[known], book)
    row_goes_alone = np.zeros(book.capacity, np.bool_)
    row_goes_alone[rows[~fits]] = True
    numbers = book.workload_of[rows]
    goes_alone = np.zeros(workloads.capacity, np.bool_)
    goes_alone[numbers[~book.is_steady[rows]]] = True
    if named:  # what a new series inherits is settled before it, and with it all that was read so far
        goes_alone[numbers[~fits]] = True
        goes_alone[workloads.numbers_of(named)] = True
    is_bulk = np.zeros(len(everything), np.bool_)
    is_bulk[known] = ~row_goes_alone[rows] & ~goes_alone[numbers]
    return Sieved(everything[is_bulk], everything[~is_bulk])


def _fits(arrivals: Arrivals, places: Rows, max_ahead_seconds: float) -> Flags:
    at, received = arrivals.at_seconds[places], arrivals.received_at_seconds[places]
    latest = np.where(received > 0, received + max_ahead_seconds, math.inf)
    is_gauge = np.ones(len(arrivals.rows), np.bool_)
    is_gauge[list(arrivals.points)] = False
    fits: Flags = is_gauge[places] & (np.abs(arrivals.values[places]) < LARGEST) & (at <= latest)
    return fits & (at > -math.inf) & (at < math.inf)


def _is_newer(rows: Rows, at_seconds: Floats, book: SeriesBook) -> Flags:
    """Return which points are later than the one of their series before, in this poll or the last."""
    order, begins = in_order(rows)
    times = at_seconds[order]
    before = np.empty(len(times))
    before[1:] = times[:-1]
    before[begins] = book.heard_at[rows[order[begins]]]
    newer = np.empty(len(rows), np.bool_)
    newer[order] = times > before
    return newer
