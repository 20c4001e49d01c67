# cython: cdivision=True, boundscheck=False, wraparound=False, initializedcheck=False
"""
The columns of an ``IncidentBank``, and the step of one row: what a surprise says beyond the incident that is open.
"""
cdef double SHARE, MARGIN
cdef int LEAST_SAMPLES


cdef class Incidents:
    cdef double[::1] peak
    cdef int[::1] at, samples


cdef inline double merged(Incidents bank, Py_ssize_t row, double surprise) noexcept nogil:
    bank.samples[row] += 1
    if not surprise > 0.0:
        return 0.0
    cdef int samples = bank.samples[row]
    if samples - bank.at[row] > max(<double>LEAST_SAMPLES, SHARE * samples):
        bank.peak[row] = -MARGIN
    if not surprise > bank.peak[row] + MARGIN:
        return 0.0
    bank.peak[row], bank.at[row] = surprise, samples
    return surprise
