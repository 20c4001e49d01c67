"""
What a snapshot is out of date for: whoever learned something or lost a series, and nobody else.
"""

import msgspec

from detector.worlds import START, WORKLOAD, observe, point
from rollguard_detector.core.detector import Arrival, Detector, Limits

OTHER = "shop/other"


def test_whoever_was_heard_has_moved_once():
    detector = Detector()
    observe(detector, [point(at=1), msgspec.structs.replace(point(at=1), workload=OTHER)])
    assert detector.take_moved() == {WORKLOAD, OTHER}
    observe(detector, [point(at=2)])
    assert detector.take_moved() == {WORKLOAD}
    assert detector.take_moved() == set()


def test_a_late_point_moves_nothing():
    detector = Detector()
    observe(detector, [point(at=2)])
    detector.take_moved()
    observe(detector, [point(at=1)])
    assert detector.take_moved() == set()


def test_whoever_takes_a_row_over_has_moved_though_heard_at_the_same_instant():
    detector = Detector(Limits(max_series=1))
    observe(detector, [point(at=1)])
    detector.take_moved()
    detector.forget(WORKLOAD)
    observe(detector, [msgspec.structs.replace(point(at=1), workload=OTHER)])
    assert detector.take_moved() == {WORKLOAD, OTHER}


def test_whoever_is_put_back_before_its_partition_is_heard_can_be_taken_out_again():
    source = ("metrics", 0)
    detector, other = Detector(), Detector()
    detector.observe_many([Arrival(point(at=1), START + 1, source)])
    other.resume(detector.keep(WORKLOAD))
    other.set_clock(source, None)
    kept = other.keep(WORKLOAD)
    assert kept.partition[0] == source
    other.forget(WORKLOAD)
    other.resume(kept)
    assert other.clock(source) is None
    assert other.keep(WORKLOAD) == kept
