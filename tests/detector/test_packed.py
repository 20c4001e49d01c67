"""
Arrays as bytes: exact there and back, and nothing but numbers.
"""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rollguard_detector.core.packed import Packed, pack, unpack

numbers = arrays.arrays(
    st.sampled_from([np.float64, np.float32, np.int32, np.int8, np.bool_, np.uint32]), arrays.array_shapes(max_dims=2)
)


@given(st.dictionaries(st.text(max_size=5), numbers, max_size=4))
def test_columns_come_back_bit_by_bit(columns):
    wire = msgspec.msgpack.decode(msgspec.msgpack.encode(pack(columns)), type=dict[str, Packed])
    back = unpack(wire)
    assert {name: (one.dtype, one.shape, one.tobytes()) for name, one in back.items()} == {
        name: (one.dtype, one.shape, one.tobytes()) for name, one in columns.items()
    }


@pytest.mark.parametrize("dtype", ["|O", "|V8", "|S3", "<M8[s]"])
def test_what_is_neither_a_number_nor_a_name_is_refused(dtype):
    with pytest.raises(ValueError, match="no bank has"):
        unpack({"x": Packed(dtype, (1,), bytes(np.dtype(dtype).itemsize))})


def test_bytes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="7 bytes"):
        unpack({"x": Packed("<f8", (1,), bytes(7))})
