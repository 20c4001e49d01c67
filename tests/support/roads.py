"""
The two roads of a bank or a format, compiled loops and steps of numpy: a test module that imports the fixture is run on both.
"""

import pytest

from rollguard_detector.core import loops
from rollguard_detector.inputs import loops as input_loops

ROADS = ("compiled", "steps")


@pytest.fixture(params=ROADS, autouse=True, scope="module")
def road(request):
    """Run every test of the module by the compiled loops, then by the steps that stand in where there is no compiler."""
    if request.param == "steps":
        with loops.left_alone(), input_loops.left_alone():
            yield "steps"
    elif loops.are_compiled() and input_loops.are_compiled():
        yield "compiled"
    else:
        pytest.skip("the loops were not compiled: there is no C compiler here")
