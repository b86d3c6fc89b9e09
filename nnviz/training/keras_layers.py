"""The layers of one network as Keras has them, and the same computation over TensorFlow tensors.

``tf`` and ``keras`` come in as arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.activations import LEAKY_SLOPE
from nnviz.maths.parameters import (
    NORMALISATION_EPSILON,
    NORMALISATION_MOMENTUM,
    FloatArray,
    LayerParameters,
    Normalisation,
)
from nnviz.spec import LayerSpec, NetworkSpec


@dataclass(frozen=True, slots=True, eq=False)
class LayerVariables:
    """The TensorFlow variables of one layer; None where the layer has no such thing.

    Attributes:
        activation: the name of φ.
        function: φ over tensors, but for PReLU.
        kernel: (inputs, units).
        bias: (units,).
        slope: (units,), of PReLU.
        gamma: (units,), of batch normalisation, as the three that follow.
        beta: learnt, as γ is.
        mean: moving mean, not learnt.
        variance: moving variance, not learnt.
        drops: whether a share of the activations can be dropped.
        penalised: whether L1 and L2 can be above 0.
    """

    activation: str
    function: Callable[[Any], Any]
    kernel: Any
    bias: Any
    slope: Any
    gamma: Any
    beta: Any
    mean: Any
    variance: Any
    drops: bool
    penalised: bool

    @property
    def learnt(self) -> tuple[Any, ...]:
        """Variables that training changes by their gradient: kernel, bias, γ, β, slope, those there are."""
        return tuple(v for v in (self.kernel, self.bias, self.gamma, self.beta, self.slope) if v is not None)

    @property
    def moving(self) -> tuple[Any, ...]:
        """Variables that training only measures: moving mean and variance, or none."""
        return () if self.mean is None else (self.mean, self.variance)

    def parameters(self, values: dict[int, NDArray[Any]]) -> LayerParameters:
        """Return values, by the id of their variable, as the layer's parameters; what is absent is 0."""

        def of(variable: Any) -> FloatArray:
            made = values.get(id(variable))
            if made is None:
                made = np.zeros(self.kernel.shape[1], np.float32)
                made.flags.writeable = False
            return made

        norm = None
        if self.gamma is not None:
            norm = Normalisation(of(self.gamma), of(self.beta), of(self.mean), of(self.variance))
        return LayerParameters(of(self.kernel), of(self.bias), None if self.slope is None else of(self.slope), norm)

    def assign(self, parameters: LayerParameters) -> None:
        """Set the variables."""
        pairs = [(self.kernel, parameters.kernel), (self.bias, parameters.bias), (self.slope, parameters.slope)]
        if parameters.norm is not None:
            norm = parameters.norm
            pairs += [(self.gamma, norm.gamma), (self.beta, norm.beta), (self.mean, norm.mean)]
            pairs.append((self.variance, norm.variance))
        for variable, array in pairs:
            if variable is not None:
                variable.assign(np.asarray(array, np.float32))

    def sums(self, tf: Any, a: Any) -> Any:
        """Return z = a·W + b."""
        z = tf.matmul(a, self.kernel)
        return z if self.bias is None else z + self.bias

    def normalised(self, tf: Any, z: Any, mean: Any, variance: Any) -> Any:
        """Return γ·(z − mean)/√(variance + ε) + β, by the operation Keras uses."""
        return tf.nn.batch_normalization(z, mean, variance, self.beta, self.gamma, NORMALISATION_EPSILON)

    def measured(self, tf: Any, z: Any, mask: Any, size: Any) -> tuple[Any, Any]:
        """Return mean and variance of z over the samples whose mask is 1, and let the moving ones follow."""
        mean = tf.reduce_sum(z * mask[:, None], axis=0) / size
        variance = tf.reduce_sum(tf.square(z - mean) * mask[:, None], axis=0) / size
        for moving, measured in ((self.mean, mean), (self.variance, variance)):
            kept = moving * NORMALISATION_MOMENTUM
            moving.assign(kept + tf.stop_gradient(measured) * (1 - NORMALISATION_MOMENTUM))
        return mean, variance

    def phi(self, tf: Any, n: Any) -> Any:
        """Return a = φ(n)."""
        if self.slope is None:
            return self.function(n)
        return tf.nn.relu(n) - self.slope * tf.nn.relu(-n)


def build_layers(tf: Any, keras: Any, spec: NetworkSpec) -> tuple[Any, tuple[LayerVariables, ...]]:
    """Build the ``keras.Sequential`` of a network and return it with the variables of each of its layers."""
    kinds = keras.layers
    stack: list[Any] = [keras.Input((spec.input_size,))]
    found: list[tuple[LayerSpec, Any, Any, Any]] = []
    for number, layer in enumerate(spec.layers, start=1):
        is_alone = not layer.batch_norm and layer.activation != "prelu"
        dense = kinds.Dense(
            layer.units,
            activation=_keras_activation(keras, layer.activation) if is_alone else None,
            use_bias=layer.use_bias,
            name=f"dense_{number}",
        )
        norm = kinds.BatchNormalization(name=f"batch_norm_{number}") if layer.batch_norm else None
        prelu = kinds.PReLU(name=f"prelu_{number}") if layer.activation == "prelu" else None
        stack += [dense, *(each for each in (norm, prelu) if each is not None)]
        if norm is not None and prelu is None:
            stack.append(kinds.Activation(_keras_activation(keras, layer.activation), name=f"activation_{number}"))
        if layer.dropout:
            stack.append(kinds.Dropout(layer.dropout, name=f"dropout_{number}"))
        found.append((layer, dense, norm, prelu))
    model = keras.Sequential(stack, name="mlp")
    made = tuple(
        LayerVariables(
            layer.activation,
            tensor_activation(tf, layer.activation),
            dense.kernel.value,
            dense.bias.value if layer.use_bias else None,
            prelu.alpha.value if prelu is not None else None,
            *_norm_values(norm),
            layer.dropout > 0,
            layer.l1 > 0 or layer.l2 > 0,
        )
        for layer, dense, norm, prelu in found
    )
    return model, made


def describe_layers(keras: Any, model: Any, spec: NetworkSpec) -> None:
    """Write into a model what its variables do not know, so that a saved file says it: initializers, L1, L2, dropout.

    None of it is asked by the compiled step, which gets the values anew for each chunk.
    """
    for number, layer in enumerate(spec.layers, start=1):
        dense = model.get_layer(f"dense_{number}")
        dense.kernel_initializer = keras.initializers.get(layer.kernel_initializer)
        penalised = layer.l1 > 0 or layer.l2 > 0
        dense.kernel_regularizer = keras.regularizers.L1L2(layer.l1, layer.l2) if penalised else None
        if layer.dropout:
            model.get_layer(f"dropout_{number}").rate = layer.dropout


def tensor_activation(tf: Any, name: str) -> Callable[[Any], Any]:
    """Return φ over tensors."""
    # identity, not the tensor itself: z and a of a linear layer must be two tensors to the tape.
    table: dict[str, Callable[[Any], Any]] = {
        "linear": tf.identity,
        "step": tf.custom_gradient(lambda z: (tf.cast(z >= 0, z.dtype), tf.zeros_like)),
        "sigmoid": tf.sigmoid,
        "tanh": tf.tanh,
        "relu": tf.nn.relu,
        "leaky_relu": lambda z: tf.nn.leaky_relu(z, alpha=LEAKY_SLOPE),
        "prelu": tf.identity,  # has a variable, see ``LayerVariables.phi``
        "elu": tf.nn.elu,
        "selu": tf.nn.selu,
        "gelu": lambda z: tf.nn.gelu(z, approximate=False),
        "softplus": tf.math.softplus,
        "softmax": tf.nn.softmax,
    }
    return table[name]


def _keras_activation(keras: Any, name: str) -> Any:
    """Return what Keras is given for an activation: its name, or for the step a function that a file can name."""
    if name != "step":
        return name
    registered = keras.saving.get_registered_object("nnviz>step")
    if registered is not None:
        return registered

    def step(z: Any) -> Any:
        return keras.ops.cast(z >= 0, z.dtype)

    return keras.saving.register_keras_serializable("nnviz", "step")(step)


def _norm_values(norm: Any) -> tuple[Any, Any, Any, Any]:
    if norm is None:
        return None, None, None, None
    return norm.gamma.value, norm.beta.value, norm.moving_mean.value, norm.moving_variance.value
