"""
Finds a broker, three ways: the one that ``ROLLGUARD_KAFKA`` names, Apache Kafka on this machine, or the embedded one.

The order is that of trust: guarantees are shown on Apache Kafka, the embedded broker is for machines without Java. Which one was
taken is always in the answer, so that no result is reported without it.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from rollguard_console.local import kafka_kraft, tansu
from rollguard_console.local.part import Broker, BrokerKind, CannotBeHad

BROKER_KINDS: tuple[BrokerKind, ...] = ("given", "kafka", "embedded")
_GIVEN = "ROLLGUARD_KAFKA"


def availability(environ: Mapping[str, str] = os.environ) -> dict[BrokerKind, str | None]:
    """Map each kind, best first, to None where it can be had, else to the reason and the mend."""
    return {
        "given": None if environ.get(_GIVEN) else f"{_GIVEN} is not set; set it to host:port",
        "kafka": kafka_kraft.why_not(environ),
        "embedded": tansu.why_not(),
    }


def available(environ: Mapping[str, str] = os.environ) -> list[BrokerKind]:
    """Return the kinds that can be had, best first."""
    return [kind for kind, reason in availability(environ).items() if reason is None]


def start(run_dir: Path, *, kind: BrokerKind | None = None, environ: Mapping[str, str] = os.environ) -> Broker:
    """
    Start the kind that is asked for, else the best that can be had.

    Raises:

        CannotBeHad: with the reason of each kind that was tried.
        ChildFailed: when it can be had but does not start.
    """
    starts: dict[BrokerKind, Callable[[], Broker]] = {
        "given": lambda: _given(environ),
        "kafka": lambda: kafka_kraft.start(run_dir, environ=environ),
        "embedded": lambda: tansu.start(run_dir),
    }
    reasons: list[str] = []
    for candidate in (kind,) if kind else BROKER_KINDS:
        try:
            return starts[candidate]()
        except CannotBeHad as error:
            reasons.append(f"{candidate}: {error}")
    raise CannotBeHad("; ".join(reasons))


def _given(environ: Mapping[str, str]) -> Broker:
    reason = availability(environ)["given"]
    if reason is not None:
        raise CannotBeHad(reason)
    return Broker(kind="given", description=f"the broker that {_GIVEN} names", address=environ[_GIVEN])
