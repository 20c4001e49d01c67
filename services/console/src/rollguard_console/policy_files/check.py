"""
Checks policy files.

The nodes are walked first, for what the decoder passes over: unknown fields in shared types, missing tags; all of those are told at
once. Then presets and selectors are resolved and the decoder itself speaks, so that a file that passes here is one that every
service can read.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import inspect
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rollguard_console.policy_files import mends, shapes
from rollguard_console.policy_files.contradictions import warnings_of
from rollguard_console.policy_files.expanding import expanded
from rollguard_console.policy_files.expressions import advice_on
from rollguard_console.policy_files.findings import Checked, Finding, Verdict
from rollguard_console.policy_files.merging import merged
from rollguard_console.policy_files.presets_known import Presets, Unusable
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
from rollguard_schemas.policies import PolicyRules
from rollguard_schemas.policy_documents import ListedWorkload, PolicyDocument, PolicyPreset, WorkloadList

_POLICY, _PRESET, _LIST = "RollbackPolicy", "PolicyPreset", "WorkloadList"


class _Read(msgspec.Struct, frozen=True):
    """A document that holds nothing foreign, and where it stands."""

    file: str
    document: Document

    @property
    def kind(self) -> str:
        return str(self.document.value.get("kind"))

    @property
    def line(self) -> int:
        return line_of(self.document.root, ())


def check(texts: dict[str, str]) -> Verdict:
    """Check files, given by name and text, together: presets and lists of one are known to all, and a workload has one policy."""
    known: list[_Read] = []
    findings: list[Finding] = []
    for file, text in texts.items():
        for found in _read(file, text):
            (known if isinstance(found, _Read) else findings).append(found)  # type: ignore[arg-type]  # each to its own list
    presets, listed = Presets(), dict[str, ListedWorkload]()
    findings += [*_take_presets(known, presets), *_take_lists(known, listed)]
    policies: list[Checked] = []
    for one in known:
        for result in _policies(one, presets, listed):
            (policies if isinstance(result, Checked) else findings).append(result)  # type: ignore[arg-type]  # as above
    kept = _nearest(policies)
    findings += _second_policies(kept)
    return Verdict(policies=tuple(kept), findings=tuple(findings), warnings=tuple(warnings_of(kept)))


def _read(file: str, text: str) -> Iterator[_Read | Finding]:
    has_document = False
    try:
        for document in documents(text):
            has_document = True
            strays = list(_strays(file, document.root, (), shapes.root_shape()))
            yield from strays
            if not strays:
                yield _Read(file, document)
    except NotYaml as error:
        yield Finding(file=file, line=error.line, column=error.column, problem=f"not YAML: {error}", mend=_yaml_mend(str(error)))
        return
    if not has_document:
        yield Finding(file=file, line=1, problem="there is no policy in it", mend="begin with apiVersion: rollguard.dev/v1")


def _take_presets(known: list[_Read], presets: Presets) -> Iterator[Finding]:
    """Learn every preset before any is checked: one may extend another that stands below it."""
    own = [one for one in known if one.kind == _PRESET]
    for one in own:
        shape = {**one.document.value, "spec": {}}
        refused = _refused(one, shape, PolicyPreset)
        if refused is None:
            presets.add(one.document.value)
        else:
            yield refused
    for one in own:
        name = (one.document.value.get("metadata") or {}).get("name") if isinstance(one.document.value, dict) else None
        if name in presets.names:
            yield from _check_rules(one, presets, str(name))


def _check_rules(one: _Read, presets: Presets, name: str) -> Iterator[Finding]:
    try:
        rules = presets.rules(name)
    except Unusable as error:
        yield _at(one, ("extends",), error)
        return
    try:
        msgspec.convert(rules, PolicyRules)
    except msgspec.ValidationError as error:
        yield _explain(one, str(error), under=("spec",))


def _take_lists(known: list[_Read], listed: dict[str, ListedWorkload]) -> Iterator[Finding]:
    for one in known:
        if one.kind != _LIST:
            continue
        refused = _refused(one, one.document.value, WorkloadList)
        if refused is None:
            listed |= {each.name: each for each in msgspec.convert(one.document.value, WorkloadList).workloads}
        else:
            yield refused


def _policies(one: _Read, presets: Presets, listed: Mapping[str, ListedWorkload]) -> Iterator[Checked | Finding]:
    """Yield a policy a workload, or what is wrong; what is of no kind is wrong as well."""
    value = one.document.value
    if one.kind != _POLICY:
        refused = None if one.kind in (_PRESET, _LIST) else _refused(one, value, PolicyDocument)
        yield from [refused] if refused else []
        return
    spec = value.get("spec") if isinstance(value, dict) else None
    preset = spec.get("preset") if isinstance(spec, dict) else None
    if isinstance(preset, str):
        try:
            value = {**value, "spec": merged(presets.rules(preset), spec)}
        except Unusable as error:
            yield _at(one, ("spec", "preset"), error)
            return
    for policy in expanded(value, listed):
        if isinstance(policy, str):
            yield _explain(one, policy)
        elif isinstance(policy, ValueError):
            yield Finding(file=one.file, line=one.line, problem=str(policy))
        elif advice := advice_on(policy.policy.spec):
            where: Path = ("spec", "combine", "expression")
            line = line_of(one.document.root, where)
            yield Finding(file=one.file, line=line, path=show_path(where), problem=advice.problem, mend=advice.mend)
        else:
            yield Checked(file=one.file, line=one.line, policy=policy.policy, rank=policy.rank)


def _at(one: _Read, path: Path, error: Unusable) -> Finding:
    line = line_of(one.document.root, path)
    return Finding(file=one.file, line=line, path=show_path(path), problem=error.problem, mend=error.mend)


def _refused(one: _Read, value: Any, document_type: Any) -> Finding | None:
    try:
        msgspec.convert(value, document_type)
    except msgspec.ValidationError as error:
        return _explain(one, str(error))
    return None


def _strays(file: str, root: Node, path: Path, shape: Shape) -> Iterator[Finding]:
    """Yield what stands where nothing of that name belongs, and tags that are missing."""
    node = node_at(root, path)
    shape = shapes.variant(shape, node)
    if isinstance(node, SequenceNode) and hasattr(shape, "item_type"):
        for index in range(len(node.value)):
            yield from _strays(file, root, (*path, index), shape.item_type)
    if isinstance(node, MappingNode) and isinstance(shape, inspect.StructType):
        yield from _stray_fields(file, root, path, shape)
    elif not path:
        problem = "this is no policy: there are no fields in it"
        yield Finding(file=file, line=line_of(root, path), problem=problem, mend="begin with apiVersion: rollguard.dev/v1")


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


def _explain(one: _Read, message: str, *, under: Path = ()) -> Finding:
    """Put a decoder's complaint into words; ``under`` is where in the document it looked."""
    root = one.document.root
    complaint, _, where = message.partition(" - at ")
    path = (*under, *parse_path(where))
    node = node_at(root, path)
    written = str(node.value) if isinstance(node, ScalarNode) else ""
    advice = mends.advise(complaint, path=path, written=written, shape=shapes.shape_at(root, path))
    return Finding(file=one.file, line=line_of(root, path), path=show_path(path), problem=advice.problem, mend=advice.mend)


def _yaml_mend(problem: str) -> str:
    if "\\t" in problem:
        return "indent with spaces, never with tabs"
    if "mapping values are not allowed" in problem:
        return "put text with a colon in quotes, and look at the indentation of the line before"
    if "second time" in problem:
        return "keep one of the two"
    return "look at the indentation and the quotes of this line and the one before"


def _nearest(policies: list[Checked]) -> list[Checked]:
    """Return, of each workload's policies, those that mean it most nearly."""
    ranks: dict[str, int] = {}
    for checked in policies:
        ranks[checked.policy.workload] = min(checked.rank, ranks.get(checked.policy.workload, checked.rank))
    return [checked for checked in policies if checked.rank == ranks[checked.policy.workload]]


def _second_policies(policies: list[Checked]) -> Iterator[Finding]:
    first: dict[str, Checked] = {}
    for checked in policies:
        earlier = first.setdefault(checked.policy.workload, checked)
        if earlier is not checked:
            problem = f"{checked.policy.workload} has a policy already, at {earlier.file}:{earlier.line}"
            yield Finding(file=checked.file, line=checked.line, path="spec.workload", problem=problem, mend="keep one of the two")
