"""
How often may a workload's anomalies be false? From the knob of the policy to what one rule of one series is allowed.

A workload's budget is shared evenly by its series and by the rules that may ring for each, so that a workload with a hundred series
does not ring a hundred times as often as one with a single one (Bonferroni: the expected numbers of false alarms add up whatever
the dependence).
"""

from rollguard_detector.core.banks.departing import KINDS

_RULES = len(KINDS)


def budget_days(false_alarm_every_days: float, series: int) -> float:
    """Return the days that one rule of one series may go without a false alarm."""
    return false_alarm_every_days * _RULES * max(series, 1)
