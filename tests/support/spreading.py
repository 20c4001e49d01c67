"""
How a whole run is spread over processes: every test that needs a real part in one, so that each part is started once, all others
by file in the others.

Without a group a test may run anywhere, and three processes would start three brokers. Runs of chosen tests are not spread.
"""

import os

REAL, DEMO = "real parts", "demo"
FIRST = (REAL, DEMO)
# A demo that waits for a processor tells another story; a test of a real part is patient; what computes waits for nobody.
_NICENESS = {DEMO: 0, REAL: 5}
_NICENESS_OF_OTHERS = 15
_MARKS = ("real", "controlplane")
_FIXTURES = {"kafka_broker", "every_broker", "rollguard_topics", "mlflow_server", "control_plane", "prometheus"}


def group_of(item):
    """Return the group whose tests share a process; a test may name its own, where it starts its own parts."""
    if (named := item.get_closest_marker("xdist_group")) is not None:
        return named.args[0]
    needs_real = _FIXTURES.intersection(item.fixturenames) or any(item.get_closest_marker(mark) for mark in _MARKS)
    return REAL if needs_real else item.nodeid.partition("::")[0]


def hands_out(config):
    """Say whether this process hands tests out to others."""
    return bool(getattr(config.option, "numprocesses", None)) and not is_handed_to(config)


def is_handed_to(config):
    """Say whether this process runs what another hands out."""
    return hasattr(config, "workerinput")


def give_way(item):
    """Let a process give way as its tests can bear it; the parts that it starts inherit that."""
    if is_handed_to(item.config):
        os.nice(max(0, _NICENESS.get(group_of(item), _NICENESS_OF_OTHERS) - os.nice(0)))
