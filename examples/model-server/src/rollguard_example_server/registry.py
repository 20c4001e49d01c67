"""
The registry as a port: which revision serves, and the model of a revision.

The server asks for no more than this, so a fake of ten lines can stand in for MLflow.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec


class NotServed(Exception):
    """The registry cannot be asked, or what it has cannot be served; what serves now goes on, and the next poll asks again."""


class Model(Protocol):
    """A fitted classifier."""

    def predict(self, rows: Sequence[Sequence[float]]) -> Any:
        """Return one class a row."""


class Fetched(msgspec.Struct, frozen=True):
    """A model version as it came from the registry."""

    revision: str
    model: Model
    fault: str | None = None


class Registry(Protocol):
    """Where model versions come from. Both calls block, and raise ``NotServed``."""

    def revision(self) -> str:
        """Return the revision that the alias names."""

    def fetch(self, revision: str) -> Fetched:
        """Load a revision."""
