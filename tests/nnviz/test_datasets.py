"""MNIST through the registry, held against MNIST's own published statistics."""

import math
from pathlib import Path

import numpy as np
import pytest

from nnviz.data.datasets import GROUPS, REGISTRY, Dataset, DatasetChoice, load, load_mnist
from nnviz.errors import AssetError, FileFormatError, NnvizError, SpecError
from nnviz.spec import TASKS


def test_mnist_is_mnist() -> None:
    dataset = load("mnist")
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (55_000, 5_000, 10_000)
    assert dataset.input_shape == (28, 28)
    assert dataset.class_names == tuple("0123456789")
    for split in (dataset.train, dataset.validation, dataset.test):
        assert split.x.dtype == np.float32
        assert split.x.min() == 0
        assert split.x.max() == 1
        assert not split.x.flags.writeable
    # Mean and deviation of the 60,000 training images, as everybody's normalisation constants have them.
    whole = np.concatenate([dataset.train.x, dataset.validation.x])
    assert whole.mean(dtype=np.float64) == pytest.approx(0.1307, abs=5e-5)
    assert whole.std(dtype=np.float64) == pytest.approx(0.3081, abs=5e-5)
    # The counts of the test set's classes as published.
    assert np.bincount(dataset.test.y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert dataset.test.y[:5].tolist() == [7, 2, 1, 0, 4]


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(NnvizError, match="'cifar'; known are") as caught:
        load("cifar")
    assert all(name in str(caught.value) for name in REGISTRY)


def test_missing_asset_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mnist.npz"
    with pytest.raises(AssetError, match="damaged") as caught:
        load_mnist(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("size", [0, 10, 5_000])
def test_truncated_asset_names_the_file(tmp_path: Path, size: int) -> None:
    whole = tmp_path / "whole.npz"
    np.savez(whole, **{name: np.zeros((60, 28), np.uint8) for name in ("x_train", "y_train", "x_test", "y_test")})
    path = tmp_path / "mnist.npz"
    path.write_bytes(whole.read_bytes()[:size])
    with pytest.raises(AssetError, match=r"mnist\.npz is damaged"):
        load_mnist(path)


def test_wrong_shape_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "mnist.npz"
    np.savez(path, **{name: np.zeros((6, 2), np.uint8) for name in ("x_train", "y_train", "x_test", "y_test")})
    with pytest.raises(AssetError, match=r"x_train must be uint8 \(60000, 28, 28\), got uint8 \(6, 2\)"):
        load_mnist(path)


@pytest.mark.parametrize("name", list(REGISTRY))
def test_what_the_registry_says_is_what_is_loaded(name: str) -> None:
    info = REGISTRY[name]
    assert info.name == name
    assert info.title
    assert info.licence
    assert info.description.endswith(".")
    dataset = load_or_skip(name)
    assert (dataset.name, dataset.title, dataset.licence) == (info.name, info.title, info.licence)
    assert (dataset.input_shape, dataset.class_names) == (info.input_shape, info.class_names)
    splits = (dataset.train, dataset.validation, dataset.test)
    assert " + ".join(f"{len(split):,}" for split in splits) == info.count
    assert (dataset.task, dataset.target_names) == (info.task, info.target_names)
    assert info.task in TASKS
    assert info.group in GROUPS
    assert set(dataset.options) == set(info.option_names)
    for split in splits:
        assert split.x.shape == (len(split), math.prod(info.input_shape))
        assert split.x.dtype == np.float32
        assert np.isfinite(split.x).all()
        if info.task in ("multiclass", "binary"):
            assert split.y.dtype == np.int32
            assert sorted(set(split.y.tolist())) == list(range(len(info.class_names)))
        else:
            assert split.y.dtype == np.float32
            assert split.y.shape == (len(split), dataset.output_count)
            assert np.isfinite(split.y).all()
    if info.task == "binary":
        assert len(info.class_names) == 2
        assert dataset.output_names(1) == info.class_names[1:]
        assert dataset.output_names(2) == info.class_names
    if info.task == "regression":
        assert dataset.target_scaling is not None
        assert dataset.train.y.mean(axis=0) == pytest.approx([0], abs=1e-5)
        assert dataset.train.y.std(axis=0) == pytest.approx([1], abs=1e-5)
        assert dataset.class_names == ()


def load_or_skip(name: str) -> Dataset:
    """Load a data set; skip the test where it is one that does not come with nnviz and is not there."""
    try:
        return load(name)
    except (AssetError, FileFormatError):
        raise
    except NnvizError as error:
        pytest.skip(str(error))


def test_groups_come_in_order_and_about_says_what_counts() -> None:
    places = [GROUPS.index(info.group) for info in REGISTRY.values()]
    assert places == sorted(places)
    words = REGISTRY["wine"].about
    for part in ("125 + 27 + 26", "13 features", "3 classes", "CC BY 4.0"):
        assert part in words
    assert "28 × 28 pixels" in REGISTRY["mnist"].about
    assert "1 target: progression" in REGISTRY["diabetes"].about
    assert "2 labels" in REGISTRY["discs"].about
    # Not on this computer, because the test has a cache of its own.
    assert "downloads 442 kB" in REGISTRY["california-housing"].about


def test_a_choice_is_json_and_frozen() -> None:
    options = {"count": 200, "noise": 0.25, "seed": 3}
    choice = DatasetChoice("xor", options)
    options["count"] = 7
    assert DatasetChoice.from_json(choice.to_json()) == choice
    assert hash(DatasetChoice.from_json(choice.to_json())) == hash(choice)
    assert choice != DatasetChoice("xor") == DatasetChoice.from_json('{"name": "xor"}')
    assert len(load(choice).train) == 140
    with pytest.raises(TypeError):
        choice.options["count"] = 1  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "object with name and options"),
        ('{"name": "xor", "colour": 1}', "object with name and options"),
        ('{"name": ""}', "must be a text, got ''"),
        ('{"name": "xor", "options": 3}', "must be an object, got 3"),
        ('{"name": "xor", "options": {"count": [1]}}', r"option count .* got \[1\]"),
    ],
)
def test_choices_that_are_none_are_named(text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        DatasetChoice.from_json(text)


def test_options_that_a_set_has_not_are_named() -> None:
    with pytest.raises(SpecError, match="XOR has no option classes; its options: count, noise, seed"):
        load(DatasetChoice("xor", {"classes": 3}))
    with pytest.raises(SpecError, match="Iris has no option noise; its options: none"):
        load(DatasetChoice("iris", {"noise": 0.1}))
