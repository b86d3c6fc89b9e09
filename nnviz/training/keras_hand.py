"""Silenced and frozen units over TensorFlow tensors: what the variants of the compiled functions do besides.

``tf`` comes in as an argument. Which units are marked comes in as a tensor, so that marking another one compiles
nothing; without any mark the functions are traced without all this and are as fast as before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nnviz.training.keras_layers import LayerVariables


@dataclass(frozen=True, slots=True, eq=False)
class HandMasks:
    """Which units of each dense layer are silenced, and which frozen: (units,) bool tensors.

    Attributes:
        silenced: a tensor a layer.
        frozen: a tensor a layer.
    """

    silenced: tuple[Any, ...]
    frozen: tuple[Any, ...]

    @classmethod
    def of(cls, rows: Any, layers: tuple[LayerVariables, ...]) -> HandMasks:
        """Divide (2, units of all layers), see ``hand.mask_rows``, into layers."""
        ends, start = [], 0
        for layer in layers:
            ends.append((start, start + layer.kernel.shape[1]))
            start = ends[-1][1]
        return cls(*(tuple(rows[row, first:last] for first, last in ends) for row in (0, 1)))

    def held(self, tf: Any, place: int, a: Any) -> Any:
        """Return the activations of layer ``place`` (0 the first) with those of silenced units held at 0.

        By choice, not by a product: a·0 is NaN where a is infinite, and lets a gradient of −0 through.
        """
        return tf.where(self.silenced[place], tf.zeros_like(a), a)

    def frozen_of(self, layers: tuple[LayerVariables, ...]) -> dict[int, Any]:
        """Return for each learnt variable, by its id, which of its units are frozen.

        A kernel (inputs, units) and all vectors (units,) have their units last, so one mask fits them all.
        """
        return {id(variable): self.frozen[place] for place, layer in enumerate(layers) for variable in layer.learnt}
