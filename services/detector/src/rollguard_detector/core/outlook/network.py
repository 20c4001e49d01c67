"""
The network that combines the views: log odds of a breach by each of several horizons, with constants that were fitted once.

It is as small as its worth allows and has no transcendental function, since in bulk every product of it is paid for each row: a
hidden layer of bent sums, and a straight way beside it.
"""

import numpy as np

from rollguard_detector.core.outlook.weights import (
    CENTRES,
    FIRST_BIAS,
    FIRST_LAYER,
    LAST_BIAS,
    LAST_LAYER,
    LIMIT,
    SCALES,
    STRAIGHT,
)

# The network as it is computed: standardising is folded into the first matrix, and what goes straight to the output stands beside
# the hidden layer's weights, so that one sample costs two products. Its plain form is in the tests.
LOW = np.array(CENTRES) - LIMIT * np.array(SCALES)
HIGH = np.array(CENTRES) + LIMIT * np.array(SCALES)
FIRST = np.hstack([FIRST_LAYER, STRAIGHT]) / np.array(SCALES)[:, np.newaxis]
BIAS = np.concatenate([FIRST_BIAS, LAST_BIAS]) - np.array(CENTRES) @ FIRST
LAST = np.array(LAST_LAYER)
HIDDEN = len(FIRST_BIAS)
# Of one sample calls are paid for, not products: the bias is the weight of a view that is always 1, and what goes straight to the
# output is carried through the last product.
_LOW, _HIGH, _ONES = np.append(LOW, 1.0), np.append(HIGH, 1.0), np.ones(HIDDEN)
_FIRST, _LAST = np.vstack([FIRST, BIAS]), np.vstack([LAST, np.eye(len(LAST_BIAS))])


def network(views: list[float]) -> list[float]:
    """Return the log odds of a breach by each of HORIZON_SHARES, summed in one order by einsum's own loops: no machine differs."""
    told = np.array([*views, 1.0])
    np.maximum(told, _LOW, out=told)
    np.minimum(told, _HIGH, out=told)
    first = np.einsum("v,vk->k", told, _FIRST, optimize=False)
    hidden = first[:HIDDEN]
    size = np.abs(hidden)
    size += _ONES
    hidden /= size
    answer: list[float] = np.einsum("v,vk->k", first, _LAST, optimize=False).tolist()
    return answer
