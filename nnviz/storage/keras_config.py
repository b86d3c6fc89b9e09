"""Reads the architecture out of a ``.keras`` file's ``config.json`` through a list of what is allowed.

Keras' own deserialisation runs whatever classes a file names; its safe mode is a list of what is forbidden.
Here nothing is run: the text is read as data, and a layer that is not on the list is refused by name.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import Any

from nnviz.errors import FileFormatError, SpecError
from nnviz.spec import ACTIVATIONS, LayerSpec, NetworkSpec

#: What a refused layer is told.
SUPPORTED = (
    "nnviz opens a plain chain of Input, Flatten, Dense (float32, with bias; "
    f"{', '.join(ACTIVATIONS)}), Activation, ReLU, Softmax and Dropout layers"
)
_MAX_LAYERS = 200
_IGNORED = ("Dropout",)  # at inference it passes its input through


@dataclass(frozen=True, slots=True)
class Architecture:
    """What a file says a network is.

    Attributes:
        spec: the network, activations of separate layers folded into the dense layers before them.
        dense_names: Keras' name of each dense layer, in order.
    """

    spec: NetworkSpec
    dense_names: tuple[str, ...]


def read_config(text: bytes) -> Architecture:
    """Read ``config.json``.

    Raises:
        FileFormatError: it is not JSON, not a chain of the layers in ``SUPPORTED``, or beyond the limits of
            ``NetworkSpec``. The message does not name the file: the caller does.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"its config.json is not valid JSON ({error})") from None
    try:
        model = _object(data, "the model")
        config = _object(model.get("config"), "the model's config")
        layers = _layers(config)
        if model.get("class_name") == "Sequential":
            chain = layers
        elif model.get("class_name") in ("Functional", "Model"):
            chain = _functional_chain(config, layers)
        else:
            kind = model.get("class_name")
            raise FileFormatError(f"it holds a {kind!r}, not a Sequential or Functional model")
        return _fold(chain, config.get("build_input_shape"))
    except SpecError as error:
        raise FileFormatError(f"its network is outside the limits: {error}") from None
    except (TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise FileFormatError(f"its config.json is not laid out as Keras does ({error!r})") from None


def _object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FileFormatError(f"{what} must be a JSON object, got {type(value).__name__}")
    return value


def _layers(config: dict[str, Any]) -> list[dict[str, Any]]:
    layers = config.get("layers")
    if not isinstance(layers, list) or not layers:
        raise FileFormatError("it lists no layers")
    if len(layers) > _MAX_LAYERS:
        raise FileFormatError(f"it lists {len(layers):,} layers; at most {_MAX_LAYERS} are read")
    return [_object(layer, "a layer") for layer in layers]


def _name(layer: dict[str, Any]) -> str:
    return str(_object(layer.get("config"), "a layer's config").get("name", "?"))


def _refuse(layer: dict[str, Any], rule: str) -> FileFormatError:
    return FileFormatError(f"layer {_name(layer)!r} ({layer.get('class_name')}) {rule}; {SUPPORTED}")


def _functional_chain(config: dict[str, Any], layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order the layers of a functional model from its input to its output, refusing every branch."""
    by_name = {_name(layer): layer for layer in layers}
    if len(by_name) != len(layers):
        raise FileFormatError("two of its layers have the same name")
    place = _single(config.get("output_layers"), "output")
    chain: list[dict[str, Any]] = []
    while True:
        layer = by_name.pop(place, None)
        if layer is None:
            raise FileFormatError(f"its layer {place!r} is missing or is used twice; {SUPPORTED}")
        chain.append(layer)
        nodes = layer.get("inbound_nodes")
        if layer.get("class_name") == "InputLayer":
            break
        if not isinstance(nodes, list) or len(nodes) != 1:
            raise _refuse(layer, "is used more than once")
        arguments = _object(nodes[0], "a connection").get("args")
        tensor = arguments[0] if isinstance(arguments, list) and len(arguments) == 1 else None
        if not isinstance(tensor, dict) or tensor.get("class_name") != "__keras_tensor__":
            raise _refuse(layer, "has several inputs")
        place = str(tensor["config"]["keras_history"][0])
    if by_name:
        raise _refuse(next(iter(by_name.values())), "is not on the one way from input to output")
    if _single(config.get("input_layers"), "input") != _name(chain[-1]):
        raise FileFormatError("its input is not the first layer of the chain")
    if chain[::-1] != layers:  # the weights are numbered in the order of the list: never mix them up
        raise FileFormatError("it lists its layers in another order than they are used in")
    return chain[::-1]


def _single(value: object, what: str) -> str:
    """Read ``["name", 0, 0]`` or ``[["name", 0, 0]]``."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    if not isinstance(value, list) or len(value) != 3 or not isinstance(value[0], str):
        raise FileFormatError(f"it has not exactly one {what}; {SUPPORTED}")
    return value[0]


def _shape(value: object) -> tuple[int, ...]:
    """Read a batch shape, ``[null, 28, 28]``, without its first dimension."""
    if not isinstance(value, list) or len(value) < 2:
        raise FileFormatError(f"its input shape must be [batch, size...], got {value!r}")
    for size in value[1:]:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise FileFormatError(f"its input shape must be fixed and positive, got {value!r}")
    return tuple(value[1:])


def _fold(chain: list[dict[str, Any]], build_shape: object) -> Architecture:
    if chain[0].get("class_name") == "InputLayer":
        input_shape = _shape(_object(chain[0].get("config"), "the input's config").get("batch_shape"))
        chain = chain[1:]
    elif build_shape is not None:
        input_shape = _shape(build_shape)
    else:
        raise FileFormatError("it has no input shape: begin the model with keras.Input and save it again")
    flat = len(input_shape) == 1
    dense: list[LayerSpec] = []
    names: list[str] = []
    for layer in chain:
        kind, config = str(layer.get("class_name")), _object(layer.get("config"), "a layer's config")
        if layer.get("registered_name") not in (None, kind):
            raise _refuse(layer, "is a custom layer")
        if kind == "Flatten":
            if config.get("data_format") == "channels_first":
                raise _refuse(layer, "has data_format 'channels_first'")
            flat = True
        elif kind == "Dense":
            if not flat:
                raise _refuse(layer, f"gets an input of shape {input_shape}: put a Flatten layer before it")
            dense.append(_dense(layer, config))
            names.append(_name(layer))
        elif kind in ("Activation", "ReLU", "Softmax"):
            name = _activation(layer, kind, config)
            if not dense:
                raise _refuse(layer, "stands before the first Dense layer")
            if name == "linear":
                continue
            if dense[-1].activation != "linear":
                raise _refuse(layer, f"follows another activation ({dense[-1].activation})")
            dense[-1] = replace(dense[-1], activation=name)
        elif kind not in _IGNORED:
            raise _refuse(layer, "is of a kind that is not supported")
    if not dense:
        raise FileFormatError(f"it has no Dense layer; {SUPPORTED}")
    if math.prod(input_shape) > 1_000_000:
        raise FileFormatError(f"its input has {math.prod(input_shape):,} values; at most 1,000,000 are read")
    return Architecture(NetworkSpec(input_shape, tuple(dense)), tuple(names))


def _dense(layer: dict[str, Any], config: dict[str, Any]) -> LayerSpec:
    kind = config.get("dtype", "float32")
    if isinstance(kind, dict):
        kind = _object(kind.get("config"), "a dtype").get("name")
    if kind != "float32":
        raise _refuse(layer, f"computes in {kind}")
    if config.get("use_bias", True) is not True:
        raise _refuse(layer, "has no bias")
    if config.get("quantization_config") is not None or config.get("lora_rank") is not None:
        raise _refuse(layer, "is quantized or has LoRA weights")
    activation = _known_activation(layer, config.get("activation") or "linear")
    try:
        return LayerSpec(config["units"], activation)
    except SpecError as error:
        raise SpecError(f"{error} (layer {_name(layer)!r})") from None


def _activation(layer: dict[str, Any], kind: str, config: dict[str, Any]) -> str:
    if kind == "Softmax":
        if config.get("axis", -1) not in (-1, 1, [-1], [1]):
            raise _refuse(layer, f"has axis {config['axis']}")
        return "softmax"
    if kind == "ReLU":
        plain = {"max_value": (None,), "negative_slope": (0, None), "threshold": (0, None)}
        for key, allowed in plain.items():
            if config.get(key) not in allowed:
                raise _refuse(layer, f"has {key} {config[key]}")
        return "relu"
    return _known_activation(layer, config.get("activation"))


def _known_activation(layer: dict[str, Any], name: object) -> str:
    # A dictionary here is a class or a function of the file's own: refused, whatever it calls itself.
    if not isinstance(name, str) or name not in ACTIVATIONS:
        shown = name if isinstance(name, str) else (name or {}) and type(name).__name__
        raise _refuse(layer, f"has the activation {shown!r}")
    return name
