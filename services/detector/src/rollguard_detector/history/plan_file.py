"""
Reads the file that lists where history lies, YAML or JSON, and tells a mistake by file, line, path and mend.

A data file (.csv, .parquet) is taken for a list of itself, so that the simplest case needs no list.
"""

import re
from pathlib import Path

import msgspec

from rollguard_detector.history.plan import File, Plan, Prometheus, Query
from rollguard_runtime.errors import SettingsRefused
from rollguard_runtime.nearest import choose
from rollguard_runtime.yaml_nodes import Document, NotYaml, documents, line_of, line_of_key, parse_path, show_path
from rollguard_runtime.yaml_nodes import Path as Steps

DATA_SUFFIXES = (".csv", ".parquet")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`$")
_MISSING = re.compile(r"Object missing required field `(.+)`$")
_BY_TYPE = {
    "float": "write a number such as 30",
    "object": "write its fields below it, indented",
    "array": "write a list: each entry on a line of its own, after a dash",
    "str": "write a text, in quotes",
}
_BY_FIELD = {
    "url": "write the server's address, such as http://prometheus:9090",
    "driver": "write prometheus or file",
    "kind": "write gauge or counter",
}


def read_plan(path: str) -> Plan:
    """
    Read a list of sources; the paths in it are relative to its own folder.

    Raises:

        SettingsRefused: with the place of the first mistake and its mend.
    """
    if path.endswith(DATA_SUFFIXES):
        return Plan(sources=(File(path=path),))
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsRefused(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    plan = _decoded(path, _only_document(path, text))
    return Plan(sources=tuple(_placed(source, Path(path).parent) for source in plan.sources))


def _only_document(path: str, text: str) -> Document:
    try:
        found = list(documents(text))
    except NotYaml as error:
        raise SettingsRefused(f"{path}:{error.line}: not YAML: {error}; look at the indentation and the quotes there") from error
    if len(found) != 1:
        raise SettingsRefused(f"{path}:1: there are {len(found)} documents in it; write one, which begins with sources:")
    return found[0]


def _decoded(path: str, document: Document) -> Plan:
    try:
        return msgspec.convert(document.value, Plan)
    except msgspec.ValidationError as error:
        complaint, _, where = str(error).partition(" - at ")
        raise SettingsRefused(_told(path, document, complaint, where)) from error


def _told(path: str, document: Document, complaint: str, where: str) -> str:
    """Put the decoder's first complaint into words, with the line that it is about."""
    steps = parse_path(where)
    line = line_of(document.root, steps)
    if unknown := _UNKNOWN.match(complaint):
        stray, mend = (*steps, unknown[1]), choose(unknown[1], _fields_at(document, steps))
        return f"{path}:{line_of_key(document.root, stray)}: {show_path(stray)}: no such field; {mend}"
    shown = f"{show_path(steps)}: " if steps else ""
    if missing := _MISSING.match(complaint):
        mend = _BY_FIELD.get(missing[1], "")
        return f"{path}:{line}: {shown}{missing[1]} is missing; add {missing[1]}:" + (f" and {mend}" if mend else "")
    mend = _BY_FIELD.get(str(steps[-1]) if steps else "", "") or _mend_of_type(complaint)
    return f"{path}:{line}: {shown}{complaint[:1].lower()}{complaint[1:].replace('`', '')}" + (f"; {mend}" if mend else "")


def _mend_of_type(complaint: str) -> str:
    wrong = re.match(r"Expected `(\w+)", complaint)
    return _BY_TYPE.get(wrong[1], "") if wrong else ""


def _fields_at(document: Document, steps: Steps) -> list[str]:
    """Return the fields that may stand at a place."""
    if "queries" in steps:
        shape: type[msgspec.Struct] = Query
    elif steps:
        source = document.value["sources"][steps[1]]
        shape = File if source.get("driver") == "file" else Prometheus
    else:
        shape = Plan
    return [field.encode_name for field in msgspec.structs.fields(shape)]


def _placed(source: Prometheus | File, folder: Path) -> Prometheus | File:
    return msgspec.structs.replace(source, path=str(folder / source.path)) if isinstance(source, File) else source
