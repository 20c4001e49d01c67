# cython: cdivision=True, boundscheck=False, wraparound=False
"""
Where a bank's column begins in memory; for dozens of columns a call, which as typed views would cost a single row's call most.

The rule: the bank keeps its columns, and nobody grows it, while a loop runs. What is no whole column of such numbers is refused.
"""
from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer


cdef inline void *begin(column, Py_ssize_t bytes_a_number) except NULL:
    cdef Py_buffer buffer
    PyObject_GetBuffer(column, &buffer, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE)
    cdef void *start = buffer.buf
    cdef bint fits = buffer.itemsize == bytes_a_number
    PyBuffer_Release(&buffer)
    if not fits:
        raise TypeError(f"a column of {bytes_a_number} bytes a number was expected, not {column.dtype}")
    return start


cdef inline double *doubles(column) except NULL:
    return <double *> begin(column, sizeof(double))
