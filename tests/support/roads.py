"""
The two roads of a bank, compiled loops and steps of numpy: a test module that imports the fixture is run on both.
"""

import pytest

from rollguard_detector.core import loops

ROADS = ("compiled", "steps")


@pytest.fixture(params=ROADS, autouse=True, scope="module")
def road(request):
    """Run every test of the module by the compiled loops, then by the steps that stand in where there is no compiler."""
    if request.param == "steps":
        with loops.left_alone():
            yield "steps"
    elif loops.are_compiled():
        yield "compiled"
    else:
        pytest.skip("the loops were not compiled: there is no C compiler here")
