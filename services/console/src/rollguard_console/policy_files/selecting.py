"""
For which workloads a policy is: the one that it names, those that its selector chooses, and who goes first where several would.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from rollguard_schemas.policy_documents import ListedWorkload, Selector

BY_NAME, CHOSEN, DEFAULT = 0, 1, 2


class Chosen(msgspec.Struct, frozen=True):
    """A workload, and how nearly it was meant: by its name, by pattern or label, or as the rest."""

    workload: ListedWorkload
    rank: int


def chosen(selector: Selector, listed: Mapping[str, ListedWorkload]) -> list[Chosen]:
    """Return what a selector chooses; a name without a pattern needs no list."""
    if selector.default:
        return [Chosen(one, DEFAULT) for one in listed.values()]
    if selector.match_labels:
        wanted = selector.match_labels.items()
        return [Chosen(one, CHOSEN) for one in listed.values() if wanted <= one.labels.items()]
    found: dict[str, Chosen] = {}
    for pattern in selector.workloads:
        for one in _named(pattern, listed):
            found[one.name] = Chosen(one, min(BY_NAME if pattern == one.name else CHOSEN, _rank(found.get(one.name))))
    return list(found.values())


def filled(value: Any, workload: ListedWorkload) -> Any:
    """Return parsed YAML with the workload's own texts in the places; raises ``KeyError`` for a place that nothing fills."""
    if isinstance(value, dict):
        return {key: filled(each, workload) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, workload) for each in value]
    if not isinstance(value, str) or "{" not in value:
        return value
    namespace, _, name = workload.name.partition("/")
    places = {"namespace": namespace, "name": name, **{f"labels.{label}": text for label, text in workload.labels.items()}}
    return _filled(value, places)


def _filled(text: str, places: Mapping[str, str]) -> str:
    begin, separator, rest = text.partition("{")
    place, closed, rest = rest.partition("}")
    if not separator or not closed:
        return text
    return begin + places[place] + _filled(rest, places)


def _named(pattern: str, listed: Mapping[str, ListedWorkload]) -> Iterable[ListedWorkload]:
    if "*" not in pattern:
        return [listed.get(pattern, ListedWorkload(name=pattern))]
    return [one for one in listed.values() if fnmatchcase(one.name, pattern)]


def _rank(known: Chosen | None) -> int:
    return DEFAULT if known is None else known.rank
