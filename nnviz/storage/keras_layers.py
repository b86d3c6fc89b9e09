"""Folds the Keras layers of a file into the layers of a ``NetworkSpec``, refusing by name what does not fit.

One layer of nnviz is Dense, then perhaps BatchNormalization, then perhaps an activation, then perhaps Dropout, in
this order. What computes something else, or is trained otherwise than a ``LayerSpec`` can say, is refused. Nothing is
run: a class or a function that a file names is compared with a list of names, never looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnviz.errors import FileFormatError, SpecError
from nnviz.maths.activations import LEAKY_SLOPE
from nnviz.maths.parameters import NORMALISATION_EPSILON, NORMALISATION_MOMENTUM
from nnviz.spec import ACTIVATIONS, LayerSpec

#: What a refused layer is told.
SUPPORTED = (
    "nnviz opens a plain chain of Input, Flatten, and Dense layers (float32; "
    f"{', '.join(name for name in ACTIVATIONS if name not in ('step', 'prelu'))}), each with or without "
    "BatchNormalization, then Activation, ReLU, LeakyReLU, PReLU or Softmax, then Dropout behind it"
)
#: The name nnviz registers its step function under; Keras has none of its own.
STEP_FUNCTION = "nnviz>step"

_IN_DENSE = tuple(name for name in ACTIVATIONS if name not in ("step", "prelu"))
_NONE = (None,)
_INITIALIZERS: dict[str, tuple[str, dict[str, float]]] = {
    "GlorotUniform": ("glorot_uniform", {}), "GlorotNormal": ("glorot_normal", {}),
    "HeUniform": ("he_uniform", {}), "HeNormal": ("he_normal", {}),
    "LecunUniform": ("lecun_uniform", {}), "LecunNormal": ("lecun_normal", {}),
    "RandomUniform": ("random_uniform", {"minval": -0.05, "maxval": 0.05}),
    "RandomNormal": ("random_normal", {"mean": 0.0, "stddev": 0.05}),
    "Zeros": ("zeros", {}),
}  # fmt: skip
_DENSE_ONLY: dict[str, tuple[object, ...]] = {
    "bias_regularizer": _NONE, "activity_regularizer": _NONE, "kernel_constraint": _NONE, "bias_constraint": _NONE,
}  # fmt: skip
_NORM_ONLY: dict[str, tuple[object, ...]] = {
    "axis": (-1, 1, [-1], [1]), "epsilon": (NORMALISATION_EPSILON,), "momentum": (NORMALISATION_MOMENTUM,),
    "center": (True,), "scale": (True,), "renorm": (False,), "synchronized": (False,), "beta_regularizer": _NONE,
    "gamma_regularizer": _NONE, "beta_constraint": _NONE, "gamma_constraint": _NONE,
}  # fmt: skip
_ACTIVATION_ONLY: dict[str, dict[str, tuple[object, ...]]] = {
    "Activation": {},
    "ReLU": {"max_value": _NONE, "negative_slope": (0, None), "threshold": (0, None)},
    # Keras' layer has another default (0.3) than its function of the same name.
    "LeakyReLU": {"negative_slope": (LEAKY_SLOPE,)},
    "PReLU": {"shared_axes": _NONE, "alpha_regularizer": _NONE, "alpha_constraint": _NONE},
    "Softmax": {"axis": (-1, 1, [-1], [1])},
}
_DENSE, _NORM, _ACTIVATION, _DROPOUT = range(4)


@dataclass(frozen=True, slots=True)
class LayerNames:
    """Keras' names of the layers with weights that one ``LayerSpec`` was folded from.

    Attributes:
        dense: of the Dense layer.
        norm: of the BatchNormalization layer, None without one.
        prelu: of the PReLU layer, None without one.
    """

    dense: str
    norm: str | None = None
    prelu: str | None = None


def fold(
    chain: list[dict[str, Any]], input_shape: tuple[int, ...]
) -> tuple[tuple[LayerSpec, ...], tuple[LayerNames, ...]]:
    """Fold layers, as a file's ``config.json`` has them, without the input layer, into layers of a network.

    Raises:
        FileFormatError: a layer is not in ``SUPPORTED``, or stands where it does not belong.
        SpecError: a number is outside the limits of ``LayerSpec``.
    """
    folding = _Folding(input_shape)
    for layer in chain:
        folding.take(layer)
    return tuple(folding.layers), tuple(folding.names)


def name_of(layer: dict[str, Any]) -> str:
    """Return the name Keras gave a layer, "?" where the file has none."""
    return str(object_of(layer.get("config"), "a layer's config").get("name", "?"))


def object_of(value: object, what: str) -> dict[str, Any]:
    """Return a JSON object as it is.

    Raises:
        FileFormatError: it is something else; ``what`` names it.
    """
    if not isinstance(value, dict):
        raise FileFormatError(f"{what} must be a JSON object, got {type(value).__name__}")
    return value


def refuse(layer: dict[str, Any], rule: str) -> FileFormatError:
    """Return the error that says which layer breaks which rule, and what is supported."""
    return FileFormatError(f"layer {name_of(layer)!r} ({layer.get('class_name')}) {rule}; {SUPPORTED}")


class _Folding:
    """The layers folded so far. Mutable; lives during one ``fold``."""

    def __init__(self, input_shape: tuple[int, ...]) -> None:
        self.layers: list[LayerSpec] = []
        self.names: list[LayerNames] = []
        self._shape = input_shape
        self._is_flat = len(input_shape) == 1
        self._stage = _DENSE

    def take(self, layer: dict[str, Any]) -> None:
        kind, config = str(layer.get("class_name")), object_of(layer.get("config"), "a layer's config")
        if layer.get("registered_name") not in (None, kind):
            raise refuse(layer, "is a custom layer")
        if kind == "Flatten":
            _only(layer, config, {"data_format": ("channels_last", None)})
            self._is_flat = True
        elif kind == "Dense":
            if not self._is_flat:
                raise refuse(layer, f"gets an input of shape {self._shape}: put a Flatten layer before it")
            self.layers.append(_within(layer, lambda: _dense(layer, config)))
            self.names.append(LayerNames(name_of(layer)))
            self._stage = _DENSE
        elif kind == "BatchNormalization":
            self._normalisation(layer, config)
        elif kind in _ACTIVATION_ONLY:
            self._activation(layer, kind, config)
        elif kind == "Dropout":
            self._dropout(layer, config)
        else:
            raise refuse(layer, "is of a kind that is not supported")

    def _normalisation(self, layer: dict[str, Any], config: dict[str, Any]) -> None:
        _check_type(layer, config)
        _only(layer, config, _NORM_ONLY)
        self._advance(layer, _NORM)
        if self.layers[-1].activation != "linear":
            raise refuse(layer, f"stands behind the activation {self.layers[-1].activation}, not before it")
        self.layers[-1] = replace(self.layers[-1], batch_norm=True)
        self.names[-1] = replace(self.names[-1], norm=name_of(layer))

    def _activation(self, layer: dict[str, Any], kind: str, config: dict[str, Any]) -> None:
        _check_type(layer, config)
        _only(layer, config, _ACTIVATION_ONLY[kind])
        if not self.layers:
            raise refuse(layer, "stands before the first Dense layer")
        if kind == "Activation":
            name = _known_activation(layer, config.get("activation"))
        else:
            name = {"ReLU": "relu", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "Softmax": "softmax"}[kind]
        if name == "linear":
            return
        if self.layers[-1].activation != "linear":
            raise refuse(layer, f"follows another activation ({self.layers[-1].activation})")
        self._advance(layer, _ACTIVATION)
        self.layers[-1] = replace(self.layers[-1], activation=name)
        if name == "prelu":
            self.names[-1] = replace(self.names[-1], prelu=name_of(layer))

    def _dropout(self, layer: dict[str, Any], config: dict[str, Any]) -> None:
        _only(layer, config, {"noise_shape": _NONE})
        rate: Any = config["rate"]
        if rate == 0:
            return
        self._advance(layer, _DROPOUT)
        self.layers[-1] = _within(layer, lambda: replace(self.layers[-1], dropout=rate))

    def _advance(self, layer: dict[str, Any], stage: int) -> None:
        """Note that the last layer has come to ``stage``, which it must not have reached before."""
        if not self.layers:
            raise refuse(layer, "stands before the first Dense layer")
        if stage <= self._stage:
            before = {_NORM: "BatchNormalization", _ACTIVATION: "an activation", _DROPOUT: "Dropout"}[self._stage]
            raise refuse(layer, f"stands behind {before}")
        self._stage = stage


def _dense(layer: dict[str, Any], config: dict[str, Any]) -> LayerSpec:
    _check_type(layer, config)
    if config.get("quantization_config") is not None or config.get("lora_rank") is not None:
        raise refuse(layer, "is quantized or has LoRA weights")
    _only(layer, config, _DENSE_ONLY)
    activation = _known_activation(layer, config.get("activation") or "linear")
    l1, l2 = _penalties(layer, config.get("kernel_regularizer"))
    return LayerSpec(
        config["units"], activation, _initializer(config.get("kernel_initializer")), config.get("use_bias", True),
        l1=l1, l2=l2,
    )  # fmt: skip


def _within(layer: dict[str, Any], make: Callable[[], LayerSpec]) -> LayerSpec:
    """Return what ``make`` makes; an error about a number also names the layer."""
    try:
        return make()
    except SpecError as error:
        raise SpecError(f"{error} (layer {name_of(layer)!r})") from None


def _only(layer: dict[str, Any], config: dict[str, Any], allowed: Mapping[str, tuple[object, ...]]) -> None:
    """Refuse a layer with a setting that is not among the allowed ones; the first is what absence means."""
    for key, values in allowed.items():
        value = config.get(key, values[0])
        if value not in values:
            shown = value.get("class_name", "?") if isinstance(value, dict) else value
            raise refuse(layer, f"has {key} {shown}")


def _check_type(layer: dict[str, Any], config: dict[str, Any]) -> None:
    kind = config.get("dtype", "float32")
    if isinstance(kind, dict):
        kind = object_of(kind.get("config"), "a dtype").get("name")
    if kind != "float32":
        raise refuse(layer, f"computes in {kind}")


def _known_activation(layer: dict[str, Any], name: object) -> str:
    # A dictionary is a class or a function of the file's own: refused, but for the one that nnviz writes itself.
    if isinstance(name, dict) and name.get("class_name") == "function":
        name = STEP_FUNCTION if name.get("config") == STEP_FUNCTION else name
    if name == STEP_FUNCTION:
        return "step"
    if not isinstance(name, str) or name not in _IN_DENSE:
        shown = name if isinstance(name, str) else (name or {}) and type(name).__name__
        raise refuse(layer, f"has the activation {shown!r}")
    return name


def _initializer(value: object) -> str:
    """Return how the first weights were drawn, Keras' default where nnviz cannot draw them so.

    It matters only when the network is started again: the weights are in the file.
    """
    if isinstance(value, dict) and value.get("registered_name") in (None, value.get("class_name")):
        name, numbers = _INITIALIZERS.get(str(value.get("class_name")), ("glorot_uniform", {}))
        config = value.get("config")
        if not numbers or (isinstance(config, dict) and all(config.get(k) == v for k, v in numbers.items())):
            return name
    return "glorot_uniform"


def _penalties(layer: dict[str, Any], value: object) -> tuple[float, float]:
    """Return (l1, l2) of a kernel regularizer."""
    if value is None:
        return 0.0, 0.0
    kind = value.get("class_name") if isinstance(value, dict) else value
    if not isinstance(value, dict) or kind not in ("L1", "L2", "L1L2"):
        raise refuse(layer, f"has the kernel_regularizer {kind!r}")
    if value.get("registered_name") not in (None, kind):
        raise refuse(layer, f"has the kernel_regularizer {value['registered_name']!r}")
    config = object_of(value.get("config"), "a regularizer's config")
    return _weight(config.get("l1", 0.0)), _weight(config.get("l2", 0.0))


def _weight(value: Any) -> Any:
    # Keras rounds some of these to single precision (0.1 is written 0.10000000149011612): take the number meant.
    if isinstance(value, float) and abs(value) < 1e30 and float(np.float32(value)) == value:
        return float(str(np.float32(value)))
    return value
