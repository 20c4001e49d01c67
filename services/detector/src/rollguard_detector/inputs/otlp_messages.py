"""
OpenTelemetry's own messages with the attributes of points and resources left as bytes, to be looked into when they are new.

Nearly all points repeat attributes that were read before, and each look into a message from Python costs as much as all of a dict.
The messages are made from the descriptors of OpenTelemetry's package, so that no number of a field is written here; on the wire a
message within a message and its bytes are the same. Whoever looks into attributes does so by ``read_attribute``, which refuses what
the package's whole request would have refused.
"""

from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.resource.v1 import resource_pb2

_FILES = (common_pb2, resource_pb2, metrics_pb2, metrics_service_pb2)  # each after those that it names


def _export_request() -> Any:
    pool = DescriptorPool()
    for file in _FILES:
        written = FileDescriptorProto.FromString(file.DESCRIPTOR.serialized_pb)
        for message in written.message_type:
            if message.name == "Resource" or message.name.endswith("DataPoint"):
                _leave_attributes_unread(message.field)
        pool.Add(written)
    return GetMessageClass(pool.FindMessageTypeByName(metrics_service_pb2.ExportMetricsServiceRequest.DESCRIPTOR.full_name))


def _leave_attributes_unread(fields: Any) -> None:
    for field in fields:
        if field.name == "attributes":
            field.type = FieldDescriptorProto.TYPE_BYTES
            field.ClearField("type_name")


EXPORT_REQUEST = _export_request()
read_attribute = common_pb2.KeyValue.FromString
