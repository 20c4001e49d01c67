"""
How often may a workload's anomalies be false? From the knob of the policy to what one rule of one series is allowed.

A workload's budget is shared evenly by its series and by the rules that may ring for each, so that a workload with a hundred series
does not ring a hundred times as often as one with a single one (Bonferroni: the expected numbers of false alarms add up whatever
the dependence).
"""

from rollguard_detector.core.banks.departing import KINDS

_RULES = len(KINDS)

# How what the models say is held against it, in ``banks/reckoning``.
DAY_SECONDS = 86_400.0
LEAST_SAMPLES = 1e3  # a budget that allowed an alarm more often than that would be no budget
MOST = 1e300  # days or samples: whoever wants never to be told has no logarithm
TINY_DAYS = 1e-9  # what returns at once
BEYOND_THE_PAST_BITS = 2.0
VETO = 1e3  # who falls short of the past by a hair rings no more than who falls short by far


def budget_days(false_alarm_every_days: float, series: int) -> float:
    """Return the days that one rule of one series may go without a false alarm."""
    return false_alarm_every_days * _RULES * max(series, 1)
