"""
What the actuator says about itself. Labels hold kinds and drivers, never ids.
"""

from prometheus_client import Counter, Gauge, Histogram

OUTCOMES = Counter("rollguard_actuator_outcomes_total", "Outcomes published, by kind.", ["outcome"])
ROLLOUTS = Counter("rollguard_actuator_rollouts_total", "Rollout events published, by kind.", ["event"])
PENDING = Gauge("rollguard_actuator_pending_verifications", "Actions made and not yet proved by telemetry.")
TARGETS = Gauge("rollguard_actuator_watched_targets", "Targets named by policies.")
HOLDS_LEASE = Gauge("rollguard_actuator_holds_lease", "1 while this actuator holds the lease and so may act.")
MISSING_RIGHTS = Gauge("rollguard_actuator_missing_rights", "Rights that the account lacks, by driver.", ["driver"])
HOLDS = Counter("rollguard_actuator_holds_total", "Held rollbacks that were undone by somebody, or released.", ["what"])
UNREADABLE = Counter(
    "rollguard_actuator_unreadable_total", "Records passed over while following; others dead-letter them.", ["topic"]
)
DRIVER_ERRORS = Counter("rollguard_actuator_driver_errors_total", "Calls to a target that failed.", ["driver", "kind"])
ACTION_SECONDS = Histogram(
    "rollguard_actuator_action_seconds",
    "From a decision to its change, the wait on the topic included.",
    buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 300),
)
