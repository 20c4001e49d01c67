"""
On real parts: a decision acts once, however often it is delivered and whatever dies in between; one whose suspect no longer serves
touches nothing.
"""

import time

import pytest
from mlflow import MlflowClient

from rollguard_schemas import topics
from rollguard_schemas.decisions import Attribution, Explanation, RollbackDecided, Verification
from rollguard_schemas.outcomes import ActionApplied, Superseded
from rollguard_schemas.targets import MlflowAlias
from support.topics import fresh_name


def _decision(number, workload, target, *, suspect, back_to, fence):
    now = time.time()
    return RollbackDecided(
        id=f"rollback-{workload}-{number}",
        workload=workload,
        time_unix_seconds=now,
        signal_ids=("signal",),
        policy=None,
        mode="act",
        attribution=Attribution(cause="rollout", summary="it began then"),
        explanation=Explanation(summary="it climbs"),
        target=target,
        suspect_revision=suspect,
        fence=fence,
        deadline_unix_seconds=now + 120,
        verification=Verification(within_seconds=300),
        rollout="rollout",
        target_revision=back_to,
    )


@pytest.fixture
def registry(road):
    """Return the real registry's client, and a model of three versions of which the second serves."""
    client, name = MlflowClient(tracking_uri=road.mlflow_url), fresh_name("scorer")
    client.create_registered_model(name)
    for _ in range(3):
        client.create_model_version(name, "s3://models/scorer", await_creation_for=0)
    client.set_registered_model_alias(name, "champion", "2")
    return client, name


def _serving(registry):
    client, name = registry
    return str(client.get_model_version_by_alias(name, "champion").version)


async def test_a_decision_acts_once_though_it_is_delivered_again_after_a_kill_and_a_stale_one_touches_nothing(road, registry):
    client, name = registry
    workload, target = f"shop/{name}", MlflowAlias(model=name, alias="champion")
    decision = _decision(1, workload, target, suspect="2", back_to="1", fence=1)
    stale = _decision(2, workload, target, suspect="2", back_to="1", fence=2)
    outcomes = [topics.OUTCOMES.name]

    await road.tell(topics.DECISIONS, decision, decision)
    await road.events(outcomes, workload, bool)
    moved_to = _serving(registry)
    client.set_registered_model_alias(name, "champion", "3")
    road.services["actuator"].child.kill()
    road.services["actuator"].restart()
    await road.tell(topics.DECISIONS, decision, stale)
    said = await road.events(outcomes, workload, lambda events: any(isinstance(event, Superseded) for event in events))

    assert moved_to == "1"
    assert _serving(registry) == "3", "somebody's later move was overwritten"
    assert [event.decision_id for event in said if isinstance(event, ActionApplied)] == [decision.id]
    assert [event.decision_id for event in said if isinstance(event, Superseded)] == [stale.id]
