"""
The presets that come with rollguard, a YAML file each; a preset of one's own goes before one of the same name.
"""

from functools import cache
from importlib.resources import files

from rollguard_runtime.yaml_nodes import Document, documents


@cache
def shipped() -> tuple[Document, ...]:
    """Return every preset, in the order of the files' names."""
    sources = sorted((file for file in files(__name__).iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return tuple(document for file in sources for document in documents(file.read_text(encoding="utf-8")))
