"""
Bytes to a typed message, or ``Malformed``: the one place that knows what a decoder may raise.

An exception that a codec lets through ends the batch of records that it is in, so every way in which JSON can be wrong is named
here.
"""

from typing import Any

import msgspec

from rollguard_schemas.codec import Malformed


class JsonReader:
    """Reads one type of message; ``is_strict=False`` also takes numbers that are written as text."""

    def __init__(self, message: Any, *, is_strict: bool = True) -> None:
        self._decoder = msgspec.json.Decoder(message, strict=is_strict)

    def read(self, value: bytes | None) -> Any:
        """
        Read a value.

        Raises:

            Malformed: for no value, for what is no JSON, and for JSON of another shape.
        """
        if not value:
            raise Malformed("empty-value", "a record without a value")
        try:
            return self._decoder.decode(value)
        except msgspec.ValidationError as error:
            raise Malformed("wrong-shape", str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed("not-json", str(error)) from error
