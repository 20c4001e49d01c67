"""
Fixtures of every test, tests that are coroutines, and the table of real parts at the end of a run.

Nothing real is started unless a test asks for it. ``kafka_broker`` is the best broker that can be had, ``every_broker`` runs a test
on each; ``ROLLGUARD_TEST_BROKERS=kafka,embedded`` restricts which. How tests that share a broker keep apart: ``support.topics``.
A whole run is spread over processes (``support.spreading``): what waits for real parts in one, what computes in the others.
"""

import asyncio
import inspect
import os

import hypothesis
import pytest

from controlplane.run import ControlPlaneOfRun, needs_it
from support.real_parts import RealParts, brokers_worth_naming
from support.spreading import FIRST, give_way, group_of, hands_out, is_handed_to

_PARTS = pytest.StashKey()
_CONTROL_PLANE = pytest.StashKey()

# No test asserts a timing, so neither may a law: a deadline fails what is right on a loaded machine. In CI every run is the same.
hypothesis.settings.register_profile(
    "rollguard",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    print_blob=True,
)
hypothesis.settings.load_profile("rollguard")


def pytest_configure(config):
    config.stash[_PARTS] = RealParts()
    config.stash[_CONTROL_PLANE] = ControlPlaneOfRun(lambda text: _say(config, text))
    config.addinivalue_line("markers", "xdist_group(name): the process of a run that is spread over several")


def pytest_unconfigure(config):
    config.stash[_CONTROL_PLANE].stop()


def pytest_sessionstart(session):
    """Build beside the tests; of a run that is spread, only the process that hands them out can show how it goes."""
    if hands_out(session.config):
        session.config.stash[_CONTROL_PLANE].begin_and_say()


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items):
    """Let the tests that need real parts begin first, since they wait most, and of them last those for which one is being built."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group_of(item)))
    items.sort(key=needs_it)
    items.sort(key=lambda item: group_of(item) not in FIRST)


def pytest_collection_finish(session):
    if not session.config.option.collectonly and not hands_out(session.config):
        session.config.stash[_CONTROL_PLANE].begin(session.items)


def pytest_sessionfinish(session):
    if is_handed_to(session.config):
        session.config.workeroutput["real_parts"] = session.config.stash[_PARTS].account()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    node.config.stash[_PARTS].add(getattr(node, "workeroutput", {}).get("real_parts"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    give_way(item)
    item.config.stash[_CONTROL_PLANE].wait(item)
    return (yield)


def _say(config, text):
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.ensure_newline()
        reporter.write_line(text)


@pytest.fixture(scope="session")
def real_parts(request):
    """Return the real parts of this run; they end with it."""
    parts = request.config.stash[_PARTS]
    yield parts
    parts.stop()


@pytest.fixture(scope="session")
def parts_dir(tmp_path_factory):
    """Return the folder below which the parts keep their logs and data."""
    return tmp_path_factory.mktemp("real-parts")


@pytest.fixture(scope="session")
def kafka_broker(real_parts, parts_dir):
    """Return the most trusted broker that can be had."""
    return real_parts.best_broker(parts_dir)


@pytest.fixture(scope="session", params=brokers_worth_naming())
def every_broker(request, real_parts, parts_dir):
    """Return each kind of broker in turn."""
    return real_parts.broker(request.param, parts_dir)


@pytest.fixture(scope="session")
def rollguard_topics(kafka_broker):
    """Return the best broker once rollguard's topics are on it."""
    from support.topics import apply_to  # noqa: PLC0415  # needs the runtime, which is absent where the schemas are tested alone

    asyncio.run(apply_to(kafka_broker))
    return kafka_broker


@pytest.fixture(scope="session")
def mlflow_server(real_parts, parts_dir):
    """Return the real tracking server."""
    return real_parts.mlflow(parts_dir)


@pytest.fixture(scope="session")
def control_plane(request, real_parts, parts_dir):
    """Return the real Kubernetes control plane; a test that asks for it bears the mark ``controlplane``."""
    ours = request.config.stash[_CONTROL_PLANE]
    return real_parts.control_plane(lambda: ours.start(parts_dir / "controlplane"))


@pytest.fixture(scope="session")
def fake_control_plane():
    """Return an API server of our own, in memory."""
    from controlplane.fake import FakeControlPlane  # noqa: PLC0415  # needs the client, absent where other services are tested alone

    with FakeControlPlane() as fake:
        yield fake


@pytest.fixture
def prometheus(request, real_parts, parts_dir):
    """Return the real Prometheus server with the history of ``detector.histories`` in it."""
    from detector.histories import open_metrics, world  # noqa: PLC0415  # needs the detector

    server = real_parts.prometheus(parts_dir, open_metrics(world()))
    real_parts.used_by(server, request.node.nodeid)  # a fixture may ask for it, which the counting of tests does not see
    return server


@pytest.fixture(scope="session")
def alertmanager(real_parts, parts_dir):
    """Return the real Alertmanager."""
    return real_parts.alertmanager(parts_dir)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run a test that is a coroutine in an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(pyfuncitem.obj(**wanted))
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    for part in item.funcargs.values():
        item.config.stash[_PARTS].used_by(part, item.nodeid)
    return (yield)


def pytest_terminal_summary(terminalreporter, config):
    terminalreporter.section("Real parts exercised")
    for part, tests, what in config.stash[_PARTS].table():
        terminalreporter.write_line(f"{part:<16} {tests:>5} tests  {what}")
