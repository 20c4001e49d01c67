"""
The compiled loops are there where they can be: a loop that fails to compile would otherwise only be noticed by its slowness.
"""

import shutil

import pytest

from rollguard_detector.core import loops
from rollguard_detector.inputs import loops as input_loops

FOLDERS = pytest.mark.parametrize(("folder", "name"), [(loops, "deviation"), (input_loops, "forms")])


@FOLDERS
def test_the_loops_are_compiled_where_there_is_a_compiler(folder, name):
    if shutil.which("cc") is None and shutil.which("gcc") is None:
        pytest.skip("there is no C compiler here")

    assert folder.are_compiled()
    assert name in folder.NAMES


@FOLDERS
def test_left_alone_nobody_finds_a_loop_and_afterwards_all_do(folder, name):
    with folder.left_alone():
        assert folder.of(name) is None

    assert (folder.of(name) is not None) == folder.are_compiled()
