"""
Verification: what proves an action, what does not, and that silence never does.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actuator.saying import NOW, applied, cleared, recovered, serving
from rollguard_actuator.core.verification import TRANSITIONS, IllegalMove, advance, begin, hear, is_over, tell_time

LATE = NOW + 61


def state_after(signals, now=NOW + 10, **given):
    verification = begin(applied(**given))
    for signal in signals:
        verification = hear(verification, signal)
    return tell_time(verification, now).state


def test_without_objective_or_incident_serving_is_enough():
    assert state_after([serving("1")]) == "succeeded"


def test_any_signal_that_carries_the_restored_revision_shows_that_it_serves():
    assert state_after([cleared("1", incident="another")]) == "succeeded"


def test_serving_is_not_enough_where_an_objective_has_to_recover():
    assert state_after([serving("1")], objective="latency") == "awaiting-recovery"


def test_the_objectives_recovery_on_the_restored_revision_proves_it():
    assert state_after([serving("1"), recovered("1")], objective="latency") == "succeeded"


def test_a_recovery_that_names_the_restored_revision_needs_no_word_of_serving():
    assert state_after([recovered("1")], objective="latency") == "succeeded"


@pytest.mark.parametrize(
    "signal",
    [
        recovered("2"),
        recovered(None),
        recovered("1", objective="error-rate"),
        recovered("1", at=NOW - 1),
        recovered("1", at=LATE),
    ],
)
def test_the_recovery_of_another_revision_objective_or_time_proves_nothing(signal):
    assert state_after([serving("1"), signal], objective="latency") == "awaiting-recovery"


def test_a_cleared_incident_proves_it():
    assert state_after([cleared("1")], incident="incident-1") == "succeeded"


def test_an_incident_whose_new_level_was_adopted_is_no_recovery():
    assert state_after([cleared("1", adopted=True)], incident="incident-1") == "awaiting-recovery"


def test_with_objective_and_incident_both_have_to_be_heard_of():
    assert state_after([recovered("1")], objective="latency", incident="incident-1") == "awaiting-recovery"
    assert state_after([recovered("1"), cleared("1")], objective="latency", incident="incident-1") == "succeeded"


def test_another_revision_that_serves_in_between_has_to_give_way_again():
    heard = [serving("1"), serving("2", at=NOW + 2)]
    assert state_after(heard, objective="latency") == "awaiting-revision"
    assert state_after([*heard, recovered("1", at=NOW + 3)], objective="latency") == "succeeded"


def test_when_the_time_is_up_it_stays_unverified():
    assert state_after([serving("1")], now=LATE, objective="latency") == "unverified"


def test_what_comes_after_the_end_changes_nothing():
    over = tell_time(begin(applied()), LATE)
    assert hear(over, serving("1")) == over
    assert tell_time(over, LATE + 1) == over


def test_an_illegal_move_raises_and_changes_nothing():
    over = tell_time(begin(applied()), LATE)
    with pytest.raises(IllegalMove):
        advance(over, "proven")
    assert over.state == "unverified"


def test_no_state_that_is_an_end_is_ever_left():
    assert not {"succeeded", "unverified"} & {state for state, _ in TRANSITIONS}


times = st.floats(NOW - 100, NOW + 100)
foreign_signals = st.one_of(
    st.builds(serving, st.sampled_from(["2", "3", None]), times),
    st.builds(recovered, st.sampled_from(["2", "3", None]), times),
    st.builds(cleared, st.sampled_from(["2", "3", None]), times),
    st.builds(serving, st.just("1"), st.floats(NOW - 100, NOW - 1) | st.floats(NOW + 60.5, NOW + 100)),
)
wanted = st.fixed_dictionaries({}, optional={"objective": st.just("latency"), "incident": st.just("incident-1")})


@given(signals=st.lists(foreign_signals), given=wanted, now=times)
def test_it_never_succeeds_without_telemetry_of_the_restored_revision_in_time(signals, given, now):
    assert state_after(signals, now=now, **given) != "succeeded"


@given(signals=st.lists(foreign_signals | st.builds(recovered, st.just("1"), times)), given=wanted)
def test_it_is_over_once_the_time_is_up_whatever_was_heard(signals, given):
    verification = begin(applied(**given))
    for signal in signals:
        verification = hear(verification, signal)
    assert is_over(tell_time(verification, LATE))
