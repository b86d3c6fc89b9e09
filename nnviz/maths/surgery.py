"""Change the shape of a network and keep what it has learnt: which layers go on, and the weights they keep."""

from __future__ import annotations

import numpy as np

from nnviz.maths.parameters import FloatArray, LayerParameters, Normalisation, Parameters, initial_parameters
from nnviz.spec import NetworkSpec


def matching_layers(old: NetworkSpec, new: NetworkSpec) -> tuple[int | None, ...]:
    """Return for each layer of a new network which layer of the old one it goes on from, None where it is a new one.

    Networks of the same depth match layer by layer. Otherwise layers were put in or taken out at one place: the
    layers before it with the same units match from the input on, the layers behind it from the output back.
    """
    olds, news = old.layers, new.layers
    if len(olds) == len(news):
        return tuple(range(len(news)))
    shorter = min(len(olds), len(news))
    front = 0
    # The output layer always goes on as the output layer.
    while front < shorter - 1 and olds[front].units == news[front].units:
        front += 1
    back = shorter - front
    made: list[int | None] = [*range(front), *(None,) * (len(news) - front)]
    for place in range(1, back + 1):
        made[-place] = len(olds) - place
    return tuple(made)


def carried_parameters(
    parameters: Parameters, old: NetworkSpec, new: NetworkSpec, seed: int, rest: Parameters | None = None
) -> Parameters:
    """Return parameters for a new network that keep all weights of the old one that still have a place.

    A layer that goes on keeps what is common to its old and new shape: the first units and the first inputs. Units
    and layers that are new begin as the seed draws them; so do the weights between two layers that were not
    joined before.

    Args:
        parameters: of the old network.
        old: the network they are of.
        new: the network wanted.
        seed: draws what is new.
        rest: parameters of the new network to take what is new from, instead of drawing it: an undone edit gives
            back the very units that it took.
    """
    fresh = initial_parameters(new, seed) if rest is None else rest
    matches = matching_layers(old, new)
    made = []
    for place, match in enumerate(matches):
        drawn = fresh[place]
        if match is None:
            made.append(drawn)
            continue
        before = parameters[match]
        # Its inputs are the old ones only where the layer before it is the one that was before it.
        source = matches[place - 1] if place else None
        same_inputs = (match == 0 and old.input_shape == new.input_shape) if place == 0 else source == match - 1
        kernel = _common(drawn.kernel, before.kernel) if same_inputs else drawn.kernel
        bias = _common(drawn.bias, before.bias)
        if not new.layers[place].use_bias:
            bias = np.zeros_like(drawn.bias)
        slope = drawn.slope
        if slope is not None and before.slope is not None:
            slope = _common(slope, before.slope)
        norm = drawn.norm
        if norm is not None and before.norm is not None:
            was = before.norm
            norm = Normalisation(
                _common(norm.gamma, was.gamma), _common(norm.beta, was.beta),
                _common(norm.mean, was.mean), _common(norm.variance, was.variance),
            )  # fmt: skip
        made.append(LayerParameters(kernel, bias, slope, norm))
    return tuple(made)


def _common(drawn: FloatArray, kept: FloatArray) -> FloatArray:
    """Return ``drawn`` with the part that both shapes have taken from ``kept``."""
    made = drawn.copy()
    part = tuple(slice(0, min(a, b)) for a, b in zip(drawn.shape, kept.shape, strict=True))
    made[part] = kept[part]
    return made
