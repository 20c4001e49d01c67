"""
An incident that is made up, for trying a channel: told by the same functions as a real one.
"""

from rollguard_decider.core.incidents.book import Book, Heard
from rollguard_decider.core.incidents.hear import hear
from rollguard_schemas.alerts import Alert
from rollguard_schemas.decisions import Attribution, Decision, Explanation, PolicyReference, RollbackDecided, Verification, Withheld
from rollguard_schemas.evidence import Contribution
from rollguard_schemas.ids import derive_id
from rollguard_schemas.targets import MlflowAlias

WORKLOAD = "rollguard/test-alert"
_ROLLOUT = "rollout-test"


def example(now: float) -> list[Alert]:
    """Return the opening and the end of an incident at ``now``; another instant is another incident."""
    episode = derive_id("episode", WORKLOAD, now)
    book, told = Book(), []
    for offset, decision in enumerate((_recommended(now, episode), _recovered(now + 1, episode))):
        heard = Heard(event=decision, topic="test", offset=offset, unix_seconds=decision.time_unix_seconds)
        book, alert = hear(book, heard)
        told += [alert] if alert else []
    return told


def _recommended(now: float, episode: str) -> Decision:
    return RollbackDecided(
        id=derive_id("rollback", WORKLOAD, now),
        workload=WORKLOAD,
        time_unix_seconds=now,
        signal_ids=(),
        policy=PolicyReference(name="test", digest="none"),
        mode="recommend",
        attribution=Attribution(cause="rollout", summary="this is a test: there is no such rollout", rollout=_ROLLOUT),
        explanation=Explanation(
            summary="This is a test of an alert channel; nothing is wrong and nothing has to be done.",
            gates=("kill switch: not engaged",),
            contributions=(Contribution(series="accuracy", share_ratio=1.0, observed=0.79, expected=0.9),),
        ),
        episode=episode,
        target=MlflowAlias(model="test", alias="test"),
        suspect_revision="8",
        fence=1,
        deadline_unix_seconds=now + 300,
        verification=Verification(within_seconds=300),
        rollout=_ROLLOUT,
        target_revision="7",
    )


def _recovered(now: float, episode: str) -> Decision:
    return Withheld(
        id=derive_id("withheld", WORKLOAD, now),
        workload=WORKLOAD,
        time_unix_seconds=now,
        signal_ids=(),
        policy=None,
        mode="recommend",
        attribution=Attribution(cause="unknown", summary="this is a test"),
        explanation=Explanation(summary="The test of an alert channel is over."),
        episode=episode,
        reason="informational",
        would_change="nothing: it is information",
    )
