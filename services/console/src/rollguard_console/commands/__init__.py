"""
The commands, one family a file. A module is imported only when one of its commands is named, so it imports what it needs.
"""
