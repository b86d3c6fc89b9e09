"""Reading .keras files: what Keras writes comes back exactly, everything else is refused in words."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from nnviz.errors import FileFormatError
from nnviz.maths.forward import forward
from nnviz.storage.keras_config import read_config
from nnviz.storage.models import _weights, read_model
from tests.damage import altered

Json = dict[str, Any]


def dense(name: str, units: int, activation: str = "linear", **more: Any) -> Json:
    config = {"name": name, "dtype": "float32", "units": units, "activation": activation, "use_bias": True}
    return {"class_name": "Dense", "registered_name": None, "config": {**config, **more}}


def layer(kind: str, name: str = "other", **config: Any) -> Json:
    return {"class_name": kind, "registered_name": None, "config": {"name": name, **config}}


def entry(*shape: int | None) -> Json:
    return layer("InputLayer", "input", batch_shape=[None, *shape])


def sequential(*layers: Json, **more: Any) -> Json:
    return {"class_name": "Sequential", "config": {"name": "s", "layers": list(layers), **more}}


def weights(*layers: tuple[str, tuple[int, ...]], edit: Callable[[h5py.File], None] | None = None) -> bytes:
    """Return an HDF5 file laid out as Keras 3 does, filled with 0, 1, 2 ... so that a mix-up shows."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        value = 0
        for number, (name, shape) in enumerate(layers):
            group = file.create_group(f"layers/dense_{number}/vars" if number else "layers/dense/vars")
            group.attrs["name"] = name
            for key, size in (("0", shape), ("1", shape[-1:])):
                count = int(np.prod(size))
                group[key] = np.arange(value, value + count, dtype=np.float32).reshape(size)
                value += count
        if edit is not None:
            edit(file)
    return buffer.getvalue()


def write(path: Path, config: Json | bytes, h5: bytes, **options: Any) -> Path:
    text = config if isinstance(config, bytes) else json.dumps(config).encode()
    with zipfile.ZipFile(path, "w", **options) as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        archive.writestr("config.json", text)
        archive.writestr("model.weights.h5", h5)
    return path


GOOD = sequential(entry(2, 2), layer("Flatten"), dense("a", 3, "relu"), dense("b", 2, "softmax"))
GOOD_WEIGHTS = weights(("a", (4, 3)), ("b", (3, 2)))


def test_a_sequential_file_is_read(tmp_path: Path) -> None:
    spec, parameters = read_model(write(tmp_path / "m.keras", GOOD, GOOD_WEIGHTS))
    assert spec.input_shape == (2, 2)
    assert [(x.units, x.activation) for x in spec.layers] == [(3, "relu"), (2, "softmax")]
    np.testing.assert_array_equal(parameters[0].kernel, np.arange(12).reshape(4, 3))
    np.testing.assert_array_equal(parameters[0].bias, [12, 13, 14])
    np.testing.assert_array_equal(parameters[1].kernel, np.arange(15, 21).reshape(3, 2))
    np.testing.assert_array_equal(parameters[1].bias, [21, 22])
    for array in (parameters[0].kernel, parameters[1].bias):
        assert array.dtype == np.float32
        assert not array.flags.writeable


def test_separate_activations_and_dropout_are_folded(tmp_path: Path) -> None:
    config = sequential(
        entry(4), dense("a", 3), layer("Activation", activation="tanh"), layer("Dropout", rate=0.5),
        dense("b", 3), layer("Dropout", rate=0.0), layer("ReLU", max_value=None, negative_slope=0.0, threshold=0.0),
        layer("Activation", activation="linear"), dense("c", 2), layer("Softmax", axis=-1),
    )  # fmt: skip
    h5 = weights(("a", (4, 3)), ("b", (3, 3)), ("c", (3, 2)))
    spec, _ = read_model(write(tmp_path / "m.keras", config, h5))
    assert spec.activations == ("tanh", "relu", "softmax")
    assert [layer.dropout for layer in spec.layers] == [0.5, 0, 0]
    assert spec.input_shape == (4,)


def test_weights_are_numbered_in_the_order_of_the_layers_whatever_their_names(tmp_path: Path) -> None:
    config = sequential(entry(4), dense("dense_1", 4), dense("dense", 4))
    h5 = weights(("dense_1", (4, 4)), ("dense", (4, 4)))
    _, parameters = read_model(write(tmp_path / "m.keras", config, h5))
    assert parameters[0].kernel[0, 0] == 0
    assert parameters[1].kernel[0, 0] == 20


def link(name: str) -> list[Json]:
    return [{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}]}]


def functional(*layers: tuple[Json, list[Json]], output: str, inputs: Any = ("input", 0, 0)) -> Json:
    made = [{**one, "inbound_nodes": nodes} for one, nodes in layers]
    config = {"name": "f", "layers": made, "input_layers": list(inputs), "output_layers": [[output, 0, 0]]}
    return {"class_name": "Functional", "config": config}


def test_a_functional_chain_is_read(tmp_path: Path) -> None:
    config = functional(
        (entry(4), []), (dense("a", 3, "sigmoid"), link("input")), (dense("b", 2), link("a")), output="b"
    )
    spec, _ = read_model(write(tmp_path / "m.keras", config, weights(("a", (4, 3)), ("b", (3, 2)))))
    assert spec.sizes == (4, 3, 2)
    assert spec.activations == ("sigmoid", "linear")


shuffled = functional((dense("b", 4), link("a")), (entry(4), []), (dense("a", 4), link("input")), output="b")
two = functional((entry(4), []), (dense("a", 4), link("input") + link("input")), output="a")
branch = functional(
    (entry(4), []), (dense("a", 4), link("input")), (dense("b", 4), link("input")), output="b"
)
circle = functional((entry(4), []), (dense("a", 4), link("b")), (dense("b", 4), link("a")), output="b")
two_outputs = functional((entry(4), []), (dense("a", 4), link("input")), output="a")
two_outputs["config"]["output_layers"].append(["a", 0, 0])
CUSTOM = {"class_name": "Dense", "registered_name": "mine>Dense", "config": {"name": "evil", "units": 2}}
LAMBDA = {"class_name": "__lambda__", "config": {"value": "base64"}}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (sequential(entry(4, 4, 1), layer("Conv2D", "conv")), r"'conv' \(Conv2D\).*not supported.*Dense"),
        (sequential(entry(4), layer("Lambda", "l", function=LAMBDA), dense("a", 2)), r"'l' \(Lambda\)"),
        (sequential(entry(4), CUSTOM), r"'evil' \(Dense\) is a custom layer"),
        (sequential(entry(4), dense("a", 2, "mish")), "activation 'mish'"),
        (sequential(entry(4), {**dense("a", 2), "config": {**dense("a", 2)["config"], "activation": LAMBDA}}),
         "activation 'dict'"),
        (sequential(entry(4), dense("a", 2, use_bias="no")), "use_bias must be true or false, got 'no'.*'a'"),
        (sequential(entry(4), dense("a", 2, dtype="float16")), "'a'.*float16"),
        (sequential(entry(4), dense("a", 2, quantization_config={"mode": "int8"})), "'a'.*quantized"),
        (sequential(entry(4, 4), dense("a", 2)), r"shape \(4, 4\).*Flatten"),
        (sequential(entry(4), dense("a", 2, "relu"), layer("Softmax")), r"another activation \(relu\)"),
        (sequential(entry(4), dense("a", 2), layer("ReLU", max_value=6.0)), r"max_value 6.0"),
        (sequential(entry(4), dense("a", 2), layer("Softmax", axis=0)), "axis 0"),
        (sequential(entry(4), layer("Activation", activation="relu"), dense("a", 2)), "before the first"),
        (sequential(entry(4), layer("Flatten", data_format="channels_first")), "channels_first"),
        (sequential(dense("a", 2)), "no input shape"),
        (sequential(entry(None), dense("a", 2)), "fixed and positive"),
        (sequential(entry(0), dense("a", 2)), "fixed and positive"),
        (sequential(layer("InputLayer", batch_shape="x"), dense("a", 2)), "input shape"),
        (sequential(entry(4)), "no Dense layer"),
        (sequential(), "no layers"),
        (sequential(*[entry(4)] * 500), "500 layers"),
        (sequential(entry(4), *[dense(f"d{k}", 2) for k in range(40)]), "1 to 32 layers, got 40"),
        (sequential(entry(4), dense("a", 0)), "at least 1, got 0"),
        (sequential(entry(4), dense("a", 10**12)), "at most 4,096, got 1,000,000,000,000"),
        (sequential(entry(1000, 1000), layer("Flatten"), dense("a", 4096)), "at most 20,000,000 weights"),
        (sequential(entry(10**6, 10**6), layer("Flatten"), dense("a", 1)), "weights|values"),
        (sequential(entry(4), dense("a", "two")), "whole number, got 'two'"),
        (sequential(entry(4), dense("a", 2, "softmax"), dense("b", 2)), "softmax is for the output layer"),
        ({"class_name": "Evil", "config": {}}, "no layers"),
        ({"class_name": "Evil", "config": {"layers": [entry(4)]}}, "'Evil'"),
        ({"class_name": "Sequential"}, "config must be a JSON object"),
        (sequential(entry(4), {"class_name": "Dense"}), "config must be a JSON object"),
        (shuffled, "another order"),
        (two, "more than once"),
        (branch, "not on the one way"),
        (circle, "missing or is used twice"),
        (two_outputs, "not exactly one output"),
        (functional((entry(4), []), (dense("a", 4), [{"args": [1, 2]}]), output="a"), "several inputs"),
        (functional((entry(4), []), (dense("a", 4), link("nowhere")), output="a"), "'nowhere' is missing"),
        (functional((entry(4), []), (dense("a", 4), link("input")), output="a", inputs=("a", 0, 0)), "input"),
        (b"{", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[1]", "must be a JSON object"),
        (b"\xff\xfe{}", "JSON"),
    ],
)  # fmt: skip
def test_other_networks_are_refused_in_words(tmp_path: Path, config: Json | bytes, said: str) -> None:
    path = write(tmp_path / "m.keras", config, GOOD_WEIGHTS)
    with pytest.raises(FileFormatError, match=said) as caught:
        read_model(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def put(name: str, value: Any, **options: Any) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, data=value, **options)

    return edit


def remove(name: str) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        del file[name]

    return edit


def soft(file: h5py.File) -> None:
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = h5py.SoftLink("/layers/dense_1/vars/0")


def outside(file: h5py.File) -> None:
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = h5py.ExternalLink("/etc/other.h5", "/x")


def external(file: h5py.File) -> None:
    del file["layers/dense/vars/0"]
    file["layers/dense/vars"].create_dataset("0", (4, 3), "<f4", external=[("/etc/passwd", 0, 48)])


def huge(file: h5py.File) -> None:
    del file["layers/dense/vars/0"]
    file["layers/dense/vars"].create_dataset("0", (2**20, 2**12), "<f4")  # 17 GB, not one byte of it written


KERNEL = "layers/dense/vars/0"
ODD = np.zeros((4, 3), np.float32)
NAN = ODD.copy()
NAN[1, 2] = np.nan


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (put(KERNEL, np.zeros((3, 4), np.float32)), r"kernel of layer 'a'.*\(4, 3\), got \(3, 4\)"),
        (put("layers/dense_1/vars/1", np.zeros(5, np.float32)), r"bias of layer 'b'.*\(2,\), got \(5,\)"),
        (put(KERNEL, ODD.astype(np.float64)), "float32, got another type of 8 bytes"),
        (put(KERNEL, ODD.astype(np.int32)), "float32, got another type of 4 bytes"),
        (put(KERNEL, NAN), "1 values that are NaN"),
        (put(KERNEL, np.full((4, 3), np.inf, np.float32)), "12 values that are NaN or infinite"),
        (put(KERNEL, ODD, chunks=(2, 3), compression="gzip"), "chunks"),
        (put(KERNEL, b"text"), "shape"),
        (remove(KERNEL), "kernel of layer 'a' is missing"),
        (remove("layers/dense_1"), "'b' is missing"),
        (remove("layers"), "group of layers is missing"),
        (soft, "is a link"),
        (outside, "not where Keras puts it"),
        (external, "another file"),
        (huge, r"shape \(4, 3\), got"),
    ],
)
def test_wrong_weights_are_refused_in_words(
    tmp_path: Path, edit: Callable[[h5py.File], None], said: str
) -> None:
    h5 = weights(("a", (4, 3)), ("b", (3, 2)), edit=edit)
    path = write(tmp_path / "m.keras", GOOD, h5)
    with pytest.raises(FileFormatError, match=said) as caught:
        read_model(path)
    assert str(path) in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"gone\.keras.*no such file"):
        read_model(tmp_path / "gone.keras")


def test_folder_empty_file_text_and_foreign_zip(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="folder"):
        read_model(tmp_path)
    empty, text, foreign = (tmp_path / f"{name}.keras" for name in ("empty", "text", "foreign"))
    empty.touch()
    text.write_text("hello, I am no model " * 100)
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    for path, said in ((empty, "empty"), (text, "not a .keras file"), (foreign, r"without config\.json")):
        with pytest.raises(FileFormatError, match=said):
            read_model(path)


def test_legacy_hdf5_says_how_to_save(tmp_path: Path) -> None:
    path = tmp_path / "old.h5"
    path.write_bytes(GOOD_WEIGHTS)
    with pytest.raises(FileFormatError, match=r'legacy HDF5.*model\.save\("name\.keras"\)'):
        read_model(path)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "m.keras", GOOD, GOOD_WEIGHTS)
    content = path.read_bytes()
    for length in range(0, len(content) - 1, max(1, len(content) // 60)):
        path.write_bytes(content[:length])
        with pytest.raises(FileFormatError):
            read_model(path)


def test_flipped_bytes_never_give_other_weights(tmp_path: Path) -> None:
    path = write(tmp_path / "m.keras", GOOD, GOOD_WEIGHTS)
    content = path.read_bytes()
    spec, parameters = read_model(path)
    chance = random.Random(2)
    refused = 0
    for _ in range(300):
        damaged = bytearray(content)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            other_spec, other = read_model(path)
        except FileFormatError:
            refused += 1
            continue
        assert other_spec == spec  # it hit a byte that nothing depends on, as a date
        for one, two_ in zip(parameters, other, strict=True):
            np.testing.assert_array_equal(one.kernel, two_.kernel)
    assert refused > 200


def test_a_small_file_that_would_unpack_to_much_is_refused_before_unpacking(tmp_path: Path) -> None:
    bomb = b"\0" * 40_000_000
    path = write(tmp_path / "w.keras", GOOD, bomb, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 100_000
    with pytest.raises(FileFormatError, match="would unpack to 40,000,000 bytes"):
        read_model(path)
    path = write(tmp_path / "c.keras", b" " * 40_000_000, GOOD_WEIGHTS, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(FileFormatError, match=r"config\.json would unpack to 40,000,000 bytes"):
        read_model(path)


def test_a_lie_about_the_unpacked_size_does_not_help(tmp_path: Path) -> None:
    path = write(tmp_path / "m.keras", GOOD, b"\0" * 40_000_000, compression=zipfile.ZIP_DEFLATED)
    real, lie = (40_000_000).to_bytes(4, "little"), (5000).to_bytes(4, "little")
    content = path.read_bytes()
    assert content.count(real) == 2  # before the member and in the directory
    path.write_bytes(content.replace(real, lie))
    with pytest.raises(FileFormatError):
        read_model(path)


def test_reading_loads_no_tensorflow() -> None:
    code = (
        "import sys, nnviz.storage.models\n"
        "print([name for name in ('tensorflow', 'keras', 'h5py') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "[]\n")


def test_altered_weights_with_right_checksums_end_soon_and_in_words(tmp_path: Path) -> None:
    """The HDF5 library hangs on some of these; here the damage may only be refused or change a number."""
    refused = 0
    architecture = read_config(json.dumps(GOOD).encode())
    for damaged in altered(GOOD_WEIGHTS, 3000, seed=4):
        try:
            parameters = _weights(architecture, damaged)
        except FileFormatError:
            refused += 1
            continue
        assert [layer.kernel.shape for layer in parameters] == [(4, 3), (3, 2)]
    assert refused > 300


def test_a_tree_that_leads_in_circles_is_refused() -> None:
    tree = GOOD_WEIGHTS.index(b"TREE")
    damaged = bytearray(GOOD_WEIGHTS)
    damaged[tree + 5] = 1  # says that its children are trees
    damaged[tree + 32 : tree + 40] = tree.to_bytes(8, "little")  # and is its own child
    with pytest.raises(FileFormatError, match="damaged"):
        _weights(read_config(json.dumps(GOOD).encode()), bytes(damaged))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["flatten", "plain", "functional", "trained", "backend"])
def test_what_keras_saves_comes_back_exactly(tmp_path: Path, kind: str) -> None:
    from nnviz.training.keras_backend import KerasBackend, import_tensorflow

    import_tensorflow()
    import keras

    path = tmp_path / "m.keras"
    layers = keras.layers
    if kind == "backend":
        from nnviz.spec import TrainingConfig, classifier

        backend = KerasBackend(classifier((4, 4), (5,), 3), TrainingConfig())
        backend.save(path)
        model = backend.model
    else:
        if kind == "functional":
            start = keras.Input((4, 4))
            middle = layers.Dense(5, "sigmoid", name="dense_7")(layers.Flatten()(start))
            model = keras.Model(start, layers.Dense(3, "softmax", name="dense")(middle))
        elif kind == "plain":
            model = keras.Sequential([keras.Input((16,)), layers.Dense(5, "tanh"), layers.Dense(3)])
        else:
            model = keras.Sequential([
                keras.Input((4, 4)), layers.Flatten(), layers.Dense(5), layers.ReLU(), layers.Dropout(0.3),
                layers.Dense(3), layers.Softmax(),
            ])  # fmt: skip
        if kind == "trained":
            model.compile("adam", "sparse_categorical_crossentropy")
            model.fit(np.ones((8, 4, 4), np.float32), np.zeros(8), verbose=0)
        model.save(path)
    spec, parameters = read_model(path)
    mine = [array for one in parameters for array in (one.kernel, one.bias)]
    for array, theirs in zip(mine, model.get_weights(), strict=True):
        np.testing.assert_array_equal(array, theirs)
    x = np.random.default_rng(0).random((6, 16), np.float32)
    expected = np.asarray(model(x.reshape((6, *model.input_shape[1:]))))
    np.testing.assert_allclose(forward(parameters, spec.activations, x).output, expected, atol=1e-6)
