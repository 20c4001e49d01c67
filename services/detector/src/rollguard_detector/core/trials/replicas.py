"""
One bad pod is not a bad release: a verdict has to hold without the replica that speaks most for it.

The replica whose candidate samples are farthest from what its control would have made of them is left out of every window, and the
metric is compared again. Half of the logarithm that a verdict needs must be left, as with segments (``comparison/segments``).
"""

from rollguard_detector.core.comparison.any_course import begin, levels_of, log_e_of, take
from rollguard_detector.core.comparison.histogram_course import HistogramCourse
from rollguard_detector.core.comparison.rollout_course import CourseKey
from rollguard_detector.core.trials.ledger import Ledger
from rollguard_detector.core.trials.tallies import Counted, Summed, Tally, counts_beyond
from rollguard_detector.core.trials.trial import Trial

_LEFT = 0.5


def carrier(trial: Trial, ledger: Ledger, key: CourseKey) -> str | None:
    """Return the replica without which less than half of the needed log evidence is left; None where there is no such one."""
    excess = _excess(trial, ledger, key)
    if len(excess) < 2:
        return None
    worst = max(sorted(excess), key=lambda name: excess[name])
    judged = trial.judged()[key]
    course = None
    for one in trial.pairs_of(ledger, key, without=worst):
        course = course or begin(judged, one.window)
        take(course, one.window)
    return worst if log_e_of(course) < _LEFT * judged.budget.needed else None


def _excess(trial: Trial, ledger: Ledger, key: CourseKey) -> dict[str, float]:
    """Return how much worse each replica of the candidate is than its control, in bad samples or in the metric's own unit."""
    course = trial.course.courses[key]
    usual = levels_of(course)[0]
    bound = course.bound() if isinstance(course, HistogramCourse) else None
    less_is_worse = trial.judged()[key].less_is_worse
    found: dict[str, float] = {}
    for arm in trial.own():
        for window in ledger.windows(arm):
            if window < trial.arms.start_window or usual is None:
                continue
            for name, tally in ledger.of(arm, window, key[0]).items():
                found[name] = found.get(name, 0.0) + _worse_by(tally, usual, bound, less_is_worse=less_is_worse)
    return found


def _worse_by(tally: Tally, usual: float, bound: float | None, *, less_is_worse: bool) -> float:
    if isinstance(tally, Counted):
        return tally.bad - tally.n * usual
    if isinstance(tally, Summed):
        worse = tally.total - tally.n * usual
        return -worse if less_is_worse else worse
    _, beyond = counts_beyond(tally, bound)
    return beyond - tally.n * usual
