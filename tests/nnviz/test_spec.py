"""Network and training values: ranges, messages, JSON."""

import json
import math
from dataclasses import FrozenInstanceError

import pytest

from nnviz.errors import SpecError
from nnviz.spec import LayerSpec, NetworkSpec, TrainingConfig, classifier, parse_units


def test_default_is_the_network_of_the_books() -> None:
    spec = classifier()
    assert spec.title == "784-128-64-10"
    assert spec.activations == ("relu", "relu", "softmax")
    # Counted by hand: 784·128 + 128 + 128·64 + 64 + 64·10 + 10.
    assert spec.parameter_count == 109_386
    config = TrainingConfig()
    assert (config.optimizer, config.learning_rate, config.batch_size) == ("adam", 1e-3, 32)
    assert config.loss == "sparse_categorical_crossentropy"


def test_values_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        classifier().layers = ()  # type: ignore[misc]


def test_json_round_trip() -> None:
    spec = NetworkSpec((4,), (LayerSpec(7, "tanh"), LayerSpec(3, "softmax")))
    assert NetworkSpec.from_json(spec.to_json()) == spec
    config = TrainingConfig("sgd", 0.25, 7, 3, seed=12, shuffle=False)
    assert TrainingConfig.from_json(config.to_json()) == config
    assert json.loads(config.to_json())["learning_rate"] == 0.25
    heavy = TrainingConfig("nesterov", momentum=0.5)
    assert TrainingConfig.from_json(heavy.to_json()) == heavy


def test_a_configuration_written_before_momentum_existed_is_read() -> None:
    assert TrainingConfig.from_json('{"optimizer": "sgd", "learning_rate": 0.1}').momentum == 0.9


def test_kernel_initializer_comes_and_goes_in_json_and_is_checked() -> None:
    spec = NetworkSpec((4,), (LayerSpec(7, "relu", "he_normal"), LayerSpec(3, "softmax")))
    assert NetworkSpec.from_json(spec.to_json()) == spec
    older = NetworkSpec.from_json('{"input_shape": [4], "layers": [{"units": 3, "activation": "softmax"}]}')
    assert older.layers[0].kernel_initializer == "glorot_uniform"
    with pytest.raises(SpecError, match=r"kernel_initializer must be one of glorot_uniform, .*; got 'magic'"):
        LayerSpec(3, "relu", "magic")


@pytest.mark.parametrize("units", [0, -3, 10_000_000, 2.5, "12", True, None])
def test_bad_units_name_rule_and_value(units: object) -> None:
    with pytest.raises(SpecError, match="units must be") as caught:
        LayerSpec(units)  # type: ignore[arg-type]
    shown = f"{units:,}" if type(units) is int else repr(units)
    assert shown in str(caught.value)


@pytest.mark.parametrize("rate", [math.nan, 0, -1, math.inf, 1001, "fast", None, True])
def test_bad_learning_rate_names_rule_and_value(rate: object) -> None:
    with pytest.raises(SpecError, match="learning_rate must be") as caught:
        TrainingConfig(learning_rate=rate)  # type: ignore[arg-type]
    assert str(rate) in str(caught.value) or repr(rate) in str(caught.value)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"epochs": -1}, "epochs must be at least 1, got -1"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"optimizer": "magic"}, "optimizer must be one of sgd, momentum, nesterov, adagrad, rmsprop, adam, "
                                   "adamw, nadam; got 'magic'"),
        ({"loss": "hope"}, "loss must be one of"),
        ({"shuffle": 1}, "shuffle must be true or false"),
        ({"momentum": 1.0}, "momentum must be at least 0 and below 1, got 1.0"),
        ({"momentum": -0.1}, "momentum must be at least 0 and below 1, got -0.1"),
        ({"momentum": math.nan}, "momentum must be at least 0 and below 1, got nan"),
        ({"momentum": "much"}, "momentum must be a number, got 'much'"),
        ({"momentum": True}, "momentum must be a number, got True"),
    ],
)
def test_bad_training_values(values: dict[str, object], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        TrainingConfig(**values)  # type: ignore[arg-type]


def test_network_limits() -> None:
    with pytest.raises(SpecError, match="1 to 32 layers, got 0"):
        NetworkSpec((4,), ())
    with pytest.raises(SpecError, match="softmax is for the output layer only, got it in layer 1"):
        NetworkSpec((4,), (LayerSpec(3, "softmax"), LayerSpec(3, "softmax")))
    with pytest.raises(SpecError, match="at most 20,000,000 weights"):
        classifier((28, 28), (4096, 4096, 4096))
    with pytest.raises(SpecError, match="input_shape"):
        NetworkSpec((), (LayerSpec(3),))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not valid JSON"),
        ("[1]", "must be a JSON object, got list"),
        ('{"layers": []}', "needs 'input_shape'"),
        ('{"input_shape": [4], "layers": [{"units": 0}]}', r"units must be at least 1, got 0 \(layer 1\)"),
        ('{"input_shape": [4], "layers": [{}]}', "needs 'units'"),
        ('{"input_shape": [4], "layers": [3]}', "must be an object, got 3"),
        ('{"input_shape": [4], "layers": [{"units": 2, "colour": 1}]}', "unknown layer 1 entries: colour"),
    ],
)
def test_bad_network_json(text: str, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        NetworkSpec.from_json(text)


@pytest.mark.parametrize(
    ("text", "units"), [("128,64", (128, 64)), (" 7 ", (7,)), ("", ()), ("1_000", (1000,))]
)
def test_units_as_typed(text: str, units: tuple[int, ...]) -> None:
    assert parse_units(text) == units


@pytest.mark.parametrize(
    ("text", "words"),
    [("128,x", r"got 'x' \(layer 2\)"), ("0", r"got 0 \(layer 1\)"), ("128,,3", r"got '' \(layer 2\)"),
     ("10000000", r"at most 4,096, got 10,000,000 \(layer 1\)")],
)
def test_bad_units_as_typed(text: str, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        parse_units(text)
