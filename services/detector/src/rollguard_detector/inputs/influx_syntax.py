"""
The syntax of influx line protocol: measurement, tags, fields, and maybe a time, with its escapes and quoted strings.

Read by our own few expressions, since the one parser package that is kept up ends the whole process on a string that is not UTF-8
(line-protocol-parser 2.0.1, found by fuzzing). No expression here gives back what it has taken, and the first that does not match
ends the record, so that every character is looked at once, however quotes and backslashes lie.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rollguard_schemas.codec import Malformed

Field = bool | int | float | str

_NOTHING = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*+")
_MEASUREMENT = re.compile(r"((?:\\[^\n]|[^, \\\n])++)")
_TAG = re.compile(r",((?:\\[^\n]|[^,= \\\n])++)=((?:\\[^\n]|[^,= \\\n])++)")
_FIELD = re.compile(
    r"[ ,]((?:\\[^\n]|[^,= \\\n])++)="
    r'(?:"(?P<text>(?:\\.|[^"\\])*+)"'
    r"|(?P<whole>-?[0-9]{1,20})[iu]"
    r"|(?P<number>[-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]{1,4})?)"
    r"|(?P<truth>true|True|TRUE|t|T|false|False|FALSE|f|F))(?=[, \r\n]|\Z)",
    re.DOTALL,
)
_END = re.compile(r" *+(-?[0-9]{1,19})?[ \r]*+(?:\n|\Z)")
_BLANKS = re.compile(r" *+")
_ESCAPED = re.compile(r"\\([,= ])")
_ESCAPED_IN_TEXT = re.compile(r'\\(["\\])')


class Line(NamedTuple):
    """One line; ``time`` as it stands there, None where it does not."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, Field]
    time: int | None


def lines_of(text: str) -> Iterator[Line]:
    """
    Yield the lines of a text, without comments and empty ones.

    Raises:

        Malformed: with the first place that is no line protocol.
    """
    place = _past(_NOTHING, text, 0)
    while place < len(text):
        line, place = _line(text, place)
        yield line
        place = _past(_NOTHING, text, place)


def _line(text: str, place: int) -> tuple[Line, int]:
    measurement = _expect(_MEASUREMENT, text, place)
    place = measurement.end()
    tags: dict[str, str] = {}
    while tag := _TAG.match(text, place):
        tags[_unescaped(tag[1])], place = _unescaped(tag[2]), tag.end()
    place = max(place, _past(_BLANKS, text, place) - 1)  # the last blank begins the fields
    if text[place : place + 1] != " ":
        raise _malformed(text, place)
    fields: dict[str, Field] = {}
    while not fields or text[place : place + 1] == ",":
        field = _expect(_FIELD, text, place)
        fields[_unescaped(field[1])], place = _value(field), field.end()
    end = _expect(_END, text, place)
    return Line(_unescaped(measurement[1]), tags, fields, int(end[1]) if end[1] else None), end.end()


def _value(field: re.Match[str]) -> Field:
    kind, written = field.lastgroup, field[field.lastgroup or 0]
    if kind == "text":
        return _ESCAPED_IN_TEXT.sub(r"\1", written)
    if kind == "truth":
        return written[0] in "tT"
    return int(written) if kind == "whole" else float(written)


def _unescaped(written: str) -> str:
    return _ESCAPED.sub(r"\1", written) if "\\" in written else written


def _past(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    return match.end() if match else place


def _expect(pattern: re.Pattern[str], text: str, place: int) -> re.Match[str]:
    match = pattern.match(text, place)
    if match is None:
        raise _malformed(text, place)
    return match


def _malformed(text: str, place: int) -> Malformed:
    return Malformed("wrong-shape", f"no line protocol from character {place} on: {text[place : place + 40]!r}")
