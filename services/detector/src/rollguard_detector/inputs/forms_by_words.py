"""
Forms of messages in steps of numpy: what ``loops/forms.pyx`` does message by message where there is a compiler.

A form is what is left of a message without its two numbers, which stand where its layout says: so many commas in, and so many bytes
after. Forms are told apart by two hashes of 64 bits.
"""

from collections import defaultdict
from typing import NamedTuple

import msgspec
import numpy as np

from rollguard_detector.core.banks.bank import Floats, Rows
from rollguard_detector.core.ports import NO_NUMBER, Columns
from rollguard_detector.inputs.form_numbers import FormNumbers
from rollguard_detector.inputs.message_words import Cut, Messages
from rollguard_schemas.fields import LATEST_UNIX_SECONDS

TIME, VALUE = b'"time_unix_seconds":', b'"value":'
_MOST_LAYOUTS = 4  # of messages with one number of commas


class Layout(NamedTuple):
    """Where the two numbers of a message stand, in their order."""

    first: Cut
    second: Cut
    is_time_first: bool


class FormsByWords:
    """The forms that were learned, and the few layouts that they have."""

    def __init__(self) -> None:
        self._numbers = FormNumbers()
        self._layouts: dict[int, list[Layout]] = defaultdict(list)  # by how many commas a message has
        self._floats = msgspec.json.Decoder(list[float])

    def __len__(self) -> int:
        return len(self._numbers)

    def decode(self, values: list[bytes], numbers: Rows, at_seconds: Floats, told: Floats) -> None:
        """Fill in the number of each value's form, and what its two numbers say; leave the others as they are."""
        messages = Messages(values)
        columns = Columns(numbers, at_seconds, told)
        for commas, places in messages.by_commas():
            for layout in self._layouts.get(commas, ()):
                left = places[numbers[places] == NO_NUMBER]
                if len(left):
                    self._decode(messages, left, layout, columns)

    def learn(self, values: list[bytes]) -> list[int | None]:
        """Return the number of each value's form, a new one where it has none; None where its numbers are not found."""
        numbers: list[int | None] = [None] * len(values)
        alike: dict[tuple[int, Layout], list[int]] = defaultdict(list)
        for place, value in enumerate(values):
            layout = _layout(value)
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

    def _decode(self, messages: Messages, places: Rows, layout: Layout, columns: Columns) -> None:
        numbers = self._numbers.find(*messages.form(places, layout.first, layout.second))
        known = numbers != NO_NUMBER
        places, numbers = places[known], numbers[known]
        if not len(places):
            return
        first = self._read(messages.tokens(places, layout.first))
        second = self._read(messages.tokens(places, layout.second))
        if not len(first) == len(second) == len(places):
            return  # a number among them is none: the codec finds it
        at_seconds, told = (first, second) if layout.is_time_first else (second, first)
        fits = (at_seconds >= 0.0) & (at_seconds <= LATEST_UNIX_SECONDS)
        columns.numbers[places[fits]] = numbers[fits]
        columns.at_seconds[places], columns.values[places] = at_seconds, told

    def _read(self, tokens: bytes) -> Floats:
        """Return the numbers of a list; none where it is no JSON, or where nothing stands in the place of an only one."""
        try:
            return np.array(self._floats.decode(tokens), dtype=np.float64)
        except msgspec.DecodeError:
            return np.empty(0)


def _layout(value: bytes) -> Layout | None:
    """Return where the numbers of a message stand; None where commas do not tell it."""
    cuts = {name: _cut(value, value.find(name) + len(name)) for name in (TIME, VALUE)}
    time, told = cuts[TIME], cuts[VALUE]
    if time is None or told is None:
        return None
    return Layout(time, told, True) if value.find(TIME) < value.find(VALUE) else Layout(told, time, False)  # a field


def _cut(value: bytes, begin: int) -> Cut | None:
    comma = value.rfind(b",", 0, begin)
    end = value.find(b",", begin)
    if comma < 0 or (end < 0 and value.find(b"}", begin) != len(value) - 1):
        return None
    return Cut(value.count(b",", 0, begin), begin - comma)
