"""
What tests share: the real parts of a run, topics on them, and names that no other test uses.
"""
