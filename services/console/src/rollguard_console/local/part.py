"""
A real part: something that runs beside rollguard, under a name and a version that can be shown.

Whoever reports a result says on which parts it was got. ``CannotBeHad`` carries the reason and the mend, and is never swallowed:
a test turns it into a skip that says both.
"""

from types import TracebackType
from typing import Literal, Self

import msgspec

from rollguard_console.local.children import Child

BrokerKind = Literal["given", "kafka", "embedded"]


class CannotBeHad(RuntimeError):
    """The part is not to be had on this machine; the text says why and what would change it."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A running part; ``child`` is None where it was running before us, and is then left running."""

    description: str
    address: str
    child: Child | None = None

    def stop(self) -> None:
        """End it, if it is ours."""
        if self.child is not None:
            self.child.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


class Broker(Part, frozen=True, kw_only=True):
    """Something that speaks Kafka's protocol."""

    kind: BrokerKind

    @property
    def bootstrap(self) -> str:
        """What clients connect to: ``host:port``."""
        return self.address


class MlflowServer(Part, frozen=True, kw_only=True):
    """A tracking server with its model registry."""

    @property
    def url(self) -> str:
        """The tracking URI."""
        return self.address
