"""
What is worth a person's attention, and how much of it, as tables.

Every signal is answered, so most answers are no news: information, evidence that the policy does not ask for, and what people
have told rollguard to leave alone. An answer of a kind that is not listed here is told as a warning, since a gate that is added
later must not be silent by being forgotten.
"""

from rollguard_schemas.alerts import AlertSeverity
from rollguard_schemas.decisions import CallDecided, Decision, RestartDecided, ScaleOutDecided, Withheld
from rollguard_schemas.fields import Mode

RANK: dict[AlertSeverity, int] = {"info": 0, "warning": 1, "critical": 2}

QUIET = frozenset(
    {"informational", "no-policy", "not-listed-in-policy", "muted", "below-threshold", "combination-incomplete"}
    | {"already-decided", "duplicate"}
)
_OF_WITHHELD: dict[str, AlertSeverity] = {
    "kill-switch": "info",
    "frozen": "info",
    "freeze-window": "info",
    "stale": "info",
    "not-the-rollout": "warning",
    "vetoed": "warning",
    "cooldown": "critical",
    "budget-spent": "critical",
    "hourly-budget-spent": "critical",
    "tenant-budget-spent": "critical",
    "fleet-budget-spent": "critical",
    "simultaneous": "critical",
    "fleet-ratio": "critical",
    "no-last-good-revision": "critical",
}
_OF_ACTION: dict[Mode, AlertSeverity] = {"act": "critical", "recommend": "critical", "observe": "info"}


def severity_of(decision: Decision) -> AlertSeverity | None:
    """Return how much a decision matters, or None where it is no news; without a policy nobody asked."""
    if isinstance(decision, ScaleOutDecided | RestartDecided | CallDecided):
        return "info" if decision.mode == "observe" else "warning"  # nobody has to get up for more replicas
    if not isinstance(decision, Withheld):
        return _OF_ACTION[decision.mode]
    if decision.reason in QUIET or decision.policy is None:
        return None
    return _OF_WITHHELD.get(decision.reason, "warning")


def worse(one: AlertSeverity, other: AlertSeverity) -> AlertSeverity:
    """Return the one that matters more."""
    return max(one, other, key=RANK.__getitem__)
