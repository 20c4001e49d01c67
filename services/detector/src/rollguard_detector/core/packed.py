"""
Arrays as bytes that say what they are: never pickles, which would run whatever somebody wrote into the state topic.
"""

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

_KINDS = "fiubU"  # floats, integers, flags and names; nothing else is state


class Packed(msgspec.Struct, frozen=True, array_like=True):
    """One array: numpy's own name of its type (byte order included), its shape, and its bytes in C order."""

    dtype: str
    shape: tuple[int, ...]
    content: bytes


def pack(columns: Mapping[str, NDArray[Any]]) -> dict[str, Packed]:
    """Pack columns by name."""
    return {name: Packed(column.dtype.str, column.shape, column.tobytes()) for name, column in columns.items()}


def unpack(columns: Mapping[str, Packed]) -> dict[str, NDArray[Any]]:
    """
    Return the arrays.

    Raises:

        ValueError: if a type is none of ours, or the bytes do not fit the shape.
    """
    return {name: _unpacked(name, packed) for name, packed in columns.items()}


def _unpacked(name: str, packed: Packed) -> NDArray[Any]:
    dtype = np.dtype(packed.dtype)
    if dtype.kind not in _KINDS:
        raise ValueError(f"column {name} is of type {packed.dtype!r}, which no bank has")
    if len(packed.content) != dtype.itemsize * math.prod(packed.shape):
        raise ValueError(f"column {name} has {len(packed.content)} bytes for the shape {packed.shape}")
    return np.frombuffer(packed.content, dtype).reshape(packed.shape).copy()
