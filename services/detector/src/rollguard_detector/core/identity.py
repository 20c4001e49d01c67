"""
Who is it: from a point's attributes to its workload, its revision and the labels that tell its series apart.

What the rules do not name stays unknown, with the reason, and is counted; never guessed. What was read for a name is no label any
more: a revision among the labels would make each revision a series of its own, that nothing can be compared with.
"""

import re
from collections.abc import Mapping, Sequence

import msgspec

from rollguard_detector.core.identity_rules import DEFAULT_RULES, PODS, REPLICA_SET_POD, TEMPLATES, IdentityRule
from rollguard_detector.core.revision_book import RevisionBook
from rollguard_schemas.fields import Revision, WorkloadId

# Replicas count apart: without one of these, their totals would look like a counter that is reset at every point.
_INSTANCES = ("service.instance.id", "k8s.pod.name", "host.name")
_FLAT_INSTANCES = tuple(name.replace(".", "_") for name in _INSTANCES)
# What an OpenTelemetry resource says of itself is no label there, so it is none where Prometheus shows it among the labels.
_FLAT_RESOURCE = frozenset(
    {*_FLAT_INSTANCES, "service_namespace", "service_name", "service_version", "k8s_namespace_name", "k8s_deployment_name"}
)
_REPLICA_SET_POD = re.compile(REPLICA_SET_POD)
_MAX_KNOWN = 20_000
_MAX_LABELS = 64


class Who(msgspec.Struct, frozen=True):
    """
    ``workload`` is None where nobody is known by these attributes, and ``reason`` says why.

    ``labels`` tell the series apart, ``used`` are the attributes that were read as a name and are no labels any more.
    """

    workload: str | None
    labels: dict[str, str]
    revision: str | None = None
    template: str | None = None
    used: frozenset[str] = frozenset()
    reason: str = ""


class Identities:
    """The rules at work, with the book of rollouts for what telemetry leaves out; what was found is remembered."""

    def __init__(self, rules: Sequence[IdentityRule] = DEFAULT_RULES, book: RevisionBook | None = None) -> None:
        self._rules = [(rule, re.compile(rule.pattern) if rule.pattern else None) for rule in rules]
        self._book = book or RevisionBook()
        self._known: dict[tuple[bool, tuple[tuple[str, str], ...]], Who] = {}

    def of_labels(self, labels: Mapping[str, str]) -> Who:
        """Find who a point with flat labels or tags is about; labels that name nobody stay labels."""
        return self._remembered(labels, is_resource=False)

    def of_resource(self, attributes: Mapping[str, str]) -> Who:
        """Find who an OpenTelemetry resource is; only its instance becomes a label."""
        return self._remembered(attributes, is_resource=True)

    def revision(self, who: Who, at_seconds: float) -> str | None:
        """Return the revision that a point itself names, else the one that the rollouts tell for its instant, else None."""
        if who.revision is not None or who.workload is None:
            return who.revision
        return self._book.revision_of(who.workload, who.template, at_seconds)

    def _remembered(self, attributes: Mapping[str, str], *, is_resource: bool) -> Who:
        key = (is_resource, tuple(attributes.items()))
        who = self._known.get(key)
        if who is None:
            who = self._find(attributes, is_resource=is_resource)
            if len(attributes) <= _MAX_LABELS:
                if len(self._known) >= _MAX_KNOWN:
                    self._known.clear()  # labels without end must not become memory without end
                self._known[key] = who
        return who

    def _find(self, attributes: Mapping[str, str], *, is_resource: bool) -> Who:
        for rule, pattern in self._rules:
            named = _named(rule, pattern, attributes)
            if named is not None:
                workload, template, used = named
                return _checked(workload, template, used, rule, attributes, is_resource=is_resource)
        return Who(None, _labels(attributes, set(), is_resource=is_resource), reason="unknown-workload")


def _named(
    rule: IdentityRule, pattern: re.Pattern[str] | None, attributes: Mapping[str, str]
) -> tuple[str, str | None, set[str]] | None:
    """Return the workload, the template if the name holds it, and the attributes that were read; None where the rule misses."""
    name_of, namespace_of = _first(rule.name, attributes), _first(rule.namespace, attributes)
    if name_of is None:
        return None
    name, namespace = attributes[name_of], rule.fixed_namespace or (attributes[namespace_of] if namespace_of else "")
    template, used = None, {name_of, *([namespace_of] if namespace_of else ())}
    if pattern is not None:
        match = pattern.fullmatch(name)
        if match is None:
            return None
        found = match.groupdict()
        used.discard(name_of)  # a pod or a job holds more than the name, and tells replicas apart
        name, namespace, template = found.get("name") or name, found.get("namespace") or namespace, found.get("template")
    return (f"{namespace}/{name}", template, used) if namespace and name else None


def _checked(
    workload: str, template: str | None, used: set[str], rule: IdentityRule, attributes: Mapping[str, str], *, is_resource: bool
) -> Who:
    revision_of, template_of = _first(rule.revision, attributes), _first(TEMPLATES, attributes)
    revision = attributes[revision_of] if revision_of else None
    try:
        msgspec.convert(workload, WorkloadId)
        msgspec.convert(revision, Revision | None)
    except msgspec.ValidationError:
        return Who(None, {}, reason="out-of-schema")
    used |= {name for name in (revision_of, template_of) if name}
    template = attributes[template_of] if template_of else template or _template_of_pod(attributes)
    return Who(workload, _labels(attributes, used, is_resource=is_resource), revision, template, frozenset(used))


def _labels(attributes: Mapping[str, str], used: set[str], *, is_resource: bool) -> dict[str, str]:
    instance_of = _first(_INSTANCES if is_resource else _FLAT_INSTANCES, attributes)
    instance = {"instance": attributes[instance_of]} if instance_of else {}
    if is_resource:
        return instance
    return {name: text for name, text in attributes.items() if name not in used and name not in _FLAT_RESOURCE} | instance


def _template_of_pod(attributes: Mapping[str, str]) -> str | None:
    pod = _first(PODS, attributes)
    match = _REPLICA_SET_POD.fullmatch(attributes[pod]) if pod else None
    return match["template"] if match else None


def _first(names: Sequence[str], attributes: Mapping[str, str]) -> str | None:
    return next((name for name in names if attributes.get(name)), None)
