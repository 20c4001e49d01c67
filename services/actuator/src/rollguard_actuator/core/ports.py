"""
The port to what is changed: a driver observes a target, looks a revision up, and applies one change at a time.

The rule: every change may be applied again without harm, and a move states what it expects to find. A driver that moved "from
whatever is there" would undo the work of whoever came in between.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from rollguard_schemas.decisions import Action
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import Target

# The actions that are moves, whichever target they are about.
MOVES = frozenset({"rollback-decided", "fallback-decided"})
TargetT_contra = TypeVar("TargetT_contra", bound=Target, contravariant=True)


class Displaced(Exception):
    """What is live is not what the move expected to find; nothing was changed."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """
    Which decision moves a target, written on the target before it is moved.

    After a crash it tells our own move from everybody else's, and its fence turns away decisions that were overtaken. ``epoch`` is
    the turn of the actuator that wrote it, 0 where there is no lease, and turns away an actuator that was overtaken.
    """

    decision_id: str
    fence: int
    revision: str
    at_unix_seconds: float
    epoch: int = 0


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is live; ``revision`` is None where the target points nowhere.

    ``artifact`` is what that revision runs, ``progress`` how far it has come, ``is_converged`` whether that is all the way,
    ``refusal`` why the driver would not move the target at all, and ``abort_returns_to`` the revision that stopping the rollout in
    flight would return to, each None where the driver has nothing to say. ``acted`` are the decisions whose acts are written there.
    """

    revision: str | None
    claim: Claim | None = None
    artifact: str | None = None
    progress: str | None = None
    refusal: str | None = None
    is_converged: bool | None = None
    acted: tuple[str, ...] = ()
    abort_returns_to: str | None = None


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """
    A revision that could be made live; ``marked_by`` is the decision whose mark it bears as the restored one.

    ``note`` says why it is missing or not ready, or what could not be made sure of.
    """

    revision: str
    exists: bool
    is_ready: bool = False
    marked_by: str | None = None
    note: str | None = None


class PutClaim(msgspec.Struct, frozen=True, kw_only=True):
    """Write the claim on the target."""

    claim: Claim


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """
    Make ``to_revision`` live, if ``from_revision`` still is; ``epoch`` as in ``Claim``.

    ``bars`` lets a driver that can do so keep what gave way from coming back.
    ``only_in_flight``: by aborting the rollout, and not at all once it was promoted; a driver that knows no abort cannot.
    """

    from_revision: str
    to_revision: str
    epoch: int = 0
    decision_id: str = ""
    bars: bool = True
    only_in_flight: bool = False


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Write on both revisions what became of them: for people who look there, and as a trace that outlives later moves."""

    suspect_revision: str
    restored_revision: str
    decision_id: str


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Do what a decision asks of what is live and of no other revision; made twice it is made once. ``epoch`` as in ``Claim``."""

    decision: Action
    epoch: int = 0


class Undo(msgspec.Struct, frozen=True, kw_only=True):
    """Put back what an act of this decision did, if nobody changed it since; ``epoch`` as in ``Claim``."""

    decision_id: str
    epoch: int = 0


Change = PutClaim | Move | Mark | Act | Undo


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a driver can do: the tags of the actions that it performs, and whether it changes anything at all."""

    driver: str
    actions: frozenset[str]
    is_dry_run: bool = False


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """A right that this process's account lacks; without an optional one the driver works, and says what it could not check."""

    what: str
    is_optional: bool
    mend: str


class Driver(Protocol[TargetT_contra]):
    """
    One kind of target.

    Every method raises the runtime's ``Temporary`` where the same call may succeed later, and ``Permanent`` where it never will.
    """

    capabilities: Capabilities

    async def observe(self, target: TargetT_contra) -> Observation:
        """Read what is live."""

    async def look_up(self, target: TargetT_contra, revision: str) -> Candidate:
        """Say whether a revision exists and could be made live."""

    async def lacks(self, target: TargetT_contra, actions: frozenset[str] = MOVES) -> tuple[Lack, ...]:
        """Ask the target's keeper which rights are missing for these actions, without using any."""

    async def tend(self, target: TargetT_contra, is_pending: Callable[[str], bool]) -> Step | None:
        """
        Look after what an earlier move left behind, and say what is worth a word; ``is_pending`` tells of a decision whether it is
        still being performed.
        """

    async def rehearse(self, target: TargetT_contra, change: Change) -> Step:
        """Do all that can be done about a change without making it; raises as ``apply`` would."""

    async def apply(self, target: TargetT_contra, change: Change) -> Step:
        """
        Make one change, read it back, and say what was there before and after.

        Raises:

            Displaced: if a move finds something else than it expects.
        """
