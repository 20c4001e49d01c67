"""
Every codec on bytes that nobody meant to send: only ``Malformed`` comes out, and what is read keeps the bounds of the schema.

``bench/fuzz.py`` does the same for minutes, guided by coverage where it can be had; this is the part that every change must pass.
"""

import resource
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.wire import ONE_GAUGE, packed
from rollguard_detector.inputs.by_content_type import codecs
from rollguard_detector.inputs.prompb.remote_pb2 import WriteRequest
from rollguard_schemas.codec import Malformed
from rollguard_schemas.metrics import MetricPoint

CODECS = codecs()
FORMATS = sorted(ONE_GAUGE)
MESSAGES = {name: ONE_GAUGE[name]() for name in FORMATS}
MEBIBYTE = 1 << 20
each_format = pytest.mark.parametrize("form", FORMATS)


def _decode(form, value, headers=()):
    """Return the decoded points; whatever comes out keeps the bounds of the schema."""
    with suppress(Malformed):
        decoded = CODECS[form].decode(value, headers)
        for one in decoded.points:
            assert isinstance(one, MetricPoint)
            if form != "own-msgpack":  # which can hold a NaN, that no text can; the readings leave it out
                msgspec.convert(msgspec.to_builtins(one), MetricPoint)
        return decoded
    return None


@each_format
@settings(max_examples=60, deadline=None)
@given(value=st.binary(max_size=300))
def test_no_bytes_raise_anything_but_malformed(form, value):
    _decode(form, value)


@each_format
@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.integers(0, 10_000))
def test_a_flipped_byte_or_a_cut_raises_nothing_but_malformed(form, place, byte, cut):
    value, headers = MESSAGES[form]
    spoilt = bytearray(value)
    spoilt[place % len(spoilt)] = byte
    decoded = _decode(form, bytes(spoilt), headers)
    assert decoded is None or len(decoded.points) + sum(decoded.skipped.values()) <= 2
    _decode(form, value[: cut % len(value)], headers)


@each_format
@settings(max_examples=60, deadline=None)
@given(parts=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), max_size=8))
def test_pieces_of_a_real_message_in_any_order_raise_nothing_but_malformed(form, parts):
    value, headers = MESSAGES[form]
    pieces = (value[min(a, b) % len(value) : max(a, b) % len(value) + 1] for a, b in parts)
    _decode(form, b"".join(pieces), headers)


def _largest(form):
    """Return a message of the largest size that the topic takes, made of what the format repeats most cheaply."""
    openings = {
        "influx-line": b"m f=1\n" * (MEBIBYTE // 6),
        "remote-write": packed(WriteRequest(timeseries=[{"samples": [{}] * 1000}] * 200)),
        "otlp-protobuf": b"\x0a\x00" * (MEBIBYTE // 8),
        "own-msgpack": b"\x80" * MEBIBYTE,
    }
    return openings.get(form, b"[" + b'{"metrics":[],"type":"dev.rollguard.x","specversion":"1.0"},' * (MEBIBYTE // 60) + b"{}]")


@each_format
def test_the_largest_message_does_not_take_memory_without_end(form):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _decode(form, _largest(form))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000  # KiB
