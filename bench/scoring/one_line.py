"""
The one JSON line that a measurement prints: figures rounded to four decimals, so that runs can be compared by eye and by program.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from math import isfinite

_DECIMALS = 4


def print_line(result: Mapping[str, object]) -> None:
    """Print a result; what is not finite becomes null, as JSON has no word for it."""
    print(json.dumps(_plain(result)))


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return round(value, _DECIMALS) if isfinite(value) else None
    return value
