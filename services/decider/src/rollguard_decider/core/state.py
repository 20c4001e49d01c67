"""
What is known about one workload: the fold of everything that was said about it.

The topics are the truth and this is their cache, so it must be small (every history has a bound) and must survive JSON unchanged.
A field that could not be rebuilt from the topics would make a restarted decider decide otherwise than the one before it.
"""

import msgspec

from rollguard_decider.core.phases import Phase
from rollguard_decider.core.quarantine import Quarantined
from rollguard_decider.core.restraints import Restraints
from rollguard_schemas.decisions import RollbackDecided
from rollguard_schemas.rollouts import Beside
from rollguard_schemas.signals import AnomalyOpened, BreachForecast, ObjectiveBreached, ObjectiveRecovered, Regression

ROLLOUTS_KEPT = 24
STEPS_KEPT = 64
RECOMMENDED_KEPT = 4
ANSWERED_KEPT = 256
OPEN_KEPT = 16
NAMES_KEPT = 64

Opening = BreachForecast | ObjectiveBreached | AnomalyOpened


class RolloutSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One rollout, whichever of its events was heard first."""

    rollout: str
    from_revision: str | None
    to_revision: str
    started_unix_seconds: float
    artifact_digest: str | None = None
    is_started: bool = False
    is_reverted: bool = False
    also: tuple[Beside, ...] = ()


class StepBack(msgspec.Struct, frozen=True, kw_only=True):
    """One decision to take a rollout back, or to hold it: what cooldown, budget and "once a rollout" are counted by."""

    rollout: str
    decision_id: str
    suspect_revision: str
    decided_unix_seconds: float


class WorkloadState(msgspec.Struct, frozen=True, kw_only=True):
    """
    Everything that a decision about one workload depends on, besides its policy and the time.

    ``rollouts`` lie oldest first by their start; ``steps_back``, ``holds``, ``acts`` and the rings of
    names in the order in which they came.
    ``compared`` is what comparison with a control said last, and ``proven`` are the revisions that it called healthy.
    ``breached`` are those on which an objective was breached, ``traffic`` how many samples of each comparison saw at most.
    ``fleet`` is laid in by the shell before it asks, since fleet-wide commands have a key of their own.
    """

    workload: str
    phase: Phase = "idle"
    fence: int = 0
    serving_revision: str | None = None
    rollouts: tuple[RolloutSeen, ...] = ()
    steps_back: tuple[StepBack, ...] = ()
    holds: tuple[StepBack, ...] = ()
    acts: tuple[StepBack, ...] = ()
    recommended: tuple[RollbackDecided, ...] = ()
    quarantine: tuple[Quarantined, ...] = ()
    vetoed: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    open_signals: tuple[Opening, ...] = ()
    closed: tuple[str, ...] = ()
    compared: Regression | None = None
    proven: tuple[str, ...] = ()
    breached: tuple[str, ...] = ()
    traffic: dict[str, int] = {}
    own: Restraints = Restraints()
    fleet: Restraints = Restraints()

    @property
    def newest_rollout(self) -> RolloutSeen | None:
        """The rollout that started last."""
        return self.rollouts[-1] if self.rollouts else None

    @property
    def current_revision(self) -> str | None:
        """What the target points at: by the newest rollout, or by telemetry where no rollout is known."""
        newest = self.newest_rollout
        if newest is None:
            return self.serving_revision
        return newest.from_revision if newest.is_reverted else newest.to_revision

    def hold_of(self, rollout: str) -> StepBack | None:
        """Return the decision to hold a rollout where it is, if there is one."""
        return next((hold for hold in self.holds if hold.rollout == rollout), None)

    def step_back_of(self, rollout: str) -> StepBack | None:
        """Return what was decided against a rollout, if anything was."""
        return next((step for step in self.steps_back if step.rollout == rollout), None)


def episode_of(signal: Opening | ObjectiveRecovered) -> str:
    """Return the name that an opening shares with its end."""
    return signal.incident if isinstance(signal, AnomalyOpened) else signal.episode


def remember(ring: tuple[str, ...], names: tuple[str, ...], kept: int) -> tuple[str, ...]:
    """Append what is new, and forget the oldest beyond the bound."""
    return (*ring, *(name for name in names if name not in ring))[-kept:]
