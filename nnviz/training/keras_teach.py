"""One step of gradient descent on one sample by Keras: the step of ``teach``, with TensorFlow's own gradients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.parameters import Parameters, check_shapes
from nnviz.spec import NetworkSpec, TrainingConfig
from nnviz.training.keras_backend import KerasBackend
from nnviz.training.teach import LOSS, Taught, check_teachable, frozen, taught


class KerasTeacher:
    """A Keras model with the SGD optimizer that takes the weights of each step as they are given.

    Args:
        spec: the network.

    Raises:
        SpecError: see ``check_teachable``.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        check_teachable(spec)
        self.spec = spec
        self._backend = KerasBackend(spec, TrainingConfig(optimizer="sgd", batch_size=1, loss=LOSS))
        # A step needs data; the samples that are taught are none of them.
        self._backend.set_data(np.zeros((1, spec.input_size), np.float32), np.zeros(1, np.int32))

    def step(
        self, parameters: Parameters, x: NDArray[np.floating], label: int, rate: float, generation: int = 0,
        step: int = 0,
    ) -> Taught:
        """Return one step; arguments as of ``teach_step``.

        Raises:
            SpecError: the weights are of another network, or the sample, the label or the rate cannot be.
        """
        check_shapes(self.spec, parameters)
        backend, sample = self._backend, np.array(x, np.float32).reshape(1, -1)
        backend.set_learning_rate(rate)
        backend.set_parameters(parameters)
        passed, gradients = backend.probe(sample, label)
        moment = backend.optimizer_moment()
        backend.run_sample(sample[0], label, rate)
        given = backend.optimizer_step(moment).gradient
        after = frozen(backend.parameters())
        return taught(
            self.spec, parameters, passed, gradients, given, after, backend.forward(sample), label, rate, "keras",
            generation, step,
        )

    def close(self) -> None:
        """Give the compiled program back; call nothing after it."""
        self._backend.close()
