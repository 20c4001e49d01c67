"""
Checks policy files.

The nodes are walked first, for what the decoder passes over: unknown fields in shared types, missing tags; all of those are told at
once. Then the decoder itself speaks, so that a file that passes here is one that every service can read.
"""

from collections.abc import Iterator

import msgspec
from msgspec import inspect
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rollguard_console.policy_files import mends, shapes
from rollguard_console.policy_files.shapes import Shape
from rollguard_runtime.nearest import choose
from rollguard_runtime.yaml_nodes import (
    Document,
    NotYaml,
    Path,
    documents,
    entries,
    line_of,
    line_of_key,
    node_at,
    parse_path,
    show_path,
)
from rollguard_schemas import codec
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.topics import POLICIES


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake, where it is, and the mend."""

    file: str
    line: int
    column: int | None = None
    path: str = ""
    problem: str
    mend: str = ""

    def __str__(self) -> str:
        column = f":{self.column}" if self.column is not None else ""
        path = f"{self.path}: " if self.path else ""
        mend = f"; {self.mend}" if self.mend else ""
        return f"{self.file}:{self.line}{column}: {path}{self.problem}{mend}"


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A policy, and where it begins."""

    file: str
    line: int
    policy: RollbackPolicy


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The policies of some files, and all that is wrong; use the policies only if nothing is."""

    policies: tuple[Checked, ...] = ()
    findings: tuple[Finding, ...] = ()


def check(texts: dict[str, str]) -> Verdict:
    """Check files, given by name and text, together: one workload may have one policy only."""
    policies: list[Checked] = []
    findings: list[Finding] = []
    for file, text in texts.items():
        for found in _check_file(file, text):
            (policies if isinstance(found, Checked) else findings).append(found)  # type: ignore[arg-type]  # each to its own list
    return Verdict(policies=tuple(policies), findings=(*findings, *_second_policies(policies)))


def _check_file(file: str, text: str) -> Iterator[Checked | Finding]:
    has_document = False
    try:
        for document in documents(text):
            has_document = True
            yield from _check_document(file, document)
    except NotYaml as error:
        yield Finding(file=file, line=error.line, column=error.column, problem=f"not YAML: {error}", mend=_yaml_mend(str(error)))
        return
    if not has_document:
        yield Finding(file=file, line=1, problem="there is no policy in it", mend="begin with apiVersion: rollguard.dev/v1")


def _check_document(file: str, document: Document) -> Iterator[Checked | Finding]:
    strays = list(_strays(file, document.root, (), shapes.root_shape()))
    if strays:
        yield from strays
        return
    try:
        policy = msgspec.convert(document.value, RollbackPolicy)
        codec.encode(POLICIES, policy, source="check")
    except msgspec.ValidationError as error:
        yield _explain(file, document.root, str(error))
    except ValueError as error:
        yield Finding(file=file, line=line_of(document.root, ()), problem=str(error))
    else:
        yield Checked(file=file, line=line_of(document.root, ()), policy=policy)


def _strays(file: str, root: Node, path: Path, shape: Shape) -> Iterator[Finding]:
    """Yield what stands where nothing of that name belongs, and tags that are missing."""
    node = node_at(root, path)
    shape = shapes.variant(shape, node)
    if isinstance(node, SequenceNode) and hasattr(shape, "item_type"):
        for index in range(len(node.value)):
            yield from _strays(file, root, (*path, index), shape.item_type)
    if isinstance(node, MappingNode) and isinstance(shape, inspect.StructType):
        yield from _stray_fields(file, root, path, shape)


def _stray_fields(file: str, root: Node, path: Path, shape: Shape) -> Iterator[Finding]:
    node = node_at(root, path)
    names = shapes.field_names(shape)
    keys = [str(key.value) for key, _ in entries(node)]
    for key in keys:
        where = (*path, key)
        if key in names:
            yield from _strays(file, root, where, shapes.step_into(shape, node, key))
        else:
            mend = choose(key, names)
            yield Finding(file=file, line=line_of_key(root, where), path=show_path(where), problem="no such field", mend=mend)
    if shape.tag_field and shape.tag_field not in keys:
        problem, mend = f"{shape.tag_field} is missing", f"add {shape.tag_field}: {shape.tag}"
        yield Finding(file=file, line=line_of(root, path), path=show_path(path), problem=problem, mend=mend)


def _explain(file: str, root: Node, message: str) -> Finding:
    complaint, _, where = message.partition(" - at ")
    path = parse_path(where)
    node = node_at(root, path)
    written = str(node.value) if isinstance(node, ScalarNode) else ""
    advice = mends.advise(complaint, path=path, written=written, shape=shapes.shape_at(root, path))
    return Finding(file=file, line=line_of(root, path), path=show_path(path), problem=advice.problem, mend=advice.mend)


def _yaml_mend(problem: str) -> str:
    if "\\t" in problem:
        return "indent with spaces, never with tabs"
    if "mapping values are not allowed" in problem:
        return "put text with a colon in quotes, and look at the indentation of the line before"
    if "second time" in problem:
        return "keep one of the two"
    return "look at the indentation and the quotes of this line and the one before"


def _second_policies(policies: list[Checked]) -> Iterator[Finding]:
    first: dict[str, Checked] = {}
    for checked in policies:
        earlier = first.setdefault(checked.policy.workload, checked)
        if earlier is not checked:
            problem = f"{checked.policy.workload} has a policy already, at {earlier.file}:{earlier.line}"
            yield Finding(file=checked.file, line=checked.line, path="spec.workload", problem=problem, mend="keep one of the two")
