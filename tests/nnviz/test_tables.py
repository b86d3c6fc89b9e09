"""The bundled tables, held against what has been published of them."""

from pathlib import Path

import numpy as np
import pytest

from nnviz.assets import asset
from nnviz.data.datasets import REGISTRY, Dataset, load
from nnviz.data.prepare import divide, divide_evenly, standardise
from nnviz.data.tables import load_small_digits, load_table, read_table
from nnviz.errors import AssetError

SPLITS = ("train", "validation", "test")
TABLES = ("iris", "iris-petals", "wine", "breast-cancer")


def whole(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return all samples in the units of the table, by class."""
    x = np.concatenate([dataset.split(name).x for name in SPLITS])
    y = np.concatenate([dataset.split(name).y for name in SPLITS])
    return x if dataset.scaling is None else dataset.scaling.original(x), y


def nearest_neighbour_accuracy(dataset: Dataset) -> float:
    """Return how many test samples have the class of their nearest training sample."""
    train, test = dataset.train, dataset.test
    squared = ((test.x[:, None] - train.x[None]) ** 2).sum(axis=2)
    return float((train.y[squared.argmin(axis=1)] == test.y).mean())


# Counts of the classes as the UCI repository states them.
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("iris", [50, 50, 50]),
        ("iris-petals", [50, 50, 50]),
        ("wine", [59, 71, 48]),
        ("breast-cancer", [357, 212]),
        ("digits-8x8", [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]),
    ],
)
def test_counts_of_the_classes(name: str, counts: list[int]) -> None:
    dataset = load(name)
    assert np.bincount(whole(dataset)[1]).tolist() == counts
    for split, share in zip(SPLITS, (0.70, 0.15, 0.15), strict=True):
        assert np.abs(np.bincount(dataset.split(split).y) - share * np.array(counts)).max() <= 1


def test_iris_is_iris() -> None:
    dataset = load("iris")
    values, y = whole(dataset)
    # Means and deviations as published with R's iris, the values of Fisher's paper.
    assert values.mean(axis=0) == pytest.approx([5.843333, 3.057333, 3.758, 1.199333], abs=1e-5)
    assert values.std(axis=0, ddof=1) == pytest.approx([0.8280661, 0.4358663, 1.7652982, 0.7622377], abs=1e-5)
    assert values[y == 0].mean(axis=0) == pytest.approx([5.006, 3.428, 1.462, 0.246], abs=1e-5)
    assert values[y == 1].mean(axis=0) == pytest.approx([5.936, 2.770, 4.260, 1.326], abs=1e-5)
    assert values[y == 2].mean(axis=0) == pytest.approx([6.588, 2.974, 5.552, 2.026], abs=1e-5)
    assert dataset.class_names == ("Iris setosa", "Iris versicolor", "Iris virginica")
    assert all(name.endswith("(cm)") for name in dataset.feature_names)


def test_petals_are_the_same_flowers() -> None:
    four, two = load("iris"), load("iris-petals")
    assert two.feature_names == four.feature_names[2:] == ("petal length (cm)", "petal width (cm)")
    for name in SPLITS:
        np.testing.assert_array_equal(four.split(name).x[:, 2:], two.split(name).x)


def test_ranges_of_wine_and_breast_cancer() -> None:
    values, _ = whole(load("wine"))
    # Alcohol and proline: smallest, largest, mean as published.
    assert (values[:, 0].min(), values[:, 0].max()) == pytest.approx((11.03, 14.83), abs=1e-4)
    assert values[:, -1].mean() == pytest.approx(746.8933, abs=1e-3)
    dataset = load("breast-cancer")
    values, y = whole(dataset)
    assert (values[:, 0].min(), values[:, 0].max()) == pytest.approx((6.981, 28.11), abs=1e-4)
    # Malignant nuclei are the larger.
    assert dataset.class_names[1] == "malignant"
    assert values[y == 1, 0].mean() == pytest.approx(17.46283, abs=1e-4)
    assert values[y == 0, 0].mean() == pytest.approx(12.14652, abs=1e-4)


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_standardised_by_the_training_split(name: str) -> None:
    dataset = load(name)
    x = dataset.train.x.astype(np.float64)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(x.std(axis=0), 1, atol=1e-6)
    assert dataset.scaling is not None
    assert dataset.scaling.mean.shape == dataset.scaling.std.shape == dataset.input_shape
    assert len(dataset.feature_names) == len(set(dataset.feature_names)) == dataset.input_shape[0]
    values = dataset.scaling.original(dataset.validation.x)
    np.testing.assert_allclose(dataset.scaling.standardised(values), dataset.validation.x, atol=1e-6)
    with pytest.raises(ValueError, match="read-only"):
        dataset.train.x[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        dataset.train.y[0] = 1


def test_diabetes_is_diabetes() -> None:
    dataset = load("diabetes")
    assert dataset.scaling is not None
    assert dataset.target_scaling is not None
    values, standardised = whole(dataset)
    targets = dataset.target_scaling.original(standardised)
    assert targets.shape == (442, 1)
    # Range and mean of the target and of the body mass index, as the documentation of R's lars and scikit-learn's say.
    assert (targets.min(), targets.max()) == pytest.approx((25, 346), abs=1e-4)
    assert targets.mean() == pytest.approx(152.13348, abs=1e-4)
    assert values[:, 2].mean() == pytest.approx(26.37579, abs=1e-4)
    # Its correlation with the target, 0.586, is the strongest of the ten: the first that LARS takes in (Efron, fig. 1).
    correlations = [float(np.corrcoef(column, targets[:, 0])[0, 1]) for column in values.T]
    assert correlations[2] == pytest.approx(0.586450, abs=1e-5)
    assert int(np.argmax(np.abs(correlations))) == 2
    # Least squares on all of it: the paper's R² of 0.518.
    design = np.column_stack([np.ones(len(values)), values])
    _, residual, *_ = np.linalg.lstsq(design, targets[:, 0], rcond=None)
    assert 1 - residual[0] / ((targets - targets.mean()) ** 2).sum() == pytest.approx(0.5177, abs=5e-4)


def test_small_digits_are_pixels() -> None:
    dataset = load("digits-8x8")
    x, _ = whole(dataset)
    assert (x.min(), x.max()) == (0, 1)
    np.testing.assert_array_equal(x * 16, np.round(x * 16))
    # Mean and deviation as published for the pixels from 0 to 16.
    assert x.mean(dtype=np.float64) * 16 == pytest.approx(4.884, abs=5e-4)
    assert x.std(dtype=np.float64) * 16 == pytest.approx(6.0168, abs=5e-4)
    assert dataset.scaling is None
    assert dataset.feature_names == ()


@pytest.mark.parametrize("name", [*TABLES, "digits-8x8"])
def test_neighbours_know_the_class(name: str) -> None:
    assert nearest_neighbour_accuracy(load(name)) > 0.9


@pytest.mark.parametrize("name", [*TABLES, "digits-8x8"])
def test_always_the_same(name: str) -> None:
    one, other = load(name), load(name)
    for split in SPLITS:
        np.testing.assert_array_equal(one.split(split).x, other.split(split).x)
        np.testing.assert_array_equal(one.split(split).y, other.split(split).y)


def test_division_takes_every_sample_once_and_keeps_the_shares() -> None:
    generator = np.random.default_rng(1)
    for count in (7, 10, 99, 1_000):
        y = generator.choice(4, count, p=(0.5, 0.3, 0.15, 0.05))
        parts = divide(y, 5)
        assert sorted(np.concatenate(parts).tolist()) == list(range(count))
        for part, share in zip(parts, (0.70, 0.15, 0.15), strict=True):
            assert abs(len(part) - share * count) <= 1
            for label in range(4):
                assert abs((y[part] == label).sum() - share * (y == label).sum()) <= 1
    again, differently = divide(y, 5), divide(y, 6)
    assert all(np.array_equal(a, b) for a, b in zip(parts, again, strict=True))
    assert not np.array_equal(parts.train, differently.train)
    # Neighbours in the split are of any class: whoever leafs through it sees all of them.
    assert len(set(y[parts.train][:50].tolist())) > 1


def test_a_feature_that_does_not_vary_is_refused() -> None:
    values = np.column_stack([np.arange(20.0), np.full(20, 3.0)])
    y = np.arange(20) % 2
    with pytest.raises(ValueError, match="number 1 does not"):
        standardise(values, y, divide(y, 0))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "ValueError"),
        ("a,class\n", "2 columns and 0 rows"),
        ("a,b,class\n1,2,x\n1,x\n", "line 3 must have 3 columns, got 2"),
        ("a,class\n1,x\none,x\n", "line 3: could not convert"),
        ("a,class\n1,z\n", "line 2: .*not in"),
        ("a,class\nnan,x\n", "line 2 must hold finite numbers"),
        ("a,class\n\xff,x\n", "line 2: could not convert"),
    ],
)
def test_a_damaged_table_names_the_file_and_the_line(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(AssetError, match=reason) as caught:
        read_table(path, ("x", "y"))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("cell", ["", "much", "nan", "inf"])
def test_a_target_must_be_a_finite_number(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"a,b,target\n1,2,3\n1,2,{cell}\n", encoding="utf-8")
    with pytest.raises(AssetError, match="line 3"):
        read_table(path, ())
    path.write_text("a,b,target\n1,2,3.5\n1,5,4\n", encoding="utf-8")
    table = read_table(path, ())
    assert table.y.tolist() == [[3.5], [4.0]]


def test_samples_without_classes_are_divided_to_within_half_a_sample() -> None:
    for count in (10, 99, 1_000):
        parts = divide_evenly(count, 2)
        assert sorted(np.concatenate(parts).tolist()) == list(range(count))
        for part, share in zip(parts, (0.70, 0.15, 0.15), strict=True):
            assert abs(len(part) - share * count) <= 1
    assert not np.array_equal(divide_evenly(99, 1).train, divide_evenly(99, 2).train)


def test_files_of_another_data_set_are_damage(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="not in tuple"):
        load_table("wine", asset("tables/iris.csv"))
    path = tmp_path / "iris.csv"
    path.write_text("a,class\n" + "1,Iris setosa\n2,Iris virginica\n" * 10)
    with pytest.raises(AssetError, match="must have 4 features, got 1"):
        load_table("iris", path)
    path = tmp_path / "digits.npz"
    np.savez(path, images=np.full((1797, 8, 8), 17, np.uint8), labels=np.zeros(1797, np.uint8))
    with pytest.raises(AssetError, match="largest pixel 17"):
        load_small_digits(path)


def test_licences_name_every_table() -> None:
    text = asset("LICENSES.md").read_text(encoding="utf-8")
    for path in asset("tables/iris.csv").parent.iterdir():
        assert f"`tables/{path.name}`" in text
    assert all("CC BY 4.0" in REGISTRY[name].licence for name in (*TABLES, "digits-8x8"))
