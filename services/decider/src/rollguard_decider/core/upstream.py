"""
Did something that the workload depends on move first?

Which workloads those are is the policy's ``guards.after``. One of them explains what is seen here if its own signals opened no
later than this workload's, within the policy's window, and had not ended before this rollout began. A rollout of its own from which
it moved is named, so of several rollouts under way the one to look at. Comparison with a revision that serves at the same time is
stronger than any order of events: both revisions depend on the same, so the dependency cannot make them differ.
"""

from collections.abc import Iterator

from rollguard_decider.core.moves import Begun, Move
from rollguard_decider.core.situation import Case, Held
from rollguard_decider.core.state import RolloutSeen
from rollguard_decider.core.wording import duration
from rollguard_schemas.decisions import Upstream
from rollguard_schemas.signals import AnomalyOpened, Regression

_AFTERMATH_SECONDS = 300.0  # so long after the end of a dependency's trouble what it left behind may still show
_BESIDE = ("concurrent", "mirror")


def moved_first(case: Case, rollout: RolloutSeen) -> Held | None:
    """Hold where a dependency moved first, and no comparison shows that the candidate itself is worse."""
    if is_proven_beside(case):
        return None
    own = _own_began(case, rollout)
    first = min(_explaining(case, rollout, own), key=lambda one: (one.began_unix_seconds, one.workload), default=None)
    if first is None:
        return None
    earlier, cause = own - first.began_unix_seconds, _rollout_behind(case, first)
    return Held(
        reason="dependency-moved-first",
        because=f"{first.workload}, which it depends on, moved {_before(earlier)}: {first.says}{_after(first, cause)}",
        would_change=f"comparison that shows revision {rollout.to_revision} to be worse than one that serves at the same time",
        cause="upstream",
        upstream=Upstream(
            workload=first.workload,
            signal_id=first.signal_id,
            summary=first.says,
            seconds_earlier=earlier,
            rollout=cause.rollout if cause else None,
            revision=cause.revision if cause else None,
        ),
    )


def is_proven_beside(case: Case) -> bool:
    """Say whether comparison with a revision that serves at the same time shows the candidate of the newest rollout to be worse."""
    newest = case.state.newest_rollout
    found = case.signal if isinstance(case.signal, Regression) else case.state.compared
    if found is None or newest is None or found.rollout not in (None, newest.rollout):
        return False
    return found.verdict == "degraded" and found.attribution == "rollout" and found.control in _BESIDE


def _own_began(case: Case, rollout: RolloutSeen) -> float:
    """Return when this workload's own trouble began: with the signal, or with what stands open since the rollout began."""
    standing = (
        one.time_unix_seconds
        for one in case.state.open_signals
        if one.time_unix_seconds >= rollout.started_unix_seconds
        and not (isinstance(one, AnomalyOpened) and one.kind in ("missing", "stuck"))
    )
    return min((case.signal.time_unix_seconds, *standing))


def _explaining(case: Case, rollout: RolloutSeen, own: float) -> Iterator[Move]:
    reached = max(rollout.started_unix_seconds, own - _AFTERMATH_SECONDS)
    for move in case.around.moves:
        is_in_time = 0.0 <= own - move.began_unix_seconds <= case.spec.guards.rollout_window_seconds
        is_over = move.ended_unix_seconds is not None and move.ended_unix_seconds < reached
        if is_in_time and not is_over and not move.is_silence:
            yield move


def _rollout_behind(case: Case, move: Move) -> Begun | None:
    """Return the dependency's own newest rollout from which it moved, within the same window as for this workload."""
    window = case.spec.guards.rollout_window_seconds
    newest_first = reversed(case.around.rollouts.get(move.workload, ()))
    return next((one for one in newest_first if 0.0 <= move.began_unix_seconds - one.at_unix_seconds <= window), None)


def _before(seconds: float) -> str:
    return f"{duration(seconds)} earlier" if seconds else "at the same time"


def _after(move: Move, rollout: Begun | None) -> str:
    if rollout is None:
        return ""
    after = duration(move.began_unix_seconds - rollout.at_unix_seconds)
    return f", {after} after its own rollout to revision {rollout.revision} started"
