"""From a drawing to the image MNIST's authors would have made."""

import numpy as np
import pytest
from scipy.ndimage import center_of_mass

from nnviz.data.datasets import load_mnist
from nnviz.data.digits import area_average, to_image
from nnviz.maths.forward import forward
from nnviz.storage.bundled import load_bundled


@pytest.fixture(scope="module")
def mnist():
    return load_mnist()


@pytest.fixture(scope="module")
def model():
    spec, parameters, _ = load_bundled()
    return lambda images: forward(parameters, spec.activations, images.reshape(len(images), -1)).output


def drawing() -> np.ndarray:
    """A lopsided ring with a tail, on a small paper without margins."""
    y, x = np.mgrid[:80, :60]
    ring = np.abs(np.hypot((y - 35) / 1.2, x - 30) - 22) < 5
    tail = (np.abs(x - 48) < 5) & (y > 30)
    return ((ring | tail) * 255).astype(np.uint8)


def test_images_of_mnist_come_back_as_they_are(mnist):
    images = mnist.test.x[:500].reshape(-1, 28, 28)
    made = np.stack([to_image(image) for image in images])
    unchanged = np.abs(made - images).max(axis=(1, 2)) < 0.02
    assert unchanged.mean() >= 0.99


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("smooth", [False, True])
def test_enlarged_images_are_read_like_the_originals(mnist, model, count, smooth):
    images = mnist.test.x[:count].reshape(-1, 28, 28)
    # Column k is a hat over the middle of pixel k: linear interpolation to ten times the size.
    places = (np.arange(280) + 0.5) / 10 - 0.5
    bilinear = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(28)))
    made = []
    for image in images:
        pixels = np.rint(image * 255).astype(np.uint8)
        ink = np.rint(bilinear @ pixels @ bilinear.T) if smooth else pixels.repeat(10, 0).repeat(10, 1)
        paper = np.zeros((400, 420), np.uint8)
        paper[101:381, 17:297] = ink
        made.append(to_image(paper))
    before, after = model(images).argmax(axis=1), model(np.stack(made)).argmax(axis=1)
    assert (before != after).mean() < 0.01


@pytest.mark.parametrize(("source", "target"), [(35, 20), (20, 20), (7, 20), (200, 20), (33, 14)])
def test_areas_are_averaged_exactly(source, target):
    values = np.random.default_rng(1).random((source, 3))
    # Every source pixel becomes `target` equal parts, every target pixel the mean of `source` parts.
    expected = np.repeat(values, target, axis=0).reshape(target, source, 3).mean(axis=1)
    np.testing.assert_allclose(area_average(values, target / source, target), expected, atol=1e-12)


def test_there_is_paper_beyond_the_source():
    # Three rows of ink at 2/3 make 2 rows; a third row lies half beyond on each side.
    np.testing.assert_allclose(area_average(np.ones((3, 1)), 2 / 3, 3)[:, 0], [0.5, 1, 0.5])


def test_the_longer_side_is_20_and_the_center_of_mass_in_the_middle():
    image = to_image(drawing())
    y, x = np.nonzero(image)
    assert max(np.ptp(y), np.ptp(x)) + 1 == 20
    assert np.abs(np.array(center_of_mass(image)) - 14).max() <= 0.5
    assert image.dtype == np.float32
    assert image.max() == 1
    assert image.min() == 0


@pytest.mark.parametrize(("top", "left"), [(0, 0), (200, 3), (13, 199)])
def test_the_place_of_a_drawing_does_not_matter(top, left):
    paper = np.zeros((300, 290), np.uint8)
    paper[top : top + 80, left : left + 60] = drawing()
    np.testing.assert_array_equal(to_image(paper), to_image(drawing()))


@pytest.mark.parametrize("factor", [2, 3, 7])
def test_the_size_of_a_drawing_does_not_matter(factor):
    enlarged = np.kron(drawing(), np.ones((factor, factor), np.uint8))
    np.testing.assert_allclose(to_image(enlarged), to_image(drawing()), atol=1e-5)


def test_the_scale_of_the_numbers_does_not_matter():
    whole, share = to_image(drawing()), to_image(drawing().astype(np.float64) / 255)
    np.testing.assert_allclose(whole, share, atol=1e-6)
    np.testing.assert_allclose(to_image(drawing() // 4), whole, atol=1e-6)
    np.testing.assert_allclose(to_image(drawing() * 1e300), whole, atol=1e-6)
    np.testing.assert_allclose(to_image(drawing().astype(np.int32) * 1_000_000), whole, atol=1e-6)


def test_grain_of_the_paper_does_not_move_the_drawing():
    paper = np.zeros((200, 200), np.uint8)
    paper[60:140, 60:120] = drawing()
    grainy = paper.copy()
    grainy[0, 0] = grainy[199, 199] = 4
    np.testing.assert_array_equal(to_image(grainy), to_image(paper))


@pytest.mark.parametrize("shape", [(280, 280), (1, 1), (3, 500)])
def test_an_empty_drawing_gives_zeros(shape):
    assert not to_image(np.zeros(shape, np.uint8)).any()
    assert not to_image(np.full(shape, -1.0)).any()


@pytest.mark.parametrize("ink", [
    np.pad([[255]], 40), np.pad(np.full((1, 90), 255), 5), np.pad(np.full((90, 1), 255), 5), np.eye(300),
    np.pad(np.full((30, 3), 9), ((0, 0), (0, 200))), np.ones((40, 40)),
])  # fmt: skip
def test_odd_drawings_stay_inside_the_image(ink):
    image = to_image(ink)
    assert np.isfinite(image).all()
    assert image.max() == 1
    heavy = np.zeros((100, 100))
    heavy[:10] = 1
    heavy[:, 50] = 1
    y, _ = np.nonzero(to_image(heavy))
    assert np.ptp(y) + 1 == 20  # the centre of mass lies far from the middle; nothing is cut off


@pytest.mark.parametrize("ink", [
    np.zeros((0, 5)), np.zeros(5), np.zeros((2, 2, 3)), np.array([[np.nan, 1.0]]), np.array([[np.inf, 1.0]]),
])  # fmt: skip
def test_what_is_no_drawing_is_refused(ink):
    with pytest.raises(ValueError, match="a drawing must"):
        to_image(ink)
