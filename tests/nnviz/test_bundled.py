"""The digit model that ships: it loads, it reads, and a damaged file is named."""

import sys
from pathlib import Path

import numpy as np
import pytest

from nnviz.assets import asset
from nnviz.data.datasets import load_mnist
from nnviz.data.digits import to_image
from nnviz.data.pen import paint_strokes
from nnviz.data.strokes import read_strokes
from nnviz.errors import AssetError, SaveError, SpecError
from nnviz.maths.forward import forward
from nnviz.maths.parameters import glorot_uniform
from nnviz.spec import classifier
from nnviz.storage.bundled import DIGIT_MODEL, load_bundled, save_model

STROKES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "strokes-dev.json.gz"


def read(images):
    spec, parameters, _ = load_bundled()
    return forward(parameters, spec.activations, np.reshape(images, (len(images), -1))).output.argmax(axis=1)


def test_what_ships_reads_mnist_as_well_as_it_says():
    _, _, metadata = load_bundled()
    test = load_mnist().test
    measured = (read(test.x) == test.y).mean()
    assert measured >= 0.985
    assert metadata["test_accuracy"] == pytest.approx(measured, abs=2e-4)


@pytest.mark.slow
@pytest.mark.skipif(not STROKES.is_file(), reason="the strokes for development are not here")
def test_reads_strokes_of_other_writers():
    digits = read_strokes(STROKES)
    label = np.array([digit.label for digit in digits])
    guess = read(np.stack([to_image(paint_strokes(digit.strokes)) for digit in digits]))
    assert (guess == label).mean() >= 0.975
    assert min((guess == label)[label == k].mean() for k in range(10)) >= 0.94


#: Digits as somebody might draw them, with what MNIST's writers rarely did.
DRAWN = [
    (0, [[(50, 0), (20, 15), (8, 50), (20, 88), (50, 100), (72, 80), (78, 45), (68, 12), (50, 0)]]),
    (0, [[(40, 0), (12, 20), (5, 50), (15, 85), (40, 100), (65, 80), (72, 45), (62, 15), (40, 0)],
         [(15, 88), (64, 14)]]),
    (1, [[(50, 0), (50, 100)]]),
    (1, [[(25, 30), (52, 0), (52, 100)], [(28, 100), (76, 100)]]),
    (2, [[(10, 22), (25, 3), (50, 0), (65, 20), (55, 45), (8, 98), (70, 97)]]),
    (3, [[(10, 10), (40, 0), (62, 18), (50, 42), (28, 48), (58, 58), (66, 82), (38, 100), (8, 88)]]),
    (4, [[(30, 0), (8, 60), (75, 62)], [(52, 30), (50, 100)]]),
    (5, [[(62, 0), (18, 2), (14, 44), (45, 38), (66, 62), (50, 95), (10, 96)]]),
    (6, [[(52, 0), (20, 38), (10, 72), (28, 98), (56, 92), (62, 66), (40, 54), (14, 68)]]),
    (7, [[(8, 3), (66, 0), (30, 100)]]),
    (7, [[(8, 3), (66, 0), (30, 100)], [(22, 48), (66, 46)]]),
    (8, [[(58, 12), (34, 0), (14, 18), (30, 42), (58, 66), (52, 94), (26, 100), (10, 78), (36, 46), (60, 22),
          (50, 4)]]),
    (9, [[(62, 22), (40, 2), (14, 16), (18, 44), (44, 48), (62, 22), (58, 60), (50, 100)]]),
]  # fmt: skip


@pytest.mark.parametrize("width", [14, 20, 26, 32])
def test_reads_what_anybody_draws_with_any_pen(width):
    drawn = [[np.array(stroke, float) for stroke in strokes] for _, strokes in DRAWN]
    images = [to_image(paint_strokes(strokes, width=width)) for strokes in drawn]
    assert read(np.stack(images)).tolist() == [label for label, _ in DRAWN]


def test_weights_are_single_precision_and_read_only():
    spec, parameters, _ = load_bundled()
    assert spec.sizes[0] == 784
    assert spec.activations[-1] == "softmax"
    for layer in parameters:
        for array in (layer.kernel, layer.bias):
            assert array.dtype == np.float32
            assert not array.flags.writeable


def test_what_is_saved_is_loaded_again(tmp_path):
    spec = classifier(hidden=(5,))
    parameters = glorot_uniform(spec, 3)
    save_model(tmp_path / "m.npz", spec, parameters, {"test_accuracy": 0.5, "note": "x"})
    again, loaded, metadata = load_bundled(tmp_path / "m.npz")
    assert again == spec
    assert metadata == {"test_accuracy": 0.5, "note": "x"}
    for old, new in zip(parameters, loaded, strict=True):
        np.testing.assert_allclose(new.kernel, old.kernel, rtol=1e-3, atol=1e-6)


def test_saving_refuses_other_shapes_and_missing_folders(tmp_path):
    spec = classifier(hidden=(5,))
    with pytest.raises(SpecError):
        save_model(tmp_path / "m.npz", spec, glorot_uniform(classifier(hidden=(6,)), 0), {})
    with pytest.raises(SaveError):
        save_model(tmp_path / "absent" / "m.npz", spec, glorot_uniform(spec, 0), {})


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.9999])
def test_a_truncated_file_is_named(tmp_path, share):
    content = asset(DIGIT_MODEL).read_bytes()
    path = tmp_path / "cut.npz"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(AssetError, match=r"cut\.npz is missing or damaged"):
        load_bundled(path)


@pytest.mark.parametrize("arrays", [
    {}, {"spec": np.array("{}"), "metadata": np.array("{}")}, {"spec": np.zeros(3), "metadata": np.zeros(3)},
    {"spec": np.array(classifier(hidden=(3,)).to_json()), "metadata": np.array('{"test_accuracy": 0.5}')},
    {"spec": np.array(classifier(hidden=()).to_json()), "metadata": np.array('{"test_accuracy": 0.5}'),
     "kernel_0": np.full((784, 10), np.nan, np.float16), "bias_0": np.zeros(10, np.float16)},
    {"spec": np.array(classifier(hidden=()).to_json()), "metadata": np.array('{"test_accuracy": 0.5}'),
     "kernel_0": np.zeros((784, 9), np.float16), "bias_0": np.zeros(10, np.float16)},
    {"spec": np.array(classifier(hidden=()).to_json()), "metadata": np.array("[]"),
     "kernel_0": np.zeros((784, 10), np.float16), "bias_0": np.zeros(10, np.float16)},
])  # fmt: skip
def test_a_file_with_other_content_is_refused(tmp_path, arrays):
    path = tmp_path / "other.npz"
    np.savez(path, **arrays)
    with pytest.raises(AssetError, match=r"other\.npz"):
        load_bundled(path)


def test_a_pickle_is_never_opened(tmp_path):
    path = tmp_path / "evil.npz"
    np.savez(path, spec=np.array([object], dtype=object), metadata=np.array("{}"))
    with pytest.raises(AssetError):
        load_bundled(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(AssetError, match=r"gone\.npz"):
        load_bundled(tmp_path / "gone.npz")


def test_loading_needs_neither_tensorflow_nor_numba():
    import subprocess

    code = (
        "import sys; from nnviz.storage.bundled import load_bundled; load_bundled();"
        "import nnviz.data.digits, nnviz.data.drawing, nnviz.data.strokes;"
        "print(sorted({'tensorflow', 'keras', 'numba', 'PySide6'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
