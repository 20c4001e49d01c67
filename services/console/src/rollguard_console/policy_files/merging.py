"""
Rules laid over rules: what a document says goes before what its preset says.

Mappings are merged field by field. Lists whose entries have a name are merged by it, the preset's order first; all other lists are
replaced whole, since nobody can take an entry out of a list that only grows.
"""

from typing import Any

_NAME_OF = {("objectives",): "name", ("anomalies", "metrics"): "metric", ("regression", "metrics"): "metric"}
_BOUNDS = ("above", "below")


def merged(base: Any, own: Any, path: tuple[str, ...] = ()) -> Any:
    """Return ``own`` laid over ``base``; values are those of parsed YAML."""
    if isinstance(base, dict) and isinstance(own, dict):
        kept = {key: value for key, value in base.items() if key not in own and not _is_replaced_bound(key, own)}
        return kept | {key: merged(base[key], value, (*path, str(key))) if key in base else value for key, value in own.items()}
    if path in _NAME_OF and isinstance(base, list) and isinstance(own, list):
        return _by_name(base, own, _NAME_OF[path])
    return own


def _by_name(base: list[Any], own: list[Any], field: str) -> list[Any]:
    written = {entry.get(field): entry for entry in own if isinstance(entry, dict)}
    known = {entry[field] for entry in base}
    changed = [merged(entry, written[entry[field]]) if entry[field] in written else entry for entry in base]
    return changed + [entry for entry in own if not isinstance(entry, dict) or entry.get(field) not in known]


def _is_replaced_bound(key: str, own: dict[str, Any]) -> bool:
    """Whether the other bound was written: an objective has one, and the written one is meant."""
    return key in _BOUNDS and any(bound in own for bound in _BOUNDS)
