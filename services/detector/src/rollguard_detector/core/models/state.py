"""
State of parts inside the state of a whole: array names joined by a dot.
"""

from collections.abc import Mapping

from rollguard_detector.core.models.port import State


def nested(part: str, state: State) -> State:
    """Return the part's state as it stands in the whole's."""
    return {f"{part}.{name}": kept for name, kept in state.items()}


def within(state: State, part: str) -> State:
    """Return the part's state out of the whole's; empty where there is none."""
    return {name.removeprefix(f"{part}."): kept for name, kept in state.items() if name.startswith(f"{part}.")}


def parts(state: State) -> Mapping[str, State]:
    """Return the states of all parts; a part's name has no dot."""
    return {part: within(state, part) for part in dict.fromkeys(name.split(".", 1)[0] for name in state if "." in name)}
