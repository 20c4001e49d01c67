"""
What people write in policy files: policies for one workload or many, presets that they extend, and the list of workloads.

None of it lies on a topic as it stands: ``rollguard policy apply`` makes one ``RollbackPolicy`` a workload of it, with nothing left
to look up, so that a service that reads a policy needs no second document to know what it says.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rollguard_schemas.fields import Name, WorkloadId
from rollguard_schemas.policies import PolicyMetadata, PolicyRules
from rollguard_schemas.targets import Target

WorkloadPattern = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9*]([a-z0-9.*-]*[a-z0-9*])?/[A-Za-z0-9*]([A-Za-z0-9._*-]*[A-Za-z0-9*])?$",
        description="namespace/name, or with * for any part of it: shop/*.",
    ),
]


class Selector(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    Which workloads a policy is for; give one of the three.

    A policy that names a workload goes before one that selects it by pattern or label, and that before a default.
    """

    workloads: Annotated[tuple[WorkloadPattern, ...], Meta(description="By name; patterns choose among the listed workloads.")] = ()
    match_labels: Annotated[dict[str, str], Meta(description="The listed workloads that carry all of these labels.")] = {}
    default: Annotated[bool, Meta(description="Every listed workload that no other policy is for.")] = False

    def __post_init__(self) -> None:
        """Refuse a selector that selects nothing, or in two ways."""
        if sum(map(bool, (self.workloads, self.match_labels, self.default))) != 1:
            raise ValueError("a selector needs exactly one of `workloads`, `matchLabels` and `default: true`; leave the others out")


class WrittenSpec(PolicyRules, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    A policy's rules and for whom they are: ``workload`` or ``selector``.

    Texts of ``target``, ``fallback`` and ``also`` may hold ``{namespace}``, ``{name}`` and ``{labels.x}`` of the workload.
    """

    target: Target
    workload: WorkloadId | None = None
    selector: Selector | None = None
    preset: Annotated[Name | None, Meta(description="Rules to begin with; what is written here goes before them.")] = None


class WrittenPolicy(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, tag_field="kind", tag="RollbackPolicy"
):
    """A policy as people write it."""

    api_version: Literal["rollguard.dev/v1"]
    metadata: PolicyMetadata
    spec: WrittenSpec


class PolicyPreset(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, tag_field="kind", tag="PolicyPreset"
):
    """Rules for a kind of workload, to be named by policies; ``extends`` begins with those of another preset."""

    api_version: Literal["rollguard.dev/v1"]
    metadata: PolicyMetadata
    extends: Name | None = None
    spec: PolicyRules = PolicyRules()


class ListedWorkload(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One workload, and what selectors find it by."""

    name: WorkloadId
    labels: dict[str, str] = {}


class WorkloadList(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, tag_field="kind", tag="WorkloadList"
):
    """The workloads among which selectors choose."""

    api_version: Literal["rollguard.dev/v1"]
    workloads: tuple[ListedWorkload, ...] = ()


PolicyDocument = WrittenPolicy | PolicyPreset | WorkloadList
