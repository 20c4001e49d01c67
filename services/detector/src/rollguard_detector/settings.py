"""
What an operator may set, read from ``ROLLGUARD_DETECTOR_<NAME>``.
"""

from typing import Annotated, Literal

from msgspec import Meta

from rollguard_detector.core.models.registry import ModelRefused, named
from rollguard_runtime.settings import ServiceSettings

Format = Literal[
    "own-json",
    "own-msgpack",
    "cloud-events",
    "otlp-protobuf",
    "otlp-json",
    "prometheus-json",
    "remote-write",
    "telegraf-json",
    "influx-line",
    "vector-json",
]


class DetectorSettings(ServiceSettings, frozen=True, kw_only=True):
    """The detector's own settings."""

    rewind_seconds: Annotated[
        float,
        Meta(
            ge=0,
            description="Where there is no snapshot, so much of the log is read again in silence at the start, to rebuild what was "
            "learned; `inf` for all of it.",
        ),
    ] = 900.0
    snapshot_seconds: Annotated[
        float,
        Meta(
            ge=0,
            description="What is known of a workload is written to rollguard-detector-state at most so long after it was learned, "
            "as far as the bytes suffice. A restart reads so much of the log again.",
        ),
    ] = 60.0
    snapshot_bytes_per_second: Annotated[
        float, Meta(gt=0, description="So many bytes of snapshots are written in a second, compressed, one second's worth at once.")
    ] = 2_000_000.0
    backfill_file: Annotated[
        str,
        Meta(
            description="Where history lies that is learned in silence before all else: a YAML or JSON list of sources, or a .csv "
            "or .parquet file. Empty for none."
        ),
    ] = ""
    backfill_seconds: Annotated[
        float, Meta(gt=0, description="So much history is learned; it ends where the rewind of the log begins.")
    ] = 86_400.0
    backfill_patience_seconds: Annotated[
        float, Meta(gt=0, description="A source that gives nothing for so long is given up, and the detector starts without it.")
    ] = 120.0
    backfill_on_trouble: Annotated[
        Literal["go-on", "stop"],
        Meta(description="What a source that is given up, or a row that cannot be read, does to the start."),
    ] = "go-on"
    max_series: Annotated[
        int, Meta(ge=1, description="So many series are kept, 3 to 4 KB each; a new one beyond that is refused and counted.")
    ] = 50_000
    max_series_a_workload: Annotated[
        int,
        Meta(ge=1, description="So many of them may be of one workload, so that its labels do not take the room of the others."),
    ] = 5_000
    max_memory_megabytes: Annotated[
        float,
        Meta(
            ge=0,
            description="So much memory the process may take: fewer series are kept if more could not fit. 0 for nine tenths of "
            "what the container is allowed, if it is limited.",
        ),
    ] = 0.0
    max_ahead_seconds: Annotated[
        float, Meta(gt=0, description="A point that lies farther ahead of its record's append time is refused and counted.")
    ] = 3_600.0
    default_format: Annotated[
        Format, Meta(description="How to read a record whose format neither its content-type header nor its topic says.")
    ] = "own-json"
    topics: Annotated[
        str,
        Meta(
            description="More topics to read metrics from, each with its format: `otlp_metrics=otlp-protobuf,influx=influx-line`. "
            "The metrics topic itself may be among them."
        ),
    ] = ""
    rekey_topics: Annotated[
        str,
        Meta(
            description="Topics that `rollguard-detector rekey` reads, each with its format, as in `ROLLGUARD_DETECTOR_TOPICS`. "
            "Their points are brought to one partition a workload of rollguard-metrics-keyed; list that among the topics of `run`."
        ),
    ] = ""
    rekey_lateness_seconds: Annotated[
        float,
        Meta(
            ge=0,
            description="`rekey` lets a point wait until each partition of its topic is so much further: what is late by less "
            "comes into order. Signals come so much later.",
        ),
    ] = 5.0
    rekey_idle_seconds: Annotated[
        float, Meta(ge=0, description="A partition that brings nothing for so long holds up nobody in `rekey`; 0 waits for nobody.")
    ] = 10.0
    rekey_max_waiting: Annotated[
        int, Meta(ge=1, description="So many points wait in `rekey` at most, about 1 KB each; beyond that the oldest go on.")
    ] = 200_000
    inputs_file: Annotated[
        str,
        Meta(
            description="A YAML file that says how telemetry is read: whose it is (`identity`), which names are totals (`kinds`), "
            "what a missing number means (`missing`). Empty for the defaults."
        ),
    ] = ""
    models: Annotated[
        str,
        Meta(
            description="Models of a workload's series together, by name with commas between, or as JSON with parameters; "
            "empty for none. See [models](models.md)."
        ),
    ] = ""

    def __post_init__(self) -> None:
        """Refuse a wrong name at the start, not at the first point of a workload."""
        try:
            named(self.models)
        except ModelRefused as error:
            raise ValueError(f"ROLLGUARD_DETECTOR_MODELS: {error}") from error
