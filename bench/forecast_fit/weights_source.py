"""
The text of `weights.py`: the constants as tuples, four digits each, so that a change of one is a line that can be read.
"""

from scoring.bounded_stream import HORIZON_SAMPLES

from forecast_fit.examples import HORIZONS_SAMPLES
from forecast_fit.network import LIMIT, Network, Numbers

_OPENING = '''"""
Constants of the forecast network: written by `bench/forecast_fit`, not by hand.

Inputs are the views of a gauge, in order; outputs are the log odds of a breach by each of HORIZON_SHARES. A change of a view
without a new fit makes every forecast wrong, so a test compares the two.
"""

# fmt: off
# ruff: noqa: E501 - a row of a matrix is a line
'''


def weights_source(network: Network, stacked: Numbers) -> str:
    """Return the module's text."""
    shares = tuple(round(samples / HORIZON_SAMPLES, 4) for samples in HORIZONS_SAMPLES)
    constants = {
        "CENTRES": network.centres,
        "SCALES": network.scales,
        "FIRST_LAYER": network.first_layer,
        "FIRST_BIAS": network.first_bias,
        "LAST_LAYER": network.last_layer,
        "STRAIGHT": network.straight,
        "LAST_BIAS": network.last_bias,
    }
    return (
        f"{_OPENING}HORIZON_SHARES = {shares}\n"
        f"STACK = {_row(stacked)}  # how far own horizon, mean over it and longer ones, and line are trusted; a constant\n"
        f"LIMIT = {LIMIT}  # of a standardised view\n"
        + "".join(f"{name} = {_rows(values)}\n" for name, values in constants.items())
    )


def _rows(values: Numbers) -> str:
    if values.ndim == 1:
        return _row(values)
    return "(\n" + "".join(f"    {_row(row)},\n" for row in values) + ")"


def _row(values: Numbers) -> str:
    return "(" + ", ".join(_number(float(value)) for value in values) + ")"


def _number(value: float) -> str:
    text = f"{value:.4g}"
    return text if "." in text or "e" in text else text + ".0"
