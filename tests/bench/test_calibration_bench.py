"""
The measurement of calibration: made-up families are what their names say, and a run length is counted as it is stated.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scoring.families import FAMILIES

PROGRAM = Path(__file__).resolve().parents[2] / "bench" / "calibration.py"


@pytest.fixture(scope="module")
def calibration():
    spec = importlib.util.spec_from_file_location("bench_calibration", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


def test_a_run_length_is_samples_over_alarms_and_a_lower_bound_without_any(calibration):
    assert calibration.run_length([False, True] * 500) == calibration.RunLength(1000, 500, 2.0, 2.0 / 10_000)
    assert calibration.run_length([False] * 20_000).ratio_to_stated == 2.0


def test_families_have_the_tails_and_the_memory_of_their_names():
    drawn = {name: family(np.random.default_rng(1), 50_000) for name, family in FAMILIES.items()}
    means = {"normal": 0.0, "lognormal_0.6": np.exp(0.18), "ar_0.8": 0.0, "poisson_0.2": 0.2, "ratio_0.002_of_500": 0.002}
    assert {name: drawn[name].mean() for name in means} == pytest.approx(means, rel=0.05, abs=0.05)
    remembering = drawn["ar_0.8"]
    assert np.corrcoef(remembering[1:], remembering[:-1])[0, 1] == pytest.approx(0.8, abs=0.02)
    assert drawn["ratio_0.02_of_5_to_500"].max() <= 1.0
    assert np.abs(drawn["t3"]).max() > 10.0


def test_the_same_seed_draws_the_same_series():
    for family in FAMILIES.values():
        assert np.array_equal(family(np.random.default_rng(3), 100), family(np.random.default_rng(3), 100))


def test_a_run_prints_one_json_line_with_every_family():
    ran = subprocess.run(
        [sys.executable, str(PROGRAM), "--streams", "1", "--samples", "1500"], check=True, capture_output=True, text=True
    )
    (line,) = ran.stdout.splitlines()
    result = json.loads(line)
    assert set(result["families"]) == set(FAMILIES)
    found = [result["samples_to_find"][f"{shift}_deviations"]["samples"] for shift in (1, 2, 3)]
    assert found == sorted(found, reverse=True)
    assert found[-1] < 20
    assert result["samples_to_find"]["doubled_deviation"]["share"] == 1.0
