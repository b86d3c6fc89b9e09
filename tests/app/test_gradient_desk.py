"""Check gradients in the window: the table, the mark on the picture, and what becomes of it with the next pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.theme import DARK, LIGHT
from app.widgets.gradient_mark import GradientMark
from app.widgets.gradient_panel import GradientPanel
from app.windows.desktop import DesktopWindow
from nnviz.data.dataset import DatasetChoice
from nnviz.training.check_values import AGREE, DIFFER, GradientCheck, LayerCheck, Trust
from nnviz.training.records import Snapshot
from tests.shown import shown

READY_MS = 60_000


def _check(verdict: str = AGREE) -> GradientCheck:
    error = 2e-6 if verdict == AGREE else 0.4
    layer = LayerCheck(1, 80, 0.3, error, error, error, 80, 0, 1e-4, 5, 1e-3)
    return GradientCheck(1, 300, "mean_squared_error", "4-16-3", (layer, replace(layer, layer=2)), (layer,), 8)


def _spoilt(shown: Snapshot) -> Snapshot:
    assert shown.gradients is not None
    first, *rest = shown.gradients.parameters
    kernel = np.array(first.kernel)
    kernel[np.unravel_index(np.argmax(np.abs(kernel)), kernel.shape)] *= 1.5
    return replace(
        shown, gradients=replace(shown.gradients, parameters=(replace(first, kernel=kernel), *rest))
    )


def test_check_gradients_fills_the_table_and_the_mark_follows_the_pictures(
    window: DesktopWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, panel, mark = window.session, window.trust.panel, window.trust.mark
    session.start(with_data=False)
    session.set_dataset(DatasetChoice("iris"))
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=READY_MS)
    session.train(5)
    qtbot.waitUntil(
        lambda: session.snapshot is not None and session.snapshot.step == 5 and session.phase == "idle",
        timeout=READY_MS,
    )  # fmt: skip
    assert mark.isVisible()
    assert mark.text() == "check gradients"
    qtbot.mouseClick(mark, Qt.MouseButton.LeftButton)
    assert panel.isVisible()
    qtbot.waitUntil(lambda: panel.check is not None, timeout=READY_MS)
    assert panel.check is not None
    assert panel.check.verdict == AGREE
    assert panel.check.batch_count == 8
    assert panel.table.rowCount() == 2 + 2 * len(session.spec.layers)
    assert mark.kind == "good"
    assert mark.text().startswith("gradients checked: ")

    # Exported as text, CSV and PNG.
    qtbot.mouseClick(panel.copy_button, Qt.MouseButton.LeftButton)
    assert "Dense 1\t" in QGuiApplication.clipboard().text()
    table, picture = tmp_path / "check.csv", tmp_path / "check.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(table), ""))
    qtbot.mouseClick(panel.save_button, Qt.MouseButton.LeftButton)
    assert len(table.read_text().splitlines()) == 1 + 2 * len(session.spec.layers)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(picture), ""))
    qtbot.mouseClick(panel.picture_button, Qt.MouseButton.LeftButton)
    assert QImage(str(picture)).width() >= 600
    qtbot.mouseClick(panel.close_button, Qt.MouseButton.LeftButton)
    assert not panel.isVisible()

    # The next picture is compared by itself; until then the mark says which one was.
    were_current: list[bool] = []
    session.trust_changed.connect(lambda _trust: were_current.append(mark.is_current))
    session.train(3)
    qtbot.waitUntil(
        lambda: session.trust is not None and session.trust.step == 8 and session.trust.is_current, timeout=READY_MS
    )
    assert were_current[0] is False
    assert mark.is_current
    assert mark.kind == "good"
    assert session.trust is not None
    assert session.trust.check.step == 5

    # A picture with a wrong gradient is not believed.
    assert session.snapshot is not None
    bad = _spoilt(session.snapshot)
    session._samples._show(bad)
    qtbot.waitUntil(lambda: mark.kind == "error", timeout=READY_MS)
    assert mark.text().startswith("gradients differ at step 8")
    window.actions_by_name["check_gradients"].trigger()
    qtbot.waitUntil(lambda: panel.check is not None and panel.check.verdict == DIFFER, timeout=READY_MS)
    assert "Dense 1" in panel.summary.text()
    session.next_sample()
    qtbot.waitUntil(lambda: mark.kind == "good", timeout=READY_MS)

    # Another network has to be checked anew.
    session.reset()
    qtbot.waitUntil(lambda: session.trust is None, timeout=READY_MS)
    assert mark.text() == "check gradients"
    panel.close()


def test_without_tensorflow_the_window_says_why_there_is_no_check(bare_window: DesktopWindow, qtbot: QtBot) -> None:
    session = bare_window.session
    session.start(with_data=False)
    session.set_drawing(np.full((28, 28), 0.5, np.float32))
    bare_window.actions_by_name["check_gradients"].trigger()
    panel = bare_window.trust.panel
    assert panel.isVisible()
    assert panel.check is None
    told = bare_window.messages.current
    assert told is not None
    assert "needs TensorFlow" in told.text
    assert panel.check_button.isEnabled()
    assert not panel.cancel_button.isEnabled()
    panel.close()


def test_the_panel_shows_progress_and_can_be_cancelled(qtbot: QtBot) -> None:
    panel = GradientPanel()
    qtbot.addWidget(panel)
    panel.show()
    assert not panel.progress.isVisible()
    assert not panel.copy_button.isEnabled()
    panel.set_progress((0, 0))
    assert not panel.check_button.isEnabled()
    panel.set_progress((3, 12))
    assert (panel.progress.value(), panel.progress.maximum()) == (3, 12)
    with qtbot.waitSignal(panel.cancel_requested, timeout=1000):
        qtbot.mouseClick(panel.cancel_button, Qt.MouseButton.LeftButton)
    panel.set_progress(None)
    with qtbot.waitSignal(panel.check_requested, timeout=1000):
        qtbot.mouseClick(panel.check_button, Qt.MouseButton.LeftButton)
    for theme in (LIGHT, DARK):
        panel.set_theme(theme)
        panel.set_check(_check(DIFFER))
        assert panel.icon.kind == "error"
        assert panel.table.item(1, 7).text() == "DIFFER"
    panel.set_check(_check())
    assert panel.icon.kind == "good"
    before = panel.size()
    assert panel.picture().height() >= panel.table.rowHeight(0) * panel.table.rowCount()
    assert panel.size() == before
    assert panel.copy_button.isVisible()


def test_the_mark_can_be_pressed_by_keyboard_and_shrinks_to_its_sign(qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QWidget

    view = QWidget()
    mark = GradientMark(view)
    shown(qtbot, view, 1000, 400)
    with qtbot.waitSignal(mark.check_requested, timeout=1000):
        qtbot.keyClick(mark, Qt.Key.Key_Space)
    check = _check()
    mark.set_trust(Trust(check, 300, check.worst, AGREE, True))
    wide = mark.width()
    assert mark.geometry().right() < 1000
    assert "300" in mark.toolTip()
    with qtbot.waitSignal(mark.table_requested, timeout=1000):
        qtbot.keyClick(mark, Qt.Key.Key_Space)
    view.resize(500, 400)
    qtbot.waitUntil(lambda: mark.width() < wide / 3)
    assert mark.geometry().right() < 500
    assert mark.accessibleName().startswith("Gradients checked")
