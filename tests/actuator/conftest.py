"""
What most tests of the actuator begin with: a bus, and a clock that they move.
"""

import pytest

from actuator.process import Clock
from rollguard_runtime.memory import MemoryBus


@pytest.fixture
def bus():
    return MemoryBus()


@pytest.fixture
def clock():
    return Clock()
