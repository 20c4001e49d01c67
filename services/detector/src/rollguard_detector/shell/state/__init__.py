"""
What the detector knows, kept on Kafka: written as snapshots beside the log, and read again by whoever takes a partition over.
"""
