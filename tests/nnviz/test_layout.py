"""Places of units: inside the view, apart from each other, found again by hit testing."""

import re

import numpy as np
import pytest

from nnviz.errors import SpecError
from nnviz.picture.layout import arrange
from nnviz.picture.look import Look
from nnviz.spec import LayerSpec, NetworkSpec, classifier

NETWORKS = [
    NetworkSpec((2,), (LayerSpec(1, "sigmoid"),)),
    NetworkSpec((4,), (LayerSpec(8), LayerSpec(3, "softmax"))),
    classifier(),
    classifier(hidden=(512, 256)),
    classifier(hidden=(512, 512, 256)),
    NetworkSpec((2,), (*(LayerSpec(6) for _ in range(20)), LayerSpec(2, "softmax"))),
]


@pytest.mark.parametrize("spec", NETWORKS, ids=lambda spec: spec.title)
@pytest.mark.parametrize("size", [(640, 400), (900, 560), (3840, 2160)])
@pytest.mark.parametrize("wide", ["grid", "elided"])
def test_units_are_inside_and_layers_apart(spec: NetworkSpec, size: tuple[int, int], wide: str) -> None:
    layout = arrange(spec, *size, fold_of=lambda _: wide)
    assert [box.size for box in layout.boxes] == list(spec.sizes)
    right = 0.0
    for box in layout.boxes:
        assert box.positions[:, 0].min() >= box.x
        assert box.positions[:, 0].max() <= box.x + box.width
        assert box.positions[:, 1].min() >= 0
        assert box.positions[:, 1].max() <= size[1]
        assert box.x >= right, "layers overlap"
        right = box.x + box.width
    assert right < size[0]


@pytest.mark.parametrize("spec", NETWORKS, ids=lambda spec: spec.title)
@pytest.mark.parametrize("wide", ["grid", "elided"])
def test_every_drawn_unit_is_hit_at_its_centre(spec: NetworkSpec, wide: str) -> None:
    layout = arrange(spec, 1200, 700, fold_of=lambda _: wide).moved(1.7, -300, 40)
    for box in layout.boxes:
        for unit, (x, y) in zip(box.shown, box.positions, strict=True):
            assert layout.hit(float(x), float(y)) == (box.index, int(unit))
            assert box.place_of(int(unit)) == (pytest.approx(float(x)), pytest.approx(float(y)))


def test_nothing_is_hit_between_layers() -> None:
    layout = arrange(classifier(), 1200, 700)
    a, b = layout.boxes[1], layout.boxes[2]
    assert layout.hit((a.x + a.width + b.x) / 2, 350) is None


def test_elided_layer_keeps_both_ends_and_says_how_many_are_missing() -> None:
    box = arrange(classifier(hidden=(128,)), 900, 560, fold_of=lambda _: "elided").boxes[1]
    assert box.hidden_count == 128 - len(box.shown)
    assert box.shown[0] == 0
    assert box.shown[-1] == 127
    assert box.gap_y is not None
    assert not np.any(np.abs(box.positions[:, 1] - box.gap_y) < box.pitch / 2)
    assert box.place_of(64) is None


def test_image_rows_are_rows() -> None:
    box = arrange(classifier(), 900, 560).boxes[0]
    first, second, below = box.positions[0], box.positions[1], box.positions[28]
    assert second[0] > first[0]
    assert second[1] == first[1]
    assert below[1] > first[1]
    assert below[0] == first[0]


def test_a_look_knows_its_words_and_its_numbers() -> None:
    for wrong, said in (
        ({"fold": "spiral"}, "fold must be one of grid, elided, got 'spiral'"),
        ({"folds": ((2, "spiral"),)}, "fold of layer 2 must be one of"), ({"threshold": 1.0}, "threshold must be in"),
        ({"top_k": 0}, "top_k must be at least 1"), ({"scale": "row"}, "scale must be one of layer, global"),
    ):
        with pytest.raises(SpecError, match=re.escape(said)):
            Look(**wrong)  # type: ignore[arg-type]
    look = Look().with_fold(2, "elided").with_fold(2, "grid").with_fold(1, "elided")
    assert [look.fold_of(layer) for layer in range(3)] == ["grid", "elided", "grid"]
