"""Edges of the bias units: worth what z lacks without them, and among the drawn edges in their order."""

import numpy as np
import pytest

from nnviz.picture.bias_edges import ChosenEdges, bias_values, with_biases
from nnviz.picture.layout import arrange
from nnviz.picture.quantities import EDGE_QUANTITIES, edge_values, unit_values, weight_images, why_absent
from nnviz.picture.refs import BIAS
from nnviz.spec import LayerSpec, NetworkSpec, classifier
from nnviz.training.records import Reference, Snapshot
from tests.snapshots import snapshot_of


def trained(spec: NetworkSpec | None = None) -> Snapshot:
    """Return a snapshot whose biases are not 0: that of a network after a step."""
    from dataclasses import replace

    first = snapshot_of(spec)
    assert first.update is not None
    after = tuple(
        p.mapped(lambda a, b: np.asarray(a + b, np.float32), u)
        for p, u in zip(first.parameters, first.update, strict=True)
    )
    second = snapshot_of(first.spec, parameters=after)
    return replace(second, reference=Reference("the start", 0, first.parameters))


def test_a_bias_is_what_its_sum_lacks_without_it() -> None:
    snapshot = trained()
    for layer in range(3):
        weights = edge_values(snapshot, layer, "contribution")
        bias = bias_values(snapshot, layer, "contribution")
        assert weights is not None
        assert bias is not None
        assert np.abs(bias).max() > 0
        assert weights.sum(axis=0) + bias == pytest.approx(snapshot.forward.pre_activations[layer][0], abs=1e-5)


def test_a_bias_has_the_gradient_of_its_unit_and_moves_with_the_step() -> None:
    snapshot = trained()
    assert snapshot.gradients is not None
    assert snapshot.reference is not None
    for layer in range(3):
        dz = snapshot.gradients.pre_activations[layer][0]
        assert bias_values(snapshot, layer, "gradient") == pytest.approx(dz, abs=1e-7)
        assert bias_values(snapshot, layer, "update") == pytest.approx(-0.1 * dz, abs=1e-7)
        before = snapshot.reference.parameters[layer].bias
        change = bias_values(snapshot, layer, "change")
        assert before + change == pytest.approx(snapshot.parameters[layer].bias)


def test_every_edge_quantity_has_a_bias_or_says_none() -> None:
    bare = snapshot_of(label=None)
    for quantity in EDGE_QUANTITIES:
        assert bias_values(trained(), 0, quantity) is not None
        assert (bias_values(bare, 0, quantity) is None) == (edge_values(bare, 0, quantity) is None)
    without = snapshot_of(NetworkSpec((4,), (LayerSpec(5, use_bias=False), LayerSpec(3, "softmax"))))
    assert bias_values(without, 0, "weight") is None
    with pytest.raises(ValueError, match="unknown edge quantity 'colour'"):
        bias_values(bare, 0, "colour")


def test_biases_join_the_drawn_edges_weakest_first() -> None:
    snapshot = trained()
    layout = arrange(snapshot.spec, 900, 560, bias=True)
    none = ChosenEdges(
        np.zeros((2, 4), np.float32), np.array([1, 2]), np.array([0, 1]), np.array([1e-9, 10], np.float32)
    )
    bias = snapshot.parameters[1].bias
    both = with_biases(none, layout.bias_of(1), layout.boxes[2], bias)
    drawn = both.sources == BIAS
    assert drawn.sum() == np.count_nonzero(bias)
    assert np.all(np.diff(np.abs(both.values)) >= 0)
    assert both.values[drawn] == pytest.approx(bias[both.units[drawn]])
    place = layout.place_of(1, BIAS)
    for line, unit in zip(both.lines[drawn], both.units[drawn], strict=True):
        assert tuple(line[:2]) == pytest.approx(place)
        assert tuple(line[2:]) == pytest.approx(layout.place_of(2, int(unit)))
    strong = with_biases(none, layout.bias_of(1), layout.boxes[2], bias, least=float(np.abs(bias).max()))
    assert (strong.sources == BIAS).sum() == 1
    assert with_biases(none, None, layout.boxes[2], bias) is none
    assert with_biases(none, layout.bias_of(1), layout.boxes[2], None) is none


def test_gradients_of_activations_become_those_of_sums_through_relu() -> None:
    snapshot = trained()
    for layer in (1, 2):
        da, dz, z = (unit_values(snapshot, layer, quantity) for quantity in ("da", "dz", "z"))
        assert da is not None
        assert dz is not None
        assert z is not None
        assert dz == pytest.approx(np.where(z > 0, da, 0), abs=1e-8)


def test_images_of_weights_are_the_columns_of_the_kernel() -> None:
    snapshot = snapshot_of(classifier((6, 5), (8,), 3))
    images = weight_images(snapshot)
    assert images.shape == (8, 6, 5)
    kernel = snapshot.parameters[0].kernel
    assert images[3, 2, 4] == kernel[2 * 5 + 4, 3]
    with pytest.raises(ValueError, match="where the input is one, got an input of"):
        weight_images(snapshot_of(NetworkSpec((4,), (LayerSpec(3, "softmax"),))))


def test_what_is_absent_says_why() -> None:
    drawing = snapshot_of(label=None)
    assert "label" in why_absent(drawing, "dz")
    assert "label" in why_absent(drawing, "da")
    assert "mean over a batch" in why_absent(drawing, "zero")
    assert why_absent(drawing, "a") == ""
    assert why_absent(snapshot_of(), "weights") == ""
    assert "input" in why_absent(snapshot_of(NetworkSpec((4,), (LayerSpec(3, "softmax"),))), "weights")
