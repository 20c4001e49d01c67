"""
The decider's own metrics. Labels hold kinds and reasons only; an id as a label would grow the exporter without end.
"""

from prometheus_client import Counter, Gauge, Histogram

DECISIONS = Counter(
    "rollguard_decider_decisions_total", "Decisions published; the reason is empty for an action.", ["decision", "reason"]
)
ANSWER_SECONDS = Histogram(
    "rollguard_decider_answer_seconds",
    "Time from a signal's place in the log to its acknowledged answer.",
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 20, 60, 300),
)
DUPLICATES = Counter("rollguard_decider_duplicates_total", "Signals and orders that had been answered before.")
UNANSWERED = Gauge(
    "rollguard_decider_unanswered_signals", "Signals on the topic without an answer; above zero for long is a fault."
)
RESUBMITTED = Counter("rollguard_decider_resubmitted_total", "Unanswered signals that were published again.")
ABANDONED = Counter("rollguard_decider_abandoned_total", "Signals that stayed unanswered and became dead letters; look at each.")
POLICIES = Gauge("rollguard_decider_policies", "Policies known.")
WORKLOADS = Gauge("rollguard_decider_workloads", "Workloads that this process decides on, by phase.", ["phase"])
ALERTS = Counter("rollguard_alerts_total", "Alerts made of decisions and outcomes.", ["status", "severity"])
ALERTS_SENT = Counter(
    "rollguard_alerts_sent_total",
    "Alerts by channel: sent, failed (to be tried again), refused or gave-up (dead letters).",
    ["sink", "result"],
)
