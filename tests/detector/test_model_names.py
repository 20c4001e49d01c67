"""
How an operator names models, and what a wrong name is answered with.
"""

import subprocess
import sys

import pytest
from msgspec import ValidationError, convert

from rollguard_detector.core.models.adwin import AdwinParameters
from rollguard_detector.core.models.registry import MODELS, ModelRefused, named
from rollguard_detector.settings import DetectorSettings


def test_names_with_commas_take_their_defaults():
    assert [one.name for one in named(" adwin, half-space-trees ,")] == ["adwin", "half-space-trees"]
    assert named("adwin")[0].parameters == AdwinParameters()


def test_nothing_named_is_no_model():
    assert named("") == named("  ") == named("{}") == ()


def test_parameters_come_as_json():
    assert named('{"adwin": {"delta": 0.01}}')[0].parameters == AdwinParameters(delta=0.01)


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("adwim", "'adwim' is no model; did you mean 'adwin'?"),
        ("oracle", "'oracle' is no model; there are together, half-space-trees"),
        ('{"adwin": {"detla": 0.1}}', "adwin: Object contains unknown field `detla`; it takes delta, clock, memory"),
        ('{"adwin": {"delta": 2}}', r"adwin: Expected `float` < 1.0 - at `\$.delta`; it takes delta, clock, memory"),
        ('{"kswin": {"newest": 60}}', "newest \\(60\\) must be at most half the window \\(100\\)"),
        ('{"nothing": {"much": 1}}', "it takes nothing"),
        ('{"adwin"', "or as names with commas between"),
    ],
)
def test_a_wrong_name_is_refused_with_the_mend(text, mend):
    with pytest.raises(ModelRefused, match=mend):
        named(text)


def test_a_setting_that_names_no_model_stops_the_start():
    with pytest.raises(ValidationError, match=r"ROLLGUARD_DETECTOR_MODELS: 'adwim' is no model; did you mean 'adwin'\?"):
        convert({"models": "adwim"}, DetectorSettings)


def test_every_model_can_be_named_and_made_with_its_defaults():
    for name in MODELS:
        assert named(name)[0].make() is not None


def test_who_names_no_model_of_rivers_does_not_wait_for_river():
    program = (
        "import sys\n"
        "from rollguard_detector.core.models.registry import named\n"
        "from rollguard_detector.core.models.workload import WorkloadModels\n"
        "WorkloadModels(named('together'))\n"
        "print([name for name in sys.modules if name.split('.')[0] in {'river', 'scipy'}])"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip() == "[]"
