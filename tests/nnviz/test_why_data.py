"""Chains, neighbours and the place of the image on the paper: against brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nnviz.data.digits import to_image
from nnviz.data.drawing import Drawing
from nnviz.data.image_map import image_map
from nnviz.data.neighbours import NeighbourSearch, last_hidden
from nnviz.maths.chains import softmax_rank, strongest_chains
from nnviz.maths.forward import forward
from nnviz.maths.parameters import LayerParameters, Parameters


def network(seed: int, *sizes: int) -> Parameters:
    draw = np.random.default_rng(seed)
    return tuple(
        LayerParameters(draw.normal(0, 0.6, (a, b)), draw.normal(0, 0.2, b))
        for a, b in itertools.pairwise(sizes)
    )


@pytest.mark.parametrize("sizes", [(9, 5, 4), (9, 6, 5, 3), (9, 4, 5, 4, 3)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_strongest_chains_are_those_of_all_chains(sizes: tuple[int, ...], seed: int) -> None:
    parameters, names = network(seed, *sizes), ("relu",) * (len(sizes) - 2) + ("softmax",)
    passed = forward(parameters, names, np.random.default_rng(seed).uniform(0, 1, (1, 9)))
    output, every = 1, []
    for chain in itertools.product(*(range(size) for size in sizes[1:-1])):
        value, whole = passed.activations[0][0, chain[0]], (*chain, output)
        for k in range(1, len(parameters)):
            value *= parameters[k].kernel[whole[k - 1], whole[k]]
            if k < len(parameters) - 1:
                value *= passed.pre_activations[k][0, whole[k]] > 0
        every.append((value, whole))
    every.sort(reverse=True)
    wanted = [(value, chain) for value, chain in every[:4] if value > 0]
    found = strongest_chains(parameters, names, passed, output, count=4, inputs=3)
    assert [chain.units for chain in found] == [chain for _, chain in wanted]
    assert np.allclose([chain.value for chain in found], [value for value, _ in wanted])
    for chain in found:
        parts = passed.inputs[0] * parameters[0].kernel[:, chain.units[0]]
        assert list(chain.inputs) == [k for k in np.argsort(-parts)[:3] if parts[k] > 0]


def test_a_network_without_hidden_layers_has_one_chain() -> None:
    parameters = network(5, 6, 3)
    passed = forward(parameters, ("softmax",), np.ones((1, 6)))
    (chain,) = strongest_chains(parameters, ("softmax",), passed, 2, inputs=2)
    assert chain.units == (2,)
    assert list(chain.inputs) == list(np.argsort(-parameters[0].kernel[:, 2])[:2])
    with pytest.raises(ValueError, match="output unit must be from 0 to 2, got 3"):
        strongest_chains(parameters, ("softmax",), passed, 3)


def test_winner_and_runner_up() -> None:
    assert softmax_rank(np.array([0.1, 0.2, 0.6, 0.1])) == (2, 1)


def test_neighbours_are_those_of_all_distances() -> None:
    draw = np.random.default_rng(6)
    vectors = draw.uniform(0, 1, (500, 30)).astype(np.float32)
    search = NeighbourSearch(vectors)
    for _ in range(5):
        x = draw.uniform(0, 1, 30).astype(np.float32)
        distances = np.linalg.norm(vectors.astype(np.float64) - x, axis=1)
        found = search.nearest(x, 8)
        assert list(found.indices) == list(np.argsort(distances)[:8])
        assert np.allclose(found.distances, np.sort(distances)[:8])
    exact = search.nearest(vectors[17], 1)
    assert exact.indices[0] == 17
    assert exact.distances[0] == 0
    assert len(NeighbourSearch(vectors[:3]).nearest(vectors[0], 8).indices) == 3
    with pytest.raises(ValueError, match="must have the shape"):
        search.nearest(np.zeros(29), 1)
    with pytest.raises(ValueError, match="at least one neighbour"):
        search.nearest(vectors[0], 0)
    with pytest.raises(ValueError, match="at least one"):
        NeighbourSearch(vectors[:0])


def test_the_last_hidden_layer_is_that_of_the_forward_pass() -> None:
    parameters, names = network(7, 6, 5, 4, 3), ("relu", "tanh", "softmax")
    x = np.random.default_rng(8).uniform(0, 1, (4_100, 6)).astype(np.float32)
    made = last_hidden(parameters, names, x)
    assert made is not None
    assert np.allclose(made, forward(parameters, names, x).activations[-2], atol=1e-6)
    assert last_hidden(parameters[:1], ("softmax",), x) is None
    assert last_hidden(parameters, names, x, lambda: True) is None


@pytest.mark.parametrize("place", [(0.2, 0.2, 0.5), (0.45, 0.3, 0.55), (0.1, 0.1, 0.8)])
def test_a_point_of_the_drawing_is_found_in_the_image(place: tuple[float, float, float]) -> None:
    left, top, size = place
    drawing = Drawing()
    t = np.linspace(0, 1, 60)
    points = 280 * np.stack([left + size * 0.6 * np.abs(np.sin(3 * t)), top + size * t], axis=1)
    drawing.begin(*points[0])
    for x, y in points[1:]:
        drawing.extend(float(x), float(y))
    drawing.end()
    image = to_image(drawing.ink)
    found = image_map(drawing.ink, image)
    assert found is not None
    # The authors' rule, written out: the longer side of the ink is 20 pixels of the image.
    rows, columns = np.flatnonzero(drawing.ink.max(axis=1)), np.flatnonzero(drawing.ink.max(axis=0))
    longer = max(rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1)
    assert found.scale == pytest.approx(20 / longer, rel=0.02)
    # Every pixel of the image with much ink lies on ink of the paper.
    for row, column in np.argwhere(image > 0.8):
        x, y = found.on_paper(column + 0.5, row + 0.5)
        assert drawing.ink[int(y), int(x)] > 0
    assert image_map(np.zeros((280, 280)), image) is None


def test_an_image_of_one_of_two_digits_has_no_place_for_all_the_ink() -> None:
    ink = np.zeros((280, 280), np.uint8)
    ink[60:220, 40:62] = 255
    ink[60:220, 180:202] = ink[60:82, 150:240] = 255
    assert image_map(ink, to_image(ink)) is not None
    one = ink.copy()
    one[:, :100] = 0
    assert image_map(one, to_image(one)) is not None
    assert image_map(ink, to_image(one)) is None
