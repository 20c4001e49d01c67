"""
The presets that policies may name: those that come with rollguard, and those of the files that are checked.
"""

from typing import Any

from rollguard_console.policy_files import presets
from rollguard_console.policy_files.merging import merged
from rollguard_runtime.nearest import choose


class Unusable(ValueError):
    """A preset that is not there, or that extends itself."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.problem, self.mend = problem, mend


class Presets:
    """Presets by name, as parsed YAML."""

    def __init__(self) -> None:
        self._documents: dict[str, Any] = {document.value["metadata"]["name"]: document.value for document in presets.shipped()}

    @property
    def names(self) -> list[str]:
        """Every name."""
        return sorted(self._documents)

    def add(self, document: Any) -> None:
        """Take in a preset of one's own; it goes before one of the same name."""
        self._documents[document["metadata"]["name"]] = document

    def rules(self, name: str, *, through: tuple[str, ...] = ()) -> Any:
        """
        Return the rules of a preset, with those that it extends beneath.

        Raises:

            Unusable: for a name that nobody has, or a preset that extends itself.
        """
        if name in through:
            raise Unusable(f"preset {' extends '.join((*through, name))} and so on", "let one of them extend nothing")
        if name not in self._documents:
            raise Unusable(f"there is no preset {name}", choose(name, self.names))
        document = self._documents[name]
        own = document.get("spec") or {}
        base = document.get("extends")
        return merged(self.rules(base, through=(*through, name)), own) if base else own
