"""
From a policy as it is written to one policy a workload, as it lies on its topic.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from rollguard_console.policy_files.selecting import BY_NAME, Chosen, chosen, filled
from rollguard_schemas import codec
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.policy_documents import ListedWorkload, Selector
from rollguard_schemas.topics import POLICIES

# What names targets, and so may hold the name of the workload.
_FILLED = ("target", "fallback", "also", "call")


class Expanded(msgspec.Struct, frozen=True):
    """A policy, and how nearly its workload was meant."""

    policy: RollbackPolicy
    rank: int


def expanded(value: Any, listed: Mapping[str, ListedWorkload]) -> Iterator[Expanded | str | ValueError]:
    """Yield the policies of a document with its preset laid beneath, or the decoder's complaint: with its path, if it is a text."""
    spec = value.get("spec") if isinstance(value, dict) else None
    if not isinstance(spec, dict) or "selector" not in spec:
        name = spec.get("workload") if isinstance(spec, dict) else None
        yield from _one(value, Chosen(ListedWorkload(name=str(name or "")), BY_NAME))
        return
    if "workload" in spec:
        yield "a policy has a workload or a selector, not both; keep one of the two - at `$.spec.selector`"
        return
    try:
        selector = msgspec.convert(spec["selector"], Selector)
    except msgspec.ValidationError as error:
        complaint, _, where = str(error).partition(" - at `$")
        yield f"{complaint} - at `$.spec.selector{where.rstrip('`')}`"
        return
    found = chosen(selector, listed)
    if not found:
        told = f"it chooses none of the {len(listed)} listed workloads" if listed else "there is no list to choose from"
        yield f"{told}; add a document of kind WorkloadList, with its names and labels - at `$.spec.selector`"
    rest = {key: each for key, each in spec.items() if key != "selector"}
    for one in found:
        yield from _one({**value, "spec": {"workload": one.workload.name, **rest}}, one)


def _one(value: Any, one: Chosen) -> Iterator[Expanded | str | ValueError]:
    try:
        policy = msgspec.convert(_with_targets(value, one.workload), RollbackPolicy)
        codec.encode(POLICIES, policy, source="check")
    except KeyError as error:
        name, field = error.args
        yield f"{one.workload.name} has nothing for {{{name}}}; there are namespace, name, labels.x - at `$.spec.{field}`"
    except msgspec.ValidationError as error:
        yield str(error)
    except ValueError as error:
        yield error
    else:
        yield Expanded(policy, one.rank)


def _with_targets(value: Any, workload: ListedWorkload) -> Any:
    spec = value.get("spec") if isinstance(value, dict) else None
    if not isinstance(spec, dict):
        return value
    return {**value, "spec": {**spec, **{field: _filled(spec, field, workload) for field in _FILLED if field in spec}}}


def _filled(spec: dict[str, Any], field: str, workload: ListedWorkload) -> Any:
    try:
        return filled(spec[field], workload)
    except KeyError as error:
        raise KeyError(error.args[0], field) from None
