"""
The inner loops of the models, compiled: each does a bank's step row by row, where numpy takes a hundred steps of all rows.

The rule: a loop gives the very bits that its bank's steps in numpy give, and whoever has no compiler has those. So a loop is asked
for by name and may be missing; all of them are there or none, since half a detector that is fast is one that nobody measured.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

NAMES = tuple(sorted(source.stem for source in Path(__file__).parent.glob("*.pyx")))


def _compiled() -> dict[str, ModuleType]:
    try:
        return {name: import_module(f"{__name__}.{name}") for name in NAMES}
    except ImportError:
        return {}


_loops = _compiled()


def of(name: str) -> ModuleType | None:
    """Return the compiled loop of a bank; None where its steps are taken in numpy."""
    return _loops.get(name)


def are_compiled() -> bool:
    """Return whether the loops were compiled when the detector was installed."""
    return set(_loops) == set(NAMES)


@contextmanager
def left_alone() -> Iterator[None]:
    """Let all banks take their steps in numpy meanwhile, so that a test can compare."""
    taken = dict(_loops)
    _loops.clear()
    try:
        yield
    finally:
        _loops.update(taken)
