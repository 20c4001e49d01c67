"""
Policies and rollouts: known before the first point, followed after it, and no reason to stop when one cannot be read.
"""

import asyncio

from prometheus_client import REGISTRY

from detector.worlds import START, WORKLOAD, observe, of_type, points, policy
from rollguard_detector.core.detector import Detector
from rollguard_detector.core.revision_book import RevisionBook
from rollguard_detector.shell.context import Context
from rollguard_runtime.errors import Temporary
from rollguard_runtime.liveness import Progress
from rollguard_runtime.memory import MemoryBus, MemoryFollower
from rollguard_schemas import codec
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.rollouts import RolloutFinished, RolloutStarted
from rollguard_schemas.signals import ObjectiveBreached
from rollguard_schemas.targets import MlflowAlias
from rollguard_schemas.topics import POLICIES, ROLLOUTS

POLICY = codec.encode(POLICIES, policy(), source="/test")
DELETION = OutgoingRecord(POLICIES.name, WORKLOAD.encode(), None)


def _rollout(event_type, at):
    event = event_type(
        id=event_type.__name__,
        workload=WORKLOAD,
        time_unix_seconds=at,
        rollout="rollout-1",
        target=MlflowAlias(model="fraud", alias="champion"),
        from_revision="7",
        to_revision="8",
    )
    return codec.encode(ROLLOUTS, event, source="/test")


ROLLOUT, FINISHED = _rollout(RolloutStarted, START - 30), _rollout(RolloutFinished, START - 20)


def _caught_up(*records, bus=None):
    bus, detector = bus or MemoryBus(), Detector()
    for record in records:
        bus.append(record)
    context = Context(bus, detector, Progress(stalled_after_seconds=60))
    asyncio.run(context.catch_up(asyncio.Event()))
    return detector


def _breaches(detector):
    return of_type(observe(detector, points([0.4] * 5)), ObjectiveBreached)


def test_a_policy_is_known_before_the_first_point():
    assert len(_breaches(_caught_up(POLICY))) == 1


def test_a_deleted_policy_promises_nothing():
    assert _breaches(_caught_up(POLICY, DELETION)) == []


def test_a_rollout_is_said_in_the_evidence():
    (breached,) = _breaches(_caught_up(POLICY, ROLLOUT))
    assert breached.evidence.summary.endswith(", 32 s after the rollout of revision 8 began")


def test_the_book_of_revisions_hears_of_every_rollout():
    bus, book = MemoryBus(), RevisionBook()
    bus.append(ROLLOUT)
    bus.append(FINISHED)
    context = Context(bus, Detector(), Progress(stalled_after_seconds=60), book)
    asyncio.run(context.catch_up(asyncio.Event()))
    assert book.revision_of(WORKLOAD, None, START) == "8"


def test_what_cannot_be_read_is_counted_and_left_to_its_owner():
    labels = {"topic": POLICIES.name, "reason": "not-json"}
    before = REGISTRY.get_sample_value("rollguard_detector_context_unreadable_total", labels) or 0.0
    bus = MemoryBus()
    detector = _caught_up(OutgoingRecord(POLICIES.name, b"k", b"no json"), POLICY, bus=bus)
    assert len(_breaches(detector)) == 1
    assert REGISTRY.get_sample_value("rollguard_detector_context_unreadable_total", labels) == before + 1
    assert bus.records(POLICIES.dead_letter_name) == []


class _LateFollower(MemoryFollower):
    """Its topics appear at the second try."""

    tries = 0

    async def start(self):
        self.tries += 1
        if self.tries == 1:
            raise Temporary("no such topic", retry_after_seconds=0.0)


class _LateBus(MemoryBus):
    def follower(self, topics):
        return _LateFollower(self, tuple(topics))


def test_topics_that_do_not_exist_yet_are_waited_for():
    assert len(_breaches(_caught_up(POLICY, bus=_LateBus()))) == 1


def test_a_policy_that_comes_later_is_followed():
    async def follow():
        bus, detector, stop = MemoryBus(), Detector(), asyncio.Event()
        context = Context(bus, detector, Progress(stalled_after_seconds=60))
        await context.catch_up(stop)
        running = asyncio.create_task(context.run(stop))
        bus.append(POLICY)
        while not detector._workloads:  # noqa: ASYNC110  # the detector has no event to wait for; it is told, not asked
            await asyncio.sleep(0)
        stop.set()
        await running
        return detector

    assert len(_breaches(asyncio.run(asyncio.wait_for(follow(), timeout=10)))) == 1
