"""
Where history lies, one driver a file behind ``core.history.HistorySource``, and the file in which people list it.
"""
