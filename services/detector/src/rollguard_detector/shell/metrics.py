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
