"""
Events from what a person typed, refused in words that a person can use.
"""

from typing import Any, TypeVar

import msgspec

from rollguard_console.exit_codes import WrongUsage
from rollguard_schemas.event import type_name

_Event = TypeVar("_Event")
_FORMS = {"workload": "write namespace/name, such as shop/fraud-scorer"}


def made(event_type: type[_Event], fields: dict[str, Any]) -> _Event:
    """
    Return the event, held to the same bounds as one that is read from a topic.

    Raises:

        WrongUsage: for a field out of its bounds.
    """
    try:
        return msgspec.convert({**fields, "type": type_name(event_type)}, event_type)
    except msgspec.ValidationError as error:
        complaint, _, path = str(error).partition(" - at ")
        field = path.strip("`$.")
        raise WrongUsage(f"{field} {fields.get(field)!r}: {_FORMS.get(field, complaint.replace('`', ''))}") from error
