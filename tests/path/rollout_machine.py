"""
A world in which anything may happen to rollouts, played by Hypothesis: the decider's own shell, a model of the actuator, and a bus
that duplicates, reorders, delays and loses what lies between them.

The laws are asked after every step; at the end everything still on its way is delivered, and every decision must have one end.
``tests/path`` plays it briefly, ``bench/state_machine.py`` ten thousand times.
"""

import asyncio
import itertools
from collections import Counter

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from decider import stories
from decider.offices import Office
from rollguard_decider.core.budgets import DAY_SECONDS
from rollguard_decider.core.fleet import HOUR_SECONDS
from rollguard_runtime.memory import MemoryBus
from rollguard_schemas import commands, outcomes, rollouts
from rollguard_schemas.codec import decode, encode
from rollguard_schemas.decisions import Action, HoldDecided, RollbackDecided
from rollguard_schemas.topics import BY_NAME, DECISIONS, SIGNALS, TOPICS

WORKLOADS = ("shop/a", "shop/b")
EVIDENCE, REVISIONS = ("breach", "forecast", "anomaly", "regression"), ("1", "2", "3", "4", "5", "6")
FLEET_BUDGET = 3
LIKELY = st.sampled_from([True, True, True, False])


class Target:
    """What the actuator changes: which revision is live, who moved it, and what was said of each decision."""

    def __init__(self):
        self.live, self.rollout = "1", None
        self.moves, self.ends, self.fence = [], {}, 0


class RolloutMachine(RuleBasedStateMachine):
    """One world; ``office`` is the decider process that runs now."""

    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.now, self.numbers = stories.START, Counter()
        self.bus = MemoryBus(partitions=2, now_ms=lambda: int(self.now * 1000))
        self.targets = {workload: Target() for workload in WORKLOADS}
        self.on_the_way, self.undone, self.snapshot = [], [], {}
        self.in_queue = []
        self.switched_on = False
        self.ordered, self.vetoed = set(), set()

    @initialize(
        mode=st.sampled_from(["act", "act", "recommend"]),
        forecast=st.sampled_from(["hold", "rollback"]),
        cooldown=st.sampled_from([0, 60, 900]),
        budget=st.integers(1, 3),
        approval=st.booleans(),
    )
    def begin(self, mode, forecast, cooldown, budget, approval):
        self.guards = {
            "cooldownSeconds": cooldown,
            "maxRollbacksPerDay": budget,
            "fleetMaxRollbacksPerHour": FLEET_BUDGET,
            "rolloutWindowSeconds": 100_000,
        }
        self.rules = {
            workload: stories.policy(
                workload=workload,
                mode=mode,
                act_on={"breach": True, "forecast": {"probability": 0.9}, "anomaly": "high", "regression": True},
                guards=self.guards,
                ladder={"forecast": forecast},
                approval={"required": approval},
            )
            for workload in WORKLOADS
        }
        self.office = self._office({})
        self.office.put(*self.rules.values())
        for workload in WORKLOADS:
            self._roll_out(workload, "2", at_once=True)

    def teardown(self):
        try:
            if hasattr(self, "office"):
                self._end()
        finally:
            self.loop.close()

    # What happens in the world.

    @rule(workload=st.sampled_from(WORKLOADS), revision=st.sampled_from(REVISIONS), at_once=LIKELY)
    def somebody_rolls_out(self, workload, revision, at_once):
        if revision != self.targets[workload].live:
            self._roll_out(workload, revision, at_once=at_once)

    def _roll_out(self, workload, revision, *, at_once):
        target = self.targets[workload]
        started = stories.started(self._name("ro"), old=target.live, new=revision, workload=workload)
        target.live, target.rollout = revision, started.rollout
        self._send(msgspec.structs.replace(started, time_unix_seconds=self.now), at_once=at_once)

    @rule(
        workload=st.sampled_from(WORKLOADS),
        kind=st.sampled_from(EVIDENCE),
        of_live=LIKELY,
        other=st.sampled_from(REVISIONS),
        at_once=LIKELY,
    )
    def the_detector_says(self, workload, kind, of_live, other, at_once):
        said = getattr(stories, kind)(self._name("s"))
        names = {name: self._name("ep") for name in ("episode", "incident") if hasattr(said, name)}
        where = {"workload": workload, "time_unix_seconds": self.now, "revision": self.targets[workload].live if of_live else other}
        self._send(msgspec.structs.replace(said, **where, **names), at_once=at_once)

    @rule(seconds=st.sampled_from([1, 30, 400, 4000, 50_000]))
    def time_goes_by(self, seconds):
        self.now += seconds

    @rule(
        workload=st.sampled_from(WORKLOADS),
        what=st.sampled_from(["rollback", "veto", "approve", "quarantine"]),
        queue_is_long=st.booleans(),
        data=st.data(),
    )
    def a_person_orders(self, workload, what, queue_is_long, data):
        decided = [one for one in self._actions() if one.workload == workload and isinstance(one, RollbackDecided)]
        if what in ("veto", "approve") and not decided:
            return
        more = {"decision_id": data.draw(st.sampled_from(decided)).id} if what in ("veto", "approve") else {}
        more |= {"revision": data.draw(st.sampled_from(REVISIONS))} if what == "quarantine" else {}
        kind = {
            "rollback": commands.RollBackNow,
            "veto": commands.Veto,
            "approve": commands.Approve,
            "quarantine": commands.Quarantine,
        }
        if what == "veto":
            self.vetoed.add(more["decision_id"])
        order = stories.command(kind[what], id=self._name("c"), why="a drill", workload=workload, **more)
        self.ordered.add(order.id)
        order = msgspec.structs.replace(order, time_unix_seconds=self.now)
        if queue_is_long:
            self._hear_beside_the_queue(order)
        else:
            self._send(order)

    @rule(engaged=st.sampled_from([False, False, True]))
    def somebody_turns_the_kill_switch(self, engaged):
        order = stories.command(commands.KillSwitch, id=self._name("c"), why="a drill", workload="*", engaged=engaged)
        outgoing = encode(BY_NAME["rollguard-commands"], msgspec.structs.replace(order, time_unix_seconds=self.now), source="/test")
        for partition in range(self.bus.partitions):
            self._append(msgspec.structs.replace(outgoing, partition=partition))
        self.switched_on = engaged

    @rule()
    def somebody_looks_whether_an_approval_ran_out(self):
        self._beside_the_queue(self.office.timers)

    # What happens on the way.

    @precondition(lambda self: self.in_queue)
    @rule()
    def the_queue_brings_an_order(self):
        self._take_from_queue()

    @precondition(lambda self: self.on_the_way)
    @rule(data=st.data(), again=st.booleans())
    def something_arrives(self, data, again):
        index = data.draw(st.integers(0, len(self.on_the_way) - 1))
        event = self.on_the_way[index] if again else self.on_the_way.pop(index)
        self._deliver(event)

    @precondition(lambda self: any(isinstance(one, outcomes.Outcome | rollouts.Rollout) for one in self.on_the_way))
    @rule(data=st.data())
    def something_is_lost(self, data):
        losable = [one for one in self.on_the_way if isinstance(one, outcomes.Outcome | rollouts.Rollout)]
        self.on_the_way.remove(data.draw(st.sampled_from(losable)))

    @rule()
    def the_decider_commits(self):
        self.snapshot, self.undone = dict(self.office.table), []

    @rule()
    def the_decider_is_killed_and_started(self):
        self.office = self._office(dict(self.snapshot))
        for record in self.undone:
            self._take(record)

    # What the actuator does.

    @precondition(lambda self: self._actions())
    @rule(data=st.data())
    def the_actuator_takes_a_decision(self, data):
        self._perform(data.draw(st.sampled_from(self._actions())))

    @rule(workload=st.sampled_from(WORKLOADS), is_well=st.booleans())
    def a_verification_ends(self, workload, is_well):
        for decision_id, end in list(self.targets[workload].ends.items()):
            if end is None:
                self._conclude(workload, decision_id, outcomes.Succeeded if is_well else outcomes.Unverified)

    # The laws.

    @invariant()
    def evidence_takes_no_rollout_back_twice(self):
        taken = Counter((one.workload, one.rollout) for one in self._from_evidence())
        assert max(taken.values(), default=1) == 1, taken

    @invariant()
    def no_decision_moves_a_target_twice(self):
        for workload, target in self.targets.items():
            moved = Counter(decision.id for decision in target.moves)
            assert max(moved.values(), default=1) == 1, (workload, moved)

    @invariant()
    def nothing_is_taken_back_to_what_was_taken_back(self):
        """A veto clears the suspect of its decision: that is a person's word."""
        for workload in WORKLOADS:
            bad = set()
            for one in self._from_evidence(workload):
                assert one.target_revision not in bad, (workload, one.rollout)
                assert one.target_revision != one.suspect_revision
                if one.id not in self.vetoed:
                    bad.add(one.suspect_revision)

    @invariant()
    def cooldowns_and_budgets_hold(self):
        if not hasattr(self, "guards"):
            return
        for workload in WORKLOADS:
            times = [one.time_unix_seconds for one in self._from_evidence(workload)]
            assert all(later - earlier >= self.guards["cooldownSeconds"] for earlier, later in itertools.pairwise(times))
            assert all(self._within(times, one, DAY_SECONDS) <= self.guards["maxRollbacksPerDay"] for one in times)
        acting = [one.time_unix_seconds for one in self._from_evidence() if one.mode == "act"]
        assert all(self._within(acting, one, HOUR_SECONDS) <= FLEET_BUDGET for one in acting)

    @invariant()
    def fences_only_grow(self):
        for workload in WORKLOADS:
            fences = [one.fence for one in self._actions() if one.workload == workload]
            assert fences == sorted(set(fences)), (workload, fences)

    @invariant()
    def nothing_is_buried(self):
        buried = [one for topic in TOPICS for one in self.bus.records(topic.dead_letter_name) if topic.name != "rollguard-commands"]
        assert buried == []

    def _end(self):
        """Deliver what is on its way, let every decision be taken and every verification end, and ask for the ends."""
        for event in [*self.on_the_way]:
            self._deliver(event)
        self.on_the_way.clear()
        while self.in_queue:
            self._take_from_queue()
        for decision in self._actions():
            self._perform(decision)
        for workload, target in self.targets.items():
            for decision_id, end in list(target.ends.items()):
                if end is None:
                    self._conclude(workload, decision_id, outcomes.Unverified)
            mine = {one.id for one in self._actions() if one.workload == workload}
            assert mine == set(target.ends), "a decision without its end"
        self._every_signal_has_one_answer()

    def _every_signal_has_one_answer(self):
        heard = {decode(SIGNALS, one.value, one.headers).event.id for one in self.bus.records(SIGNALS.name)}
        withheld = Counter(one for said in self._decisions() if not isinstance(said, Action) for one in said.signal_ids)
        acted = {one for said in self._actions() for one in said.signal_ids}
        assert heard <= set(withheld) | acted
        assert max(withheld.values(), default=1) == 1

    # How it is done.

    def _name(self, kind):
        self.numbers[kind] += 1
        return f"{kind}-{self.numbers[kind]}"

    def _send(self, event, *, at_once=False):
        if at_once:
            self._deliver(event)
        else:
            self.on_the_way.append(event)

    def _deliver(self, event):
        topic = next(topic for topic in TOPICS if type(event) in topic.events)
        self._append(encode(topic, event, source="/test"))

    def _append(self, outgoing):
        record = self._lying(outgoing)
        self.undone.append(record)
        self._take(record)

    def _lying(self, outgoing):
        """Let a record lie on its topic; return it."""
        self.bus.append(outgoing)
        partition = outgoing.partition
        logs = [self.bus.logs[outgoing.topic, number] for number in ([partition] if partition is not None else range(2))]
        return next(log[-1] for log in logs if log and log[-1].value == outgoing.value)

    def _hear_beside_the_queue(self, order):
        """Let an order lie behind a long queue, and be answered before it."""
        self.in_queue.append(self._lying(encode(BY_NAME["rollguard-commands"], order, source="/test")))
        self._beside_the_queue(self.office.counter)

    def _beside_the_queue(self, worker):
        async def step():
            self.office.clock.now = self.now
            self.office.context.expire()
            await self.office.context.current()
            await worker.step()

        self.loop.run_until_complete(step())

    def _take_from_queue(self):
        record = self.in_queue.pop(0)
        self.undone.append(record)
        self._take(record)

    def _office(self, table):
        async def made():
            return Office(self.bus, table=table)

        return self.loop.run_until_complete(made())

    def _take(self, record):
        async def take():
            self.office.context.expire()  # as a worker that was just given its partitions does
            await self.office.desk.take(record, self.office.table)

        self.loop.run_until_complete(take())

    def _decisions(self):
        return [decode(DECISIONS, one.value, one.headers).event for one in self.bus.records(DECISIONS.name)]

    def _actions(self):
        return sorted((one for one in self._decisions() if isinstance(one, Action)), key=lambda one: (one.workload, one.fence))

    def _from_evidence(self, workload=None):
        """Return each workload's rollbacks that no person ordered, in the order of their fences; what was approved counts once."""
        return [
            one
            for one in self._actions()
            if isinstance(one, RollbackDecided) and not set(one.signal_ids) & self.ordered and workload in (None, one.workload)
        ]

    @staticmethod
    def _within(times, begin, seconds):
        return sum(begin <= one < begin + seconds for one in times)

    def _perform(self, decision):
        """Do what the actuator does: once a decision, never against a newer fence, and only while the suspect is live."""
        target = self.targets[decision.workload]
        if decision.id in target.ends:
            return
        if isinstance(decision, HoldDecided) or decision.mode != "act" or self.now > decision.deadline_unix_seconds:
            self._conclude(decision.workload, decision.id, outcomes.Skipped)
        elif decision.fence < target.fence or target.live != decision.suspect_revision:
            self._conclude(decision.workload, decision.id, outcomes.Superseded)
        else:
            target.live, target.fence = decision.target_revision, decision.fence
            target.moves.append(decision)
            target.ends[decision.id] = None
            self._send(self._outcome(outcomes.ActionApplied, decision))
            self._send(self._reverted(decision))

    def _conclude(self, workload, decision_id, kind):
        self.targets[workload].ends[decision_id] = kind
        decision = next(one for one in self._actions() if one.id == decision_id)
        self._send(self._outcome(kind, decision))

    def _outcome(self, kind, decision):
        named = decision if isinstance(decision, RollbackDecided) else _Named(decision)
        said = stories.outcome(kind, named)
        return msgspec.structs.replace(said, workload=decision.workload, time_unix_seconds=self.now)

    def _reverted(self, decision):
        said = stories.reverted(decision.rollout, bad=decision.suspect_revision, good=decision.target_revision)
        return msgspec.structs.replace(said, workload=decision.workload, time_unix_seconds=self.now, decision_id=decision.id)


class _Named:
    """A hold, with the revision that it leaves live, as an outcome names it."""

    def __init__(self, decision):
        self.id, self.suspect_revision, self.target_revision = decision.id, decision.suspect_revision, decision.suspect_revision
