"""
The battery that every model of the registry passes, whatever its role.

A model is driven the same way in all roles: it is asked (a score, a forecast, whether it drifted) and then taught one vector, or
the first channel of it. ``test_model_battery.py`` runs this over the whole table, so a new model cannot be forgotten.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rollguard_detector.core.models.port import State
from rollguard_detector.core.models.registry import MODELS, named

Vector = Mapping[str, float]


def make(name: str) -> Any:
    (model,) = named(name)
    return model.make()


def vectors(samples: int, shift_deviations: float = 3.0) -> list[Vector]:
    """Return correlated vectors in which a channel is missing now and then, and a shift towards the end."""
    rng, channels = np.random.default_rng(7), ("cpu", "latency", "memory")
    shared = rng.standard_normal(samples)
    shift = np.where(np.arange(samples) > 0.7 * samples, shift_deviations, 0.0)
    columns = {name: np.clip(0.8 * shared + 0.6 * rng.standard_normal(samples) + shift, -8.0, 8.0) for name in channels}
    gaps = {name: rng.random(samples) < 0.05 for name in channels}
    return [
        {name: float(columns[name][at]) for name in channels if name == channels[0] or not gaps[name][at]} for at in range(samples)
    ]


def ask(name: str, model: Any, vector: Vector) -> object:
    if MODELS[name].role == "scorer":
        return model.score(vector)
    return tuple(model.forecast(3)) if MODELS[name].role == "forecaster" else model.has_drifted


def teach(name: str, model: Any, vector: Vector) -> None:
    model.learn(vector if MODELS[name].role == "scorer" else vector["cpu"])


def told(name: str, model: Any, stream: Sequence[Vector]) -> list[object]:
    """Ask before each vector, then teach it; a drift watch speaks for what it learned last."""
    answers = []
    for vector in stream:
        answers.append(ask(name, model, vector))
        teach(name, model, vector)
    return answers


def bytes_of(state: State) -> int:
    return sum(kept.nbytes for kept in state.values())


def check_asking_changes_nothing(name: str, stream: Sequence[Vector]) -> None:
    """A model that is asked five times goes on as one that was asked once."""
    asked, quiet = make(name), make(name)
    for vector in stream:
        first = [ask(name, asked, vector) for _ in range(5)]
        assert first == [ask(name, quiet, vector)] * 5
        teach(name, asked, vector)
        teach(name, quiet, vector)


def check_it_answers_before_any_learning(name: str, vector: Vector) -> None:
    assert ask(name, make(name), vector) in {None, False, (0.0, 0.0, 0.0)}


def check_the_same_inputs_give_the_same_bits(name: str, stream: Sequence[Vector]) -> None:
    assert told(name, make(name), stream) == told(name, make(name), stream)


def check_a_vector_is_answered_by_what_came_before_it(name: str, stream: Sequence[Vector]) -> None:
    """The answer to a vector is the same whether or not it is learned afterwards, and learning it is what changes the model."""
    model, before = make(name), make(name)
    for vector in stream:
        teach(name, model, vector)
        teach(name, before, vector)
    answer = ask(name, model, stream[0])
    teach(name, model, stream[0])
    assert answer == ask(name, before, stream[0])


def check_state_moves_exactly(name: str, stream: Sequence[Vector], at: int) -> None:
    """Taken out after a vector and put into a new model, it goes on as if nothing had happened."""
    undisturbed = make(name)
    answers = told(name, undisturbed, stream)
    first, second = make(name), make(name)
    told(name, first, stream[:at])
    second.restore(first.export())
    assert told(name, second, stream[at:]) == answers[at:]
    same_state(second.export(), undisturbed.export())


def same_state(one: State, other: State) -> None:
    assert one.keys() == other.keys()
    for key, kept in one.items():
        np.testing.assert_array_equal(kept, other[key], err_msg=key)


def check_a_snapshot_is_a_copy(name: str, stream: Sequence[Vector]) -> None:
    model = make(name)
    told(name, model, stream[:40])
    taken = {key: kept.copy() for key, kept in model.export().items()}
    exported = model.export()
    told(name, model, stream[40:80])
    same_state(exported, taken)


def check_memory_is_bounded(name: str, warm: int, more: int) -> None:
    """What is exported after many samples is no more than twice what it was when the model was warm."""
    model = make(name)
    told(name, model, vectors(warm, shift_deviations=0.0))
    before = bytes_of(model.export())
    told(name, model, vectors(more, shift_deviations=0.0))
    assert bytes_of(model.export()) <= 2 * before
