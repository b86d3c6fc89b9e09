"""Runs leave the window by file and clipboard and come back the same; what is no run changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from app.windows.desktop import DesktopWindow
from nnviz.data.datasets import DatasetChoice
from nnviz.maths.parameters import initial_parameters
from nnviz.run import Run, read_run
from nnviz.spec import LayerSpec, NetworkSpec, TrainingConfig, classifier

WINE = Run(
    DatasetChoice("wine"), NetworkSpec((13,), (LayerSpec(9, "tanh"), LayerSpec(3, "softmax"))),
    TrainingConfig("sgd", 0.05, 10, 7, seed=11),
)  # fmt: skip
XOR = Run(
    DatasetChoice("xor", {"count": 200, "noise": 0.0, "seed": 4}),
    NetworkSpec((2,), (LayerSpec(5), LayerSpec(2, "softmax"))), TrainingConfig(batch_size=8),
)  # fmt: skip


@pytest.fixture
def ready(loaded_window: DesktopWindow) -> DesktopWindow:
    return loaded_window


def paste(window: DesktopWindow, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    window.actions_by_name["paste_run"].trigger()


def said(window: DesktopWindow) -> str:
    assert window.messages.current is not None
    return window.messages.current.text


def drop(window: DesktopWindow, *paths: Path) -> bool:
    """Drag files over the window and let them go where they are taken, as the window system does."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(window.rect().center(), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        let_go = QDropEvent(QPointF(window.rect().center()), Qt.DropAction.CopyAction, data, buttons, keys)
        QApplication.sendEvent(window, let_go)
    return enter.isAccepted()


def test_a_copied_run_is_the_one_in_force_and_pasted_it_comes_back(ready: DesktopWindow, qtbot: QtBot) -> None:
    session = ready.session
    ready.actions_by_name["copy_run"].trigger()
    first = QGuiApplication.clipboard().text()
    assert Run.from_json(first) == Run(DatasetChoice("mnist"), classifier(), TrainingConfig())
    paste(ready, WINE.to_json())
    qtbot.waitUntil(lambda: session.run == WINE, timeout=10_000)
    assert session.network is not None
    assert session.network.spec == WINE.spec
    drawn = initial_parameters(WINE.spec, 11)
    assert (session.network.parameters[0].kernel == drawn[0].kernel).all(), "not from the run's seed"
    assert ready.dataset_box.currentData() == "wine"
    assert ready.code.parent() is ready.code_panel
    assert "load_wine" in ready.code_panel.code
    assert "set_random_seed(11)" in ready.code_panel.code
    assert session.snapshot is not None
    assert session.snapshot.sample.shape == (13,)
    assert "opened" in said(ready)
    paste(ready, first)
    qtbot.waitUntil(lambda: session.run == Run.from_json(first), timeout=20_000)
    assert session.spec == classifier()


def test_options_of_the_data_come_with_the_run(ready: DesktopWindow, qtbot: QtBot) -> None:
    paste(ready, XOR.to_json())
    qtbot.waitUntil(lambda: ready.session.run == XOR, timeout=10_000)
    dataset = ready.session.dataset
    assert dataset is not None
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == 200
    # The same data once more with another seed of the points: other points.
    other = Run(DatasetChoice("xor", {"count": 200, "noise": 0.0, "seed": 5}), XOR.spec, XOR.config)
    paste(ready, other.to_json())
    qtbot.waitUntil(lambda: ready.session.run == other, timeout=10_000)
    assert ready.session.dataset is not None
    assert (ready.session.dataset.train.x != dataset.train.x).any()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("good morning", "not JSON"),
        ("", "empty"),
        (WINE.to_json().replace('"units": 9', '"units": 0'), "units must be at least 1, got 0 (layer 1)"),
        (WINE.to_json().replace('"format": 1', '"format": 7'), "Update nnviz"),
        (WINE.to_json().replace('"name": "wine"', '"name": "cheese"'), "no data set 'cheese'"),
        (WINE.to_json().replace('"options": {}', '"options": {"age": 3}'), "no option age"),
        (WINE.to_json().replace('"name": "wine"', '"name": "iris"'), "4 inputs"),
        (WINE.to_json().replace('"name": "wine"', '"name": "mnist"'), "784 inputs"),
    ],
)
def test_what_is_no_run_says_why_and_changes_nothing(
    ready: DesktopWindow, qtbot: QtBot, text: str, why: str
) -> None:
    before = ready.session.run, ready.session.network, ready.session.dataset, ready.code_panel.code
    paste(ready, text)
    qtbot.waitUntil(lambda: ready.messages.current is not None and why in said(ready), timeout=10_000)
    assert ready.messages.current is not None
    assert ready.messages.current.kind == "error"
    assert (ready.session.run, ready.session.network, ready.session.dataset, ready.code_panel.code) == before
    # And no later than that: the next data set is chosen as ever.
    ready.session.set_dataset("blobs")
    qtbot.waitUntil(lambda: ready.session.run is not None and ready.session.run.dataset.name == "blobs", timeout=9_000)
    assert ready.session.spec != WINE.spec


def test_save_and_open(
    ready: DesktopWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.run.json"
    answers = iter([str(tmp_path / "mine"), "", str(tmp_path / "no" / "a.run.json")])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (next(answers), ""))
    ready.actions_by_name["save_run"].trigger()
    ready.actions_by_name["save_run"].trigger()  # thought better of it
    assert [each.name for each in tmp_path.glob("*.json")] == [path.name]
    assert read_run(path) == ready.session.run
    ready.actions_by_name["save_run"].trigger()
    assert "no" in said(ready)
    WINE.save(path)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    ready.actions_by_name["open_run"].trigger()
    qtbot.waitUntil(lambda: ready.session.run == WINE, timeout=10_000)
    path.write_text(json.dumps({"format": 1}), encoding="utf-8")
    ready.actions_by_name["open_run"].trigger()
    assert "mine.run.json: a run needs" in said(ready)
    assert ready.session.run == WINE


def test_a_file_is_dropped_on_the_window(ready: DesktopWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path, other = tmp_path / "wine.run.json", tmp_path / "other.json"
    WINE.save(path)
    WINE.save(other)
    assert not drop(ready, other)
    assert not drop(ready, path, other)
    assert drop(ready, path)
    qtbot.waitUntil(lambda: ready.session.run == WINE, timeout=10_000)


def test_before_the_first_data_are_read_nothing_is_lost(window: DesktopWindow) -> None:
    for name in ("copy_run", "save_run"):
        window.actions_by_name[name].trigger()
        assert "still being read" in said(window)
    paste(window, WINE.to_json())
    assert "still being read" in said(window)
    assert window.session.spec == classifier()


@pytest.mark.slow
def test_the_same_run_opened_again_learns_the_same(window: DesktopWindow, qtbot: QtBot) -> None:
    session = window.session
    window.start()
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=90_000)
    steps = 13 * 7  # 125 samples, batches of 10, 7 epochs

    def learn() -> tuple[list[float], list[float]]:
        paste(window, WINE.to_json())
        qtbot.waitUntil(lambda: session.run == WINE and len(session.history) == 0, timeout=20_000)
        qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=60_000)
        session.train()
        qtbot.waitUntil(lambda: len(session.history) == steps and session.phase == "idle", timeout=60_000)
        return session.history.loss.tolist(), session.history.metric.tolist()

    first = learn()
    assert first[0][-1] < first[0][0]
    assert learn() == first
    assert window.actions_by_name["undo_reset"].isEnabled(), "the network before was put aside"
    # In the middle of a training, too.
    session.train()
    qtbot.waitUntil(lambda: len(session.history) > steps, timeout=60_000)
    assert learn() == first
