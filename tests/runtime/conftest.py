"""
Which bus a contract is held to: the one in memory, and each broker that can be had.
"""

import pytest

from support.buses import BusUnderTest
from support.real_parts import brokers_worth_naming


@pytest.fixture(params=["memory", *(pytest.param(kind, marks=pytest.mark.real) for kind in brokers_worth_naming())])
def under_test(request, real_parts, parts_dir):
    """Return each bus in turn."""
    if request.param == "memory":
        return BusUnderTest()
    broker = real_parts.broker(request.param, parts_dir)
    real_parts.used_by(broker, request.node.nodeid)
    return BusUnderTest(broker)
