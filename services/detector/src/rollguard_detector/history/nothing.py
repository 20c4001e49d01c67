"""
No history: the detector begins with what comes live.
"""

from collections.abc import AsyncGenerator

from rollguard_detector.core.history import Span, Stretch


class NoHistory:
    """A source that has nothing to tell, and has told it at once."""

    name = "nothing"

    async def read(self, span: Span) -> AsyncGenerator[Stretch, None]:
        """Say that nothing happened."""
        yield Stretch(span.until_seconds)
