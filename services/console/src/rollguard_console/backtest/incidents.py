"""
The incidents that a past is judged by, as people write them down: a YAML or JSON list.

    - {workload: shop/scorer, from: 2026-03-01T14:00:00Z, until: 2026-03-01T15:10:00Z, name: "INC-4711"}
    - {workload: shop/scorer, from: 1772380000, until: 1772383600, rollout: false, name: "datacentre"}

``rollout: false`` is an incident that no rollout caused: to take one back for it would have been wrong.
"""

from pathlib import Path

import msgspec
import yaml

from rollguard_console.exit_codes import Refused, WrongUsage
from rollguard_console.instants import parse_instant, show_instant
from rollguard_schemas.fields import WorkloadId

_EXAMPLE = "write a list of {workload: shop/scorer, from: 2026-03-01T14:00:00Z, until: 2026-03-01T15:10:00Z}"


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"begin": "from", "end": "until"}):
    """As it stands in the file."""

    workload: WorkloadId
    begin: str | float
    end: str | float
    rollout: bool = True
    name: str = ""


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which users of a workload were hurt, in Unix seconds, and whether a rollout was to blame."""

    workload: str
    name: str
    from_unix_seconds: float
    until_unix_seconds: float
    is_rollouts: bool = True


def read_incidents(path: str) -> tuple[Incident, ...]:
    """
    Read a file of incidents.

    Raises:

        WrongUsage: where it cannot be opened.
        Refused: where it is no such list, with the entry and the mend.
    """
    try:
        document = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  # a safe loader
        written = msgspec.convert(document, list[_Written])
    except OSError as error:
        raise WrongUsage(f"cannot read {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise Refused(f"{path}: {error}; {_EXAMPLE}") from error
    return tuple(_incident(path, index, one) for index, one in enumerate(written))


class _Loader(yaml.SafeLoader):
    """Instants stay text: YAML would read some of them as local times."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _incident(path: str, index: int, written: _Written) -> Incident:
    try:
        begin, end = parse_instant(str(written.begin)), parse_instant(str(written.end))
    except WrongUsage as error:
        raise Refused(f"{path}: [{index}]: {error}") from error
    if end <= begin:
        raise Refused(f"{path}: [{index}].until: {show_instant(end)} is not after from; swap the two, or correct one")
    return Incident(
        workload=written.workload,
        name=written.name or f"{written.workload} at {show_instant(begin)}",
        from_unix_seconds=begin,
        until_unix_seconds=end,
        is_rollouts=written.rollout,
    )
