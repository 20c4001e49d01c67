"""Faults: what a tag means, and how it grows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_example_server.faults import KINDS, Effects, Fault, UnknownFault, examples, parse

SECONDS = st.floats(min_value=-1e6, max_value=1e6)
GROWTHS = st.floats(min_value=0, max_value=1e9, exclude_min=True)
FAULTS = st.builds(Fault, st.sampled_from(sorted(KINDS)), GROWTHS)


def sizes(effects):
    return (effects.latency_seconds, effects.leaked_bytes, effects.flipped_ratio, effects.error_ratio)


@given(FAULTS, SECONDS)
def test_an_effect_is_never_negative_and_a_share_never_above_the_whole(fault, seconds):
    effects = fault.at(seconds)
    assert all(size >= 0 for size in sizes(effects))
    assert effects.flipped_ratio <= 1
    assert effects.error_ratio <= 1
    assert effects.leaked_bytes <= 2**30


@given(FAULTS)
def test_a_fault_does_nothing_at_the_moment_of_loading(fault):
    assert fault.at(0.0) == Effects()


@given(FAULTS, SECONDS, SECONDS)
def test_a_fault_never_shrinks_while_its_version_serves(fault, one, other):
    earlier, later = sorted((one, other))
    assert all(a <= b for a, b in zip(sizes(fault.at(earlier)), sizes(fault.at(later)), strict=True))


@pytest.mark.parametrize(
    ("tag", "effects"),
    [
        ("latency:0.004", Effects(latency_seconds=0.4)),
        ("memory:2000000", Effects(leaked_bytes=200_000_000)),
        ("accuracy:0.005", Effects(flipped_ratio=0.5)),
        ("errors:0.005", Effects(error_ratio=0.5)),
    ],
)
def test_each_kind_does_its_own_harm_after_a_hundred_seconds(tag, effects):
    assert parse(tag).at(100.0) == effects


@given(FAULTS)
def test_a_tag_reads_back_as_the_fault_that_wrote_it(fault):
    assert parse(f"{fault.kind}:{fault.growth!r}") == fault


@pytest.mark.parametrize("tag", [None, "none"])
def test_no_tag_is_a_healthy_version(tag):
    assert parse(tag) is None


@pytest.mark.parametrize(
    "tag", ["", "slow:1", "latency", "latency:", "latency:fast", "latency:0", "errors:-1", "memory:inf", "memory:nan"]
)
def test_a_tag_that_nobody_understands_is_refused_by_its_text(tag):
    with pytest.raises(UnknownFault, match=f"fault '{tag}'"):
        parse(tag)


def test_an_unknown_kind_is_answered_with_those_that_exist():
    with pytest.raises(UnknownFault, match="latency, memory, accuracy, errors"):
        parse("slow:1")


def test_the_examples_in_the_help_are_faults_of_every_kind():
    assert [parse(tag).kind for tag in examples().split(", ")] == list(KINDS)
