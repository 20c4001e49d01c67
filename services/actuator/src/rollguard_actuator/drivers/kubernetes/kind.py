"""
What differs from one kind of workload to the next: where its revisions are kept, what stands in the way, how far it has come.
"""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

import msgspec

from rollguard_actuator.drivers.kubernetes.api import Api, Json
from rollguard_actuator.drivers.kubernetes.rights import Right

State = Literal["converging", "converged", "stuck"]
CHANGE_CAUSE = "kubernetes.io/change-cause"


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """A template that the controller kept, and what was said to be the cause of it."""

    template: Json
    change_cause: str | None = None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far the controller has come with the template that is live."""

    state: State
    detail: str


class Kind(Protocol):
    """One kind of workload; ``group_version`` and ``resource`` are its path, ``rights`` what its driver needs."""

    driver: str
    group_version: str
    resource: str
    rights: tuple[Right, ...]

    async def revisions(self, api: Api, workload: Json) -> Mapping[str, Revision]:
        """Return the revisions that are kept, the oldest first, by the hash that their pods bear."""

    def live(self, workload: Json, revisions: Mapping[str, Revision]) -> str | None:
        """Name the revision that is wanted live, None while its controller keeps none."""

    def abort_returns_to(self, workload: Json) -> str | None:
        """Name the revision that stopping the rollout in flight would return to, None where there is nothing to stop."""

    def refusal(self, workload: Json, target: Any) -> str | None:
        """Say what keeps this kind from being moved, or None; the target, of this kind, says what its policy lets pass."""

    def freeing(self, workload: Json) -> list[Json]:
        """Return what a move has to change beside the template, in the same patch, so that it reaches the pods."""

    def no_such_revision(self, workload: Json) -> str:
        """Say why a revision may be gone."""

    def progress(self, workload: Json) -> Progress:
        """Read the status."""


def selector_of(workload: Json) -> str:
    """Return a workload's selector as the API server's list parameter takes it."""
    selector = workload["spec"].get("selector") or {}
    equal = [f"{name}={text}" for name, text in (selector.get("matchLabels") or {}).items()]
    return ",".join([*equal, *(_expression(each) for each in selector.get("matchExpressions") or ())])


def is_owned(thing: Json, workload: Json) -> bool:
    """Say whether a workload's controller made a thing: the selector alone may select a stranger's."""
    uid = workload["metadata"]["uid"]
    return any(each.get("controller") and each["uid"] == uid for each in thing["metadata"].get("ownerReferences", ()))


def change_cause(thing: Json) -> str | None:
    """Return what was said to be the cause of a revision."""
    text = (thing["metadata"].get("annotations") or {}).get(CHANGE_CAUSE)
    return None if text is None else str(text)


def history_note(workload: Json) -> str:
    """Say how many revisions Kubernetes keeps."""
    limit = workload["spec"].get("revisionHistoryLimit")
    if limit == 0:
        return "revisionHistoryLimit is 0, so Kubernetes keeps no earlier revision: set it to at least 1"
    return f"Kubernetes keeps the last {limit} revisions of this workload (revisionHistoryLimit)"


def unobserved(workload: Json) -> Progress | None:
    """Say that the controller has not seen the latest change yet, or None if it has."""
    generation, seen = workload["metadata"].get("generation", 0), workload.get("status", {}).get("observedGeneration", 0)
    return None if seen >= generation else Progress(state="converging", detail="its controller has not seen the change yet")


def _expression(expression: Json) -> str:
    name, operator, values = expression["key"], expression["operator"], expression.get("values") or ()
    if operator in ("Exists", "DoesNotExist"):
        return name if operator == "Exists" else f"!{name}"
    return f"{name} {'in' if operator == 'In' else 'notin'} ({','.join(values)})"
