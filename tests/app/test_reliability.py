"""How sure is it: the page, measured on real images, and what the windows say of drawings."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.pasted import BLANK_PICTURE, NO_PICTURE
from app.theme import DARK, LIGHT
from app.widgets.reliability_page import ReliabilityPage
from app.windows.digits import EMPTY_HEADLINE, DigitsWindow
from nnviz.data.pen import paint_strokes
from nnviz.maths.calibration import reliability
from tests.nnviz.drawn import DIGITS, Strokes, beside, moved


def measured(error: float = 0.0) -> object:
    generator = np.random.default_rng(0)
    top = generator.uniform(0.5, 1, 5000)
    right = generator.random(5000) < np.clip(top - error, 0, 1)
    return reliability(np.stack([top, 1 - top], axis=1), np.where(right, 0, 1))


@pytest.fixture
def page(qtbot: QtBot) -> ReliabilityPage:
    made = ReliabilityPage()
    qtbot.addWidget(made)
    made.resize(440, 560)
    return made


def test_the_page_asks_when_it_is_seen_and_exports_what_it_shows(
    page: ReliabilityPage, qtbot: QtBot, tmp_path: Path
) -> None:
    assert not page.export_button.isEnabled()
    with qtbot.waitSignal(page.measure_requested):
        page.show()
    found = measured()
    page.set_reliability("Model", found, measured(0.2), "Below 77 % it asks.")  # type: ignore[arg-type]
    assert "77 %" in page.remark.text()
    with qtbot.waitSignal(page.export_requested):
        qtbot.mouseClick(page.export_button, Qt.MouseButton.LeftButton)
    for name in ("d.png", "d.svg", "d.csv"):
        page.save(tmp_path / name)
    assert QImage(str(tmp_path / "d.png")).width() == 2 * page.plot.width()
    rows = list(csv.reader((tmp_path / "d.csv").read_text().splitlines()))
    assert len(rows) == 1 + len(found.counts)  # type: ignore[attr-defined]
    assert "answers" in rows[0][1]


def test_bins_are_said_in_words_and_walked_by_keys(page: ReliabilityPage, qtbot: QtBot) -> None:
    found = measured()
    page.set_reliability("Model", found)  # type: ignore[arg-type]
    page.show()
    page.plot.setFocus()
    qtbot.keyClick(page.plot, Qt.Key.Key_Left)
    words = page.plot.accessibleDescription()
    assert words == page.plot.words(14)
    assert f"{found.counts[14]:,} answers" in words  # type: ignore[attr-defined]
    qtbot.keyClick(page.plot, Qt.Key.Key_Left)
    assert page.plot.accessibleDescription() == page.plot.words(13)
    assert page.plot.words(0).endswith("no answers.")


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_better_answers_make_higher_bars(page: ReliabilityPage, theme: object) -> None:
    page.set_theme(theme)  # type: ignore[arg-type]
    page.show()
    dark = []
    for error in (0.4, 0.0):
        page.set_reliability("Model", measured(error))  # type: ignore[arg-type]
        image = page.plot.grab().toImage()
        bar = QColor(theme.training)  # type: ignore[attr-defined]
        x = round(image.width() * 0.93)
        near = [
            abs(QColor(image.pixel(x, y)).lightness() - bar.lightness()) < 40 for y in range(image.height())
        ]
        dark.append(sum(near))
    assert dark[1] > dark[0] + 20


@pytest.mark.parametrize("wide", [260, 340, 620])
def test_a_legend_says_what_pale_bars_are(page: ReliabilityPage, wide: int) -> None:
    page.plot.setParent(None)
    page.plot.resize(wide, 300)
    found = measured()
    assert found.counts[found.counts > 0].min() >= 30  # type: ignore[attr-defined]
    page.plot.set_reliability(found)  # type: ignore[arg-type]
    image = page.plot.grab().toImage()
    paper, bar = QColor(LIGHT.surface), QColor(LIGHT.training)
    pale = QColor(*(round(0.45 * b + 0.55 * p) for b, p in zip(bar.getRgb()[:3], paper.getRgb()[:3], strict=True)))
    shades = np.array([[QColor(image.pixel(x, y)).getRgb()[:3] for x in range(wide)] for y in range(100)])
    is_pale = (np.abs(shades - pale.getRgb()[:3]) <= 2).all(axis=2)
    # Areas, not the grey edges of letters.
    solid = np.lib.stride_tricks.sliding_window_view(is_pale, (5, 5)).all(axis=(2, 3))
    ys, xs = np.nonzero(solid)
    # No bar is pale: this is the swatch, above the bars.
    assert 1 <= len(xs) <= 25
    assert np.ptp(xs) <= 5
    assert np.ptp(ys) <= 5
    page.plot.close()


@pytest.fixture
def window(digits_window: DigitsWindow) -> DigitsWindow:
    return digits_window


def draw(window: DigitsWindow, strokes: Strokes, size: float) -> None:
    for stroke in moved(strokes, 0.1, 0.2, size / 100):
        window.canvas.draw_stroke(stroke)


def test_the_window_measures_its_network_on_mnist(window: DigitsWindow, qtbot: QtBot) -> None:
    window.digits_drawer.set_page("sure")
    plot = window.reliability_page.plot
    qtbot.waitUntil(lambda: plot.reliability is not None, timeout=20_000)
    assert plot.reliability is not None
    assert plot.reliability.count == 10_000
    assert plot.reliability.error < 0.005
    assert "99 % of the others were right" in window.reliability_page.remark.text()


def test_two_digits_are_both_said(window: DigitsWindow, qtbot: QtBot) -> None:
    draw(window, beside(DIGITS[6][1], DIGITS[11][1], 0.4), 0.45)
    qtbot.waitUntil(lambda: window.answer.text() == "4 7", timeout=5_000)
    assert window.second.text() == "Two digits; bars: the 2nd."
    snapshot = window.session.snapshot
    assert snapshot is not None
    assert snapshot.forward.output[0].argmax() == 7  # the graph shows the last one
    window.canvas.undo()  # the bar of the 7
    window.canvas.undo()
    qtbot.waitUntil(lambda: window.answer.text() == "4", timeout=5_000)


def test_digits_that_touch_are_both_said(window: DigitsWindow, qtbot: QtBot) -> None:
    paper = window.canvas.paper()

    def drag(*points: tuple[float, float]) -> None:
        corner, side = paper.topLeft(), paper.width()
        places = [QPoint(round(corner.x() + x * side), round(corner.y() + y * side)) for x, y in points]
        qtbot.mousePress(window.canvas, Qt.MouseButton.LeftButton, pos=places[0])
        for place in places[1:]:
            qtbot.mouseMove(window.canvas, place)
        qtbot.mouseRelease(window.canvas, Qt.MouseButton.LeftButton, pos=places[-1])

    drag((0.3, 0.2), (0.3, 0.5), (0.3, 0.8))
    qtbot.waitUntil(lambda: window.answer.text() == "1", timeout=5_000)
    drag((0.3, 0.21), (0.5, 0.2), (0.7, 0.2), (0.6, 0.5), (0.5, 0.8))  # begins on the 1
    qtbot.waitUntil(lambda: window.answer.text() == "1 7", timeout=5_000)
    assert window.second.text() == "Two digits; bars: the 2nd."
    window.canvas.undo()
    qtbot.waitUntil(lambda: window.answer.text() == "1", timeout=5_000)


def test_a_scribble_is_called_one(window: DigitsWindow, qtbot: QtBot) -> None:
    draw(window, [np.random.default_rng(1).uniform(0, 100, (25, 2))], 0.7)
    qtbot.waitUntil(lambda: "scribble" in window.second.text(), timeout=5_000)
    assert window.answer.text() == "?"


def test_a_picture_is_pasted_and_undone(window: DigitsWindow, qtbot: QtBot) -> None:
    ink = paint_strokes(DIGITS[5][1], 200, 12)
    gray = np.ascontiguousarray(255 - ink)
    QApplication.clipboard().setImage(QImage(gray.data, 200, 200, 200, QImage.Format.Format_Grayscale8).copy())
    qtbot.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.answer.text() == "3", timeout=5_000)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.answer.text() == EMPTY_HEADLINE)
    QApplication.clipboard().clear()
    qtbot.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert window.canvas.is_empty
    assert window.messages.current == NO_PICTURE


def test_a_blank_picture_leaves_the_paper_and_a_good_one_takes_the_note_away(
    window: DigitsWindow, qtbot: QtBot
) -> None:
    draw(window, DIGITS[4][1], 0.7)
    picture = QImage(200, 200, QImage.Format.Format_Grayscale8)
    picture.fill(255)
    QApplication.clipboard().setImage(picture)
    qtbot.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert window.messages.current == BLANK_PICTURE
    assert not window.canvas.is_empty
    ink = paint_strokes(DIGITS[5][1], 200, 12)
    QApplication.clipboard().setImage(QImage(ink.data, 200, 200, 200, QImage.Format.Format_Grayscale8).copy())
    qtbot.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)  # light on dark
    qtbot.waitUntil(lambda: window.answer.text() == "3", timeout=5_000)
    assert window.messages.current is None
