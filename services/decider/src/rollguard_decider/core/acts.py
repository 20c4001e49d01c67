"""
Acts: what leaves the serving revision as it is (more replicas, restarts, orders to others), and how often they may happen.

More replicas, a paused training job or a new one harm nobody whoever is to blame, so they ask for no rollout. A restart helps
against what wears out, once: a revision that needs another is not mended by one, and a restarted revision that runs the same
artifact is the same suspect.
"""

from rollguard_decider.core.attribution import is_the_rollout
from rollguard_decider.core.rungs import rung_of
from rollguard_decider.core.situation import Case, Held, Verdict
from rollguard_decider.core.state import StepBack
from rollguard_decider.core.wording import duration
from rollguard_schemas.ids import derive_id
from rollguard_schemas.policy_ladder import Rung

ACTS: frozenset[Rung] = frozenset({"scale-out", "restart", "call"})
BLAMES_NOBODY: frozenset[Rung] = frozenset({"scale-out", "call"})
_ANSWERED = ("episode", "incident", "id")


def act_id(case: Case) -> str:
    """Return the id of the one act of its kind: for a restart one a rollout, for the others one an episode."""
    if rung_of(case) == "restart":
        return derive_id("restart", case.state.workload, case.rollout.rollout)
    cause = next(name for field in _ANSWERED if (name := getattr(case.signal, field, None)))
    return derive_id(rung_of(case), case.state.workload, str(cause))


def is_its_cause(case: Case) -> Verdict:
    """Ask whether the rollout is to blame, of whatever does something about the rollout."""
    if rung_of(case) not in BLAMES_NOBODY:
        return is_the_rollout(case)
    if case.state.current_revision is None:
        because, would_change = "no serving revision is known", "a rollout, or telemetry that names a revision"
        return Held(reason="not-the-rollout", because=because, would_change=would_change)
    return f"{rung_of(case)} asks for no rollout"


def acted_before(case: Case) -> StepBack | None:
    """Return the act of this kind that was decided before, if there is one."""
    mine = act_id(case)
    same = {seen.rollout for seen in case.state.rollouts if _is_same_artifact(case, seen.artifact_digest)}
    for act in case.state.acts:
        if act.decision_id == mine or (rung_of(case) == "restart" and act.rollout in same):
            return act
    return None


def acts_cooled_down(case: Case) -> Verdict:
    """Hold an act that comes too soon after the last one."""
    last, cooldown = max((act.decided_unix_seconds for act in case.state.acts), default=None), case.spec.guards.cooldown_seconds
    if last is None:
        return "no earlier act"
    since = max(0.0, case.now - last)
    if since < cooldown:
        because = f"the last act was decided {duration(since)} ago, the cooldown is {duration(cooldown)}"
        return Held(reason="cooldown", because=because, would_change=f"waiting {duration(cooldown - since)}")
    return f"{duration(since)} since the last act"


def _is_same_artifact(case: Case, digest: str | None) -> bool:
    return digest is not None and digest == case.rollout.artifact_digest
