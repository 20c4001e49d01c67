"""
How much two healthy arms of a workload differ from window to window, as far as the windows before its rollout tell.

Two sources, each by itself (``comparison/dispersion``): the control's replicas, of which an arm is taken to be as noisy as one,
since a candidate often is one; and the control beside the revision before it, in the rollout that went well (one that came after it
may have been taken back: what was wrong with that is no noise). The rule: only windows before the rollout, or what is compared
would choose what it is held against; and only the first ones of the control, as many as a rollout lasts: of those the ledger tells
replicas apart and forgets none.
"""

from collections.abc import Mapping, Sequence

import msgspec

from rollguard_detector.core.comparison.dispersion import PRIOR, mean_variance, prior_told
from rollguard_detector.core.comparison.exceedance import HistogramWindow, choose_bounds
from rollguard_detector.core.comparison.side_by_side import Parts, comparable, log_likelihoods
from rollguard_detector.core.trials.ledger import Ledger, is_told_apart
from rollguard_detector.core.trials.pairs import Arms
from rollguard_detector.core.trials.tallies import Bucketed, Summed, Tally, counts_beyond

Tallies = Mapping[str, Tally]  # of one window, by replica or revision


class Noise(msgspec.Struct, frozen=True, array_like=True):
    """The prior over the variances of one metric, and from how many replicas and windows it comes; none: the default."""

    prior: tuple[float, ...] = PRIOR
    replicas: int = 0
    replica_windows: int = 0
    history_windows: int = 0

    @property
    def variance(self) -> float:
        """What is expected of the variance."""
        return mean_variance(self.prior)


NOTHING_TOLD = Noise()


def noise_before(ledger: Ledger, arms: Arms, metric: str, most_windows: int) -> Noise:
    """Return what the windows before a rollout tell of a metric; means have no such noise, their spread is seen as it is."""
    windows = [one for one in ledger.windows(arms.control)[:most_windows] if one < arms.start_window]
    replicas = [one for window in windows if is_told_apart(one := ledger.of(arms.control, window, metric))]
    revisions = [arms.control or "", *ledger.before(arms.control)]
    beside = [
        {name: tally for name in revisions if (tally := ledger.whole(name, window, metric)) is not None} for window in windows
    ]
    by_replica, by_revision = _comparable(replicas), _comparable(beside)
    told = [_likelihoods(one) for one in (by_replica, by_revision) if one]
    return Noise(
        prior=prior_told(told),
        replicas=len({name for windows in by_replica for window in windows for name in window}),
        replica_windows=max(map(len, by_replica), default=0),
        history_windows=max(map(len, by_revision), default=0),
    )


def _comparable(windows: Sequence[Tallies]) -> list[list[Parts]]:
    """Return the counts of each bound beyond which samples count (one where they are bad or not), of the windows that compare."""
    kinds = [tally for window in windows for tally in window.values()]
    if not kinds or isinstance(kinds[0], Summed):
        return []
    bounds: Sequence[float | None] = (None,)
    if isinstance(kinds[0], Bucketed):
        bounds = choose_bounds([HistogramWindow(one.by_upper(), {}) for one in kinds if isinstance(one, Bucketed)])
    counted = [[{name: counts_beyond(tally, bound) for name, tally in one.items()} for one in windows] for bound in bounds]
    return [found for one in counted if (found := comparable(one))]


def _likelihoods(by_bound: Sequence[Sequence[Parts]]) -> list[float]:
    """Return the mean over the bounds, as they count the same samples."""
    found = [log_likelihoods(windows) for windows in by_bound]
    return [sum(logs) / len(found) for logs in zip(*found, strict=True)]
