"""
What the detector exports about itself. Labels hold reasons and severities only; a series' name would grow the exporter without end.
"""

from prometheus_client import Counter, Gauge

POINTS = Counter("rollguard_detector_points_total", "Metric points taken in, skipped and replayed ones included.")
SERIES = Gauge("rollguard_detector_series", "Series that are kept in memory.")
SKIPPED = Counter("rollguard_detector_skipped_total", "Points that no model learned from, by why.", ["reason"])
ANOMALIES = Counter("rollguard_detector_anomalies_total", "Incidents opened.", ["severity"])
FORECASTS = Counter("rollguard_detector_forecasts_total", "Breach forecasts published, repetitions included.")
CONTEXT_UNREADABLE = Counter(
    "rollguard_detector_context_unreadable_total", "Policies and rollouts that could not be read, by why.", ["topic", "reason"]
)
BACKFILL_POINTS = Counter("rollguard_detector_backfill_points_total", "Points of history, by what became of them.", ["outcome"])
BACKFILL_UNREAD = Counter("rollguard_detector_backfill_unread_total", "Rows and series of history that could not be read.")
BACKFILL_SERIES = Gauge("rollguard_detector_backfill_series", "Series that history told of.")
BACKFILL_BEHIND = Gauge("rollguard_detector_backfill_behind_seconds", "How much of the history is not learned yet, or never was.")
BACKFILL_SOURCES = Gauge("rollguard_detector_backfill_sources", "Sources of history, by how their reading stands.", ["state"])
BACKFILL_ERRORS = Counter("rollguard_detector_backfill_errors_total", "Times that a source of history failed, by how.", ["kind"])
BACKFILL_LAST_ERROR = Gauge(
    "rollguard_detector_backfill_last_error_timestamp_seconds", "When a source of history last failed; 0 for never."
)
