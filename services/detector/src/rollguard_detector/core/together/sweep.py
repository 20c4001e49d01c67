"""
The inverse of a small symmetric matrix, by Gauss-Jordan sweeps.

Only elementwise operations in a fixed order: LAPACK picks its kernels by the processor, and a replay on another machine must give
the same bits. At most a few dozen rows, so that this costs no more than a call for each of them.
"""

import numpy as np
from numpy.typing import NDArray

_LEAST_PIVOT = 1e-12


def inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the inverse of a symmetric matrix, None where it is not positive definite."""
    swept = matrix.copy()
    for pivot in range(len(swept)):
        divisor = float(swept[pivot, pivot])
        if not divisor > _LEAST_PIVOT:
            return None
        row, column = swept[pivot] / divisor, swept[:, pivot].copy()
        swept -= np.multiply.outer(column, row)
        swept[pivot], swept[:, pivot] = row, column / -divisor
        swept[pivot, pivot] = 1.0 / divisor
    return swept
