"""
What a decision needs besides its own record: every policy, every order of a person, and everything that was said.

Read from whole topics, without a group, so that it is there before the first signal is decided and after every rebalance: a kill
switch that was pulled while no decider ran must hold the signals that waited as long. A policy that cannot be read leaves the old
one in force: with no policy at all, a guard would fall without anyone having lifted it.
"""

import asyncio
import time
from collections.abc import Callable

from rollguard_decider.core.fleet import Fleet, Surroundings
from rollguard_decider.shell import metrics
from rollguard_decider.shell.asked import Asked
from rollguard_decider.shell.orders_heard import OrdersHeard
from rollguard_decider.shell.orders_judged import OrdersJudged
from rollguard_decider.shell.rollouts_heard import RolloutsHeard
from rollguard_decider.shell.said import Said
from rollguard_decider.shell.stopping import until_stopped
from rollguard_decider.shell.waiting import WaitingList
from rollguard_runtime import logs
from rollguard_runtime.bus import Follower, Record
from rollguard_runtime.errors import Temporary
from rollguard_runtime.liveness import Progress
from rollguard_schemas.codec import Malformed, decode
from rollguard_schemas.decisions import Decision
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.topics import COMMANDS, DECISIONS, OUTCOMES, POLICIES, ROLLOUTS, SIGNALS

FOLLOWED = (
    POLICIES.name,
    COMMANDS.name,
    ROLLOUTS.name,
    DECISIONS.name,
    OUTCOMES.name,
    SIGNALS.name,
    SIGNALS.dead_letter_name,
)
LOOP = "context"
_POLL_SECONDS = 0.2
_RETRY_SECONDS = 1.0

log = logs.get("context")


class Context:
    """Policies, orders, what was said, and the signals that wait."""

    def __init__(
        self,
        follower: Follower,
        progress: Progress,
        *,
        orders: OrdersJudged | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._follower, self._progress, self._clock = follower, progress, clock
        self._reading = asyncio.Lock()
        self._is_started = self._is_current = False
        self.policies: dict[str, RollbackPolicy] = {}
        self.said = Said()
        self.orders = OrdersHeard(orders or OrdersJudged(), self.said.has_answered)
        self.rollouts = RolloutsHeard()
        self.asked = Asked()
        self._fleet = Fleet()
        self.waiting = WaitingList(self.said.has_answered)
        self._lessons: dict[str, Callable[[Record], None]] = {
            POLICIES.name: self._learn_policy,
            COMMANDS.name: self._learn_command,
            ROLLOUTS.name: self._learn_rollout,
            DECISIONS.name: self._learn_decision,
            OUTCOMES.name: self._learn_outcome,
            SIGNALS.name: self._learn_signal,
            SIGNALS.dead_letter_name: self._learn_dead_letter,
        }

    def expire(self) -> None:
        """Ask for the ends of the topics again before the next decision: another process may have decided meanwhile."""
        self._is_current = False

    async def current(self) -> None:
        """Return once everything is known that lay on the topics; without the broker, wait for it."""
        while not self._is_current:
            try:
                await self._catch_up()
            except Temporary as error:
                log.warning("waiting to read policies and decisions", because=str(error))
                await asyncio.sleep(error.retry_after_seconds)
            except Exception:
                log.exception("policies and decisions could not be read; trying again")
                await asyncio.sleep(_RETRY_SECONDS)

    async def heard(self, order: Record) -> None:
        """Return once an order that the queue brought is known here as well: its word must not be undone by an earlier one."""
        if not self.orders.has_read(order):
            self.expire()
            await self.current()

    async def around(self, policy: RollbackPolicy | None, now: float) -> Surroundings:
        """Return what the fleet does; the topics are read to their ends first where a guard counts what other processes decided."""
        if policy is not None and policy.spec.guards.looks_around:
            self.expire()
            await self.current()
        return self._fleet.seen_by(policy, now, workloads=len(self.policies))

    def learn_said(self, decision: Decision, traceparent: str | None = None) -> None:
        """Note a decision, by whichever process it was said, and the trace that it is part of."""
        self.said.learn(decision, traceparent)
        self._fleet.learn(decision, decision.time_unix_seconds)
        self.waiting.answered(decision.signal_ids)
        self.orders.waiting.answered(decision.signal_ids)

    async def run(self, stop: asyncio.Event) -> None:
        """Follow the topics until told to stop."""
        self._progress.expect(LOOP)
        await until_stopped(self.current(), stop)
        while not stop.is_set():
            await self.poll()
            self._progress.beat(LOOP)
            self._progress.advance(LOOP, is_behind=False)
        if self._is_started:
            await self._follower.stop()

    async def poll(self) -> None:
        """Learn what came since."""
        async with self._reading:
            for record in await self._follower.poll(timeout_seconds=_POLL_SECONDS):
                self._learn(record)
        metrics.UNANSWERED.set(len(self.waiting))

    async def _catch_up(self) -> None:
        async with self._reading:
            if not self._is_started:
                await self._follower.start()
                self._is_started = True
            self._is_current = True  # before reading: an expiry that comes meanwhile must not be lost
            try:
                for record in await self._follower.catch_up():
                    self._learn(record)
            except BaseException:
                self._is_current = False
                raise

    def _learn(self, record: Record) -> None:
        try:
            self._lessons[record.topic](record)
        except Malformed as error:
            log.warning("passed over what cannot be read", topic=record.topic, offset=record.offset, detail=error.detail)

    def _learn_policy(self, record: Record) -> None:
        policy = decode(POLICIES, record.value, record.headers).event
        if policy is None:
            self.policies.pop((record.key or b"").decode(errors="replace"), None)
        else:
            self.policies[policy.workload] = policy
        metrics.POLICIES.set(len(self.policies))

    def _learn_command(self, record: Record) -> None:
        self.orders.hear(record, self._clock())

    def _learn_rollout(self, record: Record) -> None:
        self.rollouts.hear(record)
        self._fleet.learn(decode(ROLLOUTS, record.value, record.headers).event, record.seconds)

    def _learn_decision(self, record: Record) -> None:
        decoded = decode(DECISIONS, record.value, record.headers)
        self.learn_said(decoded.event, decoded.traceparent)
        self.asked.hear(decoded.event, record)

    def _learn_outcome(self, record: Record) -> None:
        self._fleet.learn(decode(OUTCOMES, record.value, record.headers).event, record.seconds)

    def _learn_signal(self, record: Record) -> None:
        signal = decode(SIGNALS, record.value, record.headers).event
        self._fleet.learn(signal, record.seconds)
        self.waiting.heard(signal.id, record, self._clock())

    def _learn_dead_letter(self, record: Record) -> None:
        """A signal among the dead letters was given up on: it waits no longer."""
        self.waiting.give_up(decode(SIGNALS, record.value, record.headers).event.id)
