"""
What the detector exports about itself. Labels hold reasons and severities only; a series' name would grow the exporter without end.
"""

from prometheus_client import Counter, Gauge

from rollguard_detector.core.outlook.reliability import Reliability

POINTS = Counter("rollguard_detector_points_total", "Metric points taken in, skipped and replayed ones included.")
COMPILED = Gauge(
    "rollguard_detector_loops_compiled", "1 where the inner loops were compiled, 0 where each takes its steps in numpy."
)
SERIES = Gauge("rollguard_detector_series", "Series that are kept in memory.")
PREDICTED_MEMORY = Gauge(
    "rollguard_detector_predicted_memory_bytes", "What the process will take at most with the series that it keeps, by prediction."
)
SERIES_CEILING = Gauge(
    "rollguard_detector_series_ceiling", "So many series are kept at most; the settings and the memory say how many."
)
AT_CEILING = Gauge(
    "rollguard_detector_workloads_refused", "Workloads that were refused a series since the start, by which ceiling.", ["ceiling"]
)
SKIPPED = Counter("rollguard_detector_skipped_total", "Points that no model learned from, by why.", ["reason"])
WATERMARK_AGE = Gauge(
    "rollguard_detector_watermark_age_seconds",
    "How far the newest point of the slowest partition lies behind the clock, those that say nothing for long left out.",
)
REKEY_LATE = Counter(
    "rollguard_detector_rekey_late_total", "Points that came to the re-key stage behind its watermark; they went on."
)
REKEY_WAITING = Gauge("rollguard_detector_rekey_waiting", "Points that wait in the re-key stage for those before them.")
ANOMALIES = Counter("rollguard_detector_anomalies_total", "Incidents opened.", ["severity"])
WARMING = Gauge("rollguard_detector_series_warming", "Series that are too young for anything to be called unusual.")
FORECASTS = Counter("rollguard_detector_forecasts_total", "Breach forecasts published, repetitions included.")
FORECASTS_MATURED = Gauge(
    "rollguard_detector_forecasts_matured",
    "Forecasts whose horizon is over, by the tenth of their probability.",
    ["tenth"],
)
FORECASTS_CAME = Gauge("rollguard_detector_forecasts_came", "Those of them after which the breach came, by the same.", ["tenth"])
FORECAST_BRIER = Gauge("rollguard_detector_forecast_brier_ratio", "Mean squared error of matured probabilities; 0 is perfect.")
BREACHES = Gauge("rollguard_detector_breaches", "Breaches of objectives, foreseen or not, as the forecasts' pools counted them.")
BREACHES_WARNED = Gauge("rollguard_detector_breaches_warned", "Those of them that were called more probable than not while ahead.")
FORECAST_LEAD = Gauge("rollguard_detector_forecast_lead_seconds", "Mean time from the first warning to its breach.")
CONTEXT_UNREADABLE = Counter(
    "rollguard_detector_context_unreadable_total", "Policies and rollouts that could not be read, by why.", ["topic", "reason"]
)
STATE_AGE = Gauge("rollguard_detector_state_behind_seconds", "For how long the oldest of what no snapshot knows has been known.")
STATE_RECORDS = Counter("rollguard_detector_state_records_total", "Snapshots, floors and ends of workloads that were written.")
STATE_BYTES = Counter("rollguard_detector_state_bytes_total", "Bytes of the same, compressed.")
STATE_RESTORED = Counter("rollguard_detector_state_restored_total", "Workloads that were put back from their snapshots.")
STATE_REFUSED = Counter(
    "rollguard_detector_state_refused_total", "Snapshots that were not put back, or never written, by why.", ["reason"]
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


def show_reliability(known: Reliability) -> None:
    """Export what the matured forecasts were worth, so that whoever acts on them can see whether 80 % means 80 %."""
    for tenth, (said, came) in enumerate(zip(known.said, known.came, strict=True)):
        FORECASTS_MATURED.labels(str(tenth)).set(said)
        FORECASTS_CAME.labels(str(tenth)).set(came)
    FORECAST_BRIER.set(known.brier or 0.0)
    BREACHES.set(known.breaches)
    BREACHES_WARNED.set(known.warned)
    FORECAST_LEAD.set(known.lead_milliseconds / 1000.0 / known.warned if known.warned else 0.0)
