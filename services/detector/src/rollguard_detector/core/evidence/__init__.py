"""
Did a series change? Evidence with a stated run length, for one series at a time; ``core/banks`` has the same in bulk.
"""
