"""Whose turn it is: a lease is taken only when it is free, given back, or unchanged for its whole duration by one's own clock."""

from hypothesis import given
from hypothesis import strategies as st

from rollguard_actuator.core.tenure import Lease, Sight, acts_until, look, next_epoch, turn

LEASE = Lease(holder="a", epoch=7, version="1", duration_seconds=15)


def seen(version="1", since=0.0):
    return Sight(version=version, since_seconds=since)


def test_a_lease_that_is_not_there_is_created():
    assert turn(None, None, "b", 0.0) == "create"


def test_the_holder_renews_however_long_it_was_away():
    assert turn(LEASE, seen(), "a", 1e9) == "renew"


def test_another_waits_until_the_lease_was_unchanged_for_its_duration():
    assert turn(LEASE, seen(), "b", 14.9) == "wait"
    assert turn(LEASE, seen(), "b", 15.0) == "take"


def test_a_renewal_starts_the_wait_anew():
    assert look(seen(), Lease(holder="a", epoch=7, version="2", duration_seconds=15), 14.0) == seen("2", 14.0)
    assert look(seen(), LEASE, 14.0) == seen()


def test_a_lease_that_was_given_back_is_taken_at_once():
    assert turn(Lease(holder="", epoch=7, version="2", duration_seconds=15), seen("2"), "b", 0.0) == "take"


@given(st.integers(0, 2**31), st.floats(1, 2**31))
def test_each_new_holder_has_a_higher_epoch_also_after_the_lease_was_deleted(epoch, now):
    lease = Lease(holder="a", epoch=epoch, version="1", duration_seconds=15)
    assert next_epoch(lease, now) > epoch
    assert next_epoch(None, now + 1) > next_epoch(None, now)


@given(st.floats(0, 1e6), st.floats(3, 300), st.floats(0, 100))
def test_a_holder_that_was_cut_off_stops_before_another_may_begin(asked_at, duration, answer_took):
    """The other can have seen the renewal no earlier than it was asked for."""
    first_seen = asked_at + answer_took
    assert acts_until(asked_at, duration) < first_seen + duration
