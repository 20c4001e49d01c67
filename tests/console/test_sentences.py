"""Every event that a listing may meet has its sentence."""

import msgspec
import pytest

from rollguard_console.sentences import seconds, sentence
from rollguard_schemas.event import type_name
from rollguard_schemas.topics import COMMANDS, DECISIONS, OUTCOMES, ROLLOUTS, SIGNALS
from support.incident import RECOMMENDED

EVENTS = [event for topic in (SIGNALS, DECISIONS, OUTCOMES, ROLLOUTS, COMMANDS) for event in topic.events]


def _sample(event_type):
    """Return an event with something in every required field."""
    info = msgspec.inspect.type_info(event_type)
    return msgspec.convert(_filled(info) | {"type": type_name(event_type), "workload": "shop/a"}, event_type)


def _filled(info):
    return {field.encode_name: _value(field.type) for field in info.fields if field.required} | (
        {info.tag_field: info.tag} if info.tag_field else {}
    )


def _value(kind):
    match kind:
        case msgspec.inspect.Metadata():
            return _value(kind.type)
        case msgspec.inspect.UnionType():
            return _value(next(each for each in kind.types if not isinstance(each, msgspec.inspect.NoneType)))
        case msgspec.inspect.StructType():
            return _filled(kind)
        case msgspec.inspect.LiteralType():
            return kind.values[0]
    return {msgspec.inspect.VarTupleType: [], msgspec.inspect.StrType: "x", msgspec.inspect.BoolType: True}.get(type(kind), 1)


@pytest.mark.parametrize("event_type", EVENTS, ids=type_name)
def test_every_event_has_a_sentence(event_type):
    said = sentence(_sample(event_type))

    assert said
    assert "None" not in said


def test_a_rollback_names_both_revisions_and_its_mode():
    assert sentence(RECOMMENDED) == "roll mlflow alias fraud@champion back from 7 to 6 (recommend): latency would pass 0.25 s"


def test_what_is_no_event_is_a_fault_of_ours():
    with pytest.raises(TypeError, match="no sentence for str"):
        sentence("text")


@pytest.mark.parametrize(
    ("span", "text"), [(None, "never"), (0.5, "0.5 s"), (90, "90 s"), (150, "2.5 min"), (7200, "2 h"), (172_800, "2 d")]
)
def test_a_span_is_written_in_the_unit_that_a_person_would_take(span, text):
    assert seconds(span) == text
