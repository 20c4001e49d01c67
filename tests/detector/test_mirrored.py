"""
Mirrored traffic: compared with what was served, and never counted as the users' harm.
"""

import msgspec
import numpy as np
import pytest

from detector.test_trials import ERRORS, counts, detector, in_time, said
from detector.worlds import WORKLOAD, compared, observe, of_type, policy
from rollguard_detector.core.arrivals import Arrival
from rollguard_detector.core.mirrored import DEFAULT_MARKS, is_mirrored, marks_of
from rollguard_schemas.policies import Objective
from rollguard_schemas.signals import BreachForecast, ObjectiveBreached, RevisionServing

SHADOW = {"traffic": "shadow"}
ERRORS_OBJECTIVE = Objective(name="errors", metric="error_ratio", above=0.1)


def marked(stretch, **labels):
    return [msgspec.structs.replace(one, labels=one.labels | labels) for one in stretch]


def stable(rate=0.01, minutes=60):
    return counts(1, minutes, rate, revision="1", n=10_800)


def watching(**terms):
    found = detector()
    found.take_policy(WORKLOAD, compared(policy(ERRORS_OBJECTIVE), metrics=(ERRORS,), **terms))
    return found


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"traffic": "shadow"}, True),
        ({"shadow": "True"}, True),
        ({"authority": "scorer.shop.svc-shadow:8080"}, True),
        ({"traffic": "live", "shadow": "false", "authority": "scorer"}, False),
        ({"host": "node-shadow"}, False),
        ({}, False),
    ],
)
def test_what_the_ecosystem_writes_tells_a_mirror_from_what_is_served(labels, expected):
    assert is_mirrored(tuple(sorted(labels.items())), DEFAULT_MARKS) is expected


def test_a_policys_rule_takes_the_place_of_the_defaults_and_an_empty_one_is_none():
    assert is_mirrored((("lane", "dark-7"),), marks_of({"lane": ("dark-*",)}))
    assert not is_mirrored((("traffic", "shadow"),), marks_of({"lane": ("dark-*",)}))
    assert not is_mirrored((("traffic", "shadow"),), marks_of({}))


def test_a_candidate_that_only_answers_a_mirror_is_found_worse_before_a_user_sees_it():
    bad = marked(counts(2, 30, 0.2, revision="2", start=30), **SHADOW)
    signals = observe(watching(), in_time(stable(), bad))
    first = next(one for one in signals if getattr(one, "verdict", "") == "degraded")

    assert (first.attribution, first.control, first.control_revision) == ("rollout", "mirror", "1")
    assert "on a mirror of the same requests" in first.evidence.summary
    assert of_type(signals, ObjectiveBreached, BreachForecast) == []
    assert [one.revision for one in of_type(signals, RevisionServing)] == ["1"]


def test_the_same_points_would_breach_if_they_were_served():
    signals = observe(watching(mirrored={}), in_time(stable(), marked(counts(2, 30, 0.2, revision="2", start=30), **SHADOW)))
    assert of_type(signals, ObjectiveBreached)


def test_a_candidate_that_does_as_well_on_the_mirror_is_healthy_by_it():
    last = said(detector(), stable(0.05, 90), marked(counts(2, 60, 0.05, revision="2", start=30), **SHADOW))[-1]
    assert (last.verdict, last.control) == ("healthy", "mirror")


def test_a_stable_revision_that_answers_a_mirror_of_the_candidates_requests_is_its_control():
    before, mirror = stable(0.01, 30), marked(counts(3, 30, 0.01, revision="1", n=10_800, start=30), **SHADOW)
    first = said(detector(), before, mirror, counts(2, 30, 0.06, revision="2", start=30))[0]
    assert (first.verdict, first.control) == ("degraded", "mirror")


def test_what_serves_beside_the_candidate_goes_before_a_mirror():
    mirror = marked(counts(3, 30, 0.3, revision="1", start=30), **SHADOW)
    own = marked(counts(4, 30, 0.3, revision="2", start=30), **SHADOW)
    found = said(detector(), stable(), mirror, own, counts(2, 30, 0.06, revision="2", start=30))
    assert {one.control for one in found} == {"concurrent"}


def test_half_of_a_mirror_failing_with_nothing_beside_it_says_nothing():
    assert said(detector(), marked(counts(2, 30, 0.6, revision="2", start=30), **SHADOW)) == []


def test_one_bad_pod_is_no_bad_release_on_a_mirror_either():
    pods = [*counts(2, 30, 0.01, revision="2", start=30, pods=("a", "b")), *counts(3, 30, 0.2, revision="2", start=30, pods=("c",))]
    found = said(detector(), stable(), marked(pods, **SHADOW))
    assert "degraded" not in {one.verdict for one in found}
    assert "c" in {one.segment for one in found}


def test_a_point_of_a_mirror_is_counted_as_such_and_teaches_no_model():
    (point, *_) = marked(counts(2, 1, 0.2, revision="2", start=30), **SHADOW)
    (observed,) = watching().observe_many([Arrival(point, point.time_unix_seconds)])
    assert observed.skipped == "mirrored"


def test_the_comparison_goes_on_in_another_process_as_if_nothing_had_been():
    log = in_time(stable(), marked(counts(2, 30, 0.04, revision="2", start=30), **SHADOW))
    straight, first, second = watching(), watching(), watching()
    cut = int(np.ceil(0.7 * len(log)))
    expected, begun = said(straight, log), said(first, log[:cut])
    second.resume(first.keep(WORKLOAD))
    assert begun + said(second, log[cut:]) == expected
    assert "degraded" in {one.verdict for one in expected}
