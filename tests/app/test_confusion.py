"""The confusion matrix on the page How sure is it: numbers, colours, keys, files."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot
from sklearn.metrics import confusion_matrix as reference

from app.theme import DARK, LIGHT, Theme
from app.widgets.confusion_plot import ConfusionPlot, mistakes_words
from app.widgets.reliability_page import ReliabilityPage
from nnviz.maths.calibration import reliability
from nnviz.maths.report import confusion_matrix

NAMES = ("ant", "bee", "cat")
COUNTS = np.array([[40, 0, 9], [1, 30, 0], [0, 0, 20]])


@pytest.fixture
def page(qtbot: QtBot) -> ReliabilityPage:
    made = ReliabilityPage()
    qtbot.addWidget(made)
    made.resize(420, 640)
    p = np.full((100, 3), 0.1)
    p[:, 0] = 0.8
    made.set_reliability("Model", reliability(p, np.zeros(100, np.int64)), None, "Said.", COUNTS, NAMES)
    made.show()
    return made


def show_matrix(page: ReliabilityPage, qtbot: QtBot) -> ConfusionPlot:
    button = page.findChild(QToolButton, "reliability_view_confusion")
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert page.shown is page.confusion
    return page.confusion


def test_counts_are_those_of_scikit_learn() -> None:
    generator = np.random.default_rng(1)
    label, answer = generator.integers(0, 7, 500), generator.integers(0, 7, 500)
    np.testing.assert_array_equal(confusion_matrix(label, answer, 7), reference(label, answer))
    assert confusion_matrix(np.array([1]), np.array([0]), 4).shape == (4, 4)


def test_the_commonest_mistakes_are_said_most_frequent_first() -> None:
    assert mistakes_words(COUNTS, NAMES) == "Most often: ant taken for cat (9 times), bee for ant (1)."
    assert mistakes_words(np.array([[1, 1], [0, 1]]), ("no", "yes")) == "Most often: no taken for yes (1 time)."
    assert mistakes_words(np.diag([3, 4]), ("no", "yes")) == "Not a single one is taken for another."
    assert mistakes_words(np.zeros((2, 2), np.int64), ("no", "yes")) == ""


def test_the_page_shows_the_matrix_and_its_words(page: ReliabilityPage, qtbot: QtBot) -> None:
    assert "Said." in page.remark.text()
    plot = show_matrix(page, qtbot)
    assert plot.isVisible()
    assert not page.plot.isVisible()
    assert page.remark.text() == mistakes_words(COUNTS, NAMES)
    assert page.file_name == "confusion.png"


def test_keys_walk_over_the_cells_and_say_what_they_hold(page: ReliabilityPage, qtbot: QtBot) -> None:
    plot = show_matrix(page, qtbot)
    plot.setFocus()
    said = []
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        qtbot.keyClick(plot, key)
        said.append(plot.accessibleDescription())
    assert said[0] == "ant read rightly: 40 of 49 (81.6 %)"
    assert said[2] == said[3] == "ant taken for cat: 9 of 49 (18.4 %)"
    assert said[4] == "bee taken for cat: 0 of 31 (0.0 %)"


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_mistakes_are_red_and_right_answers_are_not(page: ReliabilityPage, qtbot: QtBot, theme: Theme) -> None:
    page.set_theme(theme)
    plot = show_matrix(page, qtbot)
    bad = np.array(QColor(theme.bad).getRgb()[:3])

    def reddest(counts: np.ndarray) -> float:
        plot.set_counts(counts, NAMES)
        image = plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        pixels = rows[:, : 3 * image.width()].reshape(-1, 3).astype(int)
        return float(np.abs(pixels - bad).sum(axis=1).min())

    none, few = np.diag([40, 30, 20]), COUNTS.copy()
    few[1, 0], few[0, 2] = 0, 9
    assert reddest(few) < reddest(none)


def test_picture_and_numbers_are_saved_and_copied(page: ReliabilityPage, qtbot: QtBot, tmp_path: Path) -> None:
    plot = show_matrix(page, qtbot)
    for name in ("m.png", "m.svg", "m.csv"):
        page.save(tmp_path / name)
    assert QImage(str(tmp_path / "m.png")).size() == 2 * plot.picture_size()
    rows = list(csv.reader((tmp_path / "m.csv").read_text().splitlines()))
    assert rows[0] == ["right class", *NAMES]
    assert rows[1] == ["ant", "40", "0", "9"]
    QApplication.clipboard().clear()
    qtbot.mouseClick(page.copy_button, Qt.MouseButton.LeftButton)
    assert not QApplication.clipboard().image().isNull()


def test_nothing_can_be_saved_before_anything_was_measured(page: ReliabilityPage, qtbot: QtBot) -> None:
    show_matrix(page, qtbot)
    assert page.export_button.isEnabled()
    page.set_reliability("Other", None, said="The test images are being read …")
    assert not page.export_button.isEnabled()
    assert page.confusion.counts is None
