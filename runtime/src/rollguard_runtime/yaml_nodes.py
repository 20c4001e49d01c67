"""
YAML with its line numbers, and without the surprises of YAML 1.1.

PyYAML reads ``on`` and ``yes`` as true, ``1:30`` as 90 and ``010`` as 8, and lets the second of two equal keys win in
silence. Here only ``true`` and ``false`` are booleans, numbers are decimal, and all else is text; a repeated key is refused.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Path = tuple[str | int, ...]
_MAX_DEPTH = 100  # what people write is six deep; without a limit a hostile file exhausts the parser's stack


class NotYaml(ValueError):
    """The text is no YAML, or YAML that could mean two things; lines and columns count from 1."""

    def __init__(self, problem: str, *, line: int, column: int | None = None) -> None:
        super().__init__(problem)
        self.line, self.column = line, column


class Document(NamedTuple):
    """One YAML document: its plain value, and the nodes that know where everything stands."""

    value: Any
    root: Node


class _StrictLoader(yaml.SafeLoader):
    """Resolves plain scalars as YAML 1.2's core schema does, save for NaN and infinity, which nothing here may hold."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # the library's own form


class _CarefulDumper(yaml.SafeDumper):
    """Puts a text in quotes where YAML 1.1, by which others read, or 1.2, by which we do, would take it for something else."""

    yaml_implicit_resolvers = {first: list(known) for first, known in yaml.SafeDumper.yaml_implicit_resolvers.items()}  # noqa: RUF012  # as above


_RESOLVERS = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+0123456789."),
    ("merge", r"<<", "<"),
)
for _tag, _pattern, _first in _RESOLVERS:
    firsts = [*_first, ""] if _tag == "null" else list(_first)
    for _side in (_StrictLoader, _CarefulDumper):
        _side.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), firsts)


def written(value: Any) -> str:
    """Return a plain value as YAML that reads back as itself, with keys in their order."""
    text: str = yaml.dump(value, Dumper=_CarefulDumper, sort_keys=False)
    return text


def documents(text: str) -> Iterator[Document]:
    """
    Read the documents of a text, one by one; empty ones are passed over.

    Raises:

        NotYaml: where reading must stop.
    """
    try:
        loader = _StrictLoader(text)
        while loader.check_node():
            root: Any = loader.get_node()  # a node, since there is one: the check above said so
            _refuse_repeated_keys(root, seen=set(), depth=0)
            value = loader.construct_document(root)
            if value is not None:
                yield Document(value, root)
    except NotYaml:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = {"line": mark.line + 1, "column": mark.column + 1} if mark else {"line": 1}
        raise NotYaml(error.problem or str(error), **at) from error
    except yaml.reader.ReaderError as error:
        raise NotYaml(f"{error.reason}: {error.character!r}", line=text.count("\n", 0, error.position) + 1) from error
    except RecursionError as error:
        raise NotYaml("nested too deep", line=1) from error
    except ValueError as error:  # an explicit tag on a scalar that does not fit it, such as !!int x
        raise NotYaml(str(error), line=1) from error


def line_of(root: Node, path: Path) -> int:
    """Return the line, from 1, of what stands at a path, or of the nearest thing above it that exists."""
    return int(node_at(root, path).start_mark.line) + 1


def line_of_key(root: Node, path: Path) -> int:
    """Return the line of the key that ends a path."""
    parent = node_at(root, path[:-1])
    for key, _ in entries(parent):
        if key.value == path[-1]:
            return int(key.start_mark.line) + 1
    return line_of(root, path)


def node_at(root: Node, path: Path) -> Node:
    """Walk down as far as the path leads."""
    node = root
    for step in path:
        child = _child(node, step)
        if child is None:
            break
        node = child
    return node


def entries(node: Node) -> list[tuple[Any, Any]]:
    """Return the key and value nodes of a mapping; nothing for any other node."""
    return list(node.value) if isinstance(node, MappingNode) else []


def parse_path(path: str) -> Path:
    """Read the decoder's path, ``$.spec.objectives[0].above``."""
    return tuple(int(index) if index else name for name, index in re.findall(r"\.([^.\[\]`]+)|\[(\d+)\]", path))


def show_path(path: Path) -> str:
    """Write a path as a person would: ``spec.objectives[0].above``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: Node = node.value[step]
        return child
    return next((value for key, value in entries(node) if key.value == step), None)


def _refuse_repeated_keys(node: Node, *, seen: set[int], depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise NotYaml("nested too deep", line=int(node.start_mark.line) + 1)
    if id(node) in seen or isinstance(node, ScalarNode):
        return
    seen.add(id(node))
    keys: set[str] = set()
    for key, _ in entries(node):
        if isinstance(key, ScalarNode) and key.value in keys:
            mark = key.start_mark
            raise NotYaml(f"{key.value} stands here a second time", line=mark.line + 1, column=mark.column + 1)
        keys.add(str(key.value))
    for child in [child for pair in entries(node) for child in pair] or list(node.value):
        _refuse_repeated_keys(child, seen=seen, depth=depth + 1)
