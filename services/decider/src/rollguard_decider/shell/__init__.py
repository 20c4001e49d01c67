"""
How the decider hears and speaks: faust carries the core, plain Kafka reconciles it.
"""
