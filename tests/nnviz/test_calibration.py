"""Whether probabilities mean what they say: measures with an oracle, and the bundled model held to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from nnviz.data.datasets import load_mnist
from nnviz.data.redraw import strokes_image
from nnviz.data.strokes import read_strokes
from nnviz.digit_reader import DigitReader
from nnviz.maths.calibration import fit_temperature, reliability, sure_above, two_best
from nnviz.maths.judgement import UNMEASURED, Limits, judge
from nnviz.maths.report import digit_report
from nnviz.storage.bundled import load_bundled
from nnviz.training.calibrate import calibrated, cooled

STROKES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "strokes-dev.json.gz"


def made_up(count: int = 4000, heat: float = 2.5) -> tuple[np.ndarray, np.ndarray]:
    """Return logits and labels drawn from softmax(logits / heat): calibrated at that temperature."""
    generator = np.random.default_rng(4)
    logits = generator.normal(0, 6, (count, 10))
    share = softmax(logits / heat, axis=1)
    label = (share.cumsum(axis=1) > generator.random((count, 1))).argmax(axis=1)
    return logits, label


def test_the_error_is_the_one_counted_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.92, 0.08], [0.6, 0.4], [0.35, 0.65]])
    found = reliability(probabilities, np.array([0, 1, 0, 1]), bins=5)
    # Bin (0.8, 1]: confidence 0.91, one of two right; bin (0.6, 0.8]: 0.65, right; bin (0.4, 0.6]: 0.6, right.
    assert found.counts.tolist() == [0, 0, 1, 1, 2]
    assert found.error == pytest.approx(0.5 * 0.41 + 0.25 * 0.35 + 0.25 * 0.4)
    assert found.mean_accuracy == 0.75
    assert found.mean_confidence == pytest.approx(probabilities.max(axis=1).mean())
    assert np.isnan(found.accuracy[0])


def test_no_answers_have_no_error() -> None:
    assert np.isnan(reliability(np.zeros((0, 10)), np.zeros(0, int)).error)
    with pytest.raises(ValueError, match=r"got \(3, 2\), \(2,\)"):
        reliability(np.ones((3, 2)), np.zeros(2, int))


def test_the_temperature_is_the_most_likely_one() -> None:
    logits, label = made_up()

    def loss(temperature: float) -> float:
        return float(-log_softmax(logits / temperature, axis=1)[np.arange(len(label)), label].mean())

    best = minimize_scalar(loss, bounds=(0.1, 10), method="bounded", options={"xatol": 1e-6}).x
    found = fit_temperature(logits, label)
    assert found == pytest.approx(best, rel=1e-3)
    assert found == pytest.approx(2.5, rel=0.1)
    before = reliability(softmax(logits, axis=1), label).error
    assert reliability(softmax(logits / found, axis=1), label).error < 0.2 * before


def test_above_the_threshold_answers_are_right_as_often_as_wanted() -> None:
    logits, label = made_up()
    probabilities = softmax(logits / 2.5, axis=1)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == label
    limit = sure_above(probabilities, label, 0.99)
    assert right[confidence >= limit].mean() >= 0.99
    lower = np.sort(confidence)
    # No lower threshold does: tried one by one.
    for other in lower[lower < limit][-300:]:
        assert right[confidence >= other].mean() < 0.99
    assert sure_above(np.array([[0.9, 0.1]]), np.array([1])) > 1


def test_the_two_best_together_are_counted_by_hand() -> None:
    probabilities = np.array([[0.5, 0.2, 0.3], [0.1, 0.1, 0.8]], np.float32)
    np.testing.assert_allclose(two_best(probabilities), [0.8, 0.9], atol=1e-6)


def test_a_judgement_in_plain_words() -> None:
    limits = Limits(sure_above=0.8, known_above=0.6, measured=True)
    sure = softmax(np.array([9.0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
    assert judge(sure, limits).words == "0"
    torn = softmax(np.array([0, 0, 0, 0, 5.0, 0, 0, 0, 0, 5.2]))
    assert judge(torn, limits).words == "not sure: 9 or 4"  # the best first, as in the headline
    assert judge(torn, limits).together == pytest.approx(torn[4] + torn[9])
    # Three that are alike are two too many for a question.
    strange = np.array([0.3, 0.28, 0.25, 0.17, 0, 0, 0, 0, 0, 0])
    assert judge(strange, limits).kind == "unknown"
    assert judge(strange, limits).words == "no digit I know"
    assert judge(strange, UNMEASURED).kind == "unsure"


def test_limits_come_with_a_model_or_are_customary() -> None:
    found = Limits.of({"sure_above": 0.7, "pair_above": 0.6, "temperature": 0.7})
    assert (found.sure_above, found.known_above, found.temperature, found.measured) == (0.7, 0.6, 0.7, True)
    assert Limits.of({}) == UNMEASURED == Limits.of({"sure_above": "0.7", "pair_above": 0.6})


@pytest.fixture(scope="module")
def reader() -> DigitReader:
    spec, parameters, metadata = load_bundled()
    return DigitReader(spec, parameters, Limits.of(metadata))


def test_the_bundled_model_is_calibrated_on_digits_it_was_not_fitted_to(reader: DigitReader) -> None:
    test = load_mnist().test
    _, probabilities = reader.outputs(test.x[1::2])
    found = reliability(probabilities, test.y[1::2])
    metadata = load_bundled()[2]
    assert found.error == pytest.approx(metadata["ece"], abs=2e-4)
    assert found.error < 0.005  # before the temperature: 0.020
    assert metadata["ece_before"] > 4 * found.error


def test_the_temperature_in_the_weights_changes_no_answer() -> None:
    spec, parameters, metadata = load_bundled()
    x = load_mnist().test.x[:1000]
    warm = DigitReader(spec, cooled(parameters, 1 / metadata["temperature"])).outputs(x)
    cold = DigitReader(spec, parameters).outputs(x)
    np.testing.assert_allclose(cold[0] * metadata["temperature"], warm[0], rtol=0.01, atol=0.02)
    assert (cold[1].argmax(axis=1) == warm[1].argmax(axis=1)).mean() >= 0.999


@pytest.mark.slow
def test_the_script_finds_again_what_is_stored() -> None:
    spec, parameters, metadata = load_bundled()
    again, known = calibrated(spec, parameters, metadata)
    assert known == metadata
    assert again is parameters


@pytest.mark.slow
@pytest.mark.skipif(not STROKES.is_file(), reason="the strokes for development are not here")
def test_real_writers_can_trust_the_answer(reader: DigitReader) -> None:
    digits = read_strokes(STROKES)
    label = np.array([digit.label for digit in digits])
    images = np.stack([strokes_image(digit.strokes) for digit in digits])
    _, probabilities = reader.outputs(images)
    report = digit_report(probabilities, label, reader.judgements(images))
    assert report.accuracy >= 0.985
    assert report.reliability.error < 0.01
    assert report.right_when_sure >= 0.99
    assert report.said["sure"] >= 0.96 * len(digits)


def test_the_report_counts_what_is_taken_for_what(reader: DigitReader) -> None:
    test = load_mnist().test
    x, label = test.x[:500], test.y[:500]
    _, probabilities = reader.outputs(x)
    report = digit_report(probabilities, label, reader.judgements(x))
    answer = probabilities.argmax(axis=1)
    assert report.count == 500
    assert report.accuracy == pytest.approx((answer == label).mean())
    for right in range(10):
        for said in range(10):
            assert report.confusion[right, said] == ((label == right) & (answer == said)).sum()
    count, recall, precision = report.class_row(7)
    assert count == (label == 7).sum()
    assert recall == pytest.approx((answer[label == 7] == 7).mean())
    assert precision == pytest.approx((label[answer == 7] == 7).mean())
    assert sum(report.said.values()) == 500
    assert "500 digits" in report.as_text("MNIST")
