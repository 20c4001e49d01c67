"""
The detector's judgement on plain data: rows in, answers out, no Kafka and no configuration.
"""
