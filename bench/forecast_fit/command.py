"""
Fits the constants of the forecast network, and says how true they are on streams that the fit never saw.

    .venv/bin/python bench/forecast_fit [--data FOLDER] [--write services/detector/src/rollguard_detector/core/outlook/weights.py]

The folder holds CSV files that open with a `#slo` line; to them come made-up worlds. First, half of the folder's units are kept
back, and a JSON line says what a fit to the rest is worth on them and in worlds of another seed. With `--write`, everything is
fitted once more and the constants are written: what is measured later on the same folder was then seen by the fit.

In the groups `day` and `wide` some breaches are steps out of nothing, which nobody can foresee: they bound the AUC there.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from scoring.bounded_stream import BoundedStream, load
from scoring.one_line import print_line
from scoring.reliability import Reliability, reliability

from forecast_fit.examples import Examples, examples
from forecast_fit.network import Network, Numbers
from forecast_fit.optimiser import fit
from forecast_fit.stack import probability, stack
from forecast_fit.weights_source import weights_source
from forecast_fit.worlds import climb
from forecast_fit.worlds.every import synthetic
from rollguard_detector.core.outlook.gauge import VIEWS

SEEDS = (1, 2, 3, 4, 5, 6)
UNSEEN_SEED = 9
ROLLOUT_SHARE = 0.2  # of what a group counts


@dataclass(frozen=True, slots=True)
class Fitted:
    """A network, and how far it is trusted beside the line."""

    network: Network
    stacked: Numbers

    @classmethod
    def to(cls, streams: Sequence[BoundedStream]) -> "Fitted":
        """Fit both to the same streams."""
        usual = examples(stream for stream in streams if stream.group != climb.GROUP)
        rollouts = examples(stream for stream in streams if stream.group == climb.GROUP)
        return cls.to_examples(usual, rollouts)

    @classmethod
    def to_examples(cls, usual: Examples, rollouts: Examples) -> "Fitted":
        """Fit to rollouts, nearly all of which go on to the bound, for a small share: more of them, and every wiggle is a climb."""
        network = fit(usual.beside(rollouts, ROLLOUT_SHARE))
        return cls(network, stack(network, usual, rollouts))

    def quality(self, unseen: Examples) -> Reliability:
        """Return how true the probabilities are."""
        said = probability(self.network, self.stacked, unseen.views)
        return reliability(said.astype(np.float64), unseen.came.astype(np.float64))


def held_back(stream: BoundedStream) -> bool:
    """Whether the report, not the fit, gets the stream: by its unit, so that all series of a machine lie on one side."""
    return bool(sha256(stream.unit.encode()).digest()[1] & 1)


def report(recorded: Sequence[BoundedStream]) -> dict[str, Reliability]:
    """Return by group what a fit to half of the units is worth on what it did not see."""
    fitted = Fitted.to(synthetic(SEEDS) + [stream for stream in recorded if not held_back(stream)])
    unseen = synthetic([UNSEEN_SEED]) + [stream for stream in recorded if held_back(stream)]
    groups = sorted({stream.group for stream in unseen})
    return {group: fitted.quality(examples(stream for stream in unseen if stream.group == group)) for group in groups}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/forecast_fit", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="CSV files that open with a #slo line")
    parser.add_argument("--write", type=Path, metavar="PATH", help="fit to everything, and write the constants there")
    return parser.parse_args()


def main() -> None:
    """Fit, and print one JSON line."""
    asked = _arguments()
    recorded = load(asked.data) if asked.data else []
    print_line({"bench": "forecast_fit", "views": len(VIEWS), "recorded_streams": len(recorded), "unseen": report(recorded)})
    if asked.write:
        fitted = Fitted.to(synthetic(SEEDS) + recorded)
        asked.write.write_text(weights_source(fitted.network, fitted.stacked))
