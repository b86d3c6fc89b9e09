"""The network of a script: a line for each layer, more where it has more to say."""

from __future__ import annotations

from nnviz.spec import LayerSpec, NetworkSpec
from nnviz.training.script.text import call, literal

#: Keras has no step; this one has the gradient 0 everywhere, not none, so that layers before it are left alone.
STEP = (
    "",
    "# 1 from 0 upwards, else 0. Gradient 0: nothing before it learns.",
    "def step(z):",
    "    return keras.ops.clip(keras.ops.sign(z) + 1, 0, 1)",
    "",
)


def layer_lines(spec: NetworkSpec) -> list[str]:
    """Return the definition of ``step`` where it is needed, and ``model``; expects ``keras``."""
    lines = list(STEP) if "step" in spec.activations else []
    lines += ["model = keras.Sequential([", f"    keras.Input(shape=({spec.input_size},)),"]
    for layer in spec.layers:
        lines += _layer(layer)
    return [*lines, "])"]


def _layer(layer: LayerSpec) -> list[str]:
    own_activation = layer.batch_norm or layer.activation == "prelu"
    values = [str(layer.units)]
    activation = "step" if layer.activation == "step" else f'"{layer.activation}"'
    if not own_activation and layer.activation != "linear":
        values.append(f"activation={activation}")
    if not layer.use_bias:
        values.append("use_bias=False")
    if layer.kernel_initializer != "glorot_uniform":  # Keras' default
        values.append(f'kernel_initializer="{layer.kernel_initializer}"')
    if layer.l1 or layer.l2:
        values.append(f"kernel_regularizer=keras.regularizers.{_penalty(layer)}")
    lines = call("keras.layers.Dense", values, 4, ",")
    if layer.batch_norm:
        lines.append("    keras.layers.BatchNormalization(),")
    if layer.activation == "prelu":
        lines.append("    keras.layers.PReLU(),")
    elif layer.batch_norm and layer.activation != "linear":
        lines.append(f"    keras.layers.Activation({activation}),")
    if layer.dropout:
        lines.append(f"    keras.layers.Dropout({literal(layer.dropout)}),")
    return lines


def _penalty(layer: LayerSpec) -> str:
    if layer.l1 and layer.l2:
        return f"L1L2({literal(layer.l1)}, {literal(layer.l2)})"
    return f"L1({literal(layer.l1)})" if layer.l1 else f"L2({literal(layer.l2)})"
