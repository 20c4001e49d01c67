"""
Recorded cloud series run through all three services: whatever is said of them is answered, and what is decided has an outcome.

The recordings are those of the Numenta benchmark, in folders as it has them. They are not shipped with this project.
"""

import asyncio
import csv
import os
from pathlib import Path

import pytest

from rollguard_schemas import topics
from rollguard_schemas.decisions import Decision, RollbackDecided
from rollguard_schemas.outcomes import Skipped
from rollguard_schemas.policies import ActOn, Guards, Objective, PolicyMetadata, PolicySpec, RollbackPolicy
from rollguard_schemas.rollouts import RolloutStarted
from rollguard_schemas.signals import ObjectiveBreached, Signal
from rollguard_schemas.targets import MlflowAlias
from support.topics import fresh_name

_DEFAULT = Path(__file__).parents[3] / "shared" / "data" / "nab"
RECORDINGS = Path(os.environ.get("ROLLGUARD_TEST_RECORDINGS", _DEFAULT))
SERIES = sorted(path for folder in ("realAWSCloudwatch", "realKnownCause") for path in RECORDINGS.glob(f"{folder}/*.csv"))
# The rollout that is to blame for everything: it begins in 2010, its window never ends, and no evidence is too old.
BEFORE_ALL_RECORDINGS, YEARS_SECONDS = 1_262_304_000.0, 1e9
TARGET = MlflowAlias(model="recorded", alias="champion")


def _high_bound(path):
    """Return a bound that the series passes in some of its rows."""
    values = sorted(float(row["value"]) for row in csv.DictReader(path.read_text().splitlines()))
    return values[int(len(values) * 0.98)]


def _policy(workload, bound):
    return RollbackPolicy(
        api_version="rollguard.dev/v1",
        metadata=PolicyMetadata(name="recorded"),
        spec=PolicySpec(
            workload=workload,
            target=TARGET,
            objectives=(Objective(name="ceiling", metric="recorded", above=bound, consecutive_samples=1),),
            mode="observe",
            act_on=ActOn(breach=True, anomaly="low"),
            guards=Guards(rollout_window_seconds=YEARS_SECONDS, stale_after_seconds=YEARS_SECONDS),
        ),
    )


def _rollout(workload):
    return RolloutStarted(
        id=f"started-{workload}",
        workload=workload,
        time_unix_seconds=BEFORE_ALL_RECORDINGS,
        rollout=f"rollout-{workload}",
        target=TARGET,
        from_revision="1",
        to_revision="2",
    )


@pytest.mark.skipif(not SERIES, reason=f"no recordings below {RECORDINGS}; set ROLLGUARD_TEST_RECORDINGS to a folder that has them")
@pytest.mark.timeout(600)
async def test_every_signal_about_a_recorded_series_is_answered_and_every_decision_has_an_outcome(road):
    workloads = {path: f"recorded/{fresh_name(path.stem.replace('_', '-'))}" for path in SERIES}
    await road.tell(topics.POLICIES, *(_policy(workload, _high_bound(path)) for path, workload in workloads.items()))
    await road.tell(topics.ROLLOUTS, *(_rollout(workload) for workload in workloads.values()))

    for replayed in await asyncio.gather(*(_replay(road, path, workload) for path, workload in workloads.items())):
        assert replayed.returncode == 0, replayed.stderr

    for workload in workloads.values():
        events = await road.events(
            [topics.SIGNALS.name, topics.DECISIONS.name, topics.OUTCOMES.name], workload, _is_settled, patience_seconds=240
        )
        assert any(isinstance(event, ObjectiveBreached) for event in events)
        assert any(isinstance(event, RollbackDecided) for event in events)
    assert road.complaints() == {}


async def _replay(road, path, workload):
    """Publish a recording beside the others: series that come side by side are judged in one round, one alone costs as much."""
    words = ("replay", str(path), "--workload", workload, "--metric", "recorded", "--revision", "2", "--speed", "0", "--json")
    return await asyncio.to_thread(road.command, *words)


def _is_settled(events):
    """A breach was said, nothing is unanswered, and every decision to act has its outcome."""
    said = {event.id for event in events if isinstance(event, Signal)}
    answered = {signal_id for event in events if isinstance(event, Decision) for signal_id in event.signal_ids}
    decided = {event.id for event in events if isinstance(event, RollbackDecided)}
    ended = {event.decision_id for event in events if isinstance(event, Skipped)}
    return any(isinstance(event, ObjectiveBreached) for event in events) and said <= answered and bool(decided) and decided <= ended
