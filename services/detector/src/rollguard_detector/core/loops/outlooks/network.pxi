# The network: ``core/banks/outlooks/network``, a row at a time; each sum takes its products in the order of the inputs.

cdef enum:
    HIDDEN = 24
    HORIZONS = 5
    FIRST_ROOM = 32  # of the sums of the first layer, 29, so that they come in whole vectors; the rest are of noughts
    LAST_ROOM = 8
    VECTOR = 8

if layers.FIRST.shape != (VIEWS, HIDDEN + HORIZONS) or layers.LAST.shape != (HIDDEN, HORIZONS):
    raise ImportError("the network has other layers than its loop")

cdef double FIRST[VIEWS][FIRST_ROOM]
cdef double LAST[HIDDEN][LAST_ROOM]
cdef double BIAS[FIRST_ROOM]
cdef double LOW[VIEWS]
cdef double HIGH[VIEWS]


cdef void _read_network() except *:
    memset(FIRST, 0, sizeof(FIRST))
    memset(LAST, 0, sizeof(LAST))
    memset(BIAS, 0, sizeof(BIAS))
    for output in range(HIDDEN + HORIZONS):
        BIAS[output] = layers.BIAS[output]
    for view in range(VIEWS):
        LOW[view], HIGH[view] = layers.LOW[view], layers.HIGH[view]
        for output in range(HIDDEN + HORIZONS):
            FIRST[view][output] = layers.FIRST[view, output]
    for unit in range(HIDDEN):
        for horizon in range(HORIZONS):
            LAST[unit][horizon] = layers.LAST[unit, horizon]


_read_network()


cdef inline void network(double *views, double *log_odds) noexcept nogil:
    cdef double first[FIRST_ROOM]
    cdef double last[LAST_ROOM]
    cdef int number
    for number in range(VIEWS):
        views[number] = least(most(views[number], LOW[number]), HIGH[number])
    for number in range(FIRST_ROOM // VECTOR):
        _summed(&FIRST[0][number * VECTOR], FIRST_ROOM, VIEWS, views, &first[number * VECTOR])
    for number in range(FIRST_ROOM):
        first[number] += BIAS[number]
    for number in range(HORIZONS):
        log_odds[number] = first[HIDDEN + number]
    for number in range(HIDDEN):
        first[number] /= 1.0 + fabs(first[number])
    _summed(&LAST[0][0], LAST_ROOM, HIDDEN, first, last)
    for number in range(HORIZONS):
        log_odds[number] = last[number] + log_odds[number]


cdef inline void _summed(const double *weights, int apart, int inputs, const double *told, double *sums) noexcept nogil:
    """Tell a vector of sums."""
    cdef double kept[VECTOR]
    cdef double value
    cdef int number, place
    for place in range(VECTOR):
        kept[place] = 0.0
    for number in range(inputs):
        value = told[number]
        for place in range(VECTOR):
            kept[place] += weights[number * apart + place] * value
    for place in range(VECTOR):
        sums[place] = kept[place]
