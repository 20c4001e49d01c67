"""
A served model that emits telemetry as producers do.

It stands for what users run: it knows Kafka, MLflow and HTTP, and nothing of rollguard. The rule: never import a rollguard package
here; the messages are written by hand, so that the example proves that a producer needs no library of ours.
"""
