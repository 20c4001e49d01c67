"""The topics table, the golden examples and the generated files agree with one another."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest

from rollguard_schemas import topics
from rollguard_schemas.codec import cloud_event_type

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "schemas" / "examples"
GENERATED = ROOT / "schemas" / "generated"
EVERY_EXAMPLE = sorted(EXAMPLES.glob("*/*.json"))


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.parametrize("topic", topics.TOPICS, ids=lambda topic: topic.name)
def test_topic_names_use_dashes_only_and_fit_kafka(topic):
    assert re.fullmatch(r"rollguard-[a-z]+(-[a-z]+)*", topic.name)
    assert len(topic.dead_letter_name) <= 249
    assert topic.writers
    assert topic.readers


def test_every_event_belongs_to_one_topic_and_has_its_own_type():
    events = [event for topic in topics.TOPICS for event in topic.events]

    assert len({cloud_event_type(event) for event in events}) == len(events)


def test_every_event_has_a_golden_example_and_every_example_an_event():
    wanted = {(topic.name, cloud_event_type(event).split(".")[2]) for topic in topics.TOPICS for event in topic.events}

    assert {(path.parent.name, path.name.split(".")[0]) for path in EVERY_EXAMPLE} == wanted


@pytest.mark.parametrize("path", EVERY_EXAMPLE, ids=lambda path: path.stem)
def test_every_example_is_valid_by_the_generated_schema(path):
    schema = json.loads((GENERATED / f"{path.parent.name}.schema.json").read_text())

    jsonschema_rs.validator_for(schema).validate(json.loads(path.read_text()))


def test_the_generated_schema_refuses_what_the_codec_refuses():
    schema = json.loads((GENERATED / "rollguard-metrics.schema.json").read_text())

    assert not jsonschema_rs.validator_for(schema).is_valid({"type": "metric-point", "workload": "nowhere"})


def test_every_reference_in_the_asyncapi_document_leads_somewhere():
    document = json.loads((GENERATED / "asyncapi.json").read_text())
    references = set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document)))

    for reference in references:
        place = document
        for step in reference.split("/"):
            place = place[step]
    assert set(document["channels"]) == set(topics.BY_NAME)


def test_the_generated_files_are_fresh():
    checked = _run("docs/generate", "--check")

    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_golden_examples_mean_what_they_meant():
    checked = _run("schemas/compatibility.py")

    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda said: said | {"mood": "relieved"}, "$.mood is dropped"),
        (lambda said: said | {"attempt": "first"}, "Expected `int`, got `str` - at `$.attempt`"),
        (lambda said: {name: content for name, content in said.items() if name != "summary"}, "missing required field `summary`"),
        (lambda said: said | {"type": "triumphed"}, "Invalid value 'triumphed'"),
    ],
    ids=["a removed field", "a retyped field", "a new required field", "a removed event"],
)
def test_a_breaking_change_is_named(tmp_path, change, complaint):
    """An example that says more than the Structs know is what a removed field looks like from the log's side."""
    said = json.loads((EXAMPLES / "rollguard-outcomes" / "succeeded.1.json").read_text())
    place = tmp_path / "rollguard-outcomes" / "succeeded.1.json"
    place.parent.mkdir()
    place.write_text(json.dumps(change(said)))

    checked = _run("schemas/compatibility.py", tmp_path)

    assert checked.returncode == 1
    assert complaint in checked.stdout
