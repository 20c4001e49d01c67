"""
What rollguard says on Kafka.

The Structs in this package are the source of truth for every message; JSON Schema, AsyncAPI and the events page are generated from
them. The rule: this package does no I/O and knows no clock, so that any producer may depend on it for the price of one library.
"""
