"""
Which points of a poll may be read in bulk.

The rule: bulk is taken only where reading one by one would have said the same and left nothing behind but a number. So a point
goes alone where its series has a memory (a total, a number to repeat), where rules may refuse it, where it is late, out of bounds
or from the future, or where its workload is changing its revision; and then all points of its workload go alone, in their order.
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
    if not len(known) or len(book) + len(everything) - len(known) >= book.most:
        return Sieved(everything[:0], everything)
    rows = arrivals.rows[known]
    fits = book.is_plain[rows] & _fits(arrivals, known, max_ahead_seconds) & _is_newer(rows, arrivals.at_seconds[known], book)
    numbers = book.workload_of[rows]
    goes_alone = np.zeros(workloads.capacity, np.bool_)
    goes_alone[numbers[~fits]] = True
    goes_alone[workloads.numbers_of({point.workload for point in arrivals.points.values()})] = True
    is_bulk = np.zeros(len(everything), np.bool_)
    is_bulk[known] = ~goes_alone[numbers]
    return Sieved(everything[is_bulk], everything[~is_bulk])


def _fits(arrivals: Arrivals, places: Rows, max_ahead_seconds: float) -> Flags:
    at, received = arrivals.at_seconds[places], arrivals.received_at_seconds[places]
    latest = np.where(received > 0, received + max_ahead_seconds, math.inf)
    fits: Flags = (np.abs(arrivals.values[places]) < LARGEST) & (at <= latest) & (at > -math.inf) & (at < math.inf)
    return fits


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
