"""Ids come from causes, and different causes give different ids."""

from hypothesis import given
from hypothesis import strategies as st

from rollguard_schemas.event import kebab
from rollguard_schemas.ids import derive_id

causes = st.lists(st.none() | st.text(max_size=9) | st.integers() | st.floats(allow_nan=False), max_size=4)


@given(causes)
def test_the_same_causes_give_the_same_id(parts):
    assert derive_id("x", *parts) == derive_id("x", *parts)


@given(causes, causes)
def test_different_causes_give_different_ids(one, other):
    same = [(type(part), repr(part)) for part in one] == [(type(part), repr(part)) for part in other]

    assert (derive_id("x", *one) == derive_id("x", *other)) == same


def test_causes_do_not_run_into_one_another():
    assert derive_id("x", "ab", "c") != derive_id("x", "a", "bc")


def test_a_struct_name_becomes_a_readable_tag():
    assert [kebab(name) for name in ("BreachForecast", "RollBackNow", "Veto")] == ["breach-forecast", "roll-back-now", "veto"]
