"""
Messages of a poll as words of eight bytes, so that what they have in common is found in few steps for all of them.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Rows

Words = NDArray[np.uint64]

MOST_BYTES = 512
_COMMA = ord(",")
_WORD = 8
_TOKEN_WORDS = 4  # a number is at most so long, or its message is read alone
_MASKS: Words = np.array([(1 << (8 * count)) - 1 for count in range(_WORD + 1)], dtype=np.uint64)
_SPACES = np.uint64(int.from_bytes(b" " * _WORD, "little"))
_END = np.uint64(int.from_bytes(b"," + b" " * (_WORD - 1), "little"))
_KEYS: Words = np.array([0x9E3779B97F4A7C15 * (2 * number + 1) % (1 << 64) for number in range(4 * MOST_BYTES // _WORD)], np.uint64)
_FIRST, _SECOND, _ODD = (np.uint64(one) for one in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93))


class Cut(NamedTuple):
    """A number in a message: it begins so many bytes after the comma before it, and ends at the comma of this number."""

    comma: int
    after: int


class Messages:
    """Values of one poll; those that are too long have no commas here."""

    def __init__(self, values: Sequence[bytes]) -> None:
        self._lengths = np.fromiter(map(len, values), np.intp, len(values))
        width = int(min(self._lengths.max(initial=0), MOST_BYTES))
        self._width = (width // _WORD + _TOKEN_WORDS + 2) * _WORD
        padded = np.zeros(len(values) + 1, dtype=f"S{self._width}")
        padded[:-1] = values
        self._bytes = padded.view(np.uint8)
        words = np.ndarray((len(self._bytes) - _WORD,), "<u8", buffer=self._bytes.data, strides=(1,))
        self._words: Words = words
        self._begins = np.arange(len(values), dtype=np.intp) * self._width
        fits = (self._lengths <= MOST_BYTES) & (self._bytes[self._begins + np.maximum(self._lengths, 1) - 1] != 0)
        self._commas = np.flatnonzero(self._bytes == _COMMA)
        of = self._commas // self._width
        self._counts = np.bincount(of, minlength=len(values))[: len(values)]
        self._first_comma = np.cumsum(self._counts) - self._counts
        self._counts[~fits] = 0

    def by_commas(self) -> Iterator[tuple[int, Rows]]:
        """Yield the places of messages by how many commas they have."""
        for count in np.flatnonzero(np.bincount(self._counts)).tolist():
            if count:
                yield count, np.flatnonzero(self._counts == count)

    def form(self, places: Rows, first: Cut, second: Cut) -> tuple[Words, Words]:
        """Return two hashes of each message without its two numbers; the messages have equally many commas."""
        begins, ends = self._begins[places], self._begins[places] + self._lengths[places]
        one, other = self._span(places, first), self._span(places, second)
        low = high = np.zeros(len(places), np.uint64)
        key = 0
        for begin, end in ((begins, one[0]), (one[1], other[0]), (other[1], ends)):
            lengths = np.maximum(end - begin, 0)
            for number in range(int(lengths.max() + _WORD - 1) // _WORD):
                word = self._at(begin + _WORD * number) & _MASKS.take(lengths - _WORD * number, mode="clip")
                mixed = _mixed(word ^ _KEYS[key + number])
                low, high = low + mixed, high + (mixed >> np.uint64(29)) * _ODD
            key += MOST_BYTES // _WORD
            mixed = _mixed(lengths.astype(np.uint64) ^ _KEYS[key - 1])
            low, high = low + mixed, high ^ mixed
        return low, high

    def tokens(self, places: Rows, cut: Cut) -> bytes:
        """Return the numbers of messages as one JSON list; what is too long to be one makes it no JSON."""
        begin, end = self._span(places, cut)
        lengths = end - begin
        words = np.empty((len(places), _TOKEN_WORDS + 1), dtype="<u8")
        for number in range(_TOKEN_WORDS):
            mask = _MASKS.take(lengths - _WORD * number, mode="clip")
            words[:, number] = (self._at(begin + _WORD * number) & mask) | (_SPACES & ~mask)
        words[:, -1] = _END
        words[-1, -1] = _SPACES
        is_one = lengths <= _WORD * _TOKEN_WORDS
        return b"[" + words.tobytes() + b"]" if is_one.all() else b""

    def _at(self, begins: Rows) -> Words:
        """Return the words that begin there; a number that is not where its layout says may seem to lie past the end."""
        return self._words[np.minimum(begins, len(self._words) - 1)]

    def _span(self, places: Rows, cut: Cut) -> tuple[Rows, Rows]:
        """Return from where to where the number of each message reaches."""
        commas = self._first_comma[places] + cut.comma
        begin = self._commas[commas - 1] + cut.after
        is_last = cut.comma == int(self._counts[places[0]])
        end = self._begins[places] + self._lengths[places] - 1 if is_last else self._commas[commas]
        return begin, end


def _mixed(words: Words) -> Words:
    """Return words of which every bit depends on every bit; the finisher of splitmix64."""
    mixed = (words ^ (words >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    return mixed ^ (mixed >> np.uint64(31))
