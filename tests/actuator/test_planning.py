"""``rollguard-actuator plan``: what would be done is said step by step, and the target is as it was."""

import asyncio

import pytest

from actuator.registry import FakeDriver, FakeRegistry
from actuator.saying import NOW, TARGET, rollback
from actuator.workload_world import DEPLOYMENT_WORLDS, IMAGE, workload_world
from rollguard_actuator.__main__ import EXIT_USAGE, main
from rollguard_actuator.drivers.dry_run import DryRun
from rollguard_actuator.shell import planning
from rollguard_runtime.errors import Temporary


@pytest.fixture
def registry():
    registry = FakeRegistry()
    for version in ("1", "2"):
        registry.register(TARGET.model, version)
    registry.point(TARGET, "2")
    return registry


def rehearse(driver, decision):
    return asyncio.run(planning.rehearse(DryRun(driver), decision, NOW))


def test_a_decision_that_would_act_is_told_step_by_step_and_nothing_moves(registry):
    outcome = rehearse(FakeDriver(registry), rollback())
    assert planning.would_act(outcome)
    assert [step.name for step in outcome.steps] == ["observe", "look-up", "claim", "move", "mark"]
    assert (registry.aliases[TARGET], registry.claims, registry.moves) == ("2", {}, [])
    assert "move     planned      2 -> 1" in planning.page(outcome)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"suspect_revision": "9"}, "2 is live, not the suspect 9"),
        ({"target_revision": "9"}, "revision 9 does not exist"),
        ({"deadline_unix_seconds": NOW - 1}, "the decision's deadline has passed"),
        ({"mode": "recommend"}, "mode is recommend"),
    ],
)
def test_a_decision_that_would_not_act_says_why(registry, given, why):
    outcome = rehearse(FakeDriver(registry), rollback(**given))
    assert not planning.would_act(outcome)
    assert f"would not act: {why}" in planning.page(outcome)


@pytest.mark.parametrize("world", DEPLOYMENT_WORLDS, indirect=True)
def test_on_kubernetes_the_server_itself_says_whether_it_would_take_it(world):
    restored, suspect = world.register(), world.register()
    before = world.live()["metadata"]["generation"]
    outcome = rehearse(world.driver, rollback(target=world.target, suspect_revision=suspect, target_revision=restored))
    assert planning.would_act(outcome)
    assert outcome.steps[3].detail == "the server would take it"
    assert (world.image(), world.live()["metadata"]["generation"]) == (f"{IMAGE}:v2", before)


@pytest.mark.parametrize("world", DEPLOYMENT_WORLDS, indirect=True)
def test_an_account_that_may_only_look_is_told_so_in_the_plan(world):
    restored, suspect = world.register(), world.register()
    rules = [{"apiGroups": ["apps"], "resources": ["deployments", "replicasets"], "verbs": ["get", "list"]}]
    poor = world.driver_on(world.cluster.account(world.namespace, rules).client)
    outcome = rehearse(poor, rollback(target=world.target, suspect_revision=suspect, target_revision=restored))
    assert "this account may not do it" in outcome.steps[3].detail


@pytest.fixture
def world(request):
    return workload_world(request, request.param)


def test_a_file_that_holds_no_decision_is_refused(tmp_path, capsys):
    (tmp_path / "decision.json").write_text('{"type": "withheld"}')
    assert main(["plan", "--decision", str(tmp_path / "decision.json")]) == EXIT_USAGE
    assert "holds no decision to act" in capsys.readouterr().err


def test_a_target_that_does_not_answer_is_no_plan(registry):
    registry.trouble = {"observe": [Temporary("down")]}
    with pytest.raises(Temporary):
        rehearse(FakeDriver(registry), rollback())
