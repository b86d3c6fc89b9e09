"""What an optimizer remembers (its step count, moments), read, set, and carried over to another network.

Also what it did in a single step: see ``OptimizerMoment``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import SpecError
from nnviz.maths.parameters import Parameters
from nnviz.training.keras_passes import arrays
from nnviz.training.keras_program import Program
from nnviz.training.optimizer_words import SLOT_WORDS, rule_constants
from nnviz.training.records import OptimizerStep

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


@dataclass(frozen=True, slots=True, eq=False)
class OptimizerMoment:
    """What an optimizer remembers at one moment, as tensors: nothing is copied until a step is described by it.

    Attributes:
        slots: by the names of ``Program.slots``.
    """

    slots: dict[str, Any]


def remembered(program: Program) -> OptimizerMoment:
    """Return what the optimizer remembers now; the tensors stay as they are when a step changes the variables."""
    # In ``Program.state`` they stand between the variables of the layers and the learning rate.
    return OptimizerMoment(dict(zip(program.slots, program.read()[-1 - len(program.slots) : -1], strict=True)))


def describe_step(
    program: Program, name: str, before: OptimizerMoment, gradients: Sequence[Any], learning_rate: float
) -> OptimizerStep:
    """Return what the optimizer did in the step that was just made.

    Args:
        program: after that step.
        name: the optimizer, one of ``nnviz.spec.OPTIMIZERS``.
        before: ``remembered`` just before the step.
        gradients: what the optimizer was given, a tensor for each of ``Program.learnt``.
        learning_rate: of that step.
    """
    after = remembered(program)
    constants = rule_constants(name, program.optimizer.get_config())
    if "u_product" in after.slots:
        constants += (("u_product", float(after.slots["u_product"].numpy())),)
    return OptimizerStep(
        name,
        int(before.slots["iteration"].numpy()) + 1,
        learning_rate,
        constants,
        program.parameters_of(program.learnt, list(arrays(gradients))),
        _by_word(program, name, before),
        _by_word(program, name, after),
    )


def _by_word(program: Program, name: str, moment: OptimizerMoment) -> tuple[tuple[str, Parameters], ...]:
    weights = [variable.path.replace("/", "_") for variable in program.model.trainable_variables]
    return tuple(
        (word, program.parameters_of(program.learnt, list(arrays(moment.slots[f"{w}_{kind}"] for w in weights))))
        for word, kind in SLOT_WORDS[name]
        if f"{weights[0]}_{kind}" in moment.slots  # with a momentum of 0 Keras' SGD keeps none
    )
