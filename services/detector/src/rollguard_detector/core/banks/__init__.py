"""
The models of one series in bulk: numpy columns, one row a series. Each is equal, sample by sample, to its one-series form.
"""
