"""
A decision acts at most once, and is answered, for any interleaving of duplicates, crashes, trouble and people.

Left out: a person who undoes the move in the moments between a crash right after it and the restart; see ``core.plan`` on marks.
"""

import asyncio
from collections import Counter, defaultdict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from actuator.process import Actuator, Clock, said, say
from actuator.registry import FakeRegistry, Killed
from actuator.saying import TARGET, policy, recovered, rollback, serving
from rollguard_runtime.errors import Temporary
from rollguard_runtime.memory import MemoryBus
from rollguard_schemas.outcomes import ActionApplied, Succeeded, Unverified
from rollguard_schemas.topics import OUTCOMES, ROLLOUTS

VERSIONS = ("1", "2", "3")
DECISIONS = (
    rollback(id="2-to-1", suspect_revision="2", target_revision="1", fence=1),
    rollback(id="3-to-1", suspect_revision="3", target_revision="1", fence=2),
    rollback(id="3-to-2", suspect_revision="3", target_revision="2", fence=3),
)


class AtMostOnce(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.bus, self.registry, self.clock = MemoryBus(partitions=1), FakeRegistry(), Clock()
        for version in VERSIONS:
            self.registry.register(TARGET.model, version)
        self.registry.point(TARGET, "2")
        say(self.bus, policy())
        self.decided = set()
        self.actuator = self.run_(self.new_process())

    def run_(self, coroutine):
        return asyncio.run(coroutine)

    async def new_process(self):
        return await Actuator(self.bus, self.registry, self.clock).start()

    @rule(decision=st.sampled_from(DECISIONS))
    def a_decision_is_delivered_perhaps_again(self, decision):
        self.decided.add(decision.id)
        say(self.bus, decision)

    @rule(version=st.sampled_from(VERSIONS))
    def a_person_moves_the_alias(self, version):
        self.registry.point(TARGET, version)

    @rule(at=st.sampled_from(["observe", "PutClaim", "Move", "Mark"]))
    def the_registry_will_fail_once(self, at):
        self.registry.trouble.setdefault(at, []).append(Temporary("down", retry_after_seconds=0))

    @rule(change=st.sampled_from(["PutClaim", "Move", "Mark"]))
    def the_process_will_die_after_a_change(self, change):
        self.registry.kill_after = change

    @rule(moment=st.sampled_from(["before", "after"]))
    def the_process_will_die_around_its_next_outcome(self, moment):
        self.actuator.sink.kill = moment

    @rule()
    def decisions_are_handled(self):
        self.living(lambda actuator: actuator.decide())

    @rule()
    def the_books_are_kept(self):
        self.living(lambda actuator: actuator.keep_books())

    @rule()
    def the_targets_are_looked_at(self):
        self.registry.trouble.pop("observe", None)
        self.living(lambda actuator: actuator.look())

    @rule(signal=st.sampled_from([serving("1"), serving("2"), recovered("1")]))
    def telemetry_speaks(self, signal):
        say(self.bus, signal)

    @rule(seconds=st.sampled_from([1, 61, 200]))
    def time_passes(self, seconds):
        self.clock.now += seconds

    @rule()
    def the_process_is_replaced_and_everything_delivered_again(self):
        self.restart()
        self.bus.committed.clear()

    def living(self, step):
        """Run a step; whenever the process dies in it, start another and let it look at the decisions first."""
        while True:
            try:
                return self.run_(step(self.actuator))
            except Killed:
                self.restart()
                step = Actuator.decide

    def restart(self):
        self.run_(self.actuator.die())
        self.actuator = self.run_(self.new_process())

    @invariant()
    def every_decision_moved_at_most_once(self):
        if hasattr(self, "registry"):
            assert max(Counter(self.registry.moves).values(), default=0) <= 1

    @invariant()
    def every_decision_has_at_most_one_answer_and_one_end(self):
        if not hasattr(self, "bus"):
            return
        answers = defaultdict(set)
        for outcome in said(self.bus, OUTCOMES):
            answers[outcome.decision_id].add(type(outcome))
        for decision_id, kinds in answers.items():
            assert len(kinds) == 1 or kinds in ({ActionApplied, Succeeded}, {ActionApplied, Unverified})
            assert decision_id not in self.registry.moves or ActionApplied in kinds

    def teardown(self):
        if not hasattr(self, "bus"):
            return
        self.registry.trouble.clear()
        self.living(Actuator.decide)
        self.living(Actuator.keep_books)
        answered = {outcome.decision_id for outcome in said(self.bus, OUTCOMES)}
        assert answered == self.decided
        rollouts = {event.id: event for event in said(self.bus, ROLLOUTS)}
        assert len(rollouts) == len(said(self.bus, ROLLOUTS))


AtMostOnce.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestAtMostOnce = AtMostOnce.TestCase
