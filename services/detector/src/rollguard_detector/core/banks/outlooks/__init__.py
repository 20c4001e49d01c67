"""
The parts of the forecaster in bulk, a file a part of its one-series form in ``core/outlook``.
"""
