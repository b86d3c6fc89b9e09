"""The desktop window with a regression, driven as a person would, with the real Keras engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.windows.desktop import DesktopWindow
from nnviz.data.datasets import REGISTRY
from nnviz.maths.forward import forward

READY_MS = 90_000

pytestmark = pytest.mark.slow


def rest(qtbot: QtBot, window: DesktopWindow, name: str) -> None:
    session = window.session
    qtbot.waitUntil(
        lambda: session.dataset is not None and session.dataset.name == name and session.is_ready
        and session.phase == "idle", timeout=READY_MS,
    )  # fmt: skip


def test_a_regression_is_learnt_and_shown_in_its_unit(window: DesktopWindow, qtbot: QtBot) -> None:
    window.start()
    rest(qtbot, window, "mnist")
    session = window.session
    session.set_dataset("diabetes")
    rest(qtbot, window, "diabetes")
    dataset = session.dataset
    assert dataset is not None
    assert dataset.target_scaling is not None
    assert window.metric_curve.shown_metric[0] == "mean_absolute_error"
    assert window.docks["metric"].windowTitle() == "Mean absolute error"
    assert not window.actions_by_name["only_wrong"].isEnabled()
    assert not window.input_panel.only_wrong.isEnabled()
    assert window.loss.rate.isHidden()

    qtbot.mouseClick(window.tool_bar.buttons["train"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(session.history) > 60, timeout=60_000)
    session.set_plan(session.spec, replace(session.config, learning_rate=session.config.learning_rate / 10))
    steps = len(session.history)
    qtbot.waitUntil(lambda: len(session.history) > steps + 60, timeout=60_000)
    qtbot.mouseClick(window.tool_bar.buttons["train"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.phase == "idle", timeout=20_000)
    qtbot.waitUntil(lambda: window.feed.is_settled, timeout=10_000)

    # The change is marked on every plot, and the learning rate shows because it is not the same any more.
    ((step, text, kind),) = window.changes.of(session.history)
    assert (text, kind) == ("lr 0.01 → 0.001", "change")
    for plot in (window.loss, window.metric_curve, window.gradients):
        assert text in [mark.text for mark in plot.canvas.marks.all]
    assert window.loss.rate.isVisible()
    np.testing.assert_array_equal(window.loss.rate.rates.astype(np.float32), session.history.learning_rate)
    fell = int(np.flatnonzero(np.diff(session.history.learning_rate) < 0)[0]) + 2
    assert 1 < step <= fell

    # What is shown is what NumPy computes from the weights, in the unit of the table.
    qtbot.waitUntil(lambda: session.snapshot is not None and session.snapshot.source == "keras", timeout=20_000)
    qtbot.waitUntil(lambda: window.input_panel.scales.answer is not None, timeout=10_000)
    snapshot, answer = session.snapshot, window.input_panel.scales.answer
    assert snapshot is not None
    assert answer is not None
    index = session.sample.index
    output = forward(snapshot.parameters, snapshot.spec.activations, dataset.test.x[index : index + 1]).output[0]
    assert answer.rows[0].value == pytest.approx(float(dataset.target_scaling.original(output)[0]), rel=1e-3)
    truth = float(dataset.target_scaling.original(dataset.test.y[index])[0])
    assert float(answer.rows[0].truth) == pytest.approx(truth, abs=0.5)
    assert f"predicts {answer.said}" in window.input_panel.sample_label.text()

    with qtbot.waitSignal(session.evaluated, timeout=30_000) as heard:
        window.actions_by_name["evaluate"].trigger()
    assert 20 < heard.args[0].metric < 150
    assert "MAE" in window.header.headline.text()

    session.set_dataset("iris")
    rest(qtbot, window, "iris")
    assert window.metric_curve.shown_metric == ("accuracy", "%")
    assert window.actions_by_name["only_wrong"].isEnabled()
    assert window.input_panel.bars.isVisible()


@pytest.mark.skipif(not REGISTRY["fashion-mnist"].is_here(), reason="Fashion-MNIST is not on this computer")
def test_fashion_mnist_is_learnt_through_the_window(window: DesktopWindow, qtbot: QtBot) -> None:
    """One epoch of 55,000 pictures; a plain MLP reads about 84 % of the test set after it."""
    window.start()
    rest(qtbot, window, "mnist")
    session, box = window.session, window.dataset_box
    box.setFocus()
    qtbot.keyClicks(box, "Fashion")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    rest(qtbot, window, "fashion-mnist")
    assert session.spec.sizes == (784, 128, 64, 10)
    qtbot.mouseClick(window.tool_bar.buttons["epoch"], Qt.MouseButton.LeftButton)
    # 55,000 / 32 steps, rounded up; the engine is at rest a moment before the last of them are drained.
    qtbot.waitUntil(lambda: len(session.history) == 1_719 and session.phase == "idle", timeout=120_000)
    qtbot.waitUntil(lambda: len(session.history.epochs) == 1, timeout=5_000)
    with qtbot.waitSignal(session.evaluated, timeout=60_000) as heard:
        qtbot.mouseClick(window.tool_bar.buttons["evaluate"], Qt.MouseButton.LeftButton)
    assert heard.args[0].count == 10_000
    assert heard.args[0].metric > 0.8
    assert f"test {100 * heard.args[0].metric:.2f} %" in window.header.headline.text()
