"""
The incident of a workload: the table, and what holds for any order of departures and ends.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.worlds import START, WORKLOAD
from rollguard_detector.core.incidents import TRANSITIONS, IllegalMove, Part, WorkloadIncidents

STATES = ("calm", "open")
MOVES = ("begin", "join", "worsen", "part", "end")


def _part(series="latency", *, deviations=4.0, revision="7", kind="level"):
    return Part(
        series=series, metric=series, revision=revision, unit="", kind=kind, side="up", opened_at=START, observed=2.0, expected=1.0,
        expected_low=0.7, expected_high=1.3, deviations=deviations, evidence=1e7, samples=100,
    )  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", MOVES)
def test_a_move_follows_the_table_or_raises_and_changes_nothing(state, move):
    incidents = WorkloadIncidents(WORKLOAD)
    if state == "open":
        incidents.depart(0, _part(), START)
    if (state, move) in TRANSITIONS:
        assert incidents._step(move) == TRANSITIONS[state, move]
    else:
        with pytest.raises(IllegalMove, match=move):
            incidents._step(move)
    assert incidents.state == state


def test_what_departs_together_is_one_incident():
    incidents = WorkloadIncidents(WORKLOAD)
    opened = incidents.depart(0, _part("latency"), START)
    assert incidents.depart(1, _part("errors"), START + 1) is None
    assert incidents.leave(0, _part("latency"), is_adopted=False) is None
    cleared = incidents.leave(1, _part("errors"), is_adopted=False)
    assert (opened.saying, cleared.saying) == ("AnomalyOpened", "AnomalyCleared")
    assert opened.incident == cleared.incident


def test_an_incident_that_got_worse_is_said_again_with_all_its_parts():
    incidents = WorkloadIncidents(WORKLOAD)
    opened = incidents.depart(0, _part("latency", deviations=4.0), START)
    worse = incidents.depart(1, _part("errors", deviations=9.0), START + 1)
    assert (opened.severity, worse.severity) == ("low", "high")
    assert worse.incident == opened.incident
    assert [part.series for part in worse.parts] == ["errors", "latency"]


def test_an_incident_that_returns_is_another_one():
    incidents = WorkloadIncidents(WORKLOAD)
    first = incidents.depart(0, _part(deviations=9.0), START)
    incidents.leave(0, _part(), is_adopted=True)
    second = incidents.depart(0, _part(deviations=4.0), START + 60)
    assert first.incident != second.incident
    assert second.severity == "low"


def test_what_belongs_to_a_revision_that_serves_no_longer_is_let_go():
    incidents = WorkloadIncidents(WORKLOAD)
    incidents.depart(0, _part(revision="8"), START)
    incidents.depart(1, _part("nodes", revision=None), START)
    assert incidents.serve("7") is None
    assert incidents.leave(0, _part(), is_adopted=False) is None  # it is gone already
    assert incidents.state == "open"
    assert incidents.leave(1, _part("nodes"), is_adopted=False).saying == "AnomalyCleared"


def test_the_only_part_of_a_revision_that_is_gone_ends_the_incident():
    incidents = WorkloadIncidents(WORKLOAD)
    incidents.depart(0, _part(revision="8"), START)
    assert incidents.serve("7").saying == "AnomalyCleared"
    assert incidents.state == "calm"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["depart", "leave", "serve"]), st.integers(0, 3), st.floats(0, 20)), max_size=40))
def test_openings_and_ends_alternate_whatever_happens(steps):
    incidents, said, open_rows = WorkloadIncidents(WORKLOAD), [], set()
    for at, (step, row, deviations) in enumerate(steps):
        if step == "depart" and row not in open_rows:
            open_rows.add(row)
            said.append(incidents.depart(row, _part(str(row), deviations=deviations, revision=str(row % 2)), START + at))
        elif step == "leave" and row in open_rows:
            open_rows.discard(row)
            said.append(incidents.leave(row, _part(str(row)), is_adopted=False))
        elif step == "serve":
            said.append(incidents.serve(str(row % 2)))
    open_incident = None
    for told in filter(None, said):
        assert told.incident == open_incident if open_incident else told.saying == "AnomalyOpened"
        open_incident = None if told.saying == "AnomalyCleared" else told.incident


def test_every_state_of_the_table_can_be_left():
    assert {state for state, _ in TRANSITIONS} == {state for state, _ in TRANSITIONS.values()}
