"""
Whom attributes in OTLP protobuf are about, remembered by their bytes.

What is remembered is what was read from the same bytes, so a producer that writes its attributes otherwise is only read once more.
Memory has a bound: there are so many, none of them long, and beyond them all begins anew with the next message.
"""

from collections.abc import Iterable

from rollguard_detector.core.identity import Identities, Who
from rollguard_detector.inputs.otlp_messages import read_attribute
from rollguard_detector.inputs.otlp_points import Resource

Attributes = tuple[bytes, ...]

_MAX_KNOWN = 20_000
_MOST_BYTES = 1_024


class Owners(dict[Attributes, tuple[Who, dict[str, str]]]):
    """Of one resource: who a point is about and its labels, by the point's attributes. Raises ``DecodeError`` for what are none."""

    def __init__(self, resource: Resource, all_known: "KnownAttributes") -> None:
        super().__init__()
        self._resource, self._all_known = resource, all_known

    def __missing__(self, attributes: Attributes) -> tuple[Who, dict[str, str]]:
        owner = self._resource.who(texts(attributes))
        if sum(map(len, attributes)) <= _MOST_BYTES:
            self._all_known.count += 1
            self[attributes] = owner
        return owner


class KnownAttributes:
    """The owners of all resources; ``count`` is how many attributes of points and resources are remembered."""

    def __init__(self, identities: Identities, most: int = _MAX_KNOWN) -> None:
        self._identities, self._most = identities, most
        self._of_resource: dict[Attributes, Owners] = {}
        self.count = 0

    def forget_if_many(self) -> None:
        """Begin anew where there are as many as may be."""
        if self.count >= self._most:
            self._of_resource, self.count = {}, 0

    def of_resource(self, attributes: Attributes) -> Owners:
        """Return who the points of a resource are about."""
        owners = self._of_resource.get(attributes)
        if owners is None:
            owners = Owners(Resource(self._identities, texts(attributes)), self)
            if sum(map(len, attributes)) <= _MOST_BYTES:
                self.count += 1
                self._of_resource[attributes] = owners
        return owners


def texts(attributes: Iterable[bytes]) -> dict[str, str]:
    """Return attributes as text; lists and maps tell no series apart and are left out."""
    told: dict[str, str] = {}
    for attribute in map(read_attribute, attributes):
        value = attribute.value
        kind = value.WhichOneof("value")
        if kind == "string_value":
            told[attribute.key] = value.string_value
        elif kind in ("int_value", "bool_value", "double_value"):
            told[attribute.key] = str(getattr(value, kind))
    return told
