"""NumPy archives and IDX files of the user's own."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnviz.data import npz_file
from nnviz.data.files import ImportChoice, check, inspect, kind_of, load, load_with_notes, task_of
from nnviz.data.import_choice import ImportCancelledError
from nnviz.errors import FileFormatError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(3, 2, (60, 4))
Y = (np.arange(60) % 3).astype(np.int64)
IMAGES = RANDOM.integers(0, 256, (60, 6, 5)).astype(np.uint8)


def save(folder: Path, **arrays: np.ndarray) -> Path:
    path = folder / "own.npz"
    np.savez_compressed(path, **arrays)
    return path


def test_kinds_are_told_by_name(tmp_path: Path) -> None:
    names = {
        "a.csv": "csv", "A.TSV": "csv", "a.npz": "npz", "a.idx": "idx", "train-images-idx3-ubyte.gz": "idx",
        "a.idx.gz": "idx", "a.png": "", "a.keras": "",
    }
    assert {name: kind_of(tmp_path / name) for name in names} == names
    assert kind_of(tmp_path) == "images"


@pytest.mark.parametrize("names", [("x", "y"), ("X", "Y"), ("data", "target"), ("features", "labels")])
def test_a_table_is_found_by_the_names_of_its_arrays(tmp_path: Path, names: tuple[str, str]) -> None:
    preview = inspect(save(tmp_path, **{names[0]: X, names[1]: Y}))
    assert (preview.choice.inputs, preview.choice.targets) == (names[:1], names[1:])
    assert (preview.row_count, preview.input_count) == (60, 4)
    assert task_of(preview, preview.choice.targets) == "multiclass"
    assert preview.column(names[0]).words == "60 × 4 float64"  # type: ignore[union-attr]
    assert preview.head[0] == (", ".join(f"{value:.4g}" for value in X[0]), "0")
    dataset = load(preview.choice)
    assert dataset.scaling is not None
    x = np.concatenate([dataset.scaling.original(part.x) for part in (dataset.train, dataset.validation, dataset.test)])
    assert np.allclose(np.sort(x, axis=0), np.sort(X, axis=0), atol=1e-5)
    assert dataset.class_names == ("0", "1", "2")
    assert dataset.feature_names[0] == f"{names[0]} 1"


def test_a_test_set_of_its_own_stays_the_test_set(tmp_path: Path) -> None:
    path = save(tmp_path, x_train=IMAGES, y_train=Y, x_test=IMAGES[:12] // 2, y_test=Y[:12])
    preview = inspect(path)
    assert (preview.choice.test_inputs, preview.choice.test_targets) == ("x_test", "y_test")
    dataset = load(preview.choice)
    assert dataset.input_shape == (6, 5)
    assert np.array_equal(dataset.test.x, (IMAGES[:12] // 2).reshape(12, -1) * np.float32(1 / 255))
    assert dataset.test.y.tolist() == Y[:12].tolist()
    # 70 : 15 of what is left.
    assert (len(dataset.train), len(dataset.validation)) == (49, 11)
    assert dataset.scaling is None


@pytest.mark.parametrize("dtype", ["float32", "uint8", "bool", "colour", "channel", "flat"])
def test_images_of_any_type_are_grey_from_0_to_1(tmp_path: Path, dtype: str) -> None:
    images = IMAGES
    flat = RANDOM.integers(0, 256, (60, 64)).astype(np.uint8)
    stored = {
        "float32": (images / 255).astype(np.float32), "uint8": images, "bool": images > 127,
        "colour": np.stack([images] * 3, axis=-1), "channel": images[..., None], "flat": flat,
    }[dtype]
    dataset = load(inspect(save(tmp_path, images=stored, labels=Y)).choice)
    assert dataset.input_shape == ((8, 8) if dtype == "flat" else (6, 5))
    assert 0 <= dataset.train.x.min() <= dataset.train.x.max() <= 1
    wanted = {"bool": images > 127, "flat": flat / 255}.get(dtype, images / 255)
    got = np.concatenate([part.x for part in (dataset.train, dataset.validation, dataset.test)])
    assert np.allclose(np.sort(got.sum(axis=1)), np.sort(wanted.reshape(60, -1).sum(axis=1)), atol=1e-3)


def test_other_ranges_of_pixels_are_scaled_and_it_is_said(tmp_path: Path) -> None:
    choice = inspect(save(tmp_path, x=(IMAGES % 17), y=Y)).choice
    imported = load_with_notes(choice)
    assert imported.notes == ("The largest pixel is 16; it becomes 1.",)
    assert imported.dataset.train.x.max() == 1
    imported = load_with_notes(inspect(save(tmp_path, x=IMAGES / 127.5 - 1, y=Y)).choice)
    assert imported.notes == ("Pixels from -1 to 1 were scaled to 0 to 1.",)


@pytest.mark.parametrize(
    ("y", "task", "outputs"),
    [
        (Y % 2, "binary", 1),
        (np.eye(3)[Y], "multiclass", 3),
        (np.stack([Y % 2, Y > 0, Y == 1], axis=1), "multilabel", 3),
        (np.sin(np.arange(60.0)), "regression", 1),
        (RANDOM.normal(size=(60, 2)), "regression", 2),
        (np.array(["tulip", "rose"])[Y % 2], "binary", 1),
        (Y[:, None], "multiclass", 3),
    ],
)
def test_the_task_follows_from_the_targets(tmp_path: Path, y: np.ndarray, task: str, outputs: int) -> None:
    preview = inspect(save(tmp_path, x=X, y=y))
    dataset = load(preview.choice)
    assert (dataset.task, dataset.output_count) == (task, outputs)
    assert task_of(preview, preview.choice.targets) == task
    assert "error" not in {problem.severity for problem in check(preview, preview.choice)}


def test_missing_numbers_are_handled_as_in_tables(tmp_path: Path) -> None:
    x = X.copy()
    x[3, 1] = np.nan
    choice = inspect(save(tmp_path, x=x, y=Y)).choice
    assert load_with_notes(choice).notes == ("1 rows with a missing input were left out.",)
    assert len(load(replace(choice, missing="mean")).train) == 42
    x[7, 2] = np.inf
    choice = inspect(save(tmp_path, x=x, y=Y)).choice
    with pytest.raises(FileFormatError, match=r"own\.npz: row 8, column 3 of 'x' is infinite"):
        load(choice)
    assert "1 infinite values count as missing." in load_with_notes(replace(choice, unreadable="missing")).notes


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": X, "y": Y[:50]}, r"'x' has the shape \(60, 4\) and 'y' \(50,\); the first number"),
        ({"x": X.reshape(60, 2, 2, 1, 1), "y": Y}, r"'x' has the shape \(60, 2, 2, 1, 1\); it must be"),
        ({"x": X.astype(complex), "y": Y}, "'x' must hold numbers or texts, got complex128"),
        ({"x": X.astype(str), "y": Y}, "inputs 'x' must be numbers"),
        ({"x": X, "y": np.zeros(60, int)}, "one class only, '0'"),
        ({"x": X, "y": np.zeros(60) + 0.5}, "'y' is 0.5 in every row|one class only"),
        ({"x": np.full((60, 4), 2.0), "y": Y}, "no input varies"),
        ({"x": np.zeros((0, 4)), "y": Y[:0]}, "no samples"),
        ({"x": X[:4], "y": Y[:4]}, "has 4 rows; at least 10"),
        (
            {"x": np.where(np.arange(240).reshape(60, 4) == 5, 1e30, X), "y": Y},
            r"row 2, column 'x 2': 1e\+30 is too large",
        ),
        ({"x": np.where(IMAGES[2, 0, 0] == IMAGES, np.nan, IMAGES / 255.0), "y": Y}, "holds NaN or infinite values"),
        ({"x": np.zeros((60, 6, 5), np.uint8), "y": Y}, "every pixel of every training image is the same"),
        ({"x": X, "y": Y.reshape(30, 2)[:, :, None][:, :, 0]}, "the first number, the samples, must be the same"),
    ],
)
def test_arrays_that_do_not_do_are_explained(tmp_path: Path, arrays: dict[str, np.ndarray], words: str) -> None:
    path = save(tmp_path, **arrays)
    with pytest.raises(FileFormatError, match=words) as caught:
        load(replace(inspect(path).choice, inputs=("x",), targets=("y",)))
    assert "own.npz" in str(caught.value)


def test_pickles_are_never_read(tmp_path: Path) -> None:
    path = save(tmp_path, x=X, y=np.array([{"a": 1}] * 60, object))
    preview = inspect(path)
    assert any("'y' holds Python objects (pickles)" in problem.text for problem in preview.problems)
    with pytest.raises(FileFormatError, match="pickles"):
        load(replace(preview.choice, inputs=("x",), targets=("y",)))


def test_damaged_archives_are_named(tmp_path: Path) -> None:
    path = tmp_path / "own.npz"
    path.write_bytes(b"no zip file at all")
    with pytest.raises(FileFormatError, match=r"own\.npz is no NumPy archive"):
        inspect(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "nothing")
    with pytest.raises(FileFormatError, match="has no arrays"):
        inspect(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + b"broken header")
    with pytest.raises(FileFormatError, match="'x' is no NumPy array"):
        inspect(path)
    whole = io.BytesIO()
    np.save(whole, X)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", whole.getvalue()[:-100])
        other = io.BytesIO()
        np.save(other, Y)
        archive.writestr("y.npy", other.getvalue())
    choice = ImportChoice(str(path), "npz", ("x",), ("y",))
    with pytest.raises(FileFormatError, match=r"array 'x' is truncated: 1,920 bytes must follow its header, got 1,820"):
        load(choice)
    with pytest.raises(FileFormatError, match="has no array 'z'; it has x, y"):
        load(replace(choice, inputs=("z",)))
    with pytest.raises(FileFormatError, match="choose one array as input"):
        load(replace(choice, inputs=("x", "z")))


def test_a_header_that_claims_too_much_is_not_believed(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (2**40, 4)})
    other = io.BytesIO()
    np.lib.format.write_array_header_1_0(other, {"descr": "<i8", "fortran_order": False, "shape": (2**40,)})
    path = tmp_path / "own.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", header.getvalue())
        archive.writestr("y.npy", other.getvalue())
    choice = ImportChoice(str(path), "npz", ("x",), ("y",))
    with pytest.raises(FileFormatError, match=r"would take 16384\.0 GB of memory"):
        load(choice)


def test_big_endian_and_columns_first(tmp_path: Path) -> None:
    plain = load(inspect(save(tmp_path, x=X, y=Y)).choice)
    other = load(inspect(save(tmp_path, x=np.asfortranarray(X.astype(">f8")), y=Y.astype(">i4"))).choice)
    assert np.array_equal(plain.train.x, other.train.x)
    assert np.array_equal(plain.train.y, other.train.y)


def test_names_that_say_nothing_are_left_to_the_person(tmp_path: Path) -> None:
    preview = inspect(save(tmp_path, first=X, second=Y))
    assert (preview.choice.inputs, preview.choice.targets) == ((), ())
    found = [problem.text for problem in check(preview, preview.choice) if problem.severity == "error"]
    assert found == ["own.npz: choose one array as input and one as target."]
    assert load(replace(preview.choice, inputs=("first",), targets=("second",))).task == "multiclass"


def test_reading_an_archive_can_be_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz_file, "_PIECE_BYTES", 500)
    told: list[tuple[int, int]] = []
    choice = inspect(save(tmp_path, x=X, y=Y)).choice
    with pytest.raises(ImportCancelledError):
        load(choice, lambda done, total: told.append((done, total)), lambda: len(told) == 3)
    assert told == [(500, 2_400), (1_000, 2_400), (1_500, 2_400)]


# -- IDX -----------------------------------------------------------------------------------------------------------


def write_idx(path: Path, array: np.ndarray, packed: bool = False) -> Path:
    content = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("opened", ["images", "labels"])
def test_an_idx_pair_is_found_from_either_file(tmp_path: Path, packed: bool, opened: str) -> None:
    end = "-ubyte.gz" if packed else "-ubyte"
    images = write_idx(tmp_path / f"my-images-idx3{end}", IMAGES, packed)
    labels = write_idx(tmp_path / f"my-labels-idx1{end}", Y.astype(np.uint8), packed)
    preview = inspect(images if opened == "images" else labels)
    assert (preview.choice.path, preview.choice.labels_path) == (str(images), str(labels))
    assert preview.class_counts == (("0", 20), ("1", 20), ("2", 20))
    assert (preview.row_count, preview.input_count) == (60, 30)
    dataset = load(preview.choice)
    assert (dataset.input_shape, dataset.class_names) == ((6, 5), ("0", "1", "2"))
    got = np.concatenate([part.x for part in (dataset.train, dataset.validation, dataset.test)])
    assert np.allclose(np.sort(got.sum(axis=1)), np.sort(IMAGES.reshape(60, -1).sum(axis=1) / 255), atol=1e-3)


def test_an_idx_test_pair_beside_is_taken(tmp_path: Path) -> None:
    write_idx(tmp_path / "train-images-idx3-ubyte", IMAGES)
    write_idx(tmp_path / "train-labels-idx1-ubyte", Y.astype(np.uint8))
    write_idx(tmp_path / "t10k-images-idx3-ubyte", IMAGES[:15])
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", Y[:15].astype(np.uint8))
    dataset = load(inspect(tmp_path / "train-images-idx3-ubyte").choice)
    assert len(dataset.test) == 15
    assert len(dataset.train) + len(dataset.validation) == 60


def test_idx_files_that_do_not_belong_together(tmp_path: Path) -> None:
    images = write_idx(tmp_path / "a-images.idx", IMAGES)
    preview = inspect(images)
    assert [problem.severity for problem in check(preview, preview.choice)] == ["error", "warning"]
    with pytest.raises(FileFormatError, match=r"choose the file of the labels"):
        load(preview.choice)
    short = write_idx(tmp_path / "a-labels.idx", Y[:50].astype(np.uint8))
    preview = inspect(images)
    assert any("a-images.idx holds 60 images, a-labels.idx an array (50,)" in p.text for p in preview.problems)
    with pytest.raises(FileFormatError, match="one label for each image"):
        load(preview.choice)
    images.unlink()
    with pytest.raises(FileFormatError, match=r"a-labels\.idx holds 50 labels, no images"):
        inspect(short)


# -- the choice ----------------------------------------------------------------------------------------------------


def test_a_choice_goes_through_json() -> None:
    choice = ImportChoice(
        "/data/ä.csv", "csv", ("a", "b"), ("y",), ("b",), "multiclass", "median", "missing", False, (60, 20, 20), 7, 99,
        ";", False, "windows-1252", ",", (32, 48), "l", "x", "y",
    )
    assert ImportChoice.from_json(choice.to_json()) == choice
    assert ImportChoice.from_json('{"path": "a.csv", "kind": "csv"}') == ImportChoice("a.csv", "csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "must be JSON"),
        ("[1]", "must be a JSON object"),
        ('{"path": "a"}', "needs 'path' and 'kind'"),
        ('{"path": "a", "kind": "csv", "run": 1}', "has no 'run'"),
        ('{"path": "a", "kind": "exe"}', "kind must be one of"),
        ('{"path": 1, "kind": "csv"}', "path must be text"),
        ('{"path": "a", "kind": "csv", "shares": [70, 20, 20]}', "100 together"),
        ('{"path": "a", "kind": "csv", "shares": [20, 40, 40]}', "40 or more to train"),
        ('{"path": "a", "kind": "csv", "shares": [70, 30]}', "shares must be whole numbers"),
        ('{"path": "a", "kind": "csv", "image_size": [28, 1000]}', "image_size must be whole numbers from 1 to 256"),
        ('{"path": "a", "kind": "csv", "seed": -1}', "seed must be a whole number from 0"),
        ('{"path": "a", "kind": "csv", "inputs": ["a"], "targets": ["a"]}', "'a' is both"),
        ('{"path": "a", "kind": "csv", "inputs": "ab"}', "inputs must be names"),
        ('{"path": "a", "kind": "csv", "header": 1}', "header must be true or false"),
    ],
)
def test_a_choice_that_cannot_be_is_explained(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ImportChoice.from_json(text)
