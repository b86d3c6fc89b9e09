"""Places of units: inside the view, apart from each other, found again by hit testing."""

import re

import numpy as np
import pytest

from nnviz.errors import SpecError
from nnviz.picture.layout import arrange
from nnviz.picture.look import Look
from nnviz.picture.refs import BIAS
from nnviz.spec import LayerSpec, NetworkSpec, classifier


def deep(shape: tuple[int, ...], units: int, outputs: int) -> NetworkSpec:
    """Return a network of 20 layers, the input among them."""
    last = LayerSpec(outputs, "softmax" if outputs > 1 else "sigmoid")
    return NetworkSpec(shape, (*(LayerSpec(units) for _ in range(18)), last))


NETWORKS = [
    NetworkSpec((2,), (LayerSpec(1, "sigmoid"),)),
    NetworkSpec((2,), (LayerSpec(4, "tanh"), LayerSpec(1, "sigmoid"))),
    NetworkSpec((4,), (LayerSpec(16), LayerSpec(16), LayerSpec(3, "softmax"))),
    NetworkSpec((120,), (LayerSpec(4096), LayerSpec(40, "softmax"))),
    classifier(),
    classifier(hidden=()),
    classifier(hidden=(512, 256)),
    classifier(hidden=(512, 512, 256)),
    deep((2,), 8, 1),
    deep((28, 28), 64, 10),
    deep((28, 28), 512, 10),
]
SIZES = [(320, 240), (640, 400), (900, 560), (1920, 1080), (3840, 2160)]


@pytest.mark.parametrize("spec", NETWORKS, ids=lambda spec: spec.title)
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("wide", ["grid", "elided"])
@pytest.mark.parametrize("bias", [False, True])
def test_units_are_inside_and_layers_apart(
    spec: NetworkSpec, size: tuple[int, int], wide: str, bias: bool
) -> None:
    layout = arrange(spec, *size, fold_of=lambda _: wide, bias=bias, scale=max(1.0, size[1] / 800))
    assert [box.size for box in layout.boxes] == list(spec.sizes)
    right = 0.0
    for box in layout.boxes:
        assert box.positions[:, 0].min() >= box.x
        assert box.positions[:, 0].max() <= box.x + box.width
        assert box.positions[:, 1].min() - box.radius >= 0
        assert box.positions[:, 1].max() + box.radius <= size[1]
        assert box.x >= right, "layers overlap"
        assert box.kind == "image" or box.pitch >= 2.0, "units too small to tell apart"
        right = box.x + box.width
    assert right < size[0]
    assert len(layout.biases) == (len(spec.layers) if bias else 0)
    for bias_place in layout.biases:
        box = layout.boxes[bias_place.layer]
        assert bias_place.y - bias_place.radius > box.y + box.height, "the bias unit stands below its layer"
        assert bias_place.y + bias_place.radius <= size[1]
        assert layout.hit(bias_place.x, bias_place.y) == (bias_place.layer, BIAS)
        assert layout.place_of(bias_place.layer, BIAS) == (bias_place.x, bias_place.y)


@pytest.mark.parametrize("spec", NETWORKS, ids=lambda spec: spec.title)
@pytest.mark.parametrize("wide", ["grid", "elided"])
@pytest.mark.parametrize("zoom", [1.0, 1.7])
def test_every_drawn_unit_is_hit_at_its_centre(spec: NetworkSpec, wide: str, zoom: float) -> None:
    layout = arrange(spec, 1200, 700, fold_of=lambda _: wide, bias=True).moved(zoom, -300, 40)
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


def test_a_taller_view_shows_more_of_an_elided_layer_and_counts_the_rest() -> None:
    shown = []
    for height in (300, 560, 900, 2000):
        box = arrange(classifier(hidden=(512,)), 900, height, fold_of=lambda _: "elided").boxes[1]
        assert box.hidden_count + len(box.shown) == 512
        assert list(box.shown[: len(box.shown) // 2]) == list(range(len(box.shown) // 2))
        shown.append(len(box.shown))
    assert shown == sorted(shown)
    assert shown[0] < shown[-1]


def test_only_layers_too_wide_for_a_column_may_be_folded() -> None:
    for fold in ("grid", "elided"):
        layout = arrange(classifier(hidden=(128, 12)), 900, 560, fold_of=lambda _, fold=fold: fold)
        assert [box.is_wide for box in layout.boxes] == [False, True, False, False]
        assert layout.boxes[1].kind == ("grid" if fold == "grid" else "column")


def test_a_layer_is_folded_by_itself() -> None:
    look = Look().with_fold(2, "elided")
    layout = arrange(classifier(hidden=(128, 128)), 900, 560, fold_of=look.fold_of)
    assert [box.hidden_count > 0 for box in layout.boxes] == [False, False, True, False]


@pytest.mark.parametrize("hidden", [(8,), (128, 64), (512, 512, 256), (64,) * 18, (512,) * 18])
@pytest.mark.parametrize("wide", ["grid", "elided"])
def test_units_with_images_in_them_are_larger_and_still_fit(hidden: tuple[int, ...], wide: str) -> None:
    spec = classifier(hidden=hidden)
    plain = arrange(spec, 1200, 700, fold_of=lambda _: wide)
    layout = arrange(spec, 1200, 700, fold_of=lambda _: wide, images_in=1)
    assert layout.boxes[1].pitch > 1.5 * plain.boxes[1].pitch
    for left, right in zip(layout.boxes, layout.boxes[1:], strict=False):
        assert left.x + left.width + 6 < right.x, "there is room for edges"
    assert layout.boxes[1].y >= 0
    assert layout.boxes[1].y + layout.boxes[1].height <= 700


def test_a_layer_without_bias_has_no_bias_unit_before_it() -> None:
    spec = NetworkSpec((4,), (LayerSpec(5), LayerSpec(5, use_bias=False), LayerSpec(3, "softmax")))
    assert [bias.layer for bias in arrange(spec, 900, 560, bias=True).biases] == [0, 2]


def test_few_units_take_the_room_there_is() -> None:
    small = arrange(NetworkSpec((2,), (LayerSpec(4), LayerSpec(1, "sigmoid"))), 900, 560)
    large = arrange(NetworkSpec((2,), (LayerSpec(24), LayerSpec(1, "sigmoid"))), 900, 560)
    assert small.boxes[0].radius > 1.3 * large.boxes[0].radius
