"""Which samples are worth a lecture: those that the network gets wrong, but not hopelessly."""

from __future__ import annotations

import numpy as np

from nnviz.data.datasets import Split
from nnviz.maths.forward import forward
from nnviz.maths.parameters import Parameters
from nnviz.spec import NetworkSpec

#: Samples looked at; 2,000 take some 50 ms with the bundled model.
LOOKED_AT = 2000
#: The right class has about this probability in a sample that is doubtful, wrong, and turned by one step.
DOUBTFUL = 0.35
MAX_SAMPLES = 40


def telling_samples(parameters: Parameters, spec: NetworkSpec, split: Split) -> list[int]:
    """Return indices of telling samples, the most telling first.

    Wrong ones come first, those in doubt before those that are hopeless; right but unsure ones follow.

    Args:
        parameters: the weights of the network.
        spec: the network; its output is softmax.
        split: where they are taken from.
    """
    x, y = split.x[:LOOKED_AT], split.y[:LOOKED_AT]
    if len(x) == 0 or x.shape[1] != spec.input_size:
        return []
    output = forward(parameters, spec.activations, x).output
    p = output[np.arange(len(y)), y]
    is_right = output.argmax(axis=1) == y
    order = np.lexsort((np.abs(p - DOUBTFUL), is_right))
    return [int(place) for place in order[:MAX_SAMPLES]]
