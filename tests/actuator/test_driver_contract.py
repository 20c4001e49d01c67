"""
What every driver promises, run against the registry in memory, the dry run, and the real MLflow server.

Left out: failures, which are each driver's own; see ``test_mlflow_alias`` and ``test_decisions``.
"""

import asyncio
import uuid

import pytest

from actuator.registry import FakeDriver, FakeRegistry
from rollguard_actuator.core.ports import Claim, Displaced, Mark, Move, PutClaim
from rollguard_actuator.drivers.dry_run import DryRun
from rollguard_schemas.targets import MlflowAlias


class FakeWorld:
    """The registry in memory."""

    def __init__(self):
        self.registry = FakeRegistry()
        self.driver = FakeDriver(self.registry)
        self.target = MlflowAlias(model="fraud", alias="champion")
        self._versions = 0

    def register(self):
        self._versions += 1
        self.registry.register(self.target.model, str(self._versions))
        return str(self._versions)

    def point(self, revision):
        self.registry.point(self.target, revision)


class DryRunWorld(FakeWorld):
    """The registry in memory, behind a dry run."""

    def __init__(self):
        super().__init__()
        self.driver = DryRun(self.driver)


class MlflowWorld:
    """A model of its own on the real server."""

    def __init__(self, url):
        from rollguard_actuator.drivers.mlflow_alias import MlflowAliasDriver  # noqa: PLC0415  # takes seconds, only where it is used

        self.driver = MlflowAliasDriver(url, timeout_seconds=30)
        self.target = MlflowAlias(model=f"fraud-{uuid.uuid4().hex[:8]}", alias="champion")
        self._client = self.driver._client
        self._client.create_registered_model(self.target.model)

    def register(self):
        return self._client.create_model_version(self.target.model, "s3://models/fraud", await_creation_for=0).version

    def point(self, revision):
        self._client.set_registered_model_alias(self.target.model, self.target.alias, revision)


@pytest.fixture(params=["fake", "dry-run", pytest.param("mlflow", marks=pytest.mark.real)])
def world(request):
    if request.param == "mlflow":
        server = request.getfixturevalue("mlflow_server")
        request.getfixturevalue("real_parts").used_by(server, request.node.nodeid)
        return MlflowWorld(server.url)
    return FakeWorld() if request.param == "fake" else DryRunWorld()


@pytest.fixture
def two(world):
    """Register two revisions; the second is live."""
    restored, suspect = world.register(), world.register()
    world.point(suspect)
    return restored, suspect


def observe(world):
    return asyncio.run(world.driver.observe(world.target))


def look_up(world, revision):
    return asyncio.run(world.driver.look_up(world.target, revision))


def apply(world, change):
    return asyncio.run(world.driver.apply(world.target, change))


def a_claim(revision):
    return Claim(decision_id="decision-1", fence=3, revision=revision, at_unix_seconds=1000.5)


def acts(world):
    return not world.driver.capabilities.is_dry_run


def test_it_says_what_it_can_do(world):
    assert "rollback-decided" in world.driver.capabilities.actions


def test_an_alias_that_was_never_set_points_nowhere(world):
    world.register()
    assert observe(world).revision is None


def test_a_model_that_does_not_exist_points_nowhere(world):
    world.target = MlflowAlias(model="there-is-no-such-model", alias="champion")
    assert observe(world).revision is None


def test_what_is_live_is_observed_without_a_claim_at_first(world, two):
    seen = observe(world)
    assert (seen.revision, seen.claim) == (two[1], None)


def test_a_revision_that_is_registered_exists_and_is_ready(world, two):
    candidate = look_up(world, two[0])
    assert (candidate.exists, candidate.is_ready, candidate.marked_by) == (True, True, None)


@pytest.mark.parametrize("revision", ["99", "no-number"])
def test_a_revision_that_was_never_registered_does_not_exist(world, two, revision):
    assert not look_up(world, revision).exists


def test_a_claim_is_read_back_as_it_was_put_and_a_later_one_replaces_it(world, two):
    apply(world, PutClaim(claim=Claim(decision_id="earlier", fence=1, revision="1", at_unix_seconds=1.0)))
    step = apply(world, PutClaim(claim=a_claim(two[0])))
    assert (step.status, observe(world).claim) == (("done", a_claim(two[0])) if acts(world) else ("planned", None))


def test_a_move_makes_the_revision_live_and_says_what_was_before_and_after(world, two):
    restored, suspect = two
    step = apply(world, Move(from_revision=suspect, to_revision=restored))
    assert (step.status, step.before, step.after) == ("done" if acts(world) else "planned", suspect, restored)
    assert observe(world).revision == (restored if acts(world) else suspect)


def test_a_move_keeps_the_claim(world, two):
    apply(world, PutClaim(claim=a_claim(two[0])))
    apply(world, Move(from_revision=two[1], to_revision=two[0]))
    assert observe(world).claim == (a_claim(two[0]) if acts(world) else None)


def test_a_move_that_was_made_before_changes_nothing(world, two):
    restored, suspect = two
    world.point(restored)
    step = apply(world, Move(from_revision=suspect, to_revision=restored))
    assert step.status == ("already-done" if acts(world) else "planned")
    assert observe(world).revision == restored


def test_a_move_from_what_is_no_longer_live_is_displaced_and_changes_nothing(world, two):
    restored, _ = two
    third = world.register()
    world.point(third)
    with pytest.raises(Displaced):
        apply(world, Move(from_revision=two[1], to_revision=restored))
    assert observe(world).revision == third


def test_a_mark_shows_on_the_restored_revision_and_not_on_the_suspect(world, two):
    restored, suspect = two
    apply(world, Mark(suspect_revision=suspect, restored_revision=restored, decision_id="decision-1"))
    assert look_up(world, restored).marked_by == ("decision-1" if acts(world) else None)
    assert look_up(world, suspect).marked_by is None
