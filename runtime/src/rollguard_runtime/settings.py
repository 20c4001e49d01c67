"""
Settings from the environment, typed, with every unknown name refused.

A misspelt variable that is silently ignored is a guard that does not hold, so ``ROLLGUARD_DECIDER_COOLDWN`` stops the start and
names the nearest setting that exists. A secret may come from a file: ``ROLLGUARD_KAFKA_PASSWORD_FILE``.
"""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from rollguard_runtime.errors import SettingsRefused

PREFIX = "ROLLGUARD_"
SERVICES = ("DETECTOR", "DECIDER", "ALERTS", "ACTUATOR", "CONSOLE", "TEST", "EXAMPLE", "DEMO")
_FILE_SUFFIX = "_FILE"


class SharedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What every service needs; read from ``ROLLGUARD_<NAME>``."""

    kafka: Annotated[str, Meta(description="Bootstrap servers, host:port, comma-separated.")] = "localhost:9092"
    kafka_security_protocol: Annotated[
        Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"], Meta(description="How to talk to the brokers.")
    ] = "PLAINTEXT"
    kafka_sasl_mechanism: Annotated[
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], Meta(description="How to log in, with a SASL protocol.")
    ] = "SCRAM-SHA-512"
    kafka_username: Annotated[str, Meta(description="Who logs in.")] = ""
    kafka_password: Annotated[str, Meta(description="The secret; better given as a file.")] = ""
    kafka_ca_file: Annotated[str, Meta(description="Certificate authority of the brokers; the system's where empty.")] = ""
    otlp_endpoint: Annotated[
        str,
        Meta(description="Where traces go, by OTLP over HTTP, such as http://collector:4318; OTEL_EXPORTER_OTLP_* is heeded too."),
    ] = ""
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Meta(description="The least that is logged.")] = "info"


class ServiceSettings(SharedSettings, frozen=True, kw_only=True):
    """What every long-running service needs besides; read from ``ROLLGUARD_<SERVICE>_<NAME>``."""

    http_host: Annotated[str, Meta(description="Address of /metrics, /healthz and /readyz.")] = "127.0.0.1"
    http_port: Annotated[int, Meta(ge=0, le=65535, description="Port of the same; 0 picks a free one.")] = 0
    instance_id: Annotated[str, Meta(description="Static group member name: the pod's. Empty for dynamic membership.")] = ""
    dead_letter_limit: Annotated[
        int, Meta(ge=1, description="So many unreadable records in a row, with nothing good between, stop the service.")
    ] = 5_000
    stalled_after_seconds: Annotated[
        float, Meta(gt=0, description="Without progress for this long, though there is work, the service is not alive.")
    ] = 60.0


_Settings = TypeVar("_Settings", bound=SharedSettings)


def environment_names(settings_type: type[SharedSettings], service: str) -> dict[str, str]:
    """Map each environment variable that a service reads to its field."""
    shared = set(SharedSettings.__struct_fields__)
    return {
        (PREFIX if field in shared else f"{PREFIX}{service.upper()}_") + field.upper(): field
        for field in settings_type.__struct_fields__
    }


def load(settings_type: type[_Settings], service: str, environ: Mapping[str, str]) -> _Settings:
    """
    Read a service's settings.

    Raises:

        SettingsRefused: for an unknown name or a value of the wrong type; all that is wrong is named at once.
    """
    known = environment_names(settings_type, service)
    complaints: list[str] = []
    given: dict[str, str] = {}
    for name, text in sorted(environ.items()):
        if not name.startswith(PREFIX) or _is_of_another_service(name, service):
            continue
        if name in known:
            given[known[name]] = text
        elif name.endswith(_FILE_SUFFIX) and name.removesuffix(_FILE_SUFFIX) in known:
            given[known[name.removesuffix(_FILE_SUFFIX)]] = _read_secret(name, text, complaints)
        else:
            complaints.append(_unknown(name, known))
    try:
        settings = msgspec.convert(given, settings_type, strict=False)
    except msgspec.ValidationError as error:
        complaints.append(_wrong_value(error, known))
    if complaints:
        raise SettingsRefused("; ".join(complaints))
    return settings


def _is_of_another_service(name: str, service: str) -> bool:
    return any(name.startswith(f"{PREFIX}{other}_") for other in SERVICES if other != service.upper())


def _read_secret(name: str, path: str, complaints: list[str]) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        complaints.append(f"{name}: cannot read {path}: {error.strerror}")
        return ""


def _unknown(name: str, known: Mapping[str, str]) -> str:
    # Compared without the prefix, which would make every name look near to every other.
    near = difflib.get_close_matches(name.removeprefix(PREFIX), [one.removeprefix(PREFIX) for one in known], n=1)
    return f"{name} is no setting" + (f"; did you mean {PREFIX}{near[0]}?" if near else f"; there are {', '.join(sorted(known))}")


def _wrong_value(error: msgspec.ValidationError, known: Mapping[str, str]) -> str:
    text = str(error)
    for name, field in known.items():
        if f"`$.{field}`" in text:
            return f"{name}: {text.split(' - at', maxsplit=1)[0]}"
    return text
