"""
A model registry in memory, behind the driver port, that can be told to fail and to die.

It passes the same contract suite as the driver of the real registry.
"""

from rollguard_actuator.core.ports import MOVES, Act, Candidate, Capabilities, Displaced, Mark, Move, Observation, PutClaim, Undo
from rollguard_actuator.core.rehearsal import planned
from rollguard_schemas.outcomes import Step


class Killed(BaseException):
    """The process ended here; nothing in it may catch this."""


class FakeRegistry:
    """What is in the registry outlives the driver, as a real one would."""

    def __init__(self):
        self.aliases = {}
        self.claims = {}
        self.versions = {}
        self.marks = {}
        self.moves = []  # the decisions that claimed the target when it was moved
        self.reads = 0
        self.lacks = ()
        self.acts = []  # the decisions whose acts stand
        self.is_converged = None
        self.tended = []
        self.trouble = {}  # "observe", "lacks" or the name of a change: exceptions to raise in turn, before it
        self.kill_after = None  # the name of a change after which the process ends

    def register(self, model, version, *, is_ready=True):
        self.versions[model, version] = is_ready

    def point(self, target, version):
        self.aliases[target] = version


class FakeDriver:
    """A connection to the registry."""

    capabilities = Capabilities(driver="fake", actions=frozenset({*MOVES, "scale-out-decided"}))

    def __init__(self, registry):
        self.registry = registry

    async def observe(self, target):
        self.registry.reads += 1
        self._trouble("observe")
        return Observation(
            revision=self.registry.aliases.get(target),
            claim=self.registry.claims.get(target),
            is_converged=self.registry.is_converged,
            acted=tuple(self.registry.acts),
        )

    async def look_up(self, target, revision):
        is_ready = self.registry.versions.get((target.model, revision))
        state, decision_id = self.registry.marks.get((target.model, revision), (None, None))
        marked_by = decision_id if state == "champion" else None
        return Candidate(revision=revision, exists=is_ready is not None, is_ready=bool(is_ready), marked_by=marked_by)

    async def lacks(self, target, actions=MOVES):
        self._trouble("lacks")
        return self.registry.lacks

    async def tend(self, target, is_pending):
        self._trouble("tend")
        return self.registry.tended.pop(0) if self.registry.tended else None

    async def rehearse(self, target, change):
        return planned(change, self.registry.aliases.get(target))

    async def apply(self, target, change):
        name = type(change).__name__
        self._trouble(name)
        self._trouble((name, target))
        step = self._apply(target, change)
        if self.registry.kill_after in (name, (name, target)):
            self.registry.kill_after = None
            raise Killed(name)
        return step

    def _apply(self, target, change):
        match change:
            case PutClaim(claim=claim):
                self.registry.claims[target] = claim
                return Step(name="claim", status="done")
            case Move():
                return self._move(target, change)
            case Mark():
                self.registry.marks[target.model, change.suspect_revision] = ("rolled_back", change.decision_id)
                self.registry.marks[target.model, change.restored_revision] = ("champion", change.decision_id)
                return Step(name="mark", status="done")
            case Act():
                return self._act(change.decision.id)
            case Undo():
                self.registry.acts.remove(change.decision_id)
                return Step(name="act", status="done")

    def _act(self, decision_id):
        if decision_id in self.registry.acts:
            return Step(name="act", status="already-done")
        self.registry.acts.append(decision_id)
        return Step(name="act", status="done")

    def _move(self, target, move):
        live = self.registry.aliases.get(target)
        if live == move.to_revision:
            return Step(name="move", status="already-done", before=live, after=live)
        if live != move.from_revision:
            raise Displaced(f"{live} is live, not {move.from_revision}")
        self.registry.aliases[target] = move.to_revision
        self.registry.moves.append(self.registry.claims[target].decision_id if target in self.registry.claims else None)
        return Step(name="move", status="done", before=live, after=move.to_revision)

    def _trouble(self, name):
        if self.registry.trouble.get(name):
            raise self.registry.trouble[name].pop(0)
