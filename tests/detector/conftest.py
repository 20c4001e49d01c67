"""
The real Prometheus server of the detector's tests, with the history of ``histories.world`` in it.
"""

import pytest

from detector.histories import open_metrics, world


@pytest.fixture
def prometheus(request, real_parts, parts_dir):
    """Return the server, and count the test for it: it is asked for by a fixture, which the counting does not see."""
    server = real_parts.prometheus(parts_dir, open_metrics(world()))
    real_parts.used_by(server, request.node.nodeid)
    return server
