"""The server without sockets, on a registry and a clock that the test holds."""

import httpx
import pytest

from example.fakes import FakeRegistry, HandClock
from rollguard_example_server.server import application
from rollguard_example_server.serving import Serving
from rollguard_example_server.window import Window


@pytest.fixture
def registry():
    return FakeRegistry()


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def window():
    return Window()


@pytest.fixture
def serving(registry, window, clock):
    return Serving(registry, window, clock=clock)


@pytest.fixture
def http(serving, window):
    return httpx.AsyncClient(transport=httpx.ASGITransport(application(serving, window)), base_url="http://model")
