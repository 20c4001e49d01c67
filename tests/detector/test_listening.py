"""
The clocks of partitions: many records at once tell what each would have told.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detector.worlds import START
from rollguard_detector.core.listening import Listening


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0.0, 0.1, 5.0, 40.0, 200.0]), st.booleans()), min_size=1, max_size=40),
    st.lists(st.integers(0, 40), max_size=4).map(sorted),
)
def test_clocks_that_hear_many_records_say_what_they_say_one_by_one(steps, cuts):
    sources, now, records = [None, ("points", 0), ("points", 1)], START, []
    for source, step, is_forward in steps:
        now += step if is_forward else -step / 50
        records.append((source, now))
    one_by_one, together = Listening(), Listening()
    expected = [one_by_one.hear(sources[source], arrived) for source, arrived in records]
    said = []
    for first, last in zip([0, *cuts], [*cuts, len(records)], strict=True):
        part = records[first:last]
        told = together.hear_many(sources, np.array([of for of, _ in part], np.intp), np.array([at for _, at in part], float))
        said += [tuple(row) for row in zip(*(column.tolist() for column in told), strict=True)]
    assert [row[1:] for row in said] == [tuple(one)[1:] for one in expected]
    assert [row[0] >= 0 for row in said] == [one.source >= 0 for one in expected]
    numbers = {number for number, *_ in said if number >= 0}
    assert dict(map(together.kept, numbers)) == dict(map(one_by_one.kept, numbers))
