"""
The metrics that every service exports about itself, each with what it means; the metrics page is generated from the registry.

Labels hold names of topics, partitions and reasons only: an id as a label would grow the exporter without end.
"""

from prometheus_client import Counter, Gauge, Histogram

CONSUMED = Counter("rollguard_events_consumed_total", "Records polled, replayed ones included.", ["topic"])
PUBLISHED = Counter("rollguard_events_published_total", "Records that the broker acknowledged.", ["topic"])
DEAD_LETTERS = Counter("rollguard_dead_letters_total", "Records that could not be read, by why.", ["topic", "reason"])
LAG = Gauge("rollguard_consumer_lag_records", "Records not polled yet.", ["topic", "partition"])
HANDLE_SECONDS = Histogram(
    "rollguard_handle_seconds", "Time from a poll to its commit.", ["loop"], buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 2, 10, 60)
)
RETRIES = Counter("rollguard_retries_total", "Waits for something that did not answer or was too slow.", ["loop"])
BUILD = Gauge("rollguard_build_info", "1; the labels say which service and version this is.", ["service", "version"])
