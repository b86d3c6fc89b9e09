"""Points in the plane: each generator obeys its own rule, written here another way."""

import numpy as np
import pytest

from nnviz.data.datasets import load
from nnviz.data.toy import (
    GENERATORS,
    blobs,
    circle,
    discs,
    gauss,
    moons,
    reg_gauss,
    reg_plane,
    spiral,
    xor,
)
from nnviz.data.toy_sets import TOYS, load_toy
from nnviz.errors import NnvizError

NAMES = ["xor", "circle", "gauss", "spiral", "moons", "blobs"]


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


def test_labels_of_discs_without_noise_are_their_places() -> None:
    x, y = discs(5_000, 0, 3)
    assert (y.shape, y.dtype) == ((5_000, 2), np.float32)
    assert np.abs(x).max() <= 5
    z = x[:, 0] + 1j * x[:, 1]
    near = np.abs(np.abs(np.stack([z + 1.5, z - 1.5], axis=1)) - 3) < 1e-5  # on the rim single precision decides
    wanted = np.stack([np.abs(z + 1.5) < 3, np.abs(z - 1.5) < 3], axis=1)
    assert ((y == wanted) | near).all()
    # Both, either and none: their shares are those of the areas (the lens by the formula of two circles).
    lens = 2 * 9 * np.arccos(0.5) - 1.5 * np.sqrt(4 * 9 - 9)
    left = 9 * np.pi - lens  # no part of it lies outside the square: −1.5 − 3 > −5
    shares = [(y.sum(axis=1) == 2).mean(), (y == [1, 0]).all(axis=1).mean()]
    np.testing.assert_allclose(shares, [lens / 100, left / 100], atol=0.025)
    turned = (discs(5_000, 0.3, 3).y != y).mean()
    assert 0.05 < turned < 0.4


def test_plane_without_noise_is_a_plane() -> None:
    x, y = reg_plane(2_000, 0, 1)
    assert (y.shape, y.dtype) == ((2_000, 1), np.float32)
    assert 5.9 < np.abs(x).max() <= 6
    design = np.column_stack([x, np.ones(len(x))])
    coefficients, residual, *_ = np.linalg.lstsq(design, y[:, 0], rcond=None)
    np.testing.assert_allclose(coefficients, [0.1, 0.1, 0], atol=1e-6)
    assert residual[0] < 1e-8
    noisy = reg_plane(20_000, 0.5, 1)
    # Noise 0.5: each coordinate moved evenly by up to 3, so the target's deviation is 0.1·√(2·3²/3).
    assert (noisy.y[:, 0] - 0.1 * noisy.x.sum(axis=1)).std() == pytest.approx(0.1 * np.sqrt(6), rel=0.02)


def test_hills_have_their_heights_at_their_centres() -> None:
    x, y = reg_gauss(50_000, 0, 2)
    height = y[:, 0]
    assert np.abs(height).max() <= 1
    for x1, x2, sign in ((-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1)):
        distance = np.linalg.norm(x - (x1, x2), axis=1)
        own = distance < 1.9  # nearer than 2 to this centre and at least 2 from every other
        np.testing.assert_allclose(height[own], sign * (1 - distance[own] / 2), atol=1e-5)
    far = np.min([np.linalg.norm(x - c, axis=1) for c in ((-4, 2.5), (0, 2.5), (4, 2.5), (-4, -2.5), (0, -2.5),
                                                         (4, -2.5))], axis=0) > 2
    assert (height[far] == 0).all()


@pytest.mark.parametrize("name", ["discs", "reg-plane", "reg-gauss"])
def test_targets_and_labels_follow_their_points_into_the_splits(name: str) -> None:
    dataset = load_toy(name, 1_000, 0.2, 5)
    made = GENERATORS[name](1_000, 0.2, 5)
    known = {tuple(np.round(point, 4)): value for point, value in zip(made.x, made.y, strict=True)}
    assert dataset.scaling is not None
    seen = 0
    for part in (dataset.train, dataset.validation, dataset.test):
        assert part.y.dtype == np.float32
        assert not part.y.flags.writeable
        values = part.y if dataset.target_scaling is None else dataset.target_scaling.original(part.y)
        for point, value in zip(dataset.scaling.original(part.x), values, strict=True):
            wanted = known.get(tuple(np.round(point.astype(np.float32), 4)))
            if wanted is not None:  # rounding parts a few
                np.testing.assert_allclose(value, wanted, atol=1e-5)
                seen += 1
    assert seen > 900
    if dataset.task == "regression":
        assert dataset.train.y.mean() == pytest.approx(0, abs=1e-5)
        assert dataset.train.y.std() == pytest.approx(1, abs=1e-5)
    else:
        shares = [np.unique(part.y, axis=0, return_counts=True)[1] / len(part.y)
                  for part in (dataset.train, dataset.validation, dataset.test)]
        np.testing.assert_allclose(shares[1], shares[0], atol=0.01)
        np.testing.assert_allclose(shares[2], shares[0], atol=0.01)


def test_tasks_outputs_and_options() -> None:
    tasks = {info.name: info.task for info in TOYS}
    assert tasks == dict.fromkeys(NAMES, "binary") | {
        "blobs": "multiclass", "discs": "multilabel", "reg-plane": "regression", "reg-gauss": "regression"
    }
    outputs = {info.name: load(info.name).output_count for info in TOYS}
    assert outputs == dict.fromkeys(NAMES, 1) | {"blobs": 4, "discs": 2, "reg-plane": 1, "reg-gauss": 1}
    dataset = load_toy("blobs", 300, 0.2, 9, 3)
    assert dict(dataset.options) == {"count": 300, "noise": 0.2, "seed": 9, "classes": 3}
    again = load(dataset.choice)
    np.testing.assert_array_equal(again.train.x, dataset.train.x)
    assert dict(load("xor").options) == {"count": 1_000, "noise": 0.1, "seed": 0}


def test_defaults_size_and_number_of_classes() -> None:
    assert [info.name for info in TOYS] == list(GENERATORS)
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
        (("discs", 100, 0.1, 0, 3), "discs must have 2 classes, got 3"),
        (("reg-plane", 100, 0.1, 0, 2), "reg-plane must have no classes, got 2"),
        (("xor", 100.0), r"number of points must be a whole number, got 100\.0"),
        (("xor", 100, "much"), "noise must be a number, got 'much'"),
        (("blobs", 100, 0.1, 0, 2.5), r"2 to 10 classes, got 2\.5"),
        (("iris",), "'iris'; known are xor"),
    ],
)
def test_values_out_of_range_are_named(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(NnvizError, match=message):
        load_toy(*arguments)  # type: ignore[arg-type]
