"""
Where alerts go: one channel a file, behind one small port. What a channel needs beyond the alert is its own affair.
"""
