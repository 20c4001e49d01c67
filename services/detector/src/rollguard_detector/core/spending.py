"""
The error budgets of a workload: which are spent too fast, by whom, and until when they would last.

A budget belongs to the workload, not to a series: what a canary breaks is taken from everybody's. So all series of its metric are
counted together, in the order of the log. A page or a ticket ends where the short window says so, long before the hours
in which the harm was done have passed out of the long one; but nothing ends for want of events, since no data is no recovery.
"""

from math import erf, sqrt
from typing import NamedTuple

import msgspec

from rollguard_detector.core.episodes import Episode, Move, OpenEpisode, Said
from rollguard_detector.core.outlook.burn import PAGE, TICKET, BurnRate, MinuteKept, Pair, Spent
from rollguard_schemas.evidence import Quantiles
from rollguard_schemas.policies import Objective
from rollguard_schemas.slow_burns import ErrorBudget

_DAY_SECONDS = 86_400.0
_TENTH_DEVIATIONS = 1.2816  # of a normal distribution, from its median to its first and last tenth


class SpendingKept(msgspec.Struct, frozen=True, array_like=True):
    """What a budget has seen under the terms that it was kept with."""

    objective: Objective
    minutes: tuple[MinuteKept, ...]
    episode: OpenEpisode | None


class SpendingStep(NamedTuple):
    """A step of a budget's episode: what was said, and both windows of the pair that says it."""

    objective: Objective
    said: Said
    pair: Pair
    factor: float
    long: Spent
    short: Spent

    @property
    def budget_share(self) -> float:
        """The share of events that may be bad."""
        return 1.0 - self.objective.error_budget.target  # type: ignore[union-attr]  # who has a step has a budget

    @property
    def window_seconds(self) -> float:
        """The time that the budget is for."""
        return self.objective.error_budget.window_days * _DAY_SECONDS  # type: ignore[union-attr]  # as above

    @property
    def lasts_seconds(self) -> Quantiles:
        """How long a whole budget would last at this pace; the root of a count has a deviation of a half."""
        root, window = sqrt(self.long.bad), self.window_seconds
        rates = (max(root + side * _TENTH_DEVIATIONS / 2.0, 0.0) ** 2 / self.long.events for side in (1.0, 0.0, -1.0))
        p10, p50, p90 = (window * self.budget_share / rate if rate > 0.0 else None for rate in rates)
        return Quantiles(p10=p10, p50=p50, p90=p90)

    @property
    def probability(self) -> float:
        """How probable it is that the pace is beyond the factor for good, by the events of the long window."""
        expected = self.factor * self.budget_share * self.long.events
        deviations = 2.0 * (sqrt(self.long.bad) - sqrt(expected))  # Anscombe 1948
        return 0.5 * (1.0 + erf(deviations / sqrt(2.0)))

    @property
    def worst_revision(self) -> str | None:
        """The revision that spent most of it."""
        return max(self.long.by_revision.items(), key=lambda one: (one[1][0], one[0] or ""))[0]


class Spending:
    """One objective with an error budget: its counts, and its episode."""

    def __init__(self, workload: str, objective: Objective, budget: ErrorBudget) -> None:
        self.objective = objective
        self._workload, self._budget = workload, budget
        self._burn = BurnRate(budget.target)
        self._episode = Episode(workload, objective.name)

    def anew(self) -> "Spending":
        """Return one of the same terms that has seen nothing."""
        return Spending(self._workload, self.objective, self._budget)

    def kept(self) -> SpendingKept:
        """Return what was seen."""
        return SpendingKept(self.objective, self._burn.kept(), self._episode.kept())

    def resume(self, kept: SpendingKept) -> None:
        """Go on from what was seen, if it was under the same terms."""
        if kept.objective == self.objective:
            self._burn.resume(kept.minutes)
            if kept.episode:
                self._episode.resume(kept.episode)

    def observe(self, at_seconds: float, value: float, size: float, revision: str | None) -> SpendingStep | None:
        """
        Count a sample of any series of the metric; return the step that it caused.

        ``size`` is of how many events the sample is a share; NaN where nobody said, and it counts as one.
        """
        share = self.objective.bad_share(value)
        if share is None:
            return None
        is_counted = size == size and self.objective.above is None and self.objective.below is None  # noqa: PLR0124  # NaN is not
        events = size if is_counted else 1.0
        self._burn.learn(at_seconds, share * events, events, revision)
        return self._step(at_seconds)

    def _step(self, at_seconds: float) -> SpendingStep | None:
        last = self._burn.spent(PAGE.short)
        if last is None or (self._episode.state == "holds" and last.rate <= self._budget.ticket_burn_rate):
            return None  # nearly always
        found = self._move(last)
        if found is None:
            return None
        move, pair, factor = found
        long, short = self._burn.spent(pair.long), self._burn.spent(pair.short)
        if long is None or short is None:
            return None
        return SpendingStep(self.objective, self._episode.move(move, at_seconds), pair, factor, long, short)

    def _move(self, last: Spent) -> tuple[Move, Pair, float] | None:
        state, page, ticket = self._episode.state, self._budget.page_burn_rate, self._budget.ticket_burn_rate
        if state == "breached":
            return ("recover", PAGE, page) if last.rate <= ticket else None
        if self._burns(PAGE, page):
            return "breach", PAGE, page
        burns_slowly = self._burns(TICKET, ticket)
        if state == "forecast":
            return None if burns_slowly or not self._is_over(ticket) else ("recover", TICKET, ticket)
        return ("foresee", TICKET, ticket) if burns_slowly else None

    def _burns(self, pair: Pair, factor: float) -> bool:
        long = self._burn.spent(pair.long)
        return long is not None and long.bad >= self._budget.min_bad_events and self._burn.burns(pair, factor)

    def _is_over(self, ticket: float) -> bool:
        """Whether a ticket is over: by events that were seen in its short window, not for want of them."""
        short = self._burn.rate(TICKET.short)
        return short is not None and short <= ticket
