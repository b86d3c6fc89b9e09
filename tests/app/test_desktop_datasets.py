"""Data sets in the window: points made anew while training, a download that is cancelled, fails, and is tried again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QSlider, QSpinBox
from pytestqt.qtbot import QtBot

from app.windows.desktop import DesktopWindow
from nnviz.data import fashion
from nnviz.data.datasets import DatasetChoice
from nnviz.maths.forward import forward
from tests.nnviz.test_fashion import idx
from tests.server import Server, far_away, silent

READY_MS = 90_000


@pytest.fixture
def without_engine(loaded_window: DesktopWindow) -> Iterator[DesktopWindow]:
    yield loaded_window
    loaded_window.session.stop()


def choose(window: DesktopWindow, qtbot: QtBot, title: str) -> None:
    """Type the name of a data set in the list."""
    box = window.dataset_box
    box.setFocus()
    qtbot.wait(QApplication.keyboardInputInterval() + 50)  # letters typed sooner belong to the name before
    qtbot.keyClicks(box, title)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.currentText() == title


def test_controls_of_points_can_be_named_and_explain_themselves(window: DesktopWindow) -> None:
    for kind in (QAbstractButton, QSlider, QSpinBox):
        for widget in (*window.toy_panel.findChildren(kind), *window.progress.findChildren(kind)):
            assert widget.objectName()
            assert widget.accessibleName()
            assert widget.toolTip()


def test_points_have_their_panel_and_other_data_have_not(without_engine: DesktopWindow, qtbot: QtBot) -> None:
    window = without_engine
    assert not window.toy_panel.isVisible()
    choose(window, qtbot, "Blobs")
    qtbot.waitUntil(lambda: window.session.dataset is not None and window.session.dataset.name == "blobs")
    assert window.toy_panel.isVisible()
    before = window.session.dataset
    qtbot.mouseClick(window.toy_panel.new_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.dataset is not before)
    assert window.session.dataset is not None
    options = {"count": 1_000, "noise": 0.1, "seed": 1, "classes": 4}
    assert window.session.dataset.choice == DatasetChoice("blobs", options)
    choose(window, qtbot, "Iris")
    qtbot.waitUntil(lambda: window.session.dataset is not None and window.session.dataset.name == "iris")
    assert not window.toy_panel.isVisible()


def test_a_download_is_shown_cancelled_and_the_data_in_use_stay(
    without_engine: DesktopWindow, qtbot: QtBot, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    window = without_engine
    far_away(server, monkeypatch, tmp_path)
    window.datasets.list_datasets()
    place = window.dataset_box.findText("Fashion-MNIST")
    assert "downloads 1 MB" in window.dataset_box.itemData(place, Qt.ItemDataRole.ToolTipRole)
    server.plan = [silent]
    choose(window, qtbot, "Fashion-MNIST")
    qtbot.waitUntil(lambda: window.progress.bar.value() > 0)
    assert window.progress.epoch.text() == "Downloading Fashion-MNIST"
    assert "of 1.2 MB" in window.progress.words.text()
    qtbot.mouseClick(window.progress.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.progress.cancel.isVisible())
    assert window.messages.current is not None
    assert "cancelled" in window.messages.current.text
    assert window.dataset_box.currentText() == "MNIST"
    assert window.session.dataset is not None
    assert window.session.dataset.name == "mnist"


def test_a_download_that_fails_is_tried_again_by_the_button(
    without_engine: DesktopWindow, qtbot: QtBot, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    window = without_engine
    what = far_away(server, monkeypatch, tmp_path)
    window.datasets.list_datasets()
    server.plan = [lambda handler: handler.send_error(404)]
    choose(window, qtbot, "Fashion-MNIST")
    qtbot.waitUntil(lambda: window.messages.current is not None and window.messages.current.action == "Retry")
    assert window.messages.current is not None
    assert "404" in window.messages.current.text
    assert window.dataset_box.currentText() == "MNIST"
    # Meanwhile somebody copies the files into their place; they are small ones of the right shapes.
    what.path.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(fashion, "FILES", {name: (20, *shape[1:]) for name, shape in fashion.FILES.items()})
    monkeypatch.setattr(fashion, "VALIDATION_COUNT", 5)
    for name, shape in fashion.FILES.items():
        (what.path / name).write_bytes(idx(shape, bytes(range(10)) * (int(np.prod(shape)) // 10) if len(shape) == 1
                                           else bytes(int(np.prod(shape)))))
    qtbot.mouseClick(window.messages._action_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: window.session.dataset is not None and window.session.dataset.name == "fashion-mnist", timeout=20_000
    )
    assert window.dataset_box.currentText() == "Fashion-MNIST"
    place = window.dataset_box.currentIndex()
    assert "not on this computer" not in window.dataset_box.itemData(place, Qt.ItemDataRole.ToolTipRole)


@pytest.mark.slow
def test_points_made_anew_while_training_keep_the_weights(window: DesktopWindow, qtbot: QtBot) -> None:
    window.start()
    session = window.session
    problems = []
    session.message.connect(lambda message: problems.append(message.text) if message.kind == "error" else None)

    def is_ready() -> bool:
        return session.is_ready and session.phase == "idle"

    qtbot.waitUntil(is_ready, timeout=READY_MS)
    choose(window, qtbot, "Blobs")
    qtbot.waitUntil(lambda: session.dataset is not None and session.dataset.name == "blobs" and is_ready(),
                    timeout=30_000)
    session.set_plan(session.spec, replace(session.config, epochs=10_000))
    qtbot.waitUntil(is_ready, timeout=30_000)
    qtbot.mouseClick(window.tool_bar.buttons["train"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(session.history.epochs) >= 5, timeout=30_000)
    learnt = float(session.history.loss[-1])

    # Another noise, the same network: the next losses are those of a network that has learnt.
    panel = window.toy_panel
    panel.noise.setFocus()
    qtbot.keyClick(panel.noise, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: session.dataset is not None and session.dataset.options["noise"] == 0.11)
    steps = len(session.history)
    qtbot.waitUntil(lambda: len(session.history) > steps + 50, timeout=30_000)
    assert session.is_training
    assert session.history.step.tolist() == list(range(1, len(session.history) + 1)), "a step was lost or came twice"
    assert session.history.loss[steps : steps + 50].mean() < max(0.5, 3 * learnt)

    # A class more: an output more, training goes on.
    panel.classes.setFocus()
    qtbot.keyClick(panel.classes, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: session.spec.layers[-1].units == 5 and session.is_training, timeout=30_000)
    steps = len(session.history)
    # Enough to learn the class that is new, however long that takes here.
    qtbot.waitUntil(lambda: len(session.history) > steps + 1_500, timeout=60_000)
    assert session.dataset is not None
    assert session.dataset.class_names == tuple("ABCDE")
    qtbot.mouseClick(window.tool_bar.buttons["train"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.phase == "idle", timeout=10_000)
    qtbot.waitUntil(
        lambda: session.snapshot is not None and session.snapshot.source == "keras"
        and session.snapshot.forward.output.shape == (1, 5), timeout=20_000,
    )  # fmt: skip
    snapshot = session.snapshot
    assert snapshot is not None
    oracle = forward(snapshot.parameters, snapshot.spec.activations, session.dataset.test.x)
    assert (oracle.output.argmax(axis=1) == session.dataset.test.y).mean() > 0.8
    assert problems == []


@pytest.mark.slow
@pytest.mark.parametrize(("title", "name", "outputs"), [("Diabetes", "diabetes", 1), ("Discs", "discs", 2)])
def test_numbers_and_labels_are_learnt_through_the_window(
    window: DesktopWindow, qtbot: QtBot, title: str, name: str, outputs: int
) -> None:
    window.start()
    session = window.session
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=READY_MS)
    choose(window, qtbot, title)
    qtbot.waitUntil(
        lambda: session.dataset is not None and session.dataset.name == name and session.is_ready
        and session.phase == "idle", timeout=30_000,
    )  # fmt: skip
    assert session.spec.layers[-1].units == outputs
    session.set_plan(session.spec, replace(session.config, epochs=15))
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=30_000)
    qtbot.mouseClick(window.tool_bar.buttons["train"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(session.history.epochs) == 15 and session.phase == "idle", timeout=60_000)
    qtbot.waitUntil(
        lambda: session.snapshot is not None and session.snapshot.step == len(session.history), timeout=10_000
    )  # the picture at rest; until it comes the snapshot is some steps old
    with qtbot.waitSignal(session.evaluated, timeout=30_000) as heard:
        window.actions_by_name["evaluate"].trigger()
    dataset, snapshot = session.dataset, session.snapshot
    assert dataset is not None
    assert snapshot is not None
    said = forward(snapshot.parameters, snapshot.spec.activations, dataset.test.x).output
    if dataset.target_scaling is not None:
        error = np.abs(dataset.target_scaling.original(said) - dataset.target_scaling.original(dataset.test.y))
        assert heard.args[0].metric == pytest.approx(error.mean(), rel=1e-3)
        assert error.mean() < 60  # the mean of all people errs by 66
    else:
        right = ((said > 0.5) == dataset.test.y).mean()
        assert heard.args[0].metric == pytest.approx(right, abs=1e-3)
        assert right > 0.8
    assert window.messages.current is None or window.messages.current.kind == "info"
