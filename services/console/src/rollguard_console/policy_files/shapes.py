"""
The shape that a policy must have, read from the message types themselves.

A list of fields kept by hand for the error texts would be out of date after the first new field.
"""

from functools import cache
from typing import Any

from msgspec import inspect
from yaml.nodes import Node

from rollguard_runtime.yaml_nodes import Path, entries, node_at
from rollguard_schemas.policy_documents import PolicyDocument

Shape = Any  # one of msgspec.inspect's type descriptions; their union is not public


@cache
def root_shape() -> Shape:
    """Return the shape of a whole document: a policy, a preset or a list of workloads."""
    return inspect.type_info(PolicyDocument)


def shape_at(root: Node, path: Path) -> Shape | None:
    """Return the shape of what stands at a path of a document, or None where nothing of that name belongs."""
    shape: Shape | None = root_shape()
    for depth, step in enumerate(path):
        shape = step_into(shape, node_at(root, path[:depth]), step)
    return None if shape is None else variant(shape, node_at(root, path))


def variant(shape: Shape, node: Node) -> Shape:
    """Look through annotations and unions: the struct whose tag the node carries, else the one whose fields it has most of."""
    kinds = _kinds(shape)
    fields = {getattr(kind, "tag_field", None) for kind in kinds}
    tag = next((value.value for key, value in entries(node) if key.value in fields), None)
    names = {key.value for key, _ in entries(node)}
    likeliest = max(kinds, key=lambda kind: len(names.intersection(field_names(kind))))
    return next((kind for kind in kinds if getattr(kind, "tag", None) == tag), likeliest)


def step_into(shape: Shape | None, node: Node, step: str | int) -> Shape | None:
    """Return the shape of a field or of a list's entries."""
    if shape is None:
        return None
    chosen = variant(shape, node)
    if isinstance(step, int):
        return getattr(chosen, "item_type", None)
    if not isinstance(chosen, inspect.StructType):
        return None
    if step == chosen.tag_field:
        return inspect.LiteralType(values=tuple(str(kind.tag) for kind in _kinds(shape)))
    return next((field.type for field in chosen.fields if field.encode_name == step), None)


def field_names(shape: Shape) -> list[str]:
    """Return the names that may stand in a mapping of this shape, its tag first."""
    if not isinstance(shape, inspect.StructType):
        return []
    return [*([shape.tag_field] if shape.tag_field else []), *(field.encode_name for field in shape.fields)]


def choices(shape: Shape) -> list[str]:
    """Return the words among which the shape lets one choose."""
    return [str(value) for value in shape.values] if isinstance(shape, inspect.LiteralType) else []


def _kinds(shape: Shape) -> list[Shape]:
    if isinstance(shape, inspect.Metadata):
        return _kinds(shape.type)
    if isinstance(shape, inspect.UnionType):
        return [kind for each in shape.types if not isinstance(each, inspect.NoneType) for kind in _kinds(each)]
    return [shape]
