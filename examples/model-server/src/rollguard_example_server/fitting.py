"""
Fits the model: a scaled logistic regression on the rows that are not held out.

Apart from ``training``, which brings the model to MLflow: a server that carries its model needs no registry, and must not pay the
seconds and the 200 MB that its client takes.
"""

from typing import NamedTuple

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from rollguard_example_server.dataset import held_out_rows, training_rows

REGULARISATION = 1.0


class Trained(NamedTuple):
    """A fitted pipeline and its accuracy on rows that it never saw."""

    pipeline: Pipeline
    accuracy_ratio: float


def train() -> Trained:
    """Fit a scaled logistic regression; the same rows give the same model."""
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=REGULARISATION))
    pipeline.fit(*training_rows())
    return Trained(pipeline, float(pipeline.score(*held_out_rows())))
