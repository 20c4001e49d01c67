"""
What a snapshot is out of date for: whoever learned something or lost a series, and nobody else.
"""

import msgspec

from detector.worlds import WORKLOAD, observe, point
from rollguard_detector.core.detector import Detector, Limits

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
