"""Reading .keras files with all that a layer of nnviz may have: normalisation, PReLU, step, dropout, penalties."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from nnviz.errors import FileFormatError
from nnviz.maths.forward import forward
from nnviz.maths.parameters import LayerParameters
from nnviz.spec import ACTIVATIONS, KERNEL_INITIALIZERS, LayerSpec, NetworkSpec
from nnviz.storage.keras_config import read_config
from nnviz.storage.models import _weights, read_model
from tests.damage import altered
from tests.nnviz.test_storage_models import Json, dense, entry, layer, sequential, write

STEP = {"module": "builtins", "class_name": "function", "config": "nnviz>step", "registered_name": "function"}
OTHER = {**STEP, "config": "mine>step"}


def norm(name: str = "n", **more: Any) -> Json:
    config: Json = {
        "dtype": "float32", "axis": -1, "momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True,
        "beta_regularizer": None, "gamma_regularizer": None, "synchronized": False, "renorm": False,
    }  # fmt: skip
    return layer("BatchNormalization", name, **{**config, **more})


def prelu(name: str = "p", **more: Any) -> Json:
    return layer("PReLU", name, **{"shared_axes": None, "alpha_regularizer": None, **more})


def penalty(kind: str, **weights: float) -> Json:
    return {"module": "keras.regularizers", "class_name": kind, "config": weights, "registered_name": None}


def hdf5(**groups: list[tuple[int, ...]]) -> bytes:
    """Return an HDF5 file of groups as Keras lays them out, with 0, 1, 2... through all arrays in turn."""
    buffer, value = io.BytesIO(), 0
    with h5py.File(buffer, "w") as file:
        for name, shapes in groups.items():
            variables = file.create_group(f"layers/{name}/vars")
            for number, shape in enumerate(shapes):
                count = int(np.prod(shape))
                variables[str(number)] = np.arange(value, value + count, dtype=np.float32).reshape(shape)
                value += count
    return buffer.getvalue()


FULL = sequential(
    entry(2), dense("a", 3, use_bias=False, kernel_regularizer=penalty("L1", l1=0.10000000149011612)), norm(),
    prelu(), layer("Dropout", rate=0.25), dense("b", 2, STEP), dense("c", 1, "sigmoid"),
)  # fmt: skip
FULL_WEIGHTS = hdf5(
    dense=[(2, 3)], batch_normalization=[(3,)] * 4, p_re_lu=[(3,)], dense_1=[(3, 2), (2,)], dense_2=[(2, 1), (1,)]
)


def test_every_part_of_a_layer_is_read(tmp_path: Path) -> None:
    spec, parameters = read_model(write(tmp_path / "m.keras", FULL, FULL_WEIGHTS))
    assert spec.layers == (
        LayerSpec(3, "prelu", use_bias=False, batch_norm=True, dropout=0.25, l1=0.1),
        LayerSpec(2, "step"),
        LayerSpec(1, "sigmoid"),
    )
    first = parameters[0]
    assert first.norm is not None
    assert first.slope is not None
    assert first.bias.tolist() == [0, 0, 0]
    assert first.norm.gamma.tolist() == [6, 7, 8]
    assert first.norm.beta.tolist() == [9, 10, 11]
    assert first.norm.mean.tolist() == [12, 13, 14]
    assert first.norm.variance.tolist() == [15, 16, 17]
    assert first.slope.tolist() == [18, 19, 20]
    assert parameters[1].kernel[0, 0] == 21
    assert parameters[2].bias.tolist() == [31]
    for each in parameters:
        for array in each.arrays:
            assert array.dtype == np.float32
            assert not array.flags.writeable


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ([norm(), dense("a", 2)], r"'n' \(BatchNormalization\) stands before the first Dense"),
        ([layer("Dropout", rate=0.5), dense("a", 2)], r"\(Dropout\) stands before the first Dense"),
        ([prelu(), dense("a", 2)], r"'p' \(PReLU\) stands before the first Dense"),
        ([dense("a", 2, "relu"), norm(), dense("b", 2)], "'n'.*stands behind the activation relu"),
        ([dense("a", 2), layer("ReLU"), norm(), dense("b", 2)], "'n'.*stands behind an activation"),
        ([dense("a", 2), norm(), norm("m"), dense("b", 2)], "'m'.*stands behind BatchNormalization"),
        ([dense("a", 2), layer("Dropout", rate=0.5), layer("Softmax", "s")], "'s'.*stands behind Dropout"),
        ([dense("a", 2), layer("Dropout", rate=0.5), layer("Dropout", rate=0.5)], "stands behind Dropout"),
        ([dense("a", 2, "relu"), prelu(), dense("b", 2)], r"'p'.*another activation \(relu\)"),
        ([dense("a", 2), prelu(), layer("ReLU")], r"another activation \(prelu\)"),
        ([dense("a", 2), norm(epsilon=1e-5), dense("b", 2)], "'n'.*has epsilon 1e-05"),
        ([dense("a", 2), norm(momentum=0.9), dense("b", 2)], "'n'.*has momentum 0.9"),
        ([dense("a", 2), norm(scale=False), dense("b", 2)], "'n'.*has scale False"),
        ([dense("a", 2), norm(axis=0), dense("b", 2)], "'n'.*has axis 0"),
        ([dense("a", 2), norm(gamma_regularizer=penalty("L2", l2=1.0)), dense("b", 2)], "gamma_regularizer L2"),
        ([dense("a", 2), norm(dtype="float16"), dense("b", 2)], "'n'.*computes in float16"),
        ([dense("a", 2), {**norm(), "registered_name": "mine>Norm"}, dense("b", 2)], "'n'.*custom layer"),
        ([dense("a", 2), prelu(shared_axes=[1]), dense("b", 2)], r"'p'.*has shared_axes \[1\]"),
        ([dense("a", 2), layer("LeakyReLU", "l", negative_slope=0.3), dense("b", 2)], "'l'.*negative_slope 0.3"),
        ([dense("a", 2), layer("Dropout", rate=0.99), dense("b", 2)], "dropout must be from 0 to 0.95, got 0.99"),
        ([dense("a", 2), layer("Dropout", rate=float("nan")), dense("b", 2)], "dropout must be from 0"),
        ([dense("a", 2), layer("Dropout", rate=0.5, noise_shape=[1]), dense("b", 2)], "noise_shape"),
        ([dense("a", 2), layer("Dropout")], "not laid out as Keras"),
        ([dense("a", 2), layer("Dropout", rate=0.5)], "dropout is for hidden layers only"),
        ([dense("a", 2), norm()], "batch_norm is for hidden layers only"),
        ([dense("a", 2, "prelu")], "activation 'prelu'"),
        ([dense("a", 2, "step")], "activation 'step'"),
        ([dense("a", 2, OTHER)], "activation 'dict'"),
        ([dense("a", 2, {**STEP, "class_name": "Step"})], "activation 'dict'"),
        ([dense("a", 2, kernel_regularizer=penalty("Orthogonal", factor=1.0))], "kernel_regularizer 'Orthogonal'"),
        ([dense("a", 2, kernel_regularizer={**penalty("L2", l2=1.0), "registered_name": "x>L2"})], "'x>L2'"),
        ([dense("a", 2, kernel_regularizer=penalty("L2", l2=99.0))], "l2 must be from 0 to 10, got 99.*'a'"),
        ([dense("a", 2, bias_regularizer=penalty("L2", l2=0.1))], "bias_regularizer L2"),
        ([dense("a", 2, kernel_constraint={"class_name": "MaxNorm"})], "kernel_constraint MaxNorm"),
    ],
)
def test_what_nnviz_would_compute_or_train_otherwise_is_refused(
    tmp_path: Path, layers: list[Json], said: str
) -> None:
    with pytest.raises(FileFormatError, match=said) as caught:
        read_model(write(tmp_path / "m.keras", sequential(entry(2), *layers), FULL_WEIGHTS))
    assert "\n" not in str(caught.value)


def test_penalties_and_initializers_are_kept() -> None:
    def init(kind: str, **config: Any) -> Json:
        return {"module": "keras.initializers", "class_name": kind, "config": config, "registered_name": None}

    cases = [
        (init("HeNormal", seed=None), "he_normal"),
        (init("RandomNormal", mean=0.0, stddev=0.05), "random_normal"),
        (init("RandomNormal", mean=0.0, stddev=1.0), "glorot_uniform"),
        (init("Orthogonal", gain=1.0), "glorot_uniform"),
        ({**init("HeNormal"), "registered_name": "mine>HeNormal"}, "glorot_uniform"),
        (None, "glorot_uniform"),
    ]
    for value, name in cases:
        config = sequential(entry(2), dense("a", 2, kernel_initializer=value))
        assert read_config(json.dumps(config).encode()).spec.layers[0].kernel_initializer == name, value
    for kind, weights, wanted in (
        ("L1", {"l1": 0.10000000149011612}, (0.1, 0)), ("L2", {"l2": 0.01}, (0, 0.01)),
        ("L1L2", {"l1": 0.1, "l2": 0.3}, (0.1, 0.3)),
    ):  # fmt: skip
        config = sequential(entry(2), dense("a", 2, kernel_regularizer=penalty(kind, **weights)))
        read = read_config(json.dumps(config).encode()).spec.layers[0]
        assert (read.l1, read.l2) == wanted


def changed(edit: Callable[[h5py.File], None]) -> bytes:
    buffer = io.BytesIO(FULL_WEIGHTS)
    with h5py.File(buffer, "r+") as file:
        edit(file)
    return buffer.getvalue()


def put(name: str, value: list[float]) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        del file[name]
        file[name] = np.array(value, np.float32)

    return edit


def remove(name: str) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        del file[name]

    return edit


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (put("layers/batch_normalization/vars/3", [1, -0.5, 2]), "moving variance of layer 'n'.*negative, got -0.5"),
        (put("layers/batch_normalization/vars/0", [1, np.nan, 2]), "gamma of layer 'n' has 1 values that are NaN"),
        (put("layers/batch_normalization/vars/2", [1, 2]), r"moving mean of layer 'n' must.*\(3,\), got \(2,\)"),
        (put("layers/p_re_lu/vars/0", [1.0]), r"slope of layer 'p' must have the shape \(3,\)"),
        (remove("layers/batch_normalization"), "layer 'n' is missing"),
        (remove("layers/p_re_lu/vars/0"), "slope of layer 'p' is missing"),
        (remove("layers/dense_1/vars/1"), "bias of layer 'b' is missing"),
    ],
)
def test_wrong_weights_are_refused_in_words(
    tmp_path: Path, edit: Callable[[h5py.File], None], said: str
) -> None:
    with pytest.raises(FileFormatError, match=said):
        read_model(write(tmp_path / "m.keras", FULL, changed(edit)))


def test_altered_weights_end_soon_and_in_words() -> None:
    refused = 0
    architecture = read_config(json.dumps(FULL).encode())
    for damaged in altered(FULL_WEIGHTS, 1500, seed=6):
        try:
            parameters = _weights(architecture, damaged)
        except FileFormatError:
            refused += 1
            continue
        assert [len(each.arrays) for each in parameters] == [7, 2, 2]
        assert all(np.isfinite(array).all() for each in parameters for array in each.arrays)
    assert refused > 150


def test_the_largest_number_of_layers_is_within_the_reader_s_limits(tmp_path: Path) -> None:
    chain, groups = [], {}
    for k in range(31):
        end = f"_{k}" if k else ""
        chain += [dense(f"d{k}", 1), norm(f"n{k}"), prelu(f"p{k}"), layer("Dropout", f"o{k}", rate=0.1)]
        groups |= {
            f"dense{end}": [(1, 1), (1,)], f"batch_normalization{end}": [(1,)] * 4, f"p_re_lu{end}": [(1,)],
            f"dropout{end}": [],
        }  # fmt: skip
    config = sequential(entry(1), *chain, dense("last", 1))
    path = write(tmp_path / "m.keras", config, hdf5(**groups, dense_31=[(1, 1), (1,)]))
    spec, parameters = read_model(path)
    assert len(spec.layers) == 32
    assert parameters[30].slope is not None
    assert parameters[30].slope[0] == parameters[30].kernel[0, 0] + 6


# -- what Keras itself writes ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def keras() -> Any:
    return pytest.importorskip("keras")


def build(keras: Any, spec: NetworkSpec) -> Any:
    """Build a model the way nnviz does: Dense, BatchNormalization, PReLU or Activation, Dropout."""
    kinds = keras.layers

    def step(z: Any) -> Any:
        return keras.ops.cast(z >= 0, z.dtype)

    if "nnviz>step" not in keras.saving.get_custom_objects():
        keras.saving.register_keras_serializable("nnviz", "step")(step)
    functions = {"step": keras.saving.get_custom_objects()["nnviz>step"]}
    made = [keras.Input((spec.input_size,))]
    for number, each in enumerate(spec.layers, start=1):
        plain = not each.batch_norm and each.activation != "prelu"
        phi = functions.get(each.activation, each.activation)
        regularizer = None
        if each.l1 and each.l2:
            regularizer = keras.regularizers.L1L2(each.l1, each.l2)
        elif each.l1 or each.l2:
            regularizer = keras.regularizers.L1(each.l1) if each.l1 else keras.regularizers.L2(each.l2)
        made.append(kinds.Dense(
            each.units, phi if plain else None, use_bias=each.use_bias, kernel_initializer=each.kernel_initializer,
            kernel_regularizer=regularizer, name=f"dense_{number}",
        ))  # fmt: skip
        if each.batch_norm:
            made.append(kinds.BatchNormalization(name=f"batch_norm_{number}"))
        if each.activation == "prelu":
            made.append(kinds.PReLU(name=f"prelu_{number}"))
        elif not plain:
            made.append(kinds.Activation(phi, name=f"activation_{number}"))
        if each.dropout:
            made.append(kinds.Dropout(each.dropout, name=f"dropout_{number}"))
    return keras.Sequential(made)


def fill(model: Any) -> list[np.ndarray]:
    """Give every weight a value by chance, variances above 0, and return them in Keras' order."""
    generator = np.random.default_rng(2)
    values = [generator.uniform(0.1, 1, weight.shape).astype(np.float32) for weight in model.weights]
    model.set_weights(values)
    return values


def in_keras_order(parameters: tuple[LayerParameters, ...], spec: NetworkSpec) -> list[np.ndarray]:
    arrays: list[Any] = []
    for each, of in zip(parameters, spec.layers, strict=True):
        arrays += [each.kernel, *([each.bias] if of.use_bias else [])]
        if each.norm is not None:
            arrays += [each.norm.gamma, each.norm.beta, each.norm.mean, each.norm.variance]
        if each.slope is not None:
            arrays.append(each.slope)
    return arrays


SPECS = {
    "each activation, plain": [LayerSpec(3, name) for name in ACTIVATIONS if name != "softmax"],
    "each activation, normalised": [
        LayerSpec(3, name, batch_norm=True, use_bias=False) for name in ACTIVATIONS if name != "softmax"
    ],
    "each initializer": [LayerSpec(2, kernel_initializer=name, dropout=0.3) for name in KERNEL_INITIALIZERS],
    "penalties": [
        LayerSpec(3, "prelu", l1=0.1),
        LayerSpec(3, l2=0.3, batch_norm=True, dropout=0.95),
        LayerSpec(3, l1=1e-4, l2=0.7),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", SPECS)
def test_what_keras_writes_comes_back_exactly(tmp_path: Path, keras: Any, kind: str) -> None:
    last = LayerSpec(1, "sigmoid") if "plain" in kind else LayerSpec(2, "linear", use_bias=False, l2=0.01)
    spec = NetworkSpec((4,), (*SPECS[kind], last))
    model = build(keras, spec)
    values = fill(model)
    path = tmp_path / "m.keras"
    model.save(path)
    read, parameters = read_model(path)
    assert read == spec
    mine = in_keras_order(parameters, spec)
    for array, theirs in zip(mine, values, strict=True):
        np.testing.assert_array_equal(array, theirs)
    x = np.random.default_rng(0).random((6, 4), np.float32)
    expected = np.asarray(model(x, training=False))
    np.testing.assert_allclose(forward(parameters, spec.activations, x).output, expected, rtol=1e-4, atol=1e-5)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(FileFormatError, match="truncated"):
        read_model(path)
