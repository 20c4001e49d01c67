"""
Dues: what is to be said about a workload by now, because of what was heard or because of the time.

Asked again and again; once said and folded back into the ledger, nothing is due any more.
"""

from rollguard_actuator.core import verification as verifications
from rollguard_actuator.core.ledger import Ledger
from rollguard_actuator.core.outcomes import concluded
from rollguard_actuator.core.verification import Verification
from rollguard_actuator.core.watch import finished
from rollguard_schemas.outcomes import Outcome
from rollguard_schemas.rollouts import Rollout


def _by_telemetry(ledger: Ledger) -> list[Verification]:
    """Return what ends by what was heard; what its target proves is looked at once more before it is given up."""
    return [one for one in ledger.verifications.values() if one.applied.proof == "telemetry"]


def dues(ledger: Ledger, now_unix_seconds: float) -> list[Outcome | Rollout]:
    """Return the rollout that finished and the verifications that are over."""
    ends = (concluded(verifications.tell_time(one, now_unix_seconds), now_unix_seconds) for one in _by_telemetry(ledger))
    said: list[Outcome | Rollout | None] = [finished(ledger.serving, ledger.reported_revision, now_unix_seconds), *ends]
    return [event for event in said if event is not None]
