"""A server that carries its model: it asks no registry, and its one revision is the one that it was given."""

import subprocess
import sys

from rollguard_example_server.built_in import BuiltIn
from rollguard_example_server.dataset import held_out_rows


def test_it_serves_a_fitted_model_under_the_revision_that_it_was_given():
    source = BuiltIn(revision="55f68b4865", fault="latency:0.006")
    fetched = source.fetch(source.revision())
    assert (fetched.revision, fetched.fault) == ("55f68b4865", "latency:0.006")
    rows = held_out_rows()
    right = sum(int(a) == b for a, b in zip(fetched.model.predict(rows.features), rows.labels, strict=True))
    assert right / len(rows.labels) > 0.95


def test_it_never_loads_mlflow():
    program = "import sys; import rollguard_example_server.built_in; sys.exit('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
