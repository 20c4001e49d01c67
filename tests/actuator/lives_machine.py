"""
A world in which anything may happen to rollbacks of a Deployment, played by Hypothesis: two actuators with one lease, a model of
the API that fails, is silent, loses answers and kills between any two requests, and people who push, pause, prune and annotate.

The laws are asked after every step; at the end all trouble is over, and every decision must have come to one end.
``test_lives`` plays it briefly, ``bench/actuator_lives.py`` ten thousand times.
"""

import asyncio
from collections import Counter, defaultdict

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from actuator.api_model import FAULTS, HASH, Wire, image_of
from actuator.lives_seat import Seat
from actuator.process import Clock, said, say
from actuator.saying import policy, rollback, serving
from controlplane.fake_store import Store
from rollguard_actuator.shell.serve import GROUP
from rollguard_runtime.memory import MemoryBus
from rollguard_schemas.outcomes import ActionApplied, Failed, Succeeded, Unverified
from rollguard_schemas.targets import KubernetesDeployment
from rollguard_schemas.topics import OUTCOMES, ROLLOUTS, SIGNALS

TAGS = ("v1", "v2", "v3")
TARGET = KubernetesDeployment(namespace="shop", name="fraud")
KEY = ("apps", "deployments", "shop", "fraud")
SETS = ("apps", "replicasets", "shop", None)
OTHERS = ("pushes v1", "pushes v2", "pushes v3", "pauses", "resumes", "annotates", "scales", "prunes", "takes over", "asks too")
TROUBLE = st.lists(st.tuples(st.integers(0, 9), st.sampled_from((*FAULTS, *OTHERS))), max_size=3)
SEATS = st.sampled_from("ab")
LEASE_SECONDS = 15.0
VERIFIED = ({ActionApplied, Succeeded}, {ActionApplied, Unverified})


class Lives(RuleBasedStateMachine):
    """One world; ``seats`` are the two places at which an actuator process runs."""

    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.store, self.bus, self.clock = Store(), MemoryBus(partitions=1), Clock()
        people = {what: lambda what=what: self._somebody(what) for what in OTHERS}
        self.wire = Wire(self.store, people)
        self.texts, self.replicas, self.in_flight = {"team": "fraud"}, 2, set()
        self.decided, self.processes = {}, 0
        self.store.create(KEY, _manifest("v1"))
        self.revisions = {}
        for tag in (*TAGS, "v2"):
            self._push(tag)
            self.revisions[tag] = next(each["metadata"]["labels"][HASH] for each in self._sets() if image_of(each) == tag)
        say(self.bus, policy(target=TARGET))
        self.seats = {name: self._process(name) for name in "ab"}

    def _process(self, name):
        self.processes += 1
        return Seat(self.bus, self.wire, self.clock, f"{name}-{self.processes}", LEASE_SECONDS)

    def teardown(self):
        try:
            self._end()
        finally:
            self.loop.close()

    # What happens in the world.

    @initialize(name=SEATS)
    def one_of_them_begins(self, name):
        self.run_(self._act(name, Seat.decide))

    @rule(restored=st.sampled_from(TAGS), suspect=st.sampled_from((None, None, *TAGS)), trouble=TROUBLE, name=SEATS)
    def a_decision_is_made_and_handled_through_trouble(self, restored, suspect, trouble, name):
        suspect = suspect or image_of(self.store.get(KEY))
        if suspect != restored:
            self._decide(suspect, restored)
        for after, what in trouble:
            self.wire.lay_out(after, what)
        self.run_(self._act(name, Seat.decide))

    def _decide(self, suspect, restored):
        number = len(self.decided) + 1
        revisions = {"suspect_revision": self.revisions[suspect], "target_revision": self.revisions[restored]}
        deadline = {"time_unix_seconds": self.clock.now, "deadline_unix_seconds": self.clock.now + 300}
        made = rollback(id=f"{number}: {suspect} to {restored}", fence=number, target=TARGET, **revisions, **deadline)
        self.decided[made.id] = (suspect, restored, made)
        say(self.bus, made)

    @rule(number=st.integers(0, 50))
    def a_decision_is_delivered_again(self, number):
        if self.decided:
            say(self.bus, list(self.decided.values())[number % len(self.decided)][2])

    @rule(what=st.sampled_from(OTHERS))
    def somebody_does(self, what):
        self.run_(self._somebody(what))

    @rule(trouble=TROUBLE)
    def there_will_be_trouble(self, trouble):
        for after, what in trouble:
            self.wire.lay_out(after, what)

    @rule(name=SEATS, moment=st.sampled_from(["before", "after"]))
    def a_process_will_die_around_its_next_outcome(self, name, moment):
        self.seats[name].sink.kill = moment

    @rule(name=SEATS)
    def a_process_is_replaced_and_everything_delivered_again(self, name):
        self._replace(name)
        self.bus.committed.clear()

    @rule(tag=st.sampled_from((None, None, *TAGS)), name=SEATS)
    def telemetry_speaks(self, tag, name):
        say(self.bus, serving(self.revisions[tag or image_of(self.store.get(KEY))], self.clock.now + 1))
        self.run_(self._act(name, Seat.keep_books))

    @rule(seconds=st.sampled_from([1, 5, 61, 200]))
    def time_passes(self, seconds):
        self.clock.now += seconds

    # What the processes do.

    @rule(name=SEATS)
    def decisions_are_handled(self, name):
        self.run_(self._act(name, Seat.decide))

    @rule(name=SEATS, what=st.sampled_from([Seat.keep_books, Seat.look, Seat.tend]))
    def the_loops_beside_go_round(self, name, what):
        self.run_(self._act(name, what))

    async def _act(self, name, what):
        if name in self.in_flight:
            return
        self.in_flight.add(name)
        try:
            if not await self.seats[name].act(what):
                self._replace(name)
        finally:
            self.in_flight.discard(name)

    def _replace(self, name):
        self.seats[name].leave()
        self.seats[name] = self._process(name)

    # What people do, at any moment.

    async def _somebody(self, what):
        verb, _, tag = what.partition(" ")
        if verb == "pushes":
            self._push(tag)
        elif verb in ("pauses", "resumes"):
            self._merge({"spec": {"paused": verb == "pauses"}})
        elif verb == "annotates":
            self.texts["team"] += "!"
            self._merge({"metadata": {"annotations": dict(self.texts)}})
        elif verb == "scales":
            self.replicas += 1
            self._merge({"spec": {"replicas": self.replicas}})
        elif verb == "prunes":
            self._prune()
        else:
            await self._other_seat_acts(falls_silent=verb == "takes")

    async def _other_seat_acts(self, *, falls_silent):
        """Let whoever is idle act; where the holder fell silent, its lease runs out and its group drops it."""
        idle = next((name for name in "ba" if name not in self.in_flight), None)
        if idle is None:
            return
        if falls_silent:
            await self._act(idle, Seat.decide)  # it sees the lease as it stands, and waits
            self.clock.now += LEASE_SECONDS + 1
            if not self.seats[idle].is_acting:
                self.bus.members[GROUP].clear()
        await self._act(idle, Seat.decide)

    def _prune(self):
        live = image_of(self.store.get(KEY))
        for each in self._sets():
            if image_of(each) == "v1" != live:
                self.store.delete((*SETS[:3], each["metadata"]["name"]))

    def _push(self, tag):
        self._merge({"spec": {"template": _template(tag)}})

    def _merge(self, body):
        self.store.patch(KEY, body, part=None, is_merge=True, is_dry_run=False)

    def _sets(self):
        return self.store.list(SETS, "")

    def run_(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    # The laws.

    @invariant()
    def no_decision_moves_twice_and_none_moves_anything_but_its_suspect_to_its_target(self):
        assert max(Counter(decision for decision, *_ in self.wire.moves).values(), default=0) <= 1
        assert all(self.decided[decision][:2] == (old, new) for decision, old, new, _ in self.wire.moves)

    @invariant()
    def what_is_paused_is_not_moved(self):
        assert not any(is_paused for *_, is_paused in self.wire.moves)

    @invariant()
    def what_others_wrote_stays(self):
        workload = self.store.get(KEY)
        theirs = {k: v for k, v in workload["metadata"]["annotations"].items() if not k.startswith("rollguard.dev/")}
        assert (theirs, workload["spec"]["replicas"]) == (self.texts, self.replicas)

    @invariant()
    def a_decision_has_one_answer_and_one_end(self):
        for decision, kinds in self.answers().items():
            assert len(kinds) == 1 or kinds in VERIFIED, (decision, kinds)

    @invariant()
    def a_success_is_one_that_telemetry_reported(self):
        heard = {signal.revision for signal in said(self.bus, SIGNALS)}
        assert all(one.target_revision in heard for one in said(self.bus, OUTCOMES) if isinstance(one, Succeeded))

    def answers(self):
        found = defaultdict(set)
        for outcome in said(self.bus, OUTCOMES):
            found[outcome.decision_id].add(type(outcome))
        return found

    def _end(self):
        """Let all trouble be over and enough time pass: every decision is answered once, and every action came to an end."""
        self.wire.due.clear()
        now = self.clock.now
        for seat in self.seats.values():
            seat.sink.kill = None
        for _ in range(4):
            for name in "ab":
                self.run_(self._act(name, Seat.decide))
            self.clock.now += LEASE_SECONDS + 1
        self.clock.now += 1000
        for _ in range(2):
            for name in "ab":
                self.run_(self._act(name, Seat.keep_books))
            self.clock.now += LEASE_SECONDS + 1
        answers = self.answers()
        assert set(answers) == set(self.decided)
        assert not any(kinds == {ActionApplied} for kinds in answers.values())
        for decision, *_ in self.wire.moves:
            # A move may go unnoticed only where the server refused to be read afterwards, or was silent until the deadline.
            is_past_deadline = now > self.decided[decision][2].deadline_unix_seconds
            is_excused = answers[decision] == {Failed} and (self.wire.refused or is_past_deadline)
            assert answers[decision] in VERIFIED or is_excused, answers[decision]
        self.a_decision_has_one_answer_and_one_end()
        # Two processes may say a rollout with one id, which is one thing said, so long as they say the same.
        said_of = {(event.id, event.from_revision, event.to_revision) for event in said(self.bus, ROLLOUTS)}
        assert len({one for one, *_ in said_of}) == len(said_of)


def _template(tag):
    return {"metadata": {"labels": {"app": "fraud"}}, "spec": {"containers": [{"name": "model", "image": f"model:{tag}"}]}}


def _manifest(tag):
    spec = {"replicas": 2, "paused": False, "selector": {"matchLabels": {"app": "fraud"}}, "template": _template(tag)}
    return {"kind": "Deployment", "metadata": {"name": "fraud", "annotations": {"team": "fraud"}}, "spec": spec}
