"""
Several histories as one: in order, with nothing lost, whatever each source gives at a time.
"""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from detector.worlds import START, point
from rollguard_detector.core.history import Stretch, Unread, order_of
from rollguard_detector.core.merging import merged


@st.composite
def sources(draw):
    """Draw sources that each keep their word, by cutting ordered points at instants."""
    drawn = []
    for name in ("a", "b", "c")[: draw(st.integers(0, 3))]:
        instants = sorted(draw(st.lists(st.integers(0, 30), max_size=25)))
        points = [point(float(index), at=float(at), metric=name) for index, at in enumerate(instants)]
        cuts = sorted([*draw(st.lists(st.integers(0, 31), max_size=5)), 31])
        drawn.append(_cut(points, cuts))
    return drawn


def _cut(points, cuts):
    begins = [0, *cuts]
    return [
        Stretch(START + end, tuple(one for one in points if START + begin <= one.time_unix_seconds < START + end))
        for begin, end in zip(begins, cuts, strict=False)
    ]


async def _stream(stretches):
    for stretch in stretches:
        yield stretch


def _merge(drawn):
    async def collect():
        return [stretch async for stretch in merged([_stream(stretches) for stretches in drawn])]

    return asyncio.run(collect())


@given(sources())
def test_all_points_come_out_in_order(drawn):
    every = [one for stretches in drawn for stretch in stretches for one in stretch.points]
    out = [one for stretch in _merge(drawn) for one in stretch.points]
    assert out == sorted(every, key=order_of)


@given(sources())
def test_a_merged_stretch_keeps_its_word(drawn):
    told = START
    for stretch in _merge(drawn):
        assert all(told <= one.time_unix_seconds < stretch.until_seconds for one in stretch.points)
        told = stretch.until_seconds


def test_what_a_source_could_not_read_is_told_once():
    stretches = [Stretch(START, unread=(Unread("x: line 1", "odd"),)), Stretch(START + 1, unread=(Unread("x: line 2", "odd"),))]
    out = _merge([stretches, [Stretch(START + 0.5), Stretch(START + 1)]])
    assert [one.where for stretch in out for one in stretch.unread] == ["x: line 1", "x: line 2"]
