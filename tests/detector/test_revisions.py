"""
The serving revision, and the rollout before it, as telemetry and the registry tell.
"""

from detector.worlds import START, WORKLOAD, observe, of_type, point, points
from rollguard_detector.core.detector import Detector
from rollguard_detector.core.revisions import RevisionWatch
from rollguard_detector.core.rollouts import RolloutBook
from rollguard_schemas.rollouts import RolloutFinished, RolloutReverted, RolloutStarted
from rollguard_schemas.signals import RevisionServing
from rollguard_schemas.targets import MlflowAlias


def _heard(*revisions):
    watch = RevisionWatch()
    changes = [watch.hear(revision, float(second)) for second, revision in enumerate(revisions)]
    return [(second, change.previous, change.revision) for second, change in enumerate(changes) if change]


def test_the_first_report_is_believed_at_once():
    assert _heard("7", "7") == [(0, None, "7")]


def test_another_revision_is_believed_at_the_third_instant():
    assert _heard("7", "8", "8", "8", "8") == [(0, None, "7"), (3, "7", "8")]


def test_revisions_that_share_the_traffic_do_not_flap():
    assert _heard(*["7", "8", "8"] * 20) == [(0, None, "7")]


def test_several_metrics_of_one_instant_are_one_report():
    watch = RevisionWatch()
    watch.hear("7", 0.0)
    assert [watch.hear("8", 1.0) for _ in range(5)] == [None] * 5


def test_points_without_a_revision_say_nothing():
    assert _heard(None, "7", None, "7") == [(1, None, "7")]


def test_a_revision_is_heard_even_where_its_point_is_no_data():
    empty = [point(None, at=second, kind="ratio", numerator=0.0, denominator=0.0, revision="7") for second in range(2)]
    (serving,) = observe(Detector(), empty)
    assert serving.revision == "7"


def test_serving_says_the_revision_before():
    stretch = points([0.05] * 5, revision="7") + points([0.05] * 5, start=5, revision="8")
    first, second = of_type(observe(Detector(), stretch), RevisionServing)
    assert (first.previous_revision, first.revision) == (None, "7")
    assert (second.previous_revision, second.revision) == ("7", "8")
    assert second.evidence.summary == "telemetry reports revision 8, until now 7"


def _rollout(event_type, at, to="8"):
    return event_type(
        id=f"{event_type.__name__}-{at}",
        workload=WORKLOAD,
        time_unix_seconds=START + at,
        rollout="rollout-1",
        target=MlflowAlias(model="fraud", alias="champion"),
        from_revision="7",
        to_revision=to,
    )


def test_a_rollout_is_said_until_an_hour_after_it_and_never_before_it():
    book = RolloutBook()
    book.take(_rollout(RolloutStarted, 100))
    assert book.phrase(WORKLOAD, START + 99) == ""
    assert book.phrase(WORKLOAD, START + 142) == ", 42 s after the rollout of revision 8 began"
    assert book.phrase(WORKLOAD, START + 4000) == ""
    assert book.phrase("shop/other", START + 142) == ""


def test_an_end_does_not_move_the_beginning_but_a_reversal_is_one():
    book = RolloutBook()
    book.take(_rollout(RolloutStarted, 100))
    book.take(_rollout(RolloutFinished, 110))
    assert "42 s" in book.phrase(WORKLOAD, START + 142)
    book.take(_rollout(RolloutReverted, 150, to="7"))
    assert "revision 7" in book.phrase(WORKLOAD, START + 160)
