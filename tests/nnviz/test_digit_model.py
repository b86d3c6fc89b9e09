"""The training of the bundled model: its gradients, its optimizer, its redrawn images."""

import numpy as np
import pytest
from scipy.special import log_softmax

from nnviz.data.datasets import load_mnist
from nnviz.data.digits import to_image
from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.spec import classifier
from nnviz.training.allographs import NO_DIGIT
from nnviz.training.digit_model import (
    RISE,
    Adam,
    Recipe,
    accuracy,
    first_weights,
    gradients,
    pack,
    rate_at,
    train,
)


def test_gradients_are_those_of_backpropagation():
    spec = classifier((4, 5), (7, 6), 3)
    weights = [w.astype(np.float64) for w in first_weights(spec, 1)]
    generator = np.random.default_rng(2)
    x, label = generator.random((9, 20)), generator.integers(0, 3, 9)
    loss, found = gradients(weights, x, label, 0.0, [])
    parameters = pack(weights)
    expected = backward(parameters, spec.activations, forward(parameters, spec.activations, x), label)
    assert loss == pytest.approx(expected.loss, rel=1e-6)
    for k, layer in enumerate(expected.parameters):
        np.testing.assert_allclose(found[2 * k], layer.kernel, atol=1e-7)
        np.testing.assert_allclose(found[2 * k + 1], layer.bias, atol=1e-7)


def assert_finite_differences(weights, found, loss) -> None:
    """Hold gradients to the differences of ``loss()``, which reads the weights."""
    for w, g in zip(weights, found, strict=True):
        for place in np.ndindex(w.shape):
            kept = w[place]
            w[place] = kept + 1e-6
            up = loss()
            w[place] = kept - 1e-6
            down = loss()
            w[place] = kept
            assert g[place] == pytest.approx((up - down) / 2e-6, abs=1e-7)


def test_smoothed_and_masked_gradients_are_finite_differences():
    spec = classifier((2, 3), (5,), 4)
    weights = [w.astype(np.float64) for w in first_weights(spec, 3)]
    generator = np.random.default_rng(4)
    x, label = generator.random((6, 6)), generator.integers(0, 4, 6)
    mask = (generator.random((6, 5)) < 0.7) / 0.7
    smoothing = 0.1

    def loss() -> float:
        a = np.maximum(x @ weights[0] + weights[1], 0) * mask
        z = a @ weights[2] + weights[3]
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        target = np.full((6, 4), smoothing / 4)
        target[np.arange(6), label] += 1 - smoothing
        return float(-(target * log_p).sum(axis=1).mean())

    _, found = gradients(weights, x, label, smoothing, [mask])
    assert_finite_differences(weights, found, loss)


def test_the_first_step_of_adam_is_the_learning_rate_against_the_sign():
    w = [np.array([[1.0, -2.0], [3.0, 0.5]], np.float32)]
    before = w[0].copy()
    g = np.array([[0.3, -0.001], [20.0, -5.0]], np.float32)
    Adam(w, 0.0).step([g.copy()], 0.01)
    np.testing.assert_allclose(w[0], before - 0.01 * np.sign(g), atol=1e-5)


def test_what_is_no_digit_pulls_to_all_classes_alike():
    spec = classifier((2, 3), (5,), 4)
    weights = [w.astype(np.float64) for w in first_weights(spec, 3)]
    generator = np.random.default_rng(4)
    x, label = generator.random((6, 6)), np.array([0, NO_DIGIT, 3, NO_DIGIT, NO_DIGIT, 1])

    def loss() -> float:
        z = np.maximum(x @ weights[0] + weights[1], 0) @ weights[2] + weights[3]
        log_p = log_softmax(z, axis=1)
        return float(-np.mean([log_p[k].mean() if own < 0 else log_p[k, own] for k, own in enumerate(label)]))

    said, found = gradients(weights, x, label, 0.0, [])
    assert said == pytest.approx(loss(), rel=1e-6)
    assert_finite_differences(weights, found, loss)


def test_the_learning_rate_rises_stays_and_falls_to_nothing_twice():
    recipe = Recipe(epochs=40, falling=0.25, finish=10)
    per_epoch = RISE // 10
    steps = 40 * per_epoch
    rates = np.array([rate_at(recipe, step, per_epoch) for step in range(steps)])
    rise, fall = steps // 10, 3 * steps // 4
    assert (np.diff(rates[:rise]) > 0).all()
    np.testing.assert_allclose(rates[rise:fall], recipe.learning_rate)
    assert (np.diff(rates[fall - 1 :]) < 0).all()
    assert 0 < rates[-1] < 2e-3 * recipe.learning_rate
    # Long trainings rise no longer than others.
    assert rate_at(recipe, RISE, 100 * RISE) == recipe.learning_rate
    finish = np.array([rate_at(recipe, step, per_epoch) for step in range(steps, steps + 10 * per_epoch)])
    np.testing.assert_allclose(finish, recipe.finish_rate * (1 - np.arange(len(finish)) / len(finish)))


@pytest.mark.slow
def test_redrawn_images_are_normalised_as_drawings_are_and_the_same_for_a_seed():
    from nnviz.training.augment import normalise
    from nnviz.training.digit_model import Hand

    test = load_mnist().test
    x, label = test.x[:1500], test.y[:1500]
    for image in np.random.default_rng(0).random((20, 37, 53)).astype(np.float32) ** 4:
        image[:9] = 0
        made = np.ones((28, 28), np.float32)
        normalise(image, made)
        np.testing.assert_allclose(made, to_image(image), atol=1e-5)
    recipe = Recipe(seed=5)
    images, labels = Hand(x, label, recipe).epoch(1)
    again, labels_again = Hand(x, label, recipe).epoch(1)
    np.testing.assert_array_equal(images, again)
    np.testing.assert_array_equal(labels, labels_again)
    other, _ = Hand(x, label, recipe).epoch(2)
    assert np.abs(other - images).mean() > 0.01
    # The images come in their order; some are replaced by what is no digit, none by another digit.
    order = np.random.default_rng((recipe.seed, 1)).permutation(len(label))
    own = labels != NO_DIGIT
    np.testing.assert_array_equal(labels[own], label[order][own])
    assert 1 - own.mean() == pytest.approx(recipe.strange, abs=0.03)
    plain, all_labels = Hand(x, label, Recipe(seed=5, drawn=0, strange=0)).epoch(1)
    np.testing.assert_array_equal(all_labels, label[order])
    same = (plain == images).all(axis=1)
    assert 1 - same.mean() == pytest.approx(recipe.drawn + recipe.strange, abs=0.03)
    for image in images[:300].reshape(-1, 28, 28):
        # To normalise what is normalised changes next to nothing.
        assert image.max() == pytest.approx(1)
        assert np.abs(to_image(image) - image).mean() < 0.02


@pytest.mark.slow
def test_training_learns():
    mnist = load_mnist()
    spec = classifier(hidden=(64,))
    recipe = Recipe(hidden=(64,), epochs=4, finish=0, batch_size=50)
    losses = []
    for _, loss, averaged in train(spec, mnist.train.x[:6000], mnist.train.y[:6000], recipe):
        losses.append(loss)
        parameters = averaged
    assert losses == sorted(losses, reverse=True)
    assert accuracy(spec, parameters, mnist.test.x, mnist.test.y) > 0.9
