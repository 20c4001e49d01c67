# cython: cdivision=True, boundscheck=False, wraparound=False
"""
Where the columns of a bank begin in memory, for a loop that needs dozens of them: a typed view of each costs a call of one row dear.

The rule: the columns stay where they are until the call ends, since no bank grows while it is asked; and the size of an element
is compared, so that a column that changed its type is no garbage but an error.
"""
from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer


cdef inline void *begin_of(object column, Py_ssize_t bytes_an_element) except? NULL:
    cdef Py_buffer view
    PyObject_GetBuffer(column, &view, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE)
    cdef void *begin = view.buf
    cdef Py_ssize_t found = view.itemsize
    PyBuffer_Release(&view)
    if found != bytes_an_element:
        raise TypeError(f"a column has elements of {found} bytes, where its loop knows {bytes_an_element}")
    return begin


cdef inline double *numbers(object column) except? NULL:
    return <double *>begin_of(column, sizeof(double))


cdef inline float *singles(object column) except? NULL:
    return <float *>begin_of(column, sizeof(float))


cdef inline int *counts(object column) except? NULL:
    return <int *>begin_of(column, sizeof(int))


cdef inline long long *integers(object column) except? NULL:
    return <long long *>begin_of(column, sizeof(long long))


cdef inline signed char *bytes_of(object column) except? NULL:
    return <signed char *>begin_of(column, 1)
