"""
The journal: every workload's ledger, kept by following the topics, and the one way to say something new.

What is published is noted at once, since it comes back only later; noting it twice changes nothing. Nothing is decided before the
first catch-up: a decision that was answered before a restart must be known to have been.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from rollguard_actuator.core.ledger import Ledger, evolve
from rollguard_actuator.core.ports import MOVES
from rollguard_actuator.shell import metrics
from rollguard_runtime import logs, tracing
from rollguard_runtime.bus import Follower, Record, Sink
from rollguard_runtime.metrics import PUBLISHED
from rollguard_schemas import codec
from rollguard_schemas.codec import Malformed, OutgoingRecord
from rollguard_schemas.decisions import ScaleOutDecided
from rollguard_schemas.event import type_name
from rollguard_schemas.outcomes import Outcome
from rollguard_schemas.policies import PolicySpec, RollbackPolicy
from rollguard_schemas.rollouts import Rollout
from rollguard_schemas.signals import Signal
from rollguard_schemas.targets import Target
from rollguard_schemas.topics import BY_NAME, OUTCOMES, POLICIES, ROLLOUTS, SIGNALS

SOURCE = "/rollguard/actuator"
# Of what is read in one go, actions are noted before the signals that prove them.
FOLLOWED = (POLICIES, ROLLOUTS, OUTCOMES, SIGNALS)
_ORDER = {topic.name: number for number, topic in enumerate(FOLLOWED)}

log = logs.get("journal")


class Journal:
    """The ledgers by workload, and the targets that policies name."""

    def __init__(self, follower: Follower, sink: Sink) -> None:
        self._follower, self._sink = follower, sink
        self._lock = asyncio.Lock()  # the follower is read by two loops, one at a time
        self._ledgers: dict[str, Ledger] = {}
        self._policies: dict[str, PolicySpec] = {}
        self._traces: dict[str, str] = {}

    async def start(self) -> None:
        """Read everything from the beginning; raise ``Temporary`` when there is no broker or no topic yet."""
        await self._follower.start()
        self._note_all(await self._follower.catch_up())

    async def stop(self) -> None:
        """Let go of the topics."""
        await self._follower.stop()

    async def refresh(self) -> None:
        """Read up to the end as it stands now."""
        async with self._lock:
            self._note_all(await self._follower.catch_up())

    async def follow(self, *, timeout_seconds: float) -> None:
        """Read what came since."""
        async with self._lock:
            self._note_all(await self._follower.poll(timeout_seconds=timeout_seconds))

    def ledger(self, workload: str) -> Ledger:
        """Return what is known of a workload."""
        return self._ledgers.get(workload, Ledger())

    @property
    def ledgers(self) -> Mapping[str, Ledger]:
        """All that is known."""
        return self._ledgers

    @property
    def targets(self) -> Mapping[str, Target]:
        """The target of each workload that has a policy."""
        return {workload: spec.target for workload, spec in self._policies.items()}

    @property
    def named(self) -> Sequence[tuple[str, Target]]:
        """Every target that a policy names, with its workload: the main one, those beside it, and what routes to a light model."""
        return [(workload, target) for workload, spec in self._policies.items() for target in _targets_of(spec)]

    def actions(self, workload: str) -> frozenset[str]:
        """Return what a workload's policy may ask of its targets."""
        spec = self._policies.get(workload)
        scales = spec is not None and spec.scale_out is not None
        return MOVES | (frozenset({type_name(ScaleOutDecided)}) if scales else frozenset())

    def also(self, workload: str) -> tuple[Target, ...]:
        """Return the targets that lie beside a workload's main one."""
        spec = self._policies.get(workload)
        return spec.also if spec else ()

    async def publish(self, events: Sequence[Outcome | Rollout], *, traceparent: str | None = None) -> None:
        """Say something new: the broker has it before the ledger does."""
        await self._sink.publish([self._encoded(event, traceparent) for event in events])
        for event in events:
            topic, counter = (OUTCOMES, metrics.OUTCOMES) if isinstance(event, Outcome) else (ROLLOUTS, metrics.ROLLOUTS)
            PUBLISHED.labels(topic.name).inc()
            counter.labels(type_name(type(event))).inc()
            log.info("said", event_type=type_name(type(event)), workload=event.workload, id=event.id)
            self._note(event, traceparent)

    def _encoded(self, event: Outcome | Rollout, traceparent: str | None) -> OutgoingRecord:
        parent = traceparent or self._traces.get(_thread(event))
        topic = OUTCOMES if isinstance(event, Outcome) else ROLLOUTS
        return codec.encode(topic, event, source=SOURCE, **tracing.caused(parent, event.id))

    def _note_all(self, records: Sequence[Record]) -> None:
        for record in sorted(records, key=lambda record: _ORDER[record.topic]):
            try:
                decoded = codec.decode(BY_NAME[record.topic], record.value, record.headers)
            except Malformed as error:
                # Passed over here: the decider reads the same topics, by group, and dead-letters each bad record once.
                metrics.UNREADABLE.labels(record.topic).inc()
                log.warning("passed over what cannot be read", topic=record.topic, offset=record.offset, detail=error.detail)
                continue
            if record.topic == POLICIES.name:
                self._note_policy(record, decoded.event)
            else:
                self._note(decoded.event, decoded.traceparent)

    def _note_policy(self, record: Record, policy: RollbackPolicy | None) -> None:
        if policy is not None:
            self._policies[policy.workload] = policy.spec
        elif record.key is not None:
            self._policies.pop(record.key.decode(errors="replace"), None)
        metrics.TARGETS.set(len(self._policies))

    def _note(self, event: Any, traceparent: str | None) -> None:
        if isinstance(event, Outcome | Rollout | Signal):
            self._ledgers[event.workload] = evolve(self.ledger(event.workload), event)
        if isinstance(event, Outcome | Rollout) and traceparent is not None:
            self._traces[_thread(event)] = traceparent


def _targets_of(spec: PolicySpec) -> tuple[Target, ...]:
    return (
        spec.target,
        *spec.also,
        *((spec.fallback.target,) if spec.fallback else ()),
        *((spec.call.receiver,) if spec.call else ()),
    )


def _thread(event: Outcome | Rollout) -> str:
    """Name the story that an event continues, in whose trace it belongs."""
    return event.decision_id if isinstance(event, Outcome) else event.rollout
