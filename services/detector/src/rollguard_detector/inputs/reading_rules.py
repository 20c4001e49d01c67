"""
How telemetry is read, as an operator says it: the topics with their formats, and the file of rules. A mistake stops the start.

    identity:                              # tried in order, before the defaults
      - name: [app]
        namespace: [team]
        revision: [image_tag]
    keep_default_identity: true
    kinds: {"nv_*_bytes": gauge}
    missing: {"error_ratio": zero}
"""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import msgspec

from rollguard_detector.core.identity_rules import DEFAULT_RULES, IdentityRule
from rollguard_detector.core.kinds import NumberKind
from rollguard_detector.core.readings import Missing
from rollguard_detector.settings import Format
from rollguard_runtime.errors import SettingsRefused
from rollguard_runtime.yaml_nodes import NotYaml, documents, line_of, parse_path


class ReadingRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The document; what is left out stays as it is by default."""

    identity: tuple[IdentityRule, ...] = ()
    keep_default_identity: bool = True
    kinds: dict[str, NumberKind] = {}
    missing: dict[str, Missing] = {}

    @property
    def identity_rules(self) -> tuple[IdentityRule, ...]:
        """The rules to be tried, in order."""
        return (*self.identity, *(DEFAULT_RULES if self.keep_default_identity else ()))


def read_rules(path: str) -> ReadingRules:
    """
    Read the file of rules; the defaults where no file is named.

    Raises:

        SettingsRefused: with the line of the first mistake.
    """
    if not path:
        return ReadingRules()
    try:
        found = list(documents(Path(path).read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsRefused(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except NotYaml as error:
        raise SettingsRefused(f"{path}:{error.line}: not YAML: {error}") from error
    if len(found) != 1:
        raise SettingsRefused(f"{path}:1: there are {len(found)} documents in it; write one")
    try:
        return msgspec.convert(found[0].value, ReadingRules)
    except msgspec.ValidationError as error:
        complaint, _, where = str(error).partition(" - at ")
        line = line_of(found[0].root, parse_path(where)) if where else 1
        raise SettingsRefused(f"{path}:{line}: {complaint}" + (f" (at {where})" if where else "")) from error


def formats_of_topics(text: str) -> Mapping[str, Format]:
    """
    Read ``topic=format,topic=format``.

    Raises:

        SettingsRefused: for a topic without a format that there is.
    """
    formats: dict[str, Format] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        topic, _, name = (part.strip() for part in entry.partition("="))
        known: Format | None = next((one for one in get_args(Format) if one == name), None)
        if not topic or known is None:
            raise SettingsRefused(
                f"ROLLGUARD_DETECTOR_TOPICS: {entry!r}: write topic=format, with one of {', '.join(get_args(Format))}"
            )
        formats[topic] = known
    return formats
