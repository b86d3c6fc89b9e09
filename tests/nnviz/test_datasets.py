"""MNIST through the registry, held against MNIST's own published statistics."""

import math
from pathlib import Path

import numpy as np
import pytest

from nnviz.data.datasets import REGISTRY, Dataset, load, load_mnist
from nnviz.errors import AssetError, FileFormatError, NnvizError


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
    for split in splits:
        assert split.x.shape == (len(split), math.prod(info.input_shape))
        assert (split.x.dtype, split.y.dtype) == (np.float32, np.int32)
        assert np.isfinite(split.x).all()
        assert sorted(set(split.y.tolist())) == list(range(len(info.class_names)))


def load_or_skip(name: str) -> Dataset:
    """Load a data set; skip the test where it is one that does not come with nnviz and is not there."""
    try:
        return load(name)
    except (AssetError, FileFormatError):
        raise
    except NnvizError as error:
        pytest.skip(str(error))
