"""
One battery over every model of the registry.
"""

import pytest

from detector import model_battery as battery
from rollguard_detector.core.models.registry import MODELS

COSTLY = {"kswin": 130}  # sorts at every value
SAMPLES = 400
WARM = {"adwin": 520, "half-space-trees": 260, "kswin": 110}


@pytest.fixture(params=MODELS)
def name(request):
    return request.param


@pytest.fixture
def stream(name):
    return battery.vectors(COSTLY.get(name, SAMPLES))


def test_asking_changes_nothing(name, stream):
    battery.check_asking_changes_nothing(name, stream)


def test_a_model_answers_before_any_learning(name, stream):
    battery.check_it_answers_before_any_learning(name, stream[0])


def test_a_vector_is_answered_by_what_came_before_it(name, stream):
    battery.check_a_vector_is_answered_by_what_came_before_it(name, stream)


def test_the_same_inputs_give_the_same_bits(name, stream):
    battery.check_the_same_inputs_give_the_same_bits(name, stream)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.7, 0.95])
def test_state_moves_exactly(name, stream, share):
    battery.check_state_moves_exactly(name, stream, int(share * len(stream)))


def test_a_snapshot_is_a_copy(name, stream):
    battery.check_a_snapshot_is_a_copy(name, stream)


def test_memory_is_bounded(name):
    warm = WARM.get(name, 50)
    battery.check_memory_is_bounded(name, warm, 40 if name == "kswin" else 3 * warm)


def test_what_adwin_forgot_at_the_end_of_its_memory_is_forgotten_in_a_copy_too():
    long = battery.vectors(1_400)
    battery.check_state_moves_exactly("adwin", long, 1_100)
