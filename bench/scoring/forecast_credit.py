"""
What forecasts are worth to somebody who is woken by them: credit for lead time, on a budget of false alarms.

An alarm is a score that reaches the threshold where a forecast is asked for; one alarm speaks for a horizon. It is right if a
breach begins within two horizons. The earliest right alarm of a breach earns min(lead, horizon) / horizon, a breach without one 0,
and so does one whose alarm came too late to act on. Credit is counted at the best threshold that keeps the budget.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.bounded_stream import HORIZON_SAMPLES, SAMPLES_A_DAY
from scoring.breaches import Truth

LEAST_LEAD_SAMPLES = 2
RIGHT_WITHIN_SAMPLES = 2 * HORIZON_SAMPLES
_STEPS = 80  # thresholds tried: so many steps through the scores that occur


@dataclass(frozen=True, slots=True)
class Forecasts:
    """The scores that one stream got, and what became of it."""

    scores: Sequence[float]
    truth: Truth


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one threshold brings; credit and recall are of 100, and None where there was no breach to foresee."""

    threshold: float
    false_alarms_a_day: float
    credit: float | None
    recall: float | None
    median_lead_samples: int | None


@dataclass(frozen=True, slots=True)
class Candidates:
    """The scores of a stream where a forecast is asked for: all that a threshold has to look at."""

    at: tuple[int, ...]
    scores: tuple[float, ...]
    breaches: tuple[int, ...]

    @classmethod
    def of(cls, forecasts: Forecasts) -> "Candidates":
        """Leave out the samples at which nothing is asked."""
        asked = tuple(at for at, is_asked in enumerate(forecasts.truth.asked) if is_asked)
        return cls(asked, tuple(forecasts.scores[at] for at in asked), forecasts.truth.breaches)

    def settle(self, threshold: float) -> tuple[list[int], int]:
        """Return the credited lead of each breach in samples, and the number of false alarms."""
        leads = dict.fromkeys(self.breaches, 0)
        false, silent_until = 0, 0
        for at, score in zip(self.at, self.scores, strict=True):
            if score < threshold or at < silent_until:
                continue
            silent_until = at + HORIZON_SAMPLES
            breach = next((breach for breach in self.breaches if at < breach <= at + RIGHT_WITHIN_SAMPLES), None)
            if breach is None:
                false += 1
            elif breach - at >= LEAST_LEAD_SAMPLES:
                leads[breach] = max(leads[breach], min(breach - at, HORIZON_SAMPLES))
        return list(leads.values()), false


def sweep(streams: Sequence[Forecasts]) -> list[Outcome]:
    """Return the outcome at each of the thresholds that are tried, 0.5 among them."""
    candidates = [Candidates.of(stream) for stream in streams]
    occurring = sorted({round(score, 4) for stream in streams for score in stream.scores if score > 0.0})
    tried = {occurring[step * (len(occurring) - 1) // _STEPS] for step in range(_STEPS + 1)} if occurring else set()
    return [_outcome(candidates, threshold) for threshold in sorted(tried | {0.5})]


def _outcome(streams: Sequence[Candidates], threshold: float) -> Outcome:
    settled = [stream.settle(threshold) for stream in streams]
    leads = sorted(lead for credited, _ in settled for lead in credited)
    days = sum(len(stream.at) for stream in streams) / SAMPLES_A_DAY
    rate = sum(false for _, false in settled) / days if days else 0.0
    if not leads:
        return Outcome(threshold, rate, None, None, None)
    credit = 100.0 * sum(leads) / (len(leads) * HORIZON_SAMPLES)
    return Outcome(threshold, rate, credit, 100.0 * sum(lead > 0 for lead in leads) / len(leads), leads[len(leads) // 2])


def within(outcomes: Sequence[Outcome], budget_a_day: float) -> Outcome | None:
    """Return the outcome with most credit within a budget of false alarms a stream-day (to three decimals), None without one."""
    affordable = [outcome for outcome in outcomes if round(outcome.false_alarms_a_day, 3) <= budget_a_day]
    return max(affordable, key=lambda outcome: outcome.credit or 0.0, default=None)
