"""
The program that writes the forecast network's constants: the same streams for ever, true gradients, and the forecaster's own sums.
"""

import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from random import Random
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_detector.core.outlook import weights
from rollguard_detector.core.outlook.forecast import BreachForecaster
from rollguard_detector.core.outlook.gauge import VIEWS, Gauge

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "bench"))  # programs are no packages of the workspace

command = import_module("forecast_fit.command")
examples = import_module("forecast_fit.examples")
network = import_module("forecast_fit.network")
optimiser = import_module("forecast_fit.optimiser")
stack = import_module("forecast_fit.stack")
weights_source = import_module("forecast_fit.weights_source")
FAMILIES = import_module("forecast_fit.worlds.every").FAMILIES
BoundedStream = import_module("scoring.bounded_stream").BoundedStream

FIRST_DRAWS = {
    "day": "a7bb176f2bdc4e55",
    "own": "2089dd1f51de16e1",
    "wide": "4aba5282e878d39f",
    "line": "ebf13de1c0411dc5",
    "climb": "f360776ee44b8cb8",
}


def fingerprint(streams) -> str:
    """Hash to six digits: the last bits of a sine are the platform's."""
    told = (
        f"{one.unit} {one.group} {one.above} {one.bound:.6g} {' '.join(f'{value:.6g}' for value in one.values)}\n"
        for one in streams
    )
    return sha256("".join(told).encode()).hexdigest()[:16]


@pytest.mark.parametrize("family", FIRST_DRAWS)
def test_a_seed_draws_the_streams_that_the_constants_were_fitted_on(family: str) -> None:
    assert fingerprint(FAMILIES[family]("fit1")) == FIRST_DRAWS[family]


def test_every_family_is_pinned() -> None:
    assert set(FAMILIES) == set(FIRST_DRAWS)


@pytest.mark.parametrize("family", FIRST_DRAWS)
def test_another_seed_draws_other_streams(family: str) -> None:
    assert fingerprint(FAMILIES[family]("other")) != FIRST_DRAWS[family]


@given(st.integers(0, 99), st.integers(1, 100))
def test_a_breach_is_within_a_longer_horizon_wherever_it_is_within_a_shorter_one(breach: int, samples: int) -> None:
    came = examples.labels(BoundedStream("a", "x", (0.0,) * samples, 1.0), [breach])
    assert (np.diff(came, axis=1) >= 0).all()
    assert came[:, examples.OWN_HORIZON].tolist() == [float(0 < breach - index <= 30) for index in range(samples)]


def ramp(unit: str, group: str, samples: int, *, above: bool = True):
    rng, sign = Random(unit), 1.0 if above else -1.0
    values = tuple(sign * (1.1 * index / samples + rng.gauss(0.0, 0.02)) for index in range(samples))
    return BoundedStream(unit, group, values, sign, above)


def test_all_groups_weigh_the_same_however_long_their_streams_are() -> None:
    known = examples.examples([ramp("a", "short", 100), ramp("b", "long", 400), ramp("c", "long", 700)])
    short = len(examples.examples([ramp("a", "short", 100)]).views)
    assert known.weights[:short].sum() == pytest.approx(1.0)
    assert known.weights[short:].sum() == pytest.approx(1.0)


def test_what_is_told_of_a_stream_does_not_depend_on_the_direction_of_harm() -> None:
    one, other = examples.told([ramp("a", "x", 120, above=False), ramp("a", "x", 120)])
    assert one == pytest.approx(other)


def test_what_is_told_in_bulk_is_what_a_gauge_tells_alone() -> None:
    long, short = ramp("a", "x", 120), replace(ramp("b", "x", 70), horizon_samples=90)
    for stream, told in zip((long, short), examples.told([long, short]), strict=True):
        gauge = Gauge(60.0 * stream.horizon_samples)
        alone = []
        for index, value in enumerate(stream.values):
            gauge.learn(stream.bound - value, 60.0 if index else 0.0)
            alone.append(gauge.views())
        assert told == pytest.approx(np.array(alone))


def loss(parts, x, labels) -> float:
    """Return the mean log loss with the ridge, written down apart from its gradients."""
    first_layer, first_bias, last_layer, straight, last_bias = parts
    odds = optimiser.softsign(x @ first_layer + first_bias) @ last_layer + x @ straight + last_bias
    fit = (np.logaddexp(0.0, odds) - labels * odds).sum() / len(x)
    return fit + 0.5 * optimiser.RIDGE * sum((part**2).sum() for part in (first_layer, last_layer, straight))


def test_the_gradients_are_those_of_the_log_loss() -> None:
    rng = np.random.default_rng(1)
    parts = [rng.normal(0, 0.5, shape) for shape in ((4, 3), (3,), (3, 2), (4, 2), (2,))]
    x, labels = rng.normal(size=(50, 4)), (rng.random((50, 2)) < 0.3).astype(float)
    for part, gradient in zip(parts, optimiser._gradients(parts, x, labels), strict=True):
        for place in np.ndindex(part.shape):
            was, slopes = part[place], []
            for shift in (1e-5, -1e-5):
                part[place] = was + shift
                slopes.append(loss(parts, x, labels))
            part[place] = was
            assert gradient[place] == pytest.approx((slopes[0] - slopes[1]) / 2e-5, abs=1e-5)


@pytest.fixture(scope="module")
def ramps():
    return examples.examples([ramp(f"unit{number}", "ramps", 120 + 40 * number) for number in range(8)])


def test_a_fit_learns_to_tell_what_breaches_and_is_the_same_every_time(ramps) -> None:
    fitted, again = (optimiser.fit(ramps, steps=60) for _ in range(2))
    quality = command.Fitted(fitted, stack.stack(fitted, ramps, ramps)).quality(ramps)
    assert quality.auc > 0.95
    assert quality.brier_skill > 0.5
    assert again.last_layer.tolist() == fitted.last_layer.tolist()


def test_the_stack_says_as_many_breaches_as_came(ramps) -> None:
    fitted = optimiser.fit(ramps, steps=60)
    said = stack.probability(fitted, stack.stack(fitted, ramps, ramps), ramps.views)
    assert (ramps.shares * said).sum() == pytest.approx((ramps.shares * ramps.came).sum(), abs=0.02)


def committed():
    """Return the network of the constants that the detector has."""
    names = ("CENTRES", "SCALES", "FIRST_LAYER", "FIRST_BIAS", "LAST_LAYER", "STRAIGHT", "LAST_BIAS")
    return network.Network(*(np.array(getattr(weights, name)) for name in names))


def test_the_fit_computes_what_the_forecaster_computes() -> None:
    stream = ramp("a", "x", 100)
    forecaster = BreachForecaster(stream.bound, above=True, horizon_seconds=1800.0)
    said = [forecaster.forecast_then_learn(index * 60.0, value).probability for index, value in enumerate(stream.values[:30])]
    fitted = stack.probability(committed(), np.array(weights.STACK), examples.told([stream])[0])
    assert fitted[:30].tolist() == pytest.approx(said)  # within a horizon no forecast has matured that could correct it


def test_the_constants_are_as_the_program_writes_them_and_nobody_edited_them() -> None:
    text = Path(weights.__file__).read_text()
    assert weights_source.weights_source(committed(), np.array(weights.STACK)) == text


def test_what_is_written_is_read_back_to_four_digits() -> None:
    rng = np.random.default_rng(2)
    shapes = ((len(VIEWS),), (len(VIEWS),), (len(VIEWS), 3), (3,), (3, 4), (len(VIEWS), 4), (4,))
    drawn = network.Network(*(rng.normal(0, 10.0 ** rng.integers(-3, 3), shape) for shape in shapes))
    module = ModuleType("weights")
    exec(weights_source.weights_source(drawn, np.array([1.0, -0.5])), module.__dict__)  # noqa: S102 - it was written a line above
    assert np.array(module.FIRST_LAYER) == pytest.approx(drawn.first_layer, rel=1e-3)
    assert np.array(module.CENTRES) == pytest.approx(drawn.centres, rel=1e-3)
    assert module.STACK == (1.0, -0.5)


def test_the_program_is_run_by_its_folder() -> None:
    done = subprocess.run((sys.executable, ROOT / "bench" / "forecast_fit", "--help"), check=True, capture_output=True, text=True)
    assert "--write" in done.stdout
