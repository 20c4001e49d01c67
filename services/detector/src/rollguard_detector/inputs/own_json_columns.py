"""
Own JSON in bulk: a poll of values to columns, for a hot path that keeps its series as rows of arrays.

Nearly all points are gauges of series that were seen before, and two messages of a series differ in two numbers only: the time and
the value. What is left of a message without them is its form. A form is learned from a message that the codec has read; a message
of a known form needs no more than its two numbers, which JSON's own rules are applied to. Whatever has no known form is left to the
codec, so that both ways say the same.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Rows
from rollguard_detector.core.ports import NO_NUMBER, Columns
from rollguard_detector.inputs.form_numbers import FormNumbers
from rollguard_detector.inputs.message_words import MOST_BYTES, Cut, Messages

_LAST_SECOND = 253_402_300_799.0
_TIME, _VALUE = b'"time_unix_seconds":', b'"value":'
_MOST_LAYOUTS = 4  # of messages with one number of commas


class _Layout(NamedTuple):
    """Where the two numbers of a message stand, in their order."""

    first: Cut
    second: Cut
    is_time_first: bool


class OwnJsonColumns:
    """Reads polls. ``epoch`` grows when numbers begin anew, which they do at the poll after there are ``max_series``."""

    def __init__(self, max_series: int = 200_000) -> None:
        self.epoch = 0
        self._max_series = max_series
        self._numbers = FormNumbers()
        self._layouts: dict[int, list[_Layout]] = defaultdict(list)  # by how many commas a message has
        self._floats = msgspec.json.Decoder(list[float])

    def decode_many(self, values: Sequence[bytes]) -> Columns:
        """Read the values of a poll, none of which is a structured CloudEvent; raises nothing."""
        if len(self._numbers) >= self._max_series:
            self._numbers, self.epoch = FormNumbers(), self.epoch + 1
        columns = Columns(np.full(len(values), NO_NUMBER, np.intp), np.zeros(len(values)), np.zeros(len(values)))
        if not len(self._numbers):
            return columns
        messages = Messages(values)
        for commas, places in messages.by_commas():
            for layout in self._layouts.get(commas, ()):
                left = places[columns.numbers[places] == NO_NUMBER]
                if len(left):
                    self._decode(messages, left, layout, columns)
        return columns

    def learn(self, values: Sequence[bytes]) -> list[int | None]:
        """Return the number of the form of each value, a new one where it has none; each was read by the codec and is a gauge."""
        has_room = len(self._numbers) + len(values) <= self._max_series
        numbers: list[int | None] = [None] * len(values)
        alike: dict[tuple[int, _Layout], list[int]] = defaultdict(list)
        for place, value in enumerate(values):
            layout = _layout(value) if has_room else None
            if layout is not None:
                alike[value.count(b","), layout].append(place)
        messages = Messages(values)
        for (commas, layout), places in alike.items():
            known = self._layouts[commas]
            if layout not in known and len(known) < _MOST_LAYOUTS:
                known.append(layout)
            if layout in known:
                low, high = messages.form(np.array(places, dtype=np.intp), layout.first, layout.second)
                for place, one, other in zip(places, low.tolist(), high.tolist(), strict=True):
                    numbers[place] = self._numbers.add(one, other)
        return numbers

    def _decode(self, messages: Messages, places: Rows, layout: _Layout, columns: Columns) -> None:
        numbers = self._numbers.find(*messages.form(places, layout.first, layout.second))
        known = numbers != NO_NUMBER
        places, numbers = places[known], numbers[known]
        if not len(places):
            return
        first = self._read(messages.tokens(places, layout.first))
        second = self._read(messages.tokens(places, layout.second))
        if first is None or second is None:
            return  # a number among them is none: the codec finds it
        at_seconds, told = (first, second) if layout.is_time_first else (second, first)
        fits = (at_seconds >= 0.0) & (at_seconds <= _LAST_SECOND)
        columns.numbers[places[fits]] = numbers[fits]
        columns.at_seconds[places], columns.values[places] = at_seconds, told

    def _read(self, tokens: bytes) -> NDArray[np.float64] | None:
        try:
            return np.array(self._floats.decode(tokens), dtype=np.float64)
        except msgspec.DecodeError:
            return None


def _layout(value: bytes) -> _Layout | None:
    """Return where the numbers of a message stand; None where that cannot be told from its bytes alone."""
    is_once = value.count(_TIME) == value.count(b'"time_unix_seconds"') == value.count(_VALUE) == value.count(b'"value"') == 1
    if not is_once or b"\\" in value or len(value) > MOST_BYTES or value[-1:] != b"}":
        return None
    cuts = {name: _cut(value, value.find(name) + len(name)) for name in (_TIME, _VALUE)}
    time, told = cuts[_TIME], cuts[_VALUE]
    if time is None or told is None:
        return None
    return _Layout(time, told, True) if value.find(_TIME) < value.find(_VALUE) else _Layout(told, time, False)  # a field


def _cut(value: bytes, begin: int) -> Cut | None:
    comma = value.rfind(b",", 0, begin)
    end = value.find(b",", begin)
    if comma < 0 or (end < 0 and value.find(b"}", begin) != len(value) - 1):
        return None
    return Cut(value.count(b",", 0, begin), begin - comma)
