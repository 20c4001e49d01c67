"""
Says whether a change to the Structs breaks what was said before.

    python schemas/compatibility.py [FOLDER]

The golden examples are messages that somebody has written or will still find in a log. Each must decode, and what it said must
come out again unchanged: a removed or renamed field would vanish silently, a retyped or newly required one would not decode. New
fields need a new example beside the old one, never instead of it.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from rollguard_schemas.codec import Malformed, decode_value
from rollguard_schemas.topics import BY_NAME

EXAMPLES = Path(__file__).parent / "examples"


def breaks(folder: Path) -> Iterator[str]:
    """Yield a sentence for each golden example that no longer means what it did."""
    for path in sorted(folder.glob("*/*.json")):
        place = path.relative_to(folder)
        try:
            event = decode_value(BY_NAME[path.parent.name], path.read_bytes())
        except KeyError:
            yield f"{place}: topic {path.parent.name} is gone; its readers still have messages of it"
        except Malformed as error:
            yield f"{place}: does not decode any more: {error.detail}"
        else:
            said, says = json.loads(path.read_text()), msgspec.to_builtins(event)
            yield from (f"{place}: {lost}" for lost in _lost(said, says, "$"))


def _lost(said: Any, says: Any, path: str) -> Iterator[str]:
    """Compare what an example said with what is made of it now; added fields are no loss."""
    if isinstance(said, dict) and isinstance(says, dict):
        for name, content in said.items():
            if name in says:
                yield from _lost(content, says[name], f"{path}.{name}")
            else:
                yield f"{path}.{name} is dropped"
    elif isinstance(said, list) and isinstance(says, list | tuple) and len(said) == len(says):
        for index, (before, after) in enumerate(zip(said, says, strict=True)):
            yield from _lost(before, after, f"{path}[{index}]")
    elif said != says:
        yield f"{path} was {said!r} and is read as {says!r}"


def main() -> int:
    """Print what breaks; 1 if anything does."""
    found = list(breaks(Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES))
    for sentence in found:
        print(sentence)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
