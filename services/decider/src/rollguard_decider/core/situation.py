"""
What a gate looks at, and what it says.

Everything is gathered before the first gate is asked, so that a gate is a plain function of one argument and the order of the gates
is a table instead of a control flow.
"""

import msgspec

from rollguard_decider.core.fleet import ALONE, Surroundings
from rollguard_decider.core.state import RolloutSeen, WorkloadState
from rollguard_schemas.decisions import Upstream, WithheldReason
from rollguard_schemas.fields import Cause
from rollguard_schemas.policies import PolicySpec, RollbackPolicy
from rollguard_schemas.signals import Signal


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """The policy, what is known, the time, and the fleet around: enough for the gates that a person's command passes as well."""

    policy: RollbackPolicy | None
    state: WorkloadState
    now: float
    around: Surroundings = ALONE

    @property
    def spec(self) -> PolicySpec:
        """What the policy says; asked only behind the gate that found one."""
        if self.policy is None:
            raise LookupError("no policy: the gate for it comes first")
        return self.policy.spec


class Case(Situation, frozen=True, kw_only=True):
    """A situation with the signal that is to be answered."""

    signal: Signal

    @property
    def rollout(self) -> RolloutSeen:
        """The rollout that is under suspicion; asked only behind the gate that found one."""
        newest = self.state.newest_rollout
        if newest is None:
            raise LookupError("no rollout: the gate for it comes first")
        return newest


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A gate that holds: the reason for machines, the sentence for people, and what would have changed it."""

    reason: WithheldReason
    because: str
    would_change: str
    decision_id: str | None = None
    cause: Cause = "unknown"
    upstream: Upstream | None = None


Verdict = Held | str  # a passed gate says in a few words how it was passed
