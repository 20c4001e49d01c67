"""
The models that can be named, and how an operator names them.

A table, so that a new model is a file and a line: the settings, the generated page and the battery of tests read this one. River is
imported by the model that needs it when it is made, since that takes seconds and most run without.
"""

import difflib
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from rollguard_detector.core.models.adwin import Adwin, AdwinParameters
from rollguard_detector.core.models.half_space_trees import HalfSpaceTrees, HalfSpaceTreesParameters
from rollguard_detector.core.models.kswin import Kswin, KswinParameters
from rollguard_detector.core.models.nothing import Nothing, NothingParameters
from rollguard_detector.core.models.page_hinkley import PageHinkley, PageHinkleyParameters
from rollguard_detector.core.models.port import Model
from rollguard_detector.core.models.snarimax import Snarimax, SnarimaxParameters
from rollguard_detector.core.models.together import Together, TogetherParameters

Role = Literal["scorer", "forecaster", "drift-watch"]


class Entry(NamedTuple):
    """What a model does, what can be chosen, and what makes one."""

    role: Role
    parameters: type[msgspec.Struct]
    make: Callable[[Any], Model]
    about: str


MODELS: Mapping[str, Entry] = {
    "together": Entry("scorer", TogetherParameters, Together, "A workload's series by their covariance; built in."),
    "half-space-trees": Entry("scorer", HalfSpaceTreesParameters, HalfSpaceTrees, "A workload's series by random boxes."),
    "snarimax": Entry("forecaster", SnarimaxParameters, Snarimax, "Each series by lags and past errors."),
    "adwin": Entry("drift-watch", AdwinParameters, Adwin, "Each series for a change of mean, by an adaptive window."),
    "page-hinkley": Entry("drift-watch", PageHinkleyParameters, PageHinkley, "Each series for a change of mean, by a sum."),
    "kswin": Entry("drift-watch", KswinParameters, Kswin, "Each series for a change of shape; costly."),
    "nothing": Entry("scorer", NothingParameters, Nothing, "No model; what runs where none is wanted."),
}


class ModelRefused(ValueError):
    """What was named is no model, or was given what it does not take; the text says what would do."""


class Named(NamedTuple):
    """A model as an operator named it."""

    name: str
    parameters: msgspec.Struct

    def make(self) -> Model:
        """Return a new model."""
        return MODELS[self.name].make(self.parameters)


def named(text: str) -> tuple[Named, ...]:
    """
    Read ``together, adwin`` or ``{"adwin": {"delta": 0.001}}``; nothing named is no model.

    Raises:

        ModelRefused: for an unknown name, an unknown parameter or a value out of its range.
    """
    wanted = _from_json(text) if text.lstrip().startswith("{") else {name.strip(): {} for name in text.split(",") if name.strip()}
    return tuple(Named(name, _parameters(name, given)) for name, given in wanted.items())


def _from_json(text: str) -> dict[str, dict[str, Any]]:
    try:
        return msgspec.json.decode(text, type=dict[str, dict[str, Any]])
    except msgspec.MsgspecError as error:
        raise ModelRefused(f'{error}; write it as {{"adwin": {{"delta": 0.001}}}}, or as names with commas between') from error


def _parameters(name: str, given: dict[str, Any]) -> msgspec.Struct:
    entry = MODELS.get(name)
    if entry is None:
        near = difflib.get_close_matches(name, MODELS, n=1)
        mend = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(MODELS)}"
        raise ModelRefused(f"{name!r} is no model; {mend}")
    try:
        return msgspec.convert(given, entry.parameters)
    except msgspec.ValidationError as error:
        takes = ", ".join(entry.parameters.__struct_fields__) or "nothing"
        raise ModelRefused(f"{name}: {error}; it takes {takes}") from error
