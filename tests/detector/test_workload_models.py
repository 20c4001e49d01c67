"""
All named models at work on one workload: the same log, the same findings; state that moves exactly; and numbers alone come in.
"""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollguard_detector.core.models.registry import MODELS, named
from rollguard_detector.core.models.workload import ModelLimits, StateRefused, WorkloadModels

START = 1_700_000_000.0
QUICK = json.dumps({name: {"window": 64} if name == "half-space-trees" else {} for name in MODELS if name != "kswin"})
ALL_BUT_KSWIN = [name for name in MODELS if name != "kswin"]
CHANNELS = ("cpu_ratio", "memory.bytes", "request_latency_p95")
LOUD_SECONDS = 300 * 15.0


def story(samples=420, seed=1):
    """Return rows in which two channels stop moving together, and one shifts after a while."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((samples, 3))
    rows[:, 1] = 0.95 * rows[:, 0] + 0.3 * rows[:, 1]
    rows[300:, 1] = rng.standard_normal(samples - 300)
    rows[360:, 2] += 3.0
    return rows


def feed(models, rows, first=0, quiet_seconds=LOUD_SECONDS):
    return [
        finding
        for at, row in enumerate(rows, start=first)
        for finding in models.observe(START + 15.0 * at, CHANNELS[: len(row)], np.asarray(row), quiet_seconds=quiet_seconds)
    ]


def test_every_role_speaks_and_says_who_it_was():
    found = feed(WorkloadModels(named(QUICK)), story())
    assert {"together", "half-space-trees", "adwin", "page-hinkley"} <= {one.model for one in found}
    for one in found:
        assert sum(part.share for part in one.contributions) == pytest.approx(1.0)
        assert {part.channel for part in one.contributions} <= set(CHANNELS)
        assert (one.evidence is None) == (one.kind == "drift")
    drifted = {(part.channel, part.direction) for one in found if one.kind == "drift" for part in one.contributions}
    assert ("request_latency_p95", "up") in drifted


def test_a_forecaster_speaks_when_a_series_stops_to_follow_its_past():
    rng, rows = np.random.default_rng(2), np.zeros((900, 1))
    for at in range(1, 900):
        rows[at] = (0.95 if at < 800 else -0.95) * rows[at - 1] + 0.3 * rng.standard_normal()
    found = feed(WorkloadModels(named("snarimax")), rows)
    assert found[-1].kind == "forecast"
    assert found[-1].at_seconds > START + 15.0 * 800


def test_one_call_a_tick_and_one_a_sample_find_the_same():
    def one_by_one(rows):
        models = WorkloadModels(named("together, adwin"))
        return [
            finding
            for at, row in enumerate(rows)
            for name, value in zip(CHANNELS, row, strict=True)
            for finding in models.observe(START + 15.0 * at, [name], np.array([value]), quiet_seconds=LOUD_SECONDS)
        ]

    rows = story()
    assert one_by_one(rows) == feed(WorkloadModels(named("together, adwin")), rows) != []


@pytest.mark.parametrize("at", [0, 15, 45, 310])
def test_state_moves_exactly_with_every_model_at_work(at):
    rows = story()
    undisturbed = WorkloadModels(named(QUICK))
    feed(undisturbed, rows[:at])
    moved = WorkloadModels(named(QUICK))
    moved.restore(undisturbed.export())
    assert feed(moved, rows[at:], at) == feed(undisturbed, rows[at:], at)
    one, other = moved.export(), undisturbed.export()
    assert one.keys() == other.keys()
    for key, kept in one.items():
        np.testing.assert_array_equal(kept, other[key], err_msg=key)


def test_state_holds_arrays_alone_and_no_objects():
    models = WorkloadModels(named(QUICK))
    feed(models, story()[:60])
    assert all(kept.dtype.kind in "fiubU" for kept in models.export().values())


def test_state_of_another_version_or_of_other_models_is_refused():
    models = WorkloadModels(named("together"))
    state = dict(models.export())
    with pytest.raises(StateRefused, match="version"):
        models.restore(state | {"version": np.array([99])})
    with pytest.raises(StateRefused, match="models"):
        WorkloadModels(named("adwin")).restore(state)
    with pytest.raises(StateRefused, match="begin anew"):
        WorkloadModels(named("together")).restore({name: kept for name, kept in state.items() if name != "gate.standards"})


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([float("nan"), float("inf"), -float("inf"), 1e200]), min_size=1, max_size=30), st.integers(0, 99))
def test_what_is_no_number_reaches_no_model(poison, at):
    def run(poisoned):
        models = WorkloadModels(named("together, adwin, page-hinkley"))
        feed(models, story()[:at])
        for value in poison if poisoned else ():
            assert models.observe(START + 15.0 * at, ["cpu_ratio"], np.array([value]), quiet_seconds=LOUD_SECONDS) == []
        feed(models, story()[at:120], at)
        return models

    clean, poisoned = run(poisoned=False), run(poisoned=True)
    assert poisoned.skipped["not-finite"] == len(poison)
    for key, kept in clean.export().items():
        if not key.startswith(("channels.", "gate.not_finite")):
            np.testing.assert_array_equal(poisoned.export()[key], kept, err_msg=key)


def test_a_scale_and_an_offset_that_the_caller_left_in_change_no_finding():
    rows = story()
    plain = feed(WorkloadModels(named("together, adwin, page-hinkley")), rows)
    scaled = feed(WorkloadModels(named("together, adwin, page-hinkley")), 1e-3 * rows + 0.05)
    assert [(one.kind, one.at_seconds) for one in scaled] == [(one.kind, one.at_seconds) for one in plain] != []


def test_more_channels_than_the_ceiling_are_refused_and_counted():
    models = WorkloadModels(named("together"), ModelLimits(max_channels=2))
    for at in range(50):
        models.observe(START + at, ["a", "b", f"request-{at}"], np.zeros(3), quiet_seconds=LOUD_SECONDS)
    assert models.channels == {"a", "b"}
    assert models.skipped == {"not-finite": 0, "late": 0, "channel-ceiling": 50}


def test_a_busier_channel_takes_the_place_of_a_quieter_one_in_every_model():
    models = WorkloadModels(named(QUICK), ModelLimits(max_channels=2))
    rng = np.random.default_rng(3)
    for at in range(400):
        names = ["a", "b"] if at < 60 else ["a", "c"]
        models.observe(START + 15.0 * at, names, rng.standard_normal(2), quiet_seconds=LOUD_SECONDS)
    assert models.channels == {"a", "c"}
    state = models.export()
    for number, name in enumerate(ALL_BUT_KSWIN):
        if MODELS[name].role != "scorer":
            assert state[f"watch-{number}.channels"].tolist() == ["a", "c"]


def test_memory_does_not_grow_with_names_or_time():
    models = WorkloadModels(named("together, snarimax, adwin, page-hinkley"), ModelLimits(max_channels=2))
    rng, sizes = np.random.default_rng(4), []
    for at in range(1_100):
        models.observe(START + 15.0 * at, ["a", "b", f"request-{at}"], rng.standard_normal(3), quiet_seconds=LOUD_SECONDS)
        if at in {550, 1_099}:
            sizes.append(sum(kept.nbytes for kept in models.export().values()))
    assert sizes[1] <= 2.2 * sizes[0]


def test_no_model_named_learns_and_says_nothing():
    models = WorkloadModels(())
    assert feed(models, story()) == []
    assert models.channels == frozenset()


def test_the_model_that_does_nothing_says_nothing():
    assert feed(WorkloadModels(named("nothing")), story()) == []


def test_a_stricter_budget_is_asked_for_more_evidence_before_anything_is_said():
    loud = feed(WorkloadModels(named("together")), story(), quiet_seconds=LOUD_SECONDS)
    strict = feed(WorkloadModels(named("together")), story(), quiet_seconds=100 * LOUD_SECONDS)
    assert 0 < len(strict) < len(loud)
    assert min(one.evidence for one in strict) >= 100 * LOUD_SECONDS / 15.0
