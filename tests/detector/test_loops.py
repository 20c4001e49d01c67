"""
The compiled loops are there where they can be: a loop that fails to compile would otherwise only be noticed by its slowness.
"""

import shutil

import pytest

from rollguard_detector.core import loops


def test_the_loops_are_compiled_where_there_is_a_compiler():
    if shutil.which("cc") is None and shutil.which("gcc") is None:
        pytest.skip("there is no C compiler here")

    assert loops.are_compiled()
    assert "deviation" in loops.NAMES


def test_left_alone_no_bank_finds_a_loop_and_afterwards_all_do():
    with loops.left_alone():
        assert loops.of("deviation") is None

    assert (loops.of("deviation") is not None) == loops.are_compiled()
