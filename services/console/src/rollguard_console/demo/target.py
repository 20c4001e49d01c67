"""
What the demo plays on: a registry or a cluster, with a served model whose versions can be rolled out.

The play is the same on each. A target says how the parts are started and what a rollout is; the revision that a rollout leads to
is the target's to name, and telemetry must report the same.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

import msgspec

from rollguard_console.demo.view import View
from rollguard_console.local.children import Child, ChildFailed
from rollguard_schemas.targets import Target

if TYPE_CHECKING:
    from rollguard_console.demo.stage import Stage


class Step(msgspec.Struct, frozen=True):
    """What is waited for before the play begins, and what it means where it does not come."""

    phase: str
    is_done: Callable[[], bool]
    otherwise: str


class DemoTarget(Protocol):
    """One place where models are rolled out; ``description`` is shown in the report."""

    description: str

    @property
    def policy_target(self) -> Target:
        """What the demo's policy names."""

    def actuator_environment(self) -> Mapping[str, str]:
        """Return the settings with which the actuator reaches it."""

    def set_up(self, stage: "Stage", view: View) -> None:
        """Start what must be there before the services; blocks."""

    def steps(self, stage: "Stage") -> Iterator[Step]:
        """Bring the first version into service, step by step."""

    def first_revision(self) -> str:
        """Return the revision of the first version."""

    def promote(self, version: str) -> str:
        """Roll a version out as a person would, and return its revision."""


def is_done(child: Child) -> bool:
    """Say whether a child did its work; one that failed at it raises with the end of its log."""
    status = child.exit_status()
    if status:
        raise ChildFailed(f"{child.name} ended with {status}\n{child.end_of_log()}")
    return status == 0
