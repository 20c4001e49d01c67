"""
Which traffic is a mirror of the users': answered by a revision, and thrown away.

Nobody is harmed by it and no revision serves because of it, so it breaks no objective and names no serving revision; but what a
candidate made of it can be compared. A label tells: by the policy's rule, else by what the ecosystem writes.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from rollguard_detector.core.readings import Labels

Marks = tuple[tuple[str, tuple[str, ...]], ...]

_FLAGS = ("shadow", "is_shadow", "mirror", "mirrored", "is_mirror", "shadow_traffic", "mirror_traffic")
_KINDS = ("traffic", "traffic_type", "traffic.type", "traffic_kind", "request_type")
_HOSTS = ("authority", "request_authority", "http.host", "http_host", "request_host", "url.authority", "server.address")

# Envoy, and with it Istio and the gateways built on it, appends -shadow to the host of a request that it mirrors.
DEFAULT_MARKS: Marks = (
    *((label, ("true", "1", "yes")) for label in _FLAGS),
    *((label, ("shadow", "mirror", "mirrored", "dark")) for label in _KINDS),
    *((label, ("*-shadow", "*-shadow:*")) for label in _HOSTS),
)


def marks_of(rules: Mapping[str, Sequence[str]] | None) -> Marks:
    """Return the marks of a policy, label by label with the patterns of its values; the defaults where it says nothing."""
    return DEFAULT_MARKS if rules is None else tuple((label, tuple(rules[label])) for label in sorted(rules))


@lru_cache(maxsize=8192)
def is_mirrored(labels: Labels, marks: Marks) -> bool:
    """Say whether one of the marks is among the labels; the case of letters does not matter."""
    told = dict(labels)
    return any(
        fnmatchcase(told[label].lower(), pattern.lower()) for label, patterns in marks if label in told for pattern in patterns
    )
