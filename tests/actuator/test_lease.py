"""
Two actuators at once, on the API server's lease: one acts, the other waits, takes over when the first falls silent, and what the
first still sends when it wakes up changes nothing.
"""

import asyncio

import pytest

from actuator.process import said, say
from actuator.saying import policy, rollback
from actuator.waiting import until
from actuator.workload_world import DEPLOYMENT_WORLDS, IMAGE, workload_world
from controlplane.fault_proxy import FaultProxy
from rollguard_actuator.core.ports import Claim, Move, PutClaim
from rollguard_actuator.drivers.by_target import ByTarget
from rollguard_actuator.drivers.kubernetes.api import Api, Forbidden
from rollguard_actuator.drivers.kubernetes.lease import LEASE_RIGHTS, KubernetesLease
from rollguard_actuator.settings import ActuatorSettings
from rollguard_actuator.shell.fenced import Fenced, NotOurTurn
from rollguard_actuator.shell.serve import serve
from rollguard_actuator.shell.tenure import Lost, Tenure
from rollguard_runtime.errors import Temporary
from rollguard_runtime.memory import MemoryBus
from rollguard_runtime.service import Process
from rollguard_schemas.outcomes import ActionApplied
from rollguard_schemas.topics import OUTCOMES

DEPLOYMENTS = pytest.mark.parametrize("world", DEPLOYMENT_WORLDS, indirect=True)
SECONDS = 15.0


@pytest.fixture
def world(request):
    return workload_world(request, request.param)


class HandClock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Contender:
    """One actuator's view of the lease, with the monotonic clock that both share."""

    def __init__(self, world, me, clock, *, cluster=None):
        api = Api((cluster or world.cluster).client, timeout_seconds=30)
        self.lease = KubernetesLease(api, namespace=world.namespace, me=me, duration_seconds=SECONDS, monotonic=clock)
        self.tenure = Tenure(self.lease, monotonic=clock)
        self.driver = Fenced(world.driver, self.tenure)

    def ask(self):
        asyncio.run(self.tenure._ask())
        return self.tenure.epoch()

    def keep(self):
        asyncio.run(self.tenure.keep())

    def apply(self, world, change):
        return asyncio.run(self.driver.apply(world.target, change))


@pytest.fixture
def two(world):
    clock = HandClock()
    return Contender(world, "a", clock), Contender(world, "b", clock), clock


def claim(revision, decision="decision-1"):
    return PutClaim(claim=Claim(decision_id=decision, fence=1, revision=revision, at_unix_seconds=1.0))


@DEPLOYMENTS
def test_of_two_actuators_one_acts_and_the_other_is_refused_before_it_asks_the_target(world, two):
    restored, suspect = world.register(), world.register()
    first, second, _ = two
    assert (first.ask() is not None, second.ask()) == (True, None)
    with pytest.raises(NotOurTurn):
        second.apply(world, Move(from_revision=suspect, to_revision=restored))
    assert world.image() == f"{IMAGE}:v2"
    assert first.apply(world, Move(from_revision=suspect, to_revision=restored)).status == "done"


@DEPLOYMENTS
def test_a_lease_that_is_renewed_stays_with_its_holder(world, two):
    first, second, clock = two
    epoch = first.ask()
    for _ in range(5):
        clock.now += SECONDS / 2
        first.keep()
        assert (first.tenure.epoch(), second.ask()) == (epoch, None)


@DEPLOYMENTS
def test_the_other_takes_over_once_the_holder_fell_silent_and_the_holder_then_ends(world, two):
    first, second, clock = two
    epoch = first.ask()
    second.ask()
    clock.now += SECONDS
    assert first.tenure.epoch() is None
    assert second.ask() == epoch + 1
    with pytest.raises(Lost):
        first.keep()


@DEPLOYMENTS
def test_a_lease_that_is_given_back_is_taken_at_once(world, two):
    first, second, _ = two
    epoch = first.ask()
    asyncio.run(first.tenure.end())
    assert second.ask() == epoch + 1


@DEPLOYMENTS
def test_an_actuator_that_slept_through_the_end_of_its_turn_changes_nothing_when_it_wakes_up(world, two):
    restored, suspect = world.register(), world.register()
    first, second, clock = two
    late = first.ask()
    second.ask()
    clock.now += SECONDS
    second.ask()
    second.apply(world, claim(restored))
    for stale in (
        PutClaim(claim=Claim(decision_id="decision-1", fence=1, revision=restored, at_unix_seconds=1.0, epoch=late)),
        Move(from_revision=suspect, to_revision=restored, epoch=late),
    ):
        with pytest.raises(Temporary, match="took over"):
            world.apply(stale)
    assert world.image() == f"{IMAGE}:v2"


@DEPLOYMENTS
def test_of_two_that_take_a_free_lease_at_the_same_moment_one_gets_it(world, two):
    first, second, _ = two

    async def at_once():
        await asyncio.gather(first.tenure._ask(), second.tenure._ask())

    asyncio.run(at_once())
    assert [first.tenure.epoch(), second.tenure.epoch()].count(None) == 1


@DEPLOYMENTS
def test_a_server_that_is_away_lets_the_turn_run_out_and_no_longer(world, two):
    _, _, clock = two
    with FaultProxy(world.cluster) as proxy:
        cut_off = Contender(world, "a", clock, cluster=type(world.cluster)(proxy.configuration))
        cut_off.ask()
        proxy.fail("GET", 503, 503)
        cut_off.keep()
        assert cut_off.tenure.epoch() is not None
        clock.now += SECONDS
        cut_off.keep()
        assert cut_off.tenure.epoch() is None
        cut_off.keep()
        assert cut_off.tenure.epoch() is not None


@DEPLOYMENTS
def test_the_rights_in_the_table_suffice_and_each_is_needed(world):
    for left_out in (None, *LEASE_RIGHTS[0].verbs):
        namespace = world.cluster.namespace()
        rules = [
            {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": sorted(LEASE_RIGHTS[0].verbs - {left_out})}
        ]
        account = world.cluster.account(namespace, rules)
        api = Api(account.client, timeout_seconds=30)
        lease = KubernetesLease(api, namespace=namespace, me="a", duration_seconds=SECONDS)
        if left_out is None:
            assert asyncio.run(_taken_and_renewed(lease)) is not None
        else:
            with pytest.raises(Forbidden):
                asyncio.run(_taken_and_renewed(lease))


async def _taken_and_renewed(lease):
    await lease.hold()
    return await lease.hold()


@DEPLOYMENTS
async def test_two_services_over_one_log_make_one_move_and_the_second_finishes_what_the_first_could_not(world):
    """The first is stopped before the decision comes; the second waited all the time and answers it."""
    restored, suspect = await asyncio.to_thread(world.register), await asyncio.to_thread(world.register)
    bus, settings = MemoryBus(), ActuatorSettings(watch_interval_seconds=0.05)
    say(bus, policy(target=world.target))

    def service(me):
        process = Process("actuator", settings, bus)
        api = Api(world.cluster.client, timeout_seconds=30)
        lease = KubernetesLease(api, namespace=world.namespace, me=me, duration_seconds=3)
        drivers = ByTarget({type(world.target): world.driver}, missing="")
        return process, asyncio.ensure_future(serve(settings, process, drivers, lease=lease))

    first, first_run = service("a")
    await first.sink.start()
    await until(lambda: bus.members["rollguard-actuator"])
    second, second_run = service("b")
    await second.sink.start()
    await until(second.progress.is_ready)
    assert len(bus.members["rollguard-actuator"]) == 1
    first.stop.set()
    await first_run
    decision = rollback(target=world.target, suspect_revision=suspect, target_revision=restored, deadline_unix_seconds=4e9)
    say(bus, decision)
    await until(lambda: said(bus, OUTCOMES))
    second.stop.set()
    await second_run
    assert [type(outcome) for outcome in said(bus, OUTCOMES)] == [ActionApplied]
    assert await asyncio.to_thread(world.image) == f"{IMAGE}:v1"
