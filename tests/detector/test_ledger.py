"""
The floor: from where on the log is needed, whatever fell behind and was kept in whichever order.
"""

from hypothesis import given
from hypothesis import strategies as st

from rollguard_detector.core.ledger import Ledger

A, B = ("metrics", 0), ("metrics", 1)


def _ledger():
    ledger = Ledger()
    ledger.take({A: 10, B: 20})
    return ledger


def test_where_all_is_kept_nothing_is_needed_again():
    ledger = _ledger()
    ledger.note({A: 15}, ["x"], 1.0)
    ledger.kept("x")
    assert ledger.floor() == {A: 15, B: 20}


def test_the_floor_is_where_the_oldest_fell_behind():
    ledger = _ledger()
    ledger.note({A: 15}, ["x"], 1.0)
    ledger.note({A: 18, B: 25}, ["x", "y"], 2.0)
    assert ledger.floor() == {A: 10, B: 20}
    ledger.kept("x")
    assert ledger.floor() == {A: 15, B: 20}


def test_what_a_batch_taught_is_behind_since_then_oldest_first():
    ledger = _ledger()
    ledger.note({A: 15}, ["x"], 1.0)
    ledger.note({A: 16}, ["y", "x"], 2.0)
    assert list(ledger.behind(1.5)) == ["x"]
    assert list(ledger.behind(2.0)) == ["x", "y"]
    assert ledger.age_seconds(4.0) == 3.0


def test_a_partition_that_comes_back_begins_where_it_is_told():
    ledger = _ledger()
    ledger.note({A: 15, B: 25}, ["x", "y"], 1.0)
    ledger.release([B], ["y"])
    assert ledger.floor() == {A: 10}
    ledger.take({B: 12})
    assert ledger.floor() == {A: 10, B: 12}


_steps = st.lists(st.tuples(st.sets(st.sampled_from("abcd")), st.sets(st.sampled_from("abcd"))), max_size=12)


@given(_steps)
def test_nothing_that_is_not_kept_lies_before_the_floor(steps):
    """Each step is a batch of one record a workload of the first set, after which the second set is kept."""
    ledger, unkept = Ledger(), {}
    ledger.take({A: 0})
    for offset, (taught, kept) in enumerate(steps, start=1):
        for name in taught:
            unkept.setdefault(name, offset - 1)
        ledger.note({A: offset}, taught, float(offset))
        for name in kept:
            ledger.kept(name)
            unkept.pop(name, None)
        assert ledger.floor() == {A: min([offset, *unkept.values()])}
