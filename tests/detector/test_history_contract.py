"""
The contract of a history: one suite, held by every driver, and by a real Prometheus server where one can be had.
"""

import pytest

from detector.histories import (
    COUNT,
    SPAN,
    STEP,
    StandIn,
    at_server,
    points_of,
    read,
    served,
    unread_of,
    world,
    write_csv,
    write_parquet,
)
from rollguard_detector.core.history import Span, order_of
from rollguard_detector.history.files import FileHistory
from rollguard_detector.history.nothing import NoHistory
from rollguard_detector.history.prometheus import PrometheusHistory

DRIVERS = ("nothing", "csv", "parquet", "stand-in server", "real server")
_BY_SERIES = sorted(world(), key=lambda point: order_of(point)[1:])  # as an export lists them: one series after the other


def _expected(driver):
    """Return the points that the driver must give."""
    return [] if driver == "nothing" else world()


@pytest.fixture(params=DRIVERS)
def driver(request):
    return request.param


@pytest.fixture
def history(driver, request, tmp_path):
    """Return a new driver over the same history."""
    if driver == "nothing":
        yield NoHistory()
    elif driver == "csv":
        yield FileHistory(write_csv(tmp_path / "history.csv", _BY_SERIES))
    elif driver == "parquet":
        yield FileHistory(write_parquet(tmp_path / "history.parquet", _BY_SERIES))
    elif driver == "real server":
        yield PrometheusHistory(at_server(request.getfixturevalue("prometheus").address))
    else:
        with served(StandIn(world())) as url:
            yield PrometheusHistory(at_server(url))


async def test_it_gives_every_point_of_the_span_in_order(driver, history):
    assert points_of(await read(history)) == _expected(driver)


async def test_it_names_itself_and_what_it_could_not_read(history):
    assert history.name
    assert unread_of(await read(history)) == []


async def test_a_stretch_keeps_its_word_that_nothing_earlier_comes(history):
    told = SPAN.since_seconds
    for stretch in await read(history):
        assert all(told <= point.time_unix_seconds < stretch.until_seconds for point in stretch.points)
        assert stretch.until_seconds >= told
        told = stretch.until_seconds


async def test_reading_on_from_any_stretch_gives_the_rest(history):
    stretches = await read(history)
    for count, stretch in enumerate(stretches, start=1):
        rest = await read(history, Span(stretch.until_seconds, SPAN.until_seconds))
        assert points_of(rest) == points_of(stretches[count:])


@pytest.mark.parametrize("cut", [0.0, 1.0, STEP, 10 * STEP + 0.5, COUNT * STEP])
async def test_a_span_is_the_sum_of_its_parts(driver, history, cut):
    middle = SPAN.since_seconds + cut
    parts = [await read(history, Span(SPAN.since_seconds, middle)), await read(history, Span(middle, SPAN.until_seconds))]
    assert [point for part in parts for point in points_of(part)] == _expected(driver)


async def test_it_ends_where_nothing_happened(history):
    assert points_of(await read(history, Span(0.0, 1.0))) == []
    assert points_of(await read(history, Span(SPAN.until_seconds, SPAN.until_seconds))) == []


async def test_reading_again_gives_the_same(history):
    assert points_of(await read(history)) == points_of(await read(history))
