"""
The compiled modules of one package: all of them are there or none.

Half a detector that is fast is one that nobody measured; and a module that is asked for by name may be missing, so that whoever has
no compiler takes the same steps without it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType


class Compiled:
    """What lies in a package's folder as .pyx, by name."""

    def __init__(self, package: str, folder: Path) -> None:
        self.names = tuple(sorted(source.stem for source in folder.glob("*.pyx")))
        self._found = _imported(package, self.names)

    def of(self, name: str) -> ModuleType | None:
        """Return a compiled module; None where its steps are taken without it."""
        return self._found.get(name)

    def are_there(self) -> bool:
        """Return whether they were compiled when the detector was installed; where their sources are missing too, they were not."""
        return bool(self.names) and set(self._found) == set(self.names)

    @contextmanager
    def left_alone(self) -> Iterator[None]:
        """Let everyone do without them meanwhile, so that a test can compare."""
        taken = dict(self._found)
        self._found.clear()
        try:
            yield
        finally:
            self._found.update(taken)


def _imported(package: str, names: tuple[str, ...]) -> dict[str, ModuleType]:
    try:
        return {name: import_module(f"{package}.{name}") for name in names}
    except ImportError:
        return {}
