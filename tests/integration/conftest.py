"""The road, once for all tests that walk it."""

import pytest

from support.road import Road


@pytest.fixture(scope="session")
def road(rollguard_topics, mlflow_server, tmp_path_factory):
    """Return the running road: the best broker, the registry, and the three services as processes."""
    running = Road(rollguard_topics.bootstrap, mlflow_server.url, tmp_path_factory.mktemp("road"))
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.stop()
