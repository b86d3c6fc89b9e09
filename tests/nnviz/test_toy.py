"""Points in the plane: each generator obeys its own rule, written here another way."""

import numpy as np
import pytest

from nnviz.data.datasets import load
from nnviz.data.toy import GENERATORS, TOYS, blobs, circle, gauss, load_toy, moons, spiral, xor
from nnviz.errors import NnvizError

NAMES = list(GENERATORS)


def angle(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.angle(x[:, 0] + 1j * x[:, 1]))


@pytest.mark.parametrize("name", NAMES)
def test_points_and_classes(name: str) -> None:
    x, y = GENERATORS[name](1_001, 0.1, 7)
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((1_001, 2), np.float32, (1_001,), np.int32)
    assert np.abs(x).max() < 8
    assert np.abs(x).max() > 4
    again, other = GENERATORS[name](1_001, 0.1, 7), GENERATORS[name](1_001, 0.1, 8)
    np.testing.assert_array_equal(again.x, x)
    np.testing.assert_array_equal(again.y, y)
    assert not np.array_equal(other.x, x)
    counts = np.bincount(y)
    # No class is much larger than another (xor's are drawn by chance, the ring loses none without its noise).
    assert counts.max() < 1.3 * counts.min()


def test_xor_without_noise() -> None:
    x, y = xor(2_000, 0, 1)
    np.testing.assert_array_equal(y, (x[:, 0] > 0) == (x[:, 1] > 0))
    assert np.abs(x).min() >= 0.3 - 1e-6
    assert np.abs(x).max() <= 5.3 + 1e-6
    quarters = np.bincount(2 * (x[:, 0] > 0) + (x[:, 1] > 0))
    assert quarters.min() > 400  # of 500 expected, deviation 19


def test_noise_of_xor_and_circle_turns_classes_not_points() -> None:
    for make in (xor, circle):
        clean, noisy = make(2_000, 0, 1), make(2_000, 0.3, 1)
        np.testing.assert_array_equal(clean.x, noisy.x)
        turned = clean.y != noisy.y
        assert 0.01 < turned.mean() < 0.4
    # Of xor those near an axis are turned: noise 0.3 moves by 1.5 at most.
    x, turned = xor(2_000, 0, 1).x, xor(2_000, 0, 1).y != xor(2_000, 0.3, 1).y
    assert np.abs(x[turned]).min(axis=1).max() <= 1.5


def test_circle_without_noise() -> None:
    x, y = circle(2_000, 0, 2)
    radius = np.linalg.norm(x, axis=1)
    assert radius[y == 1].max() <= 2.5
    assert radius[y == 0].min() >= 3.5 - 1e-6
    assert radius.max() <= 5 + 1e-6
    assert (y == 1).sum() == 1_000
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=0.25)


def test_gauss_has_the_variance_of_its_noise() -> None:
    for noise, variance in ((0, 0.5), (0.25, 2.25), (0.5, 4)):
        x, y = gauss(20_000, noise, 3)
        for label, centre in ((0, -2), (1, 2)):
            part = x[y == label]
            np.testing.assert_allclose(part.mean(axis=0), centre, atol=0.1)
            np.testing.assert_allclose(part.var(axis=0), variance, rtol=0.1)
    x, y = gauss(2_000, 0, 3)
    assert ((x.sum(axis=1) > 0) == y).mean() > 0.995


def test_spiral_without_noise() -> None:
    x, y = spiral(1_000, 0, 0)
    np.testing.assert_allclose(x[y == 0], -x[y == 1], atol=1e-5)
    arm = x[y == 1].astype(np.float64)
    radius = np.hypot(*arm.T)
    np.testing.assert_allclose(radius, np.linspace(0, 5, 501)[:-1], atol=1e-5)
    turned = np.unwrap(angle(arm[1:]))
    np.testing.assert_allclose(np.diff(turned), -1.75 * 2 * np.pi / 500, atol=1e-4)
    noisy = spiral(1_000, 0.4, 0).x
    assert 0.35 < np.abs(noisy - x).max() <= 0.4 + 1e-6


def test_moons_without_noise() -> None:
    x, y = moons(1_000, 0, 0)
    upper, lower = x[y == 0], x[y == 1]
    np.testing.assert_allclose(np.linalg.norm(upper - (-1.5, -0.75), axis=1), 3, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(lower - (1.5, 0.75), axis=1), 3, atol=1e-5)
    assert upper[:, 1].min() >= -0.75 - 1e-5
    assert lower[:, 1].max() <= 0.75 + 1e-5
    np.testing.assert_allclose(np.sort(upper, axis=0), np.sort(-lower, axis=0), atol=1e-5)
    np.testing.assert_allclose((moons(20_000, 0.2, 0).x - moons(20_000, 0, 0).x).std(axis=0), 0.6, rtol=0.05)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_blobs_are_around_their_centres(classes: int) -> None:
    x, y = blobs(5_000, 0, 4, classes)
    turns = 2j * np.pi * np.arange(classes) / classes
    centres = np.column_stack([4 * np.exp(turns).real, 4 * np.exp(turns).imag])
    squared = ((x[:, None] - centres) ** 2).sum(axis=2)
    assert (squared.argmin(axis=1) == y).mean() > 0.998
    np.testing.assert_allclose([x[y == label].mean(axis=0) for label in range(classes)], centres, atol=0.06)
    assert np.ptp(np.bincount(y)) <= 1
    assert (x - centres[y]).std() == pytest.approx(0.25, rel=0.05)
    assert (blobs(5_000, 0.2, 4, classes).x - centres[y]).std() == pytest.approx(1.25, rel=0.05)


@pytest.mark.parametrize("name", NAMES)
def test_data_set_is_standardised_and_neighbours_know_the_class(name: str) -> None:
    dataset = load_toy(name, 1_000, 0.0, 1)
    assert dataset.feature_names == ("x₁", "x₂")
    x = dataset.train.x.astype(np.float64)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(x.std(axis=0), 1, atol=1e-6)
    squared = ((dataset.test.x[:, None] - dataset.train.x[None]) ** 2).sum(axis=2)
    assert (dataset.train.y[squared.argmin(axis=1)] == dataset.test.y).mean() > 0.98
    # Every point of the generator is in one split.
    assert dataset.scaling is not None
    parts = (dataset.train, dataset.validation, dataset.test)
    back = np.concatenate([dataset.scaling.original(part.x) for part in parts])
    made = GENERATORS[name](1_000, 0.0, 1).x
    np.testing.assert_allclose(np.sort(back, axis=0), np.sort(made, axis=0), atol=1e-5)


def test_defaults_size_and_number_of_classes() -> None:
    assert [info.name for info in TOYS] == NAMES
    np.testing.assert_array_equal(load("spiral").train.x, load_toy("spiral", 1_000, 0.1, 0).train.x)
    dataset = load_toy("blobs", 200, classes=7)
    assert dataset.class_names == tuple("ABCDEFG")
    assert [len(dataset.split(name)) for name in ("train", "validation", "test")] == [140, 30, 30]
    assert set(dataset.validation.y.tolist()) == set(range(7))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("xor", 99), "100 to 100,000, got 99"),
        (("moons", 100_001), "got 100001"),
        (("circle", 100, -0.1), "noise must be 0 to 0.5, got -0.1"),
        (("circle", 100, float("nan")), "got nan"),
        (("gauss", 100, 0.1, -1), "seed must be at least 0, got -1"),
        (("blobs", 100, 0.1, 0, 11), "2 to 10 classes, got 11"),
        (("blobs", 100, 0.1, 0, 1), "2 to 10 classes, got 1"),
        (("xor", 100, 0.1, 0, 3), "xor must have 2 classes, got 3"),
        (("iris",), "'iris'; known are xor"),
    ],
)
def test_values_out_of_range_are_named(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(NnvizError, match=message):
        load_toy(*arguments)  # type: ignore[arg-type]
