"""
The table of a backtest: one row a question, one column a policy.
"""

from collections.abc import Callable, Sequence
from statistics import median

from rollguard_console.backtest.calibration import FalseRate, false_rate
from rollguard_console.backtest.judging import Harm, Judgement
from rollguard_console.instants import show_instant
from rollguard_console.output import Table
from rollguard_console.sentences import seconds


def comparison(judgements: Sequence[Judgement]) -> Table:
    """Return the table of one policy, or of two side by side."""
    columns = ("", *(one.policy for one in judgements))
    return Table(columns, [(title, *(cell(one) for one in judgements)) for title, cell in _ROWS])


def decisions(judgements: Sequence[Judgement]) -> Table:
    """Return when what would have been decided."""
    found = [(one.decision.time_unix_seconds, judged.policy, one) for judged in judgements for one in judged.rollbacks]
    rows = [
        (
            show_instant(at),
            policy,
            one.kind,
            one.decision.workload,
            f"{one.decision.suspect_revision} -> {one.decision.target_revision}",
            one.decision.explanation.summary,
        )
        for at, policy, one in sorted(found, key=lambda row: row[:2])
    ]
    return Table(("when", "policy", "was", "workload", "rollback", "because"), rows)


def incidents(judgements: Sequence[Judgement]) -> Table:
    """Return what became of each incident."""
    rows = [
        (each.incident.name, judged.policy, _caught(each.lead_seconds, each.incident.is_rollouts), harm_text(each.served),
         harm_text(each.in_all))
        for judged in judgements
        for each in judged.incidents
    ]  # fmt: skip
    return Table(("incident", "policy", "rollback", "served until then", "served in all"), rows)


def rate_of(judgement: Judgement) -> FalseRate:
    """Return the rate of false rollbacks among the rollouts that were no incident's."""
    healthy = judgement.rollouts - sum(one.incident.is_rollouts for one in judgement.incidents)
    return false_rate(rollouts=max(healthy, judgement.false), false=judgement.false)


def rate_text(rate: FalseRate) -> str:
    """Write a rate with its interval."""
    if rate.rate is None:
        return "no healthy rollout in the past"
    return f"{rate.rate:.2%} ({rate.low:.2%} to {rate.high:.2%} of {rate.rollouts})"


def lead(judgement: Judgement) -> str:
    """Write the median lead over the incidents that were caught; behind their begin, how long."""
    leads = [one.lead_seconds for one in judgement.incidents if one.lead_seconds is not None]
    return _lead(median(leads)) if leads else "-"


def harm_text(harm: Harm) -> str:
    """Write what was served."""
    parts = [f"{harm.bad_events:.0f} bad events"] if harm.bad_events else []
    parts += [f"{seconds(harm.seconds_beyond)} beyond the bound"] if harm.seconds_beyond else []
    return ", ".join(parts) or "nothing bad"


def _caught(lead_seconds: float | None, is_rollouts: bool) -> str:
    if lead_seconds is None:
        return "missed" if is_rollouts else "none, rightly"
    return _lead(lead_seconds)


def _lead(value: float) -> str:
    return f"{seconds(value)} before" if value >= 0 else f"{seconds(-value)} after its begin"


_ROWS: tuple[tuple[str, Callable[[Judgement], str]], ...] = (
    ("rollbacks", lambda one: str(len(one.rollbacks))),
    ("true", lambda one: str(one.true)),
    ("false", lambda one: str(one.false)),
    ("missed", lambda one: str(one.missed)),
    ("not judged", lambda one: str(one.unjudged)),
    ("median lead before users were hurt", lead),
    ("served until then", lambda one: harm_text(one.served)),
    ("withheld", lambda one: ", ".join(f"{count} {reason}" for reason, count in one.withheld.items()) or "0"),
    ("rollouts in the past", lambda one: str(one.rollouts)),
    ("false rollback rate", lambda one: rate_text(rate_of(one))),
    ("past", lambda one: seconds(one.span_seconds)),
    ("speed", lambda one: f"{one.span_seconds / one.took_seconds:.0f} times real time" if one.took_seconds else "-"),
)
