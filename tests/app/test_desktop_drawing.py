"""What the desktop window shows of the drawing: an empty paper, several digits, pasted pictures."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desks import sample_desk
from app.pasted import canvas_ink
from app.widgets.input_panel import InputPanel
from app.widgets.network_stage import EMPTY_WORDS
from app.windows.desktop import DesktopWindow
from app.windows.history_feed import DRAWING_INTERVAL_MS, PLOT_INTERVAL_MS
from nnviz.picture.answers import OutputMeaning

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", "propagateSizeHints")


@pytest.fixture
def drawing(bare_window: DesktopWindow, qtbot: QtBot) -> DesktopWindow:
    """The window with an empty paper, answered by the bundled model."""
    bare_window.start()
    qtbot.waitUntil(lambda: bare_window.session.dataset is not None, timeout=30_000)
    bare_window.actions_by_name["draw"].trigger()
    return bare_window


def stroke(*corners: tuple[float, float]) -> np.ndarray:
    return np.concatenate([np.linspace(a, b, 12) for a, b in itertools.pairwise(corners)])


def picture(side: int) -> QImage:
    """A black 7 on white paper."""
    made = QImage(side, side, QImage.Format.Format_RGB32)
    made.fill(QColor("white"))
    painter = QPainter(made)
    painter.setPen(QPen(QColor("black"), side / 16, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    for x1, y1, x2, y2 in ((0.3, 0.25, 0.68, 0.25), (0.68, 0.25, 0.45, 0.8)):
        painter.drawLine(round(side * x1), round(side * y1), round(side * x2), round(side * y2))
    painter.end()
    return made


def test_an_empty_paper_gets_no_answer_but_a_hint(drawing: DesktopWindow, qtbot: QtBot) -> None:
    window, panel = drawing, drawing.input_panel
    qtbot.waitUntil(lambda: window.session.sample.kind == "drawing" and window.session.snapshot is not None)
    assert panel.bars.winner is None
    assert {panel.bars.bar(k).width() for k in range(10)} == {0.0}
    assert "Draw a digit" in panel.drawing_notes.text()
    assert window.stage.bar.caption.text() == EMPTY_WORDS
    assert not window.stage.bar.play_button.isEnabled()
    window.actions_by_name["play_step"].trigger()
    assert not window.stage.view.is_playing
    panel.canvas.draw_stroke(stroke((0.3, 0.25), (0.7, 0.25), (0.45, 0.8)))
    qtbot.waitUntil(lambda: panel.bars.winner == 7, timeout=10_000)
    assert window.stage.bar.play_button.isEnabled()
    assert "says 7" in window.stage.bar.caption.text()
    panel.canvas.clear()
    qtbot.waitUntil(lambda: panel.bars.winner is None, timeout=10_000)
    window.actions_by_name["next_sample"].trigger()
    qtbot.waitUntil(lambda: panel.bars.winner is not None, timeout=10_000)


def test_of_two_digits_it_is_said_which_one_the_graph_shows(drawing: DesktopWindow, qtbot: QtBot) -> None:
    panel = drawing.input_panel
    panel.canvas.draw_stroke(stroke((0.2, 0.25), (0.2, 0.75)))
    panel.canvas.draw_stroke(stroke((0.5, 0.28), (0.85, 0.28), (0.65, 0.8)))
    qtbot.waitUntil(lambda: "1 7" in panel.drawing_notes.text(), timeout=10_000)
    assert "2nd" in panel.drawing_notes.text()
    assert panel.bars.winner == 7
    assert panel.digits.isVisible()
    first, second = panel.digits.picks.buttons
    assert second.isChecked()
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.bars.winner == 1, timeout=10_000)
    assert "1st" in panel.drawing_notes.text()
    qtbot.keyClick(first, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: panel.bars.winner == 7, timeout=10_000)
    panel.canvas.undo()
    qtbot.waitUntil(lambda: panel.bars.winner == 1, timeout=10_000)
    assert not panel.digits.isVisible()


def test_a_picture_of_any_size_is_pasted_and_what_is_none_is_refused(drawing: DesktopWindow, qtbot: QtBot) -> None:
    panel, paste = drawing.input_panel, drawing.actions_by_name["paste_picture"]
    QApplication.clipboard().setText("no picture")
    paste.trigger()
    assert drawing.messages.current is not None
    assert "no picture" in drawing.messages.current.text
    assert panel.canvas.is_empty
    QApplication.clipboard().setImage(picture(400))
    paste.trigger()
    qtbot.waitUntil(lambda: panel.bars.winner == 7, timeout=10_000)


def test_a_photo_of_many_megapixels_has_the_ink_of_a_small_one() -> None:
    small, large = (canvas_ink(picture(side)).astype(float) for side in (700, 5600))
    assert float(np.abs(small - large).mean()) < 2.0  # of 255; where edges fall on pixels differs
    assert float(large.max()) == 255


def test_a_short_table_has_its_answer_right_below(qtbot: QtBot) -> None:
    panel = InputPanel()
    qtbot.addWidget(panel)
    panel.resize(290, 600)
    panel.set_meaning(OutputMeaning("multiclass", ("setosa", "versicolor", "virginica")))
    panel.set_features(("length", "width"), ("5.0", "3.4"), "Test sample 0")
    panel.show()
    qtbot.waitExposed(panel)
    qtbot.waitUntil(lambda: panel.bars.mapTo(panel, panel.bars.rect().topLeft()).y() < 300)
    panel.set_sample(np.zeros((28, 28), np.float32), "Test sample 1")
    qtbot.waitUntil(lambda: panel.bars.mapTo(panel, panel.bars.rect().topLeft()).y() > 300)


def test_a_comparison_is_exported_with_both_pictures(drawing: DesktopWindow, qtbot: QtBot) -> None:
    window = drawing
    window.actions_by_name["next_sample"].trigger()
    window.actions_by_name["compare"].trigger()
    qtbot.waitUntil(lambda: window.stage.pair.second is not None, timeout=10_000)
    window.actions_by_name["next_sample"].trigger()
    pair = window.stage.pair
    assert pair.second is not None
    qtbot.waitUntil(lambda: pair.second is not None and pair.second.view.shown is not None, timeout=10_000)
    for is_first in (False, True):
        window.actions_by_name["export_picture"].trigger()
        dialog = window.exports.dialog
        assert dialog is not None
        assert dialog.view is not None
        beside = dialog.view.beside
        assert beside is not None
        assert beside.is_first is is_first
        assert beside.shown.snapshot is pair.second.view.snapshot
        assert beside.words == (pair.first.caption.text(), pair.second.caption.text())
        dialog.close()
        window.actions_by_name["swap_pictures"].trigger()


def test_while_a_digit_is_drawn_plots_and_pictures_of_the_training_are_rare(
    drawing: DesktopWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples, feed = drawing.session._samples, drawing.feed
    qtbot.waitUntil(lambda: feed._timer.interval() == PLOT_INTERVAL_MS)
    # A slow machine may take longer for a stroke than the moment lasts.
    monkeypatch.setattr(sample_desk, "DRAWING_S", 60.0)
    feed._rest.setInterval(60_000)
    drawing.input_panel.canvas.draw_stroke(stroke((0.3, 0.25), (0.7, 0.25), (0.45, 0.8)))
    qtbot.waitUntil(lambda: samples.live_interval_s == sample_desk.DRAWING_INTERVAL_S)
    qtbot.waitUntil(lambda: feed._timer.interval() == DRAWING_INTERVAL_MS)
    monkeypatch.setattr(sample_desk, "DRAWING_S", 0.0)
    feed._rest.start(0)
    assert samples.live_interval_s == sample_desk.LIVE_INTERVAL_S
    qtbot.waitUntil(lambda: feed._timer.interval() == PLOT_INTERVAL_MS)


def test_words_for_a_screen_reader_are_those_of_the_last_point(drawing: DesktopWindow, qtbot: QtBot) -> None:
    canvas, view = drawing.input_panel.canvas, drawing.stage.view
    for corners in (((0.3, 0.25), (0.7, 0.25)), ((0.7, 0.25), (0.45, 0.8))):
        canvas.draw_stroke(stroke(*corners))
    qtbot.waitUntil(lambda: "predicts 7" in view.accessibleDescription())
