"""
Windows of local time: which instants lie within one.
"""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decider.stories import START
from rollguard_decider.core.windows import contains
from rollguard_schemas.policy_guards import Window


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        ({}, [0, 43_200], []),
        ({"days": ["fri"]}, [0], [86_400]),
        ({"fromTime": "08:00", "untilTime": "09:00"}, [0, 3599], [-1, 3600]),
        ({"fromTime": "22:00", "untilTime": "06:00", "days": ["fri"]}, [50_400, 79_199], [0, 79_200, -36_000]),
        ({"fromDate": "2027-01-15", "untilDate": "2027-01-15"}, [0, 57_599], [-28_801, 57_600]),
        ({"fromTime": "09:00", "untilTime": "24:00", "timeZone": "Europe/Berlin"}, [0, 53_999], [-1, 54_000]),
    ],
)
def test_a_window_is_the_local_time_that_it_names(window, inside, outside):
    # START is 2027-01-15, 08:00 UTC, a Friday.
    found = msgspec.convert({"name": "w", **window}, Window)
    assert all(contains(found, START + at) for at in inside)
    assert not any(contains(found, START + at) for at in outside)


@given(st.integers(0, 7 * 86_400))
def test_a_window_and_the_rest_of_the_day_never_overlap(at):
    day, night = (Window(name="w", from_time=one, until_time=other) for one, other in (("07:30", "19:00"), ("19:00", "07:30")))
    assert contains(day, START + at) != contains(night, START + at)
