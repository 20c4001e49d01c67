"""
Instants as producers write them, to Unix seconds.
"""

from datetime import datetime

from rollguard_schemas.codec import Malformed

_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))


def of_text(text: str) -> float:
    """
    Read RFC 3339, or milliseconds since 1970 in digits, as numaprom writes them.

    Raises:

        Malformed: for anything else; a time without an offset is none, since it means another instant on every machine.
    """
    try:
        if text.isascii() and text.isdigit():
            return int(text[:20]) / 1e3
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed("wrong-shape", f"{text[:40]!r} is no instant") from error
    if moment.tzinfo is None:
        raise Malformed("wrong-shape", f"{text[:40]!r} has no offset from UTC")
    return moment.timestamp()


def of_number(number: float) -> float:
    """
    Read an instant since 1970 in whichever unit a producer was set to: seconds, milli-, micro- or nanoseconds.

    The sizes cannot be taken for one another: as seconds, the milliseconds of 1973 would lie in the year 5138.
    """
    return next((number / unit for least, unit in _UNITS if abs(number) >= least), number)
