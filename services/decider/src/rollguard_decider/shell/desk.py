"""
The desk: one record at a time, gathered, decided, applied.

The order of applying is publish, acknowledgement, table, and only then does faust count the record as done. A process that is
killed in between does the same again, and the decisions topic tells it what it said. No exception but the end of the process leaves
``take``: faust answers one by dropping the record and going on.

A person's order is answered ahead of the queue (``answer_first``): published, and not written to the table, which only faust's own
stream may write. The decisions topic carries what was said to whichever record of the workload comes next.
"""

import asyncio
import time
from collections.abc import MutableMapping
from typing import Any

import msgspec

from rollguard_decider.core.decide import step
from rollguard_decider.core.evolve import evolve, fold
from rollguard_decider.core.restraints import Restraints, restrain, together
from rollguard_decider.core.situation import Situation
from rollguard_decider.core.state import WorkloadState
from rollguard_decider.core.timers import expired
from rollguard_decider.shell import metrics
from rollguard_decider.shell.context import Context
from rollguard_decider.shell.publisher import SERVICE, Publisher
from rollguard_runtime import logs, tracing
from rollguard_runtime import metrics as shared_metrics
from rollguard_runtime.bus import Record
from rollguard_runtime.errors import FloodOfDeadLetters
from rollguard_schemas.codec import Decoded, Malformed, decode, encode
from rollguard_schemas.commands import Approve, Command, reaches_many, scopes_of
from rollguard_schemas.decisions import Decision, RollbackDecided, Withheld
from rollguard_schemas.topics import BY_NAME, COMMANDS, DECISIONS, OUTCOMES, POLICIES, ROLLOUTS, SIGNALS

Table = MutableMapping[bytes, bytes]

HEARD = (SIGNALS.name, ROLLOUTS.name, COMMANDS.name, OUTCOMES.name, POLICIES.name)
_ATTEMPTS = 3
_RETRY_SECONDS = 0.2

log = logs.get("desk")


class Desk:
    """Answers what it is given. ``flooded`` is set to an exception when the process must end."""

    def __init__(self, publisher: Publisher, context: Context) -> None:
        self._publisher, self._context = publisher, context
        self._phases: dict[str, str] = {}
        self._table: Table | None = None
        self._hands = asyncio.Lock()
        self.flooded: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def is_open(self) -> bool:
        """Whether orders can be answered ahead of the queue: faust hands over records only once its table is whole."""
        return self._table is not None

    def close(self) -> None:
        """Answer nothing ahead of the queue until faust hands over a record again."""
        self._table = None

    async def take(self, record: Record, table: Table) -> None:
        """Do all that a record asks for; return when it is done for good."""
        shared_metrics.CONSUMED.labels(record.topic).inc()
        await self._context.current()
        self._table = table
        try:
            await self._take(record, table)
        except FloodOfDeadLetters as error:
            if not self.flooded.done():
                self.flooded.set_exception(error)
            await asyncio.Event().wait()  # for ever: the record is not done, and must not count as done

    async def answer_first(self, order: Record) -> bool:
        """Answer a person's order ahead of the queue; return whether it was, since it may be too early or answered already."""
        await self._context.current()
        decoded = decode(COMMANDS, order.value, order.headers)
        event, now = decoded.event, order.seconds
        async with self._hands:
            if self._table is None or self._context.said.has_answered(event.id):
                return False
            gathered = self._gather(event.workload, order.partition, self._table, now)
            state = fold(gathered, self._context.rollouts.of(event.workload))
            policy = self._context.policies.get(event.workload)
            _, decisions = step(policy, state, event, now, await self._context.around(policy, now))
            await self._say(decisions, now, self._parent(event, decoded))
        return bool(decisions)

    async def time_is_up(self, asked: RollbackDecided, partition: int, now: float) -> bool:
        """Say that an approval's time is over by now, if it still waits; ``partition`` is the workload's."""
        await self._context.current()
        async with self._hands:
            if self._table is None or self._context.said.has_answered(asked.id):
                return False
            policy = self._context.policies.get(asked.workload)
            gathered = self._gather(asked.workload, partition, self._table, now)
            state = fold(gathered, self._context.rollouts.of(asked.workload))
            words = [one for one in expired(Situation(policy=policy, state=state, now=now)) if one.decision_id == asked.id]
            await self._say([*words], now, self._context.said.trace_of(asked.id))
        return bool(words)

    async def _take(self, record: Record, table: Table) -> None:
        try:
            decoded = decode(BY_NAME[record.topic], record.value, record.headers)
        except Malformed as error:
            await self._publisher.bury(record, stage="read", reason=error.reason, detail=error.detail)
            return
        if decoded.event is None or record.topic == POLICIES.name:
            return  # the context reads policies; here only what is no policy matters
        refusal = self._context.orders.judged.refusal(record, decoded.event) if record.topic == COMMANDS.name else None
        if refusal is not None:
            await self._publisher.refuse(record, reason=refusal.reason, detail=refusal.detail)
            return
        fault = await self._handle_patiently(record, decoded, table)
        if fault is None:
            self._publisher.good()
        else:
            await self._publisher.bury(record, stage="decide", reason="handler-failed", detail=repr(fault))

    async def _handle_patiently(self, record: Record, decoded: Decoded, table: Table) -> Exception | None:
        """Try a few times; return what went wrong every time."""
        fault: Exception | None = None
        for attempt in range(_ATTEMPTS):
            await asyncio.sleep(attempt * _RETRY_SECONDS)
            try:
                async with self._hands:
                    await self._handle(record, decoded, table)
                return None
            except Exception as error:
                log.exception("a record breaks the desk", topic=record.topic, partition=record.partition, offset=record.offset)
                fault = error
        return fault

    async def _handle(self, record: Record, decoded: Decoded, table: Table) -> None:
        event, now = decoded.event, record.seconds
        if record.topic == COMMANDS.name:
            await self._context.heard(record)
        if reaches_many(event.workload):
            _restrain_many(table, record.partition, event, now)
            return
        state = self._gather(event.workload, record.partition, table, now)
        if self._context.said.has_answered(event.id):
            metrics.DUPLICATES.inc()
            after = evolve(state, event, now)
        else:
            policy = self._context.policies.get(event.workload)
            after, decisions = step(policy, state, event, now, await self._context.around(policy, now))
            await self._say(decisions, now, self._parent(event, decoded))
        table[_key(event.workload)] = msgspec.json.encode(after)
        self._count_phase(after)

    def _gather(self, workload: str, partition: int, table: Table, now: float) -> WorkloadState:
        """Return what is known: the table, what was said and ordered beyond it, and what holds for the fleet."""
        stored = table.get(_key(workload))
        state = msgspec.json.decode(stored, type=WorkloadState) if stored else WorkloadState(workload=workload)
        for action in self._context.said.actions_on(workload):
            if action.fence > state.fence:
                state = evolve(state, action, action.time_unix_seconds)
        state = fold(state, self._context.orders.standing.on(workload, partition))
        fleet, tenant = (self._wide_now(table, scope, partition) for scope in scopes_of(workload))
        fleet = together(fleet, tenant, now)
        kill_switch = self._context.orders.kill_switch(workload, now) or fleet.kill_switch
        return msgspec.structs.replace(state, fleet=msgspec.structs.replace(fleet, kill_switch=kill_switch))

    def _wide_now(self, table: Table, scope: str, partition: int) -> Restraints:
        """Return what holds for a fleet or a tenant, with the orders that the queue has not brought yet."""
        restraints = _wide(table, scope, partition)
        for order, at in self._context.orders.standing.on(scope, partition):
            restraints = restrain(restraints, order, at)
        return restraints

    def _parent(self, event: Any, decoded: Decoded) -> str | None:
        """Return whose trace goes on: the cause's, but an approval goes on with that of what it approves."""
        approved = self._context.said.trace_of(event.decision_id) if isinstance(event, Approve) else None
        return approved or decoded.traceparent

    async def _say(self, decisions: list[Decision], since: float, parent: str | None) -> None:
        outgoing = {decision.id: tracing.caused(parent, decision.id) for decision in decisions}
        source = f"/rollguard/{SERVICE}"
        await self._publisher.publish([encode(DECISIONS, one, source=source, **outgoing[one.id]) for one in decisions])
        for decision in decisions:
            self._context.learn_said(decision, outgoing[decision.id]["traceparent"])
            reason = decision.reason if isinstance(decision, Withheld) else ""
            metrics.DECISIONS.labels(type(decision).__name__, reason).inc()
            metrics.ANSWER_SECONDS.observe(max(0.0, time.time() - since))
            log.info(
                "decided",
                workload=decision.workload,
                decision=decision.id,
                answers=decision.signal_ids,
                reason=reason,
                mode=decision.mode,
            )

    def _count_phase(self, state: WorkloadState) -> None:
        before = self._phases.get(state.workload)
        if before == state.phase:
            return
        if before is not None:
            metrics.WORKLOADS.labels(before).dec()
        self._phases[state.workload] = state.phase
        metrics.WORKLOADS.labels(state.phase).inc()


def _restrain_many(table: Table, partition: int, event: Any, now: float) -> None:
    """Remember a restraint of the fleet or of a tenant for this partition; other commands to many mean nothing."""
    if isinstance(event, Command):
        restraints = restrain(_wide(table, event.workload, partition), event, now)
        table[_wide_key(event.workload, partition)] = msgspec.json.encode(restraints)
        told = {"command": type(event).__name__, "by": event.by, "why": event.why}
        log.info("many workloads were told", scope=event.workload, partition=partition, **told)


def _wide(table: Table, scope: str, partition: int) -> Restraints:
    stored = table.get(_wide_key(scope, partition))
    return msgspec.json.decode(stored, type=Restraints) if stored else Restraints()


def _key(workload: str) -> bytes:
    return workload.encode()


def _wide_key(scope: str, partition: int) -> bytes:
    """Name the entry of a fleet or a tenant; one a partition, since a table's keys belong to the partition that wrote them."""
    return f"{scope}/{partition}".encode()
