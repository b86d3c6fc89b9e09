"""Reads the architecture out of a ``.keras`` file's ``config.json`` through a list of what is allowed.

Keras' own deserialisation runs whatever classes a file names; its safe mode is a list of what is forbidden.
Here nothing is run: the text is read as data, and a layer that is not on the list is refused by name.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from nnviz.errors import FileFormatError, SpecError
from nnviz.spec import NetworkSpec
from nnviz.storage.keras_layers import SUPPORTED, LayerNames, fold, name_of, object_of, refuse

_MAX_LAYERS = 200


@dataclass(frozen=True, slots=True)
class Architecture:
    """What a file says a network is.

    Attributes:
        spec: the network, every layer folded from a Dense layer and what belongs to it.
        names: Keras' names of the layers with weights, for each layer of ``spec``.
    """

    spec: NetworkSpec
    names: tuple[LayerNames, ...]


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
        model = object_of(data, "the model")
        config = object_of(model.get("config"), "the model's config")
        layers = _layers(config)
        if model.get("class_name") == "Sequential":
            chain = layers
        elif model.get("class_name") in ("Functional", "Model"):
            chain = _functional_chain(config, layers)
        else:
            kind = model.get("class_name")
            raise FileFormatError(f"it holds a {kind!r}, not a Sequential or Functional model")
        return _chain_to_network(chain, config.get("build_input_shape"))
    except SpecError as error:
        raise FileFormatError(f"its network is outside the limits: {error}") from None
    except (TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise FileFormatError(f"its config.json is not laid out as Keras does ({error!r})") from None


def _layers(config: dict[str, Any]) -> list[dict[str, Any]]:
    layers = config.get("layers")
    if not isinstance(layers, list) or not layers:
        raise FileFormatError("it lists no layers")
    if len(layers) > _MAX_LAYERS:
        raise FileFormatError(f"it lists {len(layers):,} layers; at most {_MAX_LAYERS} are read")
    return [object_of(layer, "a layer") for layer in layers]


def _functional_chain(config: dict[str, Any], layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order the layers of a functional model from its input to its output, refusing every branch."""
    by_name = {name_of(layer): layer for layer in layers}
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
            raise refuse(layer, "is used more than once")
        arguments = object_of(nodes[0], "a connection").get("args")
        tensor = arguments[0] if isinstance(arguments, list) and len(arguments) == 1 else None
        if not isinstance(tensor, dict) or tensor.get("class_name") != "__keras_tensor__":
            raise refuse(layer, "has several inputs")
        place = str(tensor["config"]["keras_history"][0])
    if by_name:
        raise refuse(next(iter(by_name.values())), "is not on the one way from input to output")
    if _single(config.get("input_layers"), "input") != name_of(chain[-1]):
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


def _chain_to_network(chain: list[dict[str, Any]], build_shape: object) -> Architecture:
    if chain[0].get("class_name") == "InputLayer":
        input_shape = _shape(object_of(chain[0].get("config"), "the input's config").get("batch_shape"))
        chain = chain[1:]
    elif build_shape is not None:
        input_shape = _shape(build_shape)
    else:
        raise FileFormatError("it has no input shape: begin the model with keras.Input and save it again")
    if math.prod(input_shape) > 1_000_000:
        raise FileFormatError(f"its input has {math.prod(input_shape):,} values; at most 1,000,000 are read")
    layers, names = fold(chain, input_shape)
    if not layers:
        raise FileFormatError(f"it has no Dense layer; {SUPPORTED}")
    return Architecture(NetworkSpec(input_shape, layers), names)
