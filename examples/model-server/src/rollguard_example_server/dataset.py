"""
The Wisconsin breast-cancer rows that scikit-learn ships: 569 rows of 30 numbers, label 1 for benign and 0 for malignant.

Every third row is held out. The load generator sends only those, so the accuracy that the server reports is honest. The file is
found without importing scikit-learn, which would cost the load generator three seconds and 200 MB for a table of numbers.
"""

import csv
from importlib.metadata import files
from typing import NamedTuple

_FILE_NAME = "breast_cancer.csv"
_HELD_OUT_EVERY = 3


class Rows(NamedTuple):
    """Features and labels, in step."""

    features: list[list[float]]
    labels: list[int]


def training_rows() -> Rows:
    """Return what the model may learn from."""
    return _rows(held_out=False)


def held_out_rows() -> Rows:
    """Return what it has never seen."""
    return _rows(held_out=True)


def _rows(*, held_out: bool) -> Rows:
    shipped = next(file for file in files("scikit-learn") or () if file.name == _FILE_NAME)
    _counts, *lines = csv.reader(shipped.read_text().splitlines())
    chosen = [line for index, line in enumerate(lines) if (index % _HELD_OUT_EVERY == 0) == held_out]
    return Rows([[float(text) for text in line[:-1]] for line in chosen], [int(line[-1]) for line in chosen])
