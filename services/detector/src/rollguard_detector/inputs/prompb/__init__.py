"""
Prometheus' own remote-write messages (Apache-2.0, from the published ``prompb`` of v0.316.0), compiled.

Nothing here is written by hand: no package on PyPI that others depend on carries these messages, so the published definitions lie
beside what the compiler made of them. From the root, with ``grpcio-tools==1.76.0``, whose code runs on protobuf 6 and 7:

    python -m grpc_tools.protoc -I services/detector/src --python_out services/detector/src --pyi_out services/detector/src \
        services/detector/src/rollguard_detector/inputs/prompb/*.proto
"""
