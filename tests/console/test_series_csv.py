"""Recorded series: what is read, what is named as wrong, and when each sample is due."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_console.exit_codes import Refused
from rollguard_console.series_csv import Sample, Series, batches, read_series

SAMPLES = st.lists(
    st.builds(Sample, st.integers(2, 999), st.floats(0, 1e9), st.floats(allow_nan=False, allow_infinity=False)), min_size=1
)


def test_iso_and_unix_time_say_the_same():
    lines = [
        "timestamp,value",
        "2026-01-01T00:00:00Z,1",
        "2026-01-01 00:00:00,1",
        "1767225600,1",
        "1767225600000,1",
        "2026-01-01T01:00:00+01:00,1",
    ]

    assert {sample.unix_seconds for sample in read_series(lines).samples} == {1_767_225_600.0}


def test_columns_are_found_by_name_in_any_order_and_others_are_passed_over():
    series = read_series(["Value, label ,TIMESTAMP", "2.5,x,10"])

    assert series.samples == (Sample(2, 10.0, 2.5),)


@pytest.mark.parametrize("header", [[], ["time,value"], ["1767225600,1"]])
def test_a_file_without_its_header_is_refused(header):
    with pytest.raises(Refused, match="the header must name timestamp and value"):
        read_series(header)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("yesterday,1", "timestamp: 'yesterday' is no instant"),
        ("-1,1", "timestamp: '-1' is no instant"),
        ("nan,1", "timestamp: 'nan' is no instant"),
        ("10,much", "value: 'much' is no number"),
        ("10,", "value: '' is no number"),
        ("10,nan", "value: nan is not finite"),
        ("10", "has 1 columns"),
    ],
)
def test_a_wrong_row_is_named_by_its_line_and_the_others_are_read(row, why):
    series = read_series(["timestamp,value", "9,1", row, "", "11,2"])

    assert [sample.line for sample in series.samples] == [2, 5]
    assert [(wrong.line, wrong.why.startswith(why)) for wrong in series.wrong] == [(3, True)]


@given(SAMPLES, st.just(0.0) | st.floats(1e-3, 1e6))
def test_every_sample_is_due_once_in_the_order_of_the_file(samples, speed):
    found = list(batches(samples, speed=speed))

    assert [sample for _, together in found for sample in together] == samples
    assert [due for due, _ in found] == sorted(due for due, _ in found)


@given(SAMPLES)
def test_at_speed_nought_everything_is_due_at_once(samples):
    assert {due for due, _ in batches(samples, speed=0)} == {0.0}


def test_a_minute_of_recording_takes_a_second_at_speed_sixty():
    samples = [Sample(2, 100.0, 1.0), Sample(3, 160.0, 1.0), Sample(4, 130.0, 1.0), Sample(5, 220.0, 1.0)]

    assert [(due, len(together)) for due, together in batches(samples, speed=60)] == [(0.0, 1), (1.0, 2), (2.0, 1)]


@given(SAMPLES, st.floats(1e9, 2e9))
def test_a_shifted_series_ends_at_the_instant_and_keeps_its_gaps(samples, end):
    moved = Series(tuple(samples), ()).shifted_to_end_at(end).samples

    assert max(sample.unix_seconds for sample in moved) == pytest.approx(end, abs=1e-3)
    shifts = {round(new.unix_seconds - old.unix_seconds, 3) for new, old in zip(moved, samples, strict=True)}
    assert max(shifts) - min(shifts) < 0.01
