"""
A picture of what was answered: the value with its band and bound, below it the score or the probability, incidents shaded.

The file's ending says which: .png, or .html, a page that needs nothing else. Streams beyond a few are left out, the least striking
first, and the picture says so.
"""

from pathlib import Path

from rollguard_detector.plain.columns import Unusable
from rollguard_detector.plain.parquet import MISSING
from rollguard_detector.plain.tracks import Track

_MOST_STREAMS = 8
_PANEL_INCHES = 3.4
_ENDINGS = (".png", ".html")


def check(path: str) -> None:
    """Raise Unusable where no picture could be drawn there."""
    if Path(path).suffix not in _ENDINGS:
        raise Unusable(f"--plot writes {' or '.join(_ENDINGS)}, not {path}")
    if not Path(path).absolute().parent.is_dir():
        raise Unusable(f"--plot cannot write {path}: there is no such folder")
    try:
        import matplotlib as mpl  # noqa: F401, PLC0415  # heavy, and an extra
    except ImportError:
        raise Unusable(MISSING.format(what="--plot", package="matplotlib")) from None


def draw(tracks: list[Track], path: str, told: str) -> None:
    """Write the picture; `told` names what was answered. Raise Unusable where there is nothing to draw or no place for it."""
    if not tracks:
        raise Unusable(f"no row could be read, so {path} is not drawn")
    import matplotlib as mpl  # noqa: PLC0415  # heavy, and an extra
    from matplotlib.figure import Figure  # noqa: PLC0415  # as above

    from rollguard_detector.plain.page import page_of  # noqa: PLC0415  # needs the extra
    from rollguard_detector.plain.panel import STYLE, draw_panel  # noqa: PLC0415  # as above

    shown = striking(tracks)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(12.0, 0.5 + _PANEL_INCHES * len(shown)), layout="constrained")
        panels = figure.subplots(2 * len(shown), 1, squeeze=False, height_ratios=[2.4, 1.0] * len(shown))[:, 0]
        for index, track in enumerate(shown):
            draw_panel(panels[2 * index], panels[2 * index + 1], track, told)
        if len(shown) < len(tracks):
            figure.suptitle(f"{len(shown)} of {len(tracks)} streams: those with the highest {told}", x=0.01, ha="left")
        try:
            if path.endswith(".png"):
                figure.savefig(path, dpi=130)
            else:
                Path(path).write_text(page_of(figure, shown, told), encoding="utf-8")
        except OSError as problem:
            raise Unusable(f"{path} cannot be written: {problem.strerror}") from None


def striking(tracks: list[Track]) -> list[Track]:
    """Return the streams with the highest answers, in the order in which they came."""
    kept = sorted(range(len(tracks)), key=lambda index: -tracks[index].highest)[:_MOST_STREAMS]
    return [tracks[index] for index in sorted(kept)]
