"""
Own JSON in bulk: a poll of values to columns, for a hot path that keeps its series as rows of arrays.

Nearly all points are gauges of series that were seen before, and two messages of a series differ in two numbers only: the time and
the value. What is left of a message without them is its form. A form is learned from a message that the codec has read; a message
of a known form needs no more than its two numbers, which JSON's own rules are applied to. Whatever has no known form is left to the
codec, so that both ways say the same.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from rollguard_detector.core.banks.bank import Floats, Rows
from rollguard_detector.core.ports import NO_NUMBER, Columns
from rollguard_detector.inputs import loops
from rollguard_detector.inputs.forms_by_words import TIME, VALUE, FormsByWords
from rollguard_detector.inputs.message_words import MOST_BYTES


class Forms(Protocol):
    """Forms by their numbers, compiled or in numpy."""

    def __len__(self) -> int: ...

    def decode(self, values: list[bytes], numbers: Rows, at_seconds: Floats, told: Floats) -> None:
        """Fill in the number of each value's form, and what its two numbers say, where both are sure."""

    def learn(self, values: list[bytes]) -> list[int | None]:
        """Return the number of each value's form, a new one where it has none; None where its numbers are not found."""


class OwnJsonColumns:
    """Reads polls. ``epoch`` grows when numbers begin anew, which they do at the poll after there are ``max_series``."""

    def __init__(self, max_series: int = 200_000) -> None:
        self.epoch = 0
        self._max_series = max_series
        self._forms = _no_forms()

    def decode_many(self, values: Sequence[bytes]) -> Columns:
        """Read the values of a poll, none of which is a structured CloudEvent; raises nothing."""
        if len(self._forms) >= self._max_series:
            self._forms, self.epoch = _no_forms(), self.epoch + 1
        columns = Columns(np.full(len(values), NO_NUMBER, np.intp), np.zeros(len(values)), np.zeros(len(values)))
        if len(self._forms):
            self._forms.decode(list(values), *columns)
        return columns

    def learn(self, values: Sequence[bytes]) -> list[int | None]:
        """Return the number of the form of each value, a new one where it has none; each was read by the codec and is a gauge."""
        has_room = len(self._forms) + len(values) <= self._max_series
        sure = [place for place, value in enumerate(values) if has_room and _tells_its_numbers(value)]
        numbers: list[int | None] = [None] * len(values)
        for place, number in zip(sure, self._forms.learn([values[place] for place in sure]), strict=True):
            numbers[place] = number
        return numbers


def _no_forms() -> Forms:
    compiled = loops.of("forms")
    forms: Forms = compiled.Forms() if compiled else FormsByWords()
    return forms


def _tells_its_numbers(value: bytes) -> bool:
    """Whether the names of the two numbers stand nowhere else in a message, nor may be written otherwise."""
    is_once = value.count(TIME) == value.count(b'"time_unix_seconds"') == value.count(VALUE) == value.count(b'"value"') == 1
    return is_once and b"\\" not in value and len(value) <= MOST_BYTES and value[-1:] == b"}"
