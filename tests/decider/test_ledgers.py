"""The two ledgers: which revisions were good by evidence, and which are kept from being returned to."""

import msgspec
from hypothesis import given as over
from hypothesis import strategies as st

from decider.stories import START, WORKLOAD, breach, command, given, policy, regression, reverted, started
from rollguard_decider.core.last_good import bad_revisions, known_good, last_good_revision
from rollguard_decider.ledger import ledger_of
from rollguard_schemas.commands import Quarantine, Release
from rollguard_schemas.policy_guards import Guards

HOUR = 3600.0


def _good(story, *, at=0.0, **guards):
    return [one.revision for one in known_good(story.state, msgspec.convert(guards, Guards), START + at)]


def test_a_revision_is_known_to_be_good_once_it_served_long_enough():
    story = given(started())
    assert _good(story, at=599) == []
    assert _good(story, at=600) == ["8"]


def test_a_revision_that_gave_way_too_soon_never_becomes_good():
    story = given(started("ro-7", old="6", new="7", at=-500), started())
    assert _good(story, at=HOUR) == ["8"]


def test_a_breach_on_a_revision_takes_its_time_from_it_and_comparison_gives_it_back():
    story = given(started(), breach(at=60), rules=policy(mode="observe"))
    assert "8" not in _good(story, at=HOUR)
    healthy = msgspec.structs.replace(regression("s-h", at=90), verdict="healthy", control_revision="7")
    other = given(started("ro-9", old="8", new="9", at=100), healthy)
    assert _good(other, at=101) == ["8"]


def test_enough_traffic_can_be_asked_for():
    seen = msgspec.structs.replace(regression(at=90), verdict="inconclusive", candidate_samples=500, control_samples=20)
    story = given(started("ro-7", old="6", new="7", at=-5000), started(), seen)
    assert _good(story, at=HOUR) == ["8", "7"]
    assert _good(story, at=HOUR, goodAfterSamples=100) == ["8"]
    assert _good(story, at=HOUR, goodAfterSamples=501) == []


def test_one_returns_to_what_is_known_to_be_good_and_not_to_what_came_before():
    facts = (started("ro-6", old="5", new="6", at=-90_000), started("ro-7", old="6", new="7", at=-60), started())
    decision = given(*facts).when(breach()).then_rolls_back(to="6")
    assert any(line.startswith("last good revision: 6, which served 1 d without a breach") for line in decision.explanation.gates)


def test_without_evidence_one_returns_to_what_served_unless_the_policy_forbids_it():
    given(started()).when(breach()).then_rolls_back(to="7")
    given(started(), rules=policy(guards={"onlyKnownGood": True})).when(breach()).then_withholds("no-last-good-revision")


def test_a_quarantine_ends_at_the_time_given():
    quarantine = command(Quarantine, revision="7", why="leaks", until=100)
    given(started(), quarantine).when(breach(at=99)).then_withholds("no-last-good-revision")
    given(started(), quarantine).when(breach(at=100)).then_rolls_back(to="7")


def test_a_quarantined_artifact_is_kept_under_every_number():
    quarantine = command(Quarantine, revision="5", artifact_digest="sha256:aa", why="leaks")
    facts = (started("ro-7", old="6", new="7", at=-5000, digest="sha256:aa"), started(digest="sha256:bb"), quarantine)
    given(*facts).when(breach()).then_rolls_back(to="6")


def test_a_released_revision_may_be_returned_to():
    facts = (
        started(),
        command(Quarantine, revision="7", why="leaks"),
        command(Release, id="c-2", revision="7", why="was the cache"),
    )
    given(*facts).when(breach()).then_rolls_back(to="7")


def test_the_ledger_tells_owner_reason_and_where_a_rollback_would_go():
    quarantine = command(Quarantine, revision="6", why="leaks", owner="ml-fraud", until=9000)
    found = ledger_of(given(started("ro-7", old="6", new="7", at=-5000), started(), quarantine).state, Guards(), START + 60)

    assert (found.workload, found.serving, found.would_return_to.revision) == (WORKLOAD, "8", "7")
    assert [(one.revision, one.owner, one.why) for one in found.quarantine] == [("6", "ml-fraud", "leaks")]
    assert found.bad == ("6",)


FACTS = st.lists(
    st.one_of(
        st.builds(lambda n, at: started(f"ro-{n}", old=f"{n - 1}", new=f"{n}", at=at), st.integers(1, 6), st.integers(-9000, 900)),
        st.builds(
            lambda n, at: reverted(f"ro-{n}", bad=f"{n}", good=f"{n - 1}", at=at), st.integers(1, 6), st.integers(-9000, 900)
        ),
        st.builds(lambda n, at: breach(f"s-{n}-{at}", at=at, revision=f"{n}"), st.integers(1, 6), st.integers(-9000, 900)),
        st.builds(
            lambda n, until: command(Quarantine, id=f"c-{n}", revision=f"{n}", why="w", until=until),
            st.integers(0, 6),
            st.integers(0, 900),
        ),
    ),
    max_size=12,
)


@over(FACTS, st.integers(0, 2000), st.booleans())
def test_nothing_bad_is_ever_known_to_be_good_or_returned_to(facts, at, only_known_good):
    state = given(*facts, rules=policy(mode="observe")).state
    guards, now = Guards(only_known_good=only_known_good), START + at
    bad = bad_revisions(state, now)

    assert not bad & {one.revision for one in known_good(state, guards, now)}
    target = last_good_revision(state, "6", guards, now)
    assert target is None or target.revision not in {*bad, "6"}
