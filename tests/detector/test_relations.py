"""
The models of several series in the running detector: what only shows in their relation is said once, and is over when it is over.
"""

import msgspec
import numpy as np

from detector.worlds import START, WORKLOAD, observe, of_type, point
from rollguard_detector.core.arrivals import Arrival
from rollguard_detector.core.detector import Detector
from rollguard_detector.core.models.registry import named
from rollguard_detector.core.snapshots import WorkloadKept
from rollguard_schemas.signals import AnomalyCleared, AnomalyOpened

TOGETHER = named("together")
SAMPLES, BROKEN = 1_650, range(800, 900)


def _log(seed=3):
    """Two metrics that move as one; for a while one of them turns round, within the range of either."""
    rng = np.random.default_rng(seed)
    shared, own = rng.standard_normal(SAMPLES), 0.1 * rng.standard_normal((2, SAMPLES))
    log = []
    for second in range(SAMPLES):
        sign = -1.0 if second in BROKEN else 1.0
        values = (5.0 + shared[second] + own[0, second], 9.0 + sign * shared[second] + own[1, second])
        log += [
            point(float(value), at=second + place / 10, metric=name)
            for place, (name, value) in enumerate(zip("ab", values, strict=True))
        ]
    return log


LOG = _log()


def _relations(signals):
    opened = [one for one in of_type(signals, AnomalyOpened) if one.kind == "relation"]
    incidents = {one.incident for one in opened}
    return opened, [one for one in of_type(signals, AnomalyCleared) if one.incident in incidents]


def test_a_broken_relation_is_an_incident_that_begins_and_ends_although_each_series_stays_in_its_range():
    opened, cleared = _relations(observe(Detector(models=TOGETHER), LOG))

    assert 0 < opened[0].time_unix_seconds - START - BROKEN.start < 60
    assert "does not go with the other metrics" in opened[0].evidence.summary
    assert opened[0].metric in ("a", "b")
    assert [one.incident for one in cleared] == [opened[0].incident]
    assert cleared[0].time_unix_seconds - START > BROKEN.stop


def test_without_a_named_model_nothing_is_said_of_it():
    assert _relations(observe(Detector(), LOG[: 2 * BROKEN.start + 80])) == ([], [])


def test_neither_cuts_nor_a_move_to_another_process_show():
    log = LOG[: 2 * BROKEN.start + 80]
    expected = observe(Detector(models=TOGETHER), log)
    detector, said = Detector(models=TOGETHER), []
    for first, last in ((0, 701), (701, 1_640), (1_640, 1_641), (1_641, len(log))):
        seen = detector.observe_many([Arrival(one, one.time_unix_seconds) for one in log[first:last]])
        said += [signal for observation in seen for signal in observation.signals]
        wire = msgspec.msgpack.encode(detector.keep(WORKLOAD))
        detector = Detector(models=TOGETHER)
        detector.resume(msgspec.msgpack.decode(wire, type=WorkloadKept))

    assert said == expected
    assert _relations(said)[0]
