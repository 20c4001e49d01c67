"""
The revision of a pod that does not say it: known from the rollouts, or not known.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.worlds import WORKLOAD
from rollguard_detector.core.identity import Identities
from rollguard_detector.core.revision_book import RevisionBook
from rollguard_schemas.rollouts import RolloutFinished, RolloutProgressed, RolloutReverted, RolloutStarted
from rollguard_schemas.targets import MlflowAlias

ALIAS = MlflowAlias(model="fraud", alias="champion")


def said(event_type, at, before, after, **fields):
    return event_type(
        id=f"{event_type.__name__}-{at}",
        workload=WORKLOAD,
        time_unix_seconds=at,
        rollout=f"r-{after}",
        target=ALIAS,
        from_revision=before,
        to_revision=after,
        **fields,
    )


STORY = (
    said(RolloutStarted, 100.0, "7", "8"),
    said(RolloutProgressed, 105.0, "7", "8", traffic_ratio=0.5),
    said(RolloutFinished, 110.0, "7", "8"),
    said(RolloutStarted, 200.0, "8", "9"),
    said(RolloutReverted, 210.0, "9", "8"),
)


def book_of(*events):
    book = RevisionBook()
    for event in events:
        book.take(event)
    return book


@pytest.mark.parametrize(
    ("at", "revision"), [(99, None), (100, None), (109, None), (110, "8"), (199, "8"), (200, None), (210, None), (1e9, None)]
)
def test_a_revision_is_known_from_the_end_of_its_rollout_to_the_next_move(at, revision):
    assert book_of(*STORY).revision_of(WORKLOAD, None, at) == revision


@given(st.permutations(STORY))
def test_the_order_in_which_the_events_are_heard_does_not_matter(events):
    known = book_of(*events)
    assert [known.revision_of(WORKLOAD, None, at) for at in (99, 105, 150, 205, 300)] == [None, None, "8", None, None]


def test_an_alias_says_nothing_of_a_pods_template():
    assert book_of(*STORY).revision_of(WORKLOAD, "6f9c8d7b5c", 150) == "8"


class OfPods(RevisionBook):
    """A book of a target whose revisions are the template hashes of pods, as Kubernetes' controllers write them."""

    def take(self, event):
        super().take(event)
        known = self._workloads[event.workload]
        known.has_alias = False
        for revision in (event.from_revision, event.to_revision):
            known.by_template[revision.rpartition("-")[2]] = revision


def test_a_template_that_a_rollout_named_is_that_revision_whenever_it_is_heard():
    book = OfPods()
    book.take(said(RolloutStarted, 100.0, "6f9c8d7b5c", "scorer-7d4b9f6c88"))
    for at in (0, 100, 1e9):
        assert book.revision_of(WORKLOAD, "fraud-scorer-6f9c8d7b5c", at) == "6f9c8d7b5c"
        assert book.revision_of(WORKLOAD, "7d4b9f6c88", at) == "scorer-7d4b9f6c88"
        assert book.revision_of(WORKLOAD, "5c9d8f7b66", at) is None


def test_nothing_is_known_of_a_workload_that_was_never_rolled_out():
    assert RevisionBook().revision_of(WORKLOAD, None, 0.0) is None


def test_a_label_is_believed_before_the_book():
    identities = Identities(book=book_of(*STORY))
    labels = {"namespace": "shop", "deployment": "fraud-scorer"}
    assert identities.revision(identities.of_labels(labels | {"version": "6"}), 150.0) == "6"
    assert identities.revision(identities.of_labels(labels), 150.0) == "8"
    assert identities.revision(identities.of_labels(labels), 205.0) is None


def test_the_book_keeps_only_the_last_moves():
    book = book_of(*(said(RolloutFinished, float(at), "a", str(at)) for at in range(1000)))
    assert book.revision_of(WORKLOAD, None, 999.0) == "999"
    assert len(book._workloads[WORKLOAD].moves) <= 32
