"""
Why a real part cannot be had on this machine, and what would change it.
"""


class Missing(Exception):
    """A part is not to be had; tests that need it are skipped with this text."""
