"""
The detector's core over a recorded past: from files or topics to the signals that it would have said, published nowhere.
"""
