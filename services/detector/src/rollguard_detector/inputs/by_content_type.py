"""
Chooses the codec of a record by its ``content-type`` header.

A record of a type that nobody claims is offered to the default codec, whose refusal says what is wrong with it.
"""

from collections.abc import Mapping, Sequence

from rollguard_detector.core.ports import DecodedPoints, InputCodec
from rollguard_detector.inputs.otlp_protobuf import OtlpProtobuf
from rollguard_detector.inputs.own_json import OwnJson
from rollguard_schemas.codec import JSON_CONTENT_TYPE, STRUCTURED_CONTENT_TYPE, Header

PROTOBUF_CONTENT_TYPE = "application/x-protobuf"
_OWN_JSON, _OTLP_PROTOBUF = OwnJson(), OtlpProtobuf()
CODECS: Mapping[str, InputCodec] = {
    JSON_CONTENT_TYPE: _OWN_JSON,
    STRUCTURED_CONTENT_TYPE: _OWN_JSON,
    PROTOBUF_CONTENT_TYPE: _OTLP_PROTOBUF,
}


class ByContentType:
    """A codec made of the codecs; ``default`` is the content type of records that name none."""

    def __init__(self, default: str) -> None:
        self._default = CODECS[default]

    def decode(self, value: bytes | None, headers: Sequence[Header]) -> DecodedPoints:
        """Read a record as its header says."""
        return self._codec(headers).decode(value, headers)

    def _codec(self, headers: Sequence[Header]) -> InputCodec:
        for name, content in headers:
            if name.lower() == "content-type":
                content_type = content.decode("ascii", "replace").partition(";")[0].strip().lower()
                return CODECS.get(content_type, self._default)
        return self._default
