"""How sure is it? The reliability diagram with its words, as a page of a drawer or in a dialog."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import Theme
from app.widgets.picture_tools import PictureTools
from app.widgets.plot_export import save_plot
from app.widgets.reliability_plot import ReliabilityPlot
from nnviz.maths.calibration import Reliability

TITLE = "How sure is it?"
#: A page so wide, in a window lower than this, has its words beside the diagram; logical pixels.
BESIDE_FROM_PX, LOW_PX = 460, 700
_EXPLAINED = (
    "Of all answers given with a probability near 80 %, about 80 % should be right: then the bars end on the dashed "
    "line. The short lines are the mean probabilities."
)


class ReliabilityPage(QWidget):
    """Explains and shows the reliability diagram, and lets it be saved."""

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
        self.plot.set_reliability(None, empty="The test images are being read …")
        self.remark = QLabel(_EXPLAINED, self)
        self.remark.setObjectName("reliability_remark")
        self.remark.setProperty("role", "muted")
        self.remark.setWordWrap(True)
        self.export_button = QPushButton("Export…", self)
        self.export_button.setObjectName("reliability_export")
        self.export_button.setAccessibleName("Export the reliability diagram")
        self.export_button.setToolTip("Save the diagram as PNG or SVG, or its numbers as CSV.")
        self.export_button.setEnabled(False)
        self.export_button.clicked.connect(self.export_requested)
        self.tools = PictureTools(
            self.plot, "reliability", "the reliability diagram", has=self.export_button.isEnabled,
            source=lambda: (self.plot.size(), self.plot.paint),
        )
        self.copy_button = QPushButton("Copy", self)
        self.copy_button.setObjectName("reliability_copy")
        self.copy_button.setAccessibleName("Copy the reliability diagram")
        self.copy_button.setToolTip("Put a picture of the diagram on the clipboard.")
        self.copy_button.setEnabled(False)
        self.copy_button.clicked.connect(self.tools.copy)
        row = QHBoxLayout()
        row.addWidget(self.export_button)
        row.addWidget(self.copy_button)
        row.addStretch(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 8, 0)
        box.setSpacing(8)
        box.addWidget(self.title)
        words = QVBoxLayout()
        words.setSpacing(8)
        words.addWidget(self.remark)
        words.addLayout(row)
        self._words = words
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._body.setSpacing(8)
        self._body.addWidget(self.plot, 3)
        self._body.addLayout(words)
        box.addLayout(self._body, 1)

    def set_reliability(
        self, title: str, now: Reliability | None, before: Reliability | None = None, said: str = ""
    ) -> None:
        """Show what was measured.

        Args:
            title: of which network on which data.
            now, before: see ``ReliabilityPlot.set_reliability``.
            said: from where on answers are put as a question; while there is no measurement, what is awaited.
        """
        self.title.setText(title)
        self.title.setVisible(bool(title))
        self.plot.set_reliability(now, before, said)
        self.remark.setText(f"{_EXPLAINED} {said}" if now is not None else _EXPLAINED)
        for button in (self.export_button, self.copy_button):
            button.setEnabled(now is not None)

    def set_kiosk(self, on: bool) -> None:
        """Offer no files on a public table."""
        for button in (self.export_button, self.copy_button):
            button.setVisible(not on)
        self.tools.set_enabled(not on)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.plot.set_theme(theme)

    def set_text_size(self, pixels: float) -> None:
        """Set the size of the text in logical pixels."""
        self.plot.set_text_size(pixels)
        self.setStyleSheet(f"QLabel, QPushButton {{ font-size: {round(pixels)}px; }}")

    def save(self, path: Path) -> None:
        """Save the diagram as .png or .svg, or its numbers as .csv.

        Raises:
            SaveError: it cannot be written, or has another suffix.
        """
        now = self.plot.reliability
        if now is None:
            return
        middle = (np.arange(len(now.counts)) + 0.5) / len(now.counts)
        columns = [
            ("answers", middle, now.counts.astype(np.float64)),
            ("mean probability", middle, now.confidence),
            ("share right", middle, now.accuracy),
        ]
        save_plot(path, self.plot.size(), TITLE, self.plot.paint, columns)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the words beside the diagram where the screen is low and the page wide."""
        super().resizeEvent(event)
        beside = self.width() >= BESIDE_FROM_PX and self.window().height() < LOW_PX
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
