"""How sure is it? The reliability diagram and the confusion matrix with words, on a page of a drawer or a dialog."""

from __future__ import annotations

import csv
import io
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import Theme
from app.widgets.confusion_plot import ConfusionPlot, mistakes_words
from app.widgets.diagram import Diagram
from app.widgets.picture_tools import Painted, PictureTools
from app.widgets.plot_export import save_plot
from app.widgets.reliability_plot import ReliabilityPlot
from nnviz.maths.calibration import Reliability
from nnviz.storage.atomic import write_bytes_atomically

TITLE = "How sure is it?"
#: Name, text and tool tip of each view.
VIEWS = (
    ("calibration", "Calibration", "Are answers given with 80 % right in 80 of 100 cases?"),
    ("confusion", "Confusion matrix", "Which class is taken for which, and how often."),
)
#: A page so wide, in a window lower than this and than it is wide, has its words beside the diagram; logical pixels.
BESIDE_FROM_PX, LOW_PX = 460, 700
_EXPLAINED = (
    "Of all answers given with a probability near 80 %, about 80 % should be right: then the bars end on the dashed "
    "line. The short lines are the mean probabilities."
)


def _painted(diagram: Diagram) -> Painted:
    return diagram.picture_size(), diagram.paint


class ReliabilityPage(QWidget):
    """Explains and shows the reliability diagram, and which class is taken for which; lets both be saved."""

    #: The page is seen: what it shows should be measured, if it is not.
    measure_requested = Signal()
    #: The diagram should be saved.
    export_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reliability_page")
        self.title = QLabel("", self)
        self.title.setObjectName("reliability_title")
        self.title.setWordWrap(True)
        self.plot = ReliabilityPlot(self)
        self.confusion = ConfusionPlot(self)
        self._tools: dict[Diagram, PictureTools] = {
            diagram: PictureTools(
                diagram, name, words, has=self._has_shown, source=partial(_painted, diagram)
            )
            for diagram, name, words in (
                (self.plot, "reliability", "the reliability diagram"),
                (self.confusion, "confusion", "the confusion matrix"),
            )
        }
        self.views = QStackedWidget(self)
        self._segments = QHBoxLayout()
        self._segments.setSpacing(3)
        self._group = QButtonGroup(self)
        for number, (diagram, (name, text, tip)) in enumerate(zip(self._tools, VIEWS, strict=True)):
            self.views.addWidget(diagram)
            self._add_segment(number, name, text, tip)
        self._said = ""
        self.remark = QLabel(_EXPLAINED, self)
        self.remark.setObjectName("reliability_remark")
        self.remark.setProperty("role", "muted")
        self.remark.setWordWrap(True)
        self.export_button = QPushButton("Export…", self)
        self.export_button.setObjectName("reliability_export")
        self.export_button.setAccessibleName("Export what is shown")
        self.export_button.setToolTip("Save what is shown as PNG or SVG, or its numbers as CSV.")
        self.export_button.setEnabled(False)
        self.export_button.clicked.connect(self.export_requested)
        self.copy_button = QPushButton("Copy", self)
        self.copy_button.setObjectName("reliability_copy")
        self.copy_button.setAccessibleName("Copy what is shown")
        self.copy_button.setToolTip("Put a picture of what is shown on the clipboard.")
        self.copy_button.setEnabled(False)
        self.copy_button.clicked.connect(self._copy)
        row = QHBoxLayout()
        row.addWidget(self.export_button)
        row.addWidget(self.copy_button)
        row.addStretch(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 8, 0)
        box.setSpacing(8)
        box.addWidget(self.title)
        box.addLayout(self._segments)
        words = QVBoxLayout()
        words.setSpacing(8)
        words.addWidget(self.remark)
        words.addLayout(row)
        self._words = words
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._body.setSpacing(8)
        self._body.addWidget(self.views, 3)
        self._body.addLayout(words)
        box.addLayout(self._body, 1)
        self.set_reliability("", None, said="The test images are being read …")

    def _add_segment(self, number: int, name: str, text: str, tip: str) -> None:
        button = QToolButton(self)
        button.setObjectName(f"reliability_view_{name}")
        button.setText(text)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setCheckable(True)
        button.setChecked(number == 0)
        button.setProperty("role", "segment")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._group.addButton(button, number)
        self._segments.addWidget(button)
        button.clicked.connect(self._view_clicked)

    @property
    def shown(self) -> Diagram:
        """The diagram that is shown."""
        return self.confusion if self.views.currentIndex() else self.plot

    @property
    def file_name(self) -> str:
        """What a file of it is called at first."""
        return f"{'confusion' if self.views.currentIndex() else 'reliability'}.png"

    def set_reliability(
        self, title: str, now: Reliability | None, before: Reliability | None = None, said: str = "",
        counts: NDArray[np.int64] | None = None, names: tuple[str, ...] = (),
    ) -> None:
        """Show what was measured.

        Args:
            title: of which network on which data.
            now, before: see ``ReliabilityPlot.set_reliability``.
            said: from where on answers are put as a question; while there is no measurement, what is awaited.
            counts, names: see ``ConfusionPlot.set_counts``.
        """
        self.title.setText(title)
        self.title.setVisible(bool(title))
        self.plot.set_reliability(now, before, said)
        self.confusion.set_counts(counts, names, said)
        self._said = said if now is not None else ""
        self._show_view()

    def _view_clicked(self) -> None:
        self.views.setCurrentIndex(self._group.checkedId())
        self._show_view()

    def _show_view(self) -> None:
        counts = self.confusion.counts
        if self.shown is self.plot:
            self.remark.setText(f"{_EXPLAINED} {self._said}".strip())
        else:
            self.remark.setText("" if counts is None else mistakes_words(counts, self.confusion.names))
        for button in (self.export_button, self.copy_button):
            button.setEnabled(self._has_shown())

    def _has_shown(self) -> bool:
        return self.shown.has_content

    def _copy(self) -> None:
        self._tools[self.shown].copy()

    def set_kiosk(self, on: bool) -> None:
        """Offer no files on a public table."""
        for button in (self.export_button, self.copy_button):
            button.setVisible(not on)
        for tools in self._tools.values():
            tools.set_enabled(not on)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        for diagram in self._tools:
            diagram.set_theme(theme)

    def set_text_size(self, pixels: float) -> None:
        """Set the size of the text in logical pixels."""
        for diagram in self._tools:
            diagram.set_text_size(pixels)
        self.setStyleSheet(f"QLabel, QPushButton, QToolButton {{ font-size: {round(pixels)}px; }}")

    def save(self, path: Path) -> None:
        """Save what is shown as .png or .svg, or its numbers as .csv; nothing where nothing is shown.

        Raises:
            SaveError: it cannot be written, or has another suffix.
        """
        now, counts, names = self.plot.reliability, self.confusion.counts, self.confusion.names
        if self.shown is self.plot and now is not None:
            middle = (np.arange(len(now.counts)) + 0.5) / len(now.counts)
            columns = [
                ("answers", middle, now.counts.astype(np.float64)),
                ("mean probability", middle, now.confidence),
                ("share right", middle, now.accuracy),
            ]
            save_plot(path, self.plot.size(), TITLE, self.plot.paint, columns)
        elif self.shown is self.confusion and counts is not None:
            if path.suffix.lower() == ".csv":
                out = io.StringIO(newline="")
                table = csv.writer(out, lineterminator="\n")
                table.writerow(["right class", *names])
                table.writerows([name, *row] for name, row in zip(names, counts.tolist(), strict=True))
                write_bytes_atomically(path, out.getvalue().encode())
            else:
                save_plot(path, self.confusion.picture_size(), "Confusion matrix", self.confusion.paint, None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the words beside the diagram where the screen is low and the page wide."""
        super().resizeEvent(event)
        window = self.window().size()
        beside = self.width() >= BESIDE_FROM_PX and window.height() < min(LOW_PX, window.width())
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if way != self._body.direction():
            self._body.setDirection(way)
            self._body.setStretch(1, 2 if beside else 0)
            if beside:
                self._words.addStretch(1)
            else:
                self._words.takeAt(self._words.count() - 1)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the measurement."""
        super().showEvent(event)
        self.measure_requested.emit()


class ReliabilityDialog(QDialog):
    """The page in a window of its own."""

    def __init__(self, page: ReliabilityPage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reliability_dialog")
        self.setWindowTitle(TITLE)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addWidget(page, 1)
        box.addWidget(buttons)
        self.resize(520, 640)
