"""What an optimizer remembers (its step count, moments), read, set, and carried over to another network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import SpecError

#: The number of a layer, from 1, in the name of a variable that the optimizer remembers something of.
_LAYER_NUMBER = re.compile(r"(?:dense|batch_norm|prelu)_(\d+)_")


def values(slots: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Return a copy of what is remembered, by the names of ``Program.slots``."""
    return {name: np.array(variable.numpy()) for name, variable in slots.items()}


def assign(slots: Mapping[str, Any], state: Mapping[str, NDArray[Any]]) -> None:
    """Set the slots to what ``values`` returned, all or none.

    Raises:
        SpecError: an entry is missing or of another shape.
    """
    for name, variable in slots.items():
        if name not in state or state[name].shape != tuple(variable.shape):
            raise SpecError(f"the optimizer's state needs {name} of shape {tuple(variable.shape)}")
    for name, variable in slots.items():
        variable.assign(state[name])


def recall(slots: Mapping[str, Any], memory: Mapping[str, NDArray[Any]], matches: tuple[int | None, ...]) -> None:
    """Set the slots of layers that go on to what was remembered of them under their old numbers; the rest stays.

    Args:
        slots: of the new network.
        memory: ``values`` of the old one.
        matches: for each layer which one it was, see ``nnviz.maths.surgery.matching_layers``.
    """
    for name, variable in slots.items():
        number = _LAYER_NUMBER.search(name)
        before: str | None = name
        if number is not None:
            match = matches[int(number[1]) - 1]
            start, end = number.span(1)
            before = None if match is None else f"{name[:start]}{match + 1}{name[end:]}"
        kept = None if before is None else memory.get(before)
        if kept is not None and kept.shape == tuple(variable.shape):
            variable.assign(kept)
