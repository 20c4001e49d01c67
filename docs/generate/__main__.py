"""
Writes every generated file, or with ``--check`` says which are stale.

    python docs/generate [--check]

What is generated is never edited by hand: the Structs, the topics table, the settings, the metrics and the state tables are the
source, and a page that is written beside them goes stale in a week.
"""

import sys
from pathlib import Path

import configuration
import events
import exported_metrics
import json_schemas
import models
import policy
import states

ROOT = Path(__file__).parents[2]
SECTIONS = (json_schemas, events, configuration, exported_metrics, states, models, policy)


def documents() -> dict[Path, str]:
    """Return every generated file with its text, by its path from the root."""
    return {path: text for section in SECTIONS for path, text in section.documents().items()}


def stale(root: Path) -> list[Path]:
    """Return the files whose text on disk differs, and those in the generated folder that nothing generates any more."""
    wanted = documents()
    differing = [path for path, text in wanted.items() if not (root / path).exists() or (root / path).read_text() != text]
    left_over = [path.relative_to(root) for path in (root / json_schemas.FOLDER).glob("*") if path.relative_to(root) not in wanted]
    return differing + left_over


def main() -> int:
    """Write, or check."""
    found = stale(ROOT)
    if "--check" in sys.argv[1:]:
        for path in found:
            print(f"{path} is stale: run `make generate`")
        return 1 if found else 0
    for path, text in documents().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text)
    for path in found:
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
