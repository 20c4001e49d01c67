"""
A page that holds the picture and the spans as a table, and asks for nothing from anywhere else.
"""

import io
from html import escape

from matplotlib.figure import Figure

from rollguard_detector.plain.scoring import iso
from rollguard_detector.plain.tracks import Track

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #243b53; max-width: 1200px; margin: 2em auto; padding: 0 1em }
svg { width: 100%; height: auto } table { border-collapse: collapse } td, th { padding: .25em 1.2em .25em 0; text-align: left }
th { border-bottom: 1px solid #9aa5b1 } td { border-bottom: 1px solid #e9edf1 }
"""


def page_of(figure: Figure, tracks: list[Track], told: str) -> str:
    """Return the page; `told` names what was answered."""
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    svg = drawn.getvalue()
    rows = "".join(
        f"<tr><td>{escape(track.stream)}</td><td>{iso(span.start_seconds)}</td><td>{iso(span.end_seconds)}</td><td>{escape(span.said)}</td></tr>"
        for track in tracks
        for span in track.spans
    )
    table = (
        f"<table><tr><th>stream</th><th>from</th><th>to</th><th>what</th></tr>{rows}</table>" if rows else "<p>Nothing to mark.</p>"
    )
    counts = f"{sum(len(track.times) for track in tracks)} rows, {len(tracks)} stream{'s' if len(tracks) > 1 else ''}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(told)}</title><style>{_STYLE}</style></head>'
        f"<body><h1>Value and {escape(told)}</h1><p>{counts}; times in UTC.</p>"
        f"{svg[svg.index('<svg') :]}{table}</body></html>\n"
    )
