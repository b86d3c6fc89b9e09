"""What goes in and what comes out: a sample of the test set or a drawn digit, as fed in, and the answer."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.theme import LIGHT, Theme
from app.widgets.digit_canvas import DigitCanvas
from app.widgets.digits_answer import Headline
from app.widgets.picture_tools import PictureTools
from app.widgets.probability_bars import ProbabilityBars
from app.widgets.seen_image import SeenImage
from app.widgets.target_scales import TargetScales
from nnviz.picture.answers import Answer, OutputMeaning

ONLY_WRONG_TIP = "Stop only at samples that the network classifies wrongly (W)."

#: Beside the small image of a drawing where there is nothing else to say of it.
SEEN = "What the network sees: 28 × 28, centred by its mass."
#: Size of several drawn digits of which one can be picked, logical pixels.
DIGITS_PX = 22.0
#: Shares of the height of an image or drawing, and of the answer below.
PAGES_SHARE, ANSWERS_SHARE = 5, 4
#: Below a table an answer of few rows stays near it: height of a row, and of the least answer, logical pixels.
ROW_PX, LEAST_ANSWER_PX = 48, 130
#: Beside all of it, logical pixels.
MARGIN_PX = 12
UNBOUNDED_PX = 16_777_215  # Qt's QWIDGETSIZE_MAX


class InputPanel(QWidget):
    """Chooses and shows the input of the network, and its answer in bars or on scales."""

    next_requested = Signal()
    previous_requested = Signal()
    random_requested = Signal()
    only_wrong_toggled = Signal(bool)
    #: The drawn digit as the network sees it, (28, 28) float32 in [0, 1].
    drawing_changed = Signal(object)
    #: ``"sample"`` or ``"draw"`` was chosen.
    mode_changed = Signal(str)
    #: The person wants to say what the drawing is.
    teach_requested = Signal()
    #: Of several digits that are drawn, the one with this number, from 0 at the left, should be shown.
    digit_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("input_panel")
        self._theme = LIGHT
        self._rows = 10
        self.sample_button = self._segment("mode_sample", "Test sample", "Show samples of the test set.")
        self.draw_button = self._segment("mode_draw", "Draw", "Draw a digit; the network answers at each point.")
        group = QButtonGroup(self)
        group.addButton(self.sample_button)
        group.addButton(self.draw_button)
        self.sample_button.setChecked(True)
        self.sample_image = SeenImage(self)
        self.sample_image.setObjectName("sample_image")
        self.sample_table = QLabel("", self)
        self.sample_table.setObjectName("sample_table")
        self.sample_table.setTextFormat(Qt.TextFormat.RichText)
        self.sample_table.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._table_area = QScrollArea(self)
        self._table_area.setObjectName("sample_table_area")
        self._table_area.setAccessibleName("Features of the sample")
        self._table_area.setToolTip("The features of the sample, as they are written in the data.")
        self._table_area.setWidgetResizable(True)
        self._table_area.setWidget(self.sample_table)
        self._table_area.hide()
        self.sample_label = QLabel("The samples are being read …", self)
        self.sample_label.setObjectName("sample_label")
        self.sample_label.setWordWrap(True)
        self.previous_button = self._tool("sample_previous", "Previous sample", "Show the sample before (P).")
        self.next_button = self._tool("sample_next", "Next sample", "Show the next sample (N).")
        self.random_button = self._tool("sample_random", "Random sample", "Show a sample by chance (R).")
        self.only_wrong = QCheckBox("Only wrong", self)
        self.only_wrong.setObjectName("only_wrong")
        self.only_wrong.setAccessibleName("Only wrongly classified samples")
        self.only_wrong.setToolTip(ONLY_WRONG_TIP)
        self.canvas = DigitCanvas(self)
        self.canvas.setMinimumSize(140, 140)
        self.seen = SeenImage(self)
        self.seen.setObjectName("seen_image")
        self.drawing_notes = QLabel(SEEN, self)
        self.drawing_notes.setObjectName("drawing_notes")
        self.drawing_notes.setAccessibleName("Remark on the drawing")
        self.digits = Headline(self)
        self.digits.setObjectName("drawing_digits")
        self.digits.setAccessibleName("Digits that are drawn")
        self.digits.set_largest(DIGITS_PX)
        self.digits.hide()
        self.undo_button = self._tool("canvas_undo", "Undo stroke", "Undo the last stroke (Ctrl+Z).")
        self.redo_button = self._tool("canvas_redo", "Redo stroke", "Redo the stroke (Ctrl+Shift+Z).")
        self.erase_button = self._tool("canvas_erase", "Eraser", "Erase instead of drawing; so does the right button.")
        self.erase_button.setCheckable(True)
        self.clear_button = QPushButton("Clear", self)
        self.clear_button.setObjectName("canvas_clear")
        self.clear_button.setAccessibleName("Clear the drawing")
        self.clear_button.setToolTip("Clear the drawing; Undo brings it back (Delete).")
        self.teach_button = QPushButton("Teach me…", self)
        self.teach_button.setObjectName("canvas_teach")
        self.teach_button.setAccessibleName("Teach the network this digit")
        self.teach_button.setToolTip("Say what the drawing is, and see one step of learning and what it costs.")
        self.bars = ProbabilityBars(self)
        self.scales = TargetScales(self)
        self._answers = QStackedWidget(self)
        self._answers.addWidget(self.bars)
        self._answers.addWidget(self.scales)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._sample_page())
        self._pages.addWidget(self._draw_page())
        modes = QHBoxLayout()
        modes.setSpacing(0)
        modes.addWidget(self.sample_button, 1)
        modes.addWidget(self.draw_button, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(MARGIN_PX, 8, MARGIN_PX, 10)
        box.setSpacing(8)
        box.addLayout(modes)
        box.addWidget(self._pages, PAGES_SHARE)
        box.addWidget(self._answers, ANSWERS_SHARE)
        box.addStretch(0)  # takes what a short table and its answer leave
        self._box = box
        self.sample_button.clicked.connect(self._show_sample)
        self.draw_button.clicked.connect(self._show_draw)
        self.next_button.clicked.connect(self.next_requested)
        self.previous_button.clicked.connect(self.previous_requested)
        self.random_button.clicked.connect(self.random_requested)
        self.only_wrong.toggled.connect(self.only_wrong_toggled)
        self.canvas.drawing_changed.connect(self.feed_drawing)
        self.canvas.undo_available_changed.connect(self.undo_button.setEnabled)
        self.canvas.redo_available_changed.connect(self.redo_button.setEnabled)
        self.undo_button.clicked.connect(self.canvas.undo)
        self.redo_button.clicked.connect(self.canvas.redo)
        self.clear_button.clicked.connect(self.canvas.clear)
        self.erase_button.toggled.connect(self.canvas.set_eraser)
        self.teach_button.clicked.connect(self.teach_requested)
        self.digits.picks.pick_requested.connect(self.digit_requested)
        self.undo_button.setEnabled(False)
        self.redo_button.setEnabled(False)
        self._tools = (
            PictureTools(self.sample_image, "sample", "the sample"),
            PictureTools(self.sample_table, "sample", "the table of the sample"),
            PictureTools(self.seen, "seen", "what the network sees"),
            PictureTools(self.bars, "answer", "the answer"), PictureTools(self.scales, "answer", "the answer"),
        )
        self.set_theme(LIGHT)

    def _segment(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setCheckable(True)
        return button

    def _tool(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setIconSize(QSize(16, 16))
        return button

    def _sample_page(self) -> QWidget:
        page = QWidget(self)
        box = self._sample_box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(self.sample_image, 1)
        box.addWidget(self._table_area, 1)
        box.addWidget(self.sample_label)
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (self.previous_button, self.next_button, self.random_button):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.only_wrong)
        box.addLayout(row)
        box.addStretch(0)  # takes what a short table leaves
        return page

    def _draw_page(self) -> QWidget:
        page = QWidget(self)
        box = self._draw_box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(self.canvas, 1)
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (self.undo_button, self.redo_button, self.erase_button):
            row.addWidget(button)
        row.addWidget(self.clear_button)
        row.addStretch(1)
        row.addWidget(self.teach_button)
        below = QHBoxLayout()
        self.seen.setFixedSize(72, 72)
        self.drawing_notes.setProperty("role", "small")
        self.drawing_notes.setWordWrap(True)
        below.addWidget(self.seen)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.digits)
        words.addWidget(self.drawing_notes, 1)
        below.addLayout(words, 1)
        box.addLayout(row)
        box.addLayout(below)
        return page

    @property
    def mode(self) -> str:
        """``"sample"`` or ``"draw"``."""
        return "draw" if self._pages.currentIndex() == 1 else "sample"

    def set_mode(self, mode: str) -> None:
        """Show the samples or the canvas; emits nothing."""
        drawing = mode == "draw"
        self._pages.setCurrentIndex(1 if drawing else 0)
        self.draw_button.setChecked(drawing)
        self.sample_button.setChecked(not drawing)
        self._share_height()

    def _share_height(self) -> None:
        """Give a table the height it needs, and an image no more than its width, with the answer right below."""
        table = self.mode == "sample" and not self._table_area.isHidden()
        layout = self._draw_box if self.mode == "draw" else self._sample_box
        shown: QWidget = self._table_area if table else self.canvas if self.mode == "draw" else self.sample_image
        # The stack itself would ask for the height of its highest page.
        layout.invalidate()
        width = self.width() - 2 * MARGIN_PX
        others = max(layout.totalHeightForWidth(width), layout.totalSizeHint().height()) - shown.sizeHint().height()
        self._pages.setMaximumHeight(max(1, others + (shown.maximumHeight() if table else width)))
        self._box.setStretch(self._box.indexOf(self._pages), 0 if table else PAGES_SHARE)
        self._answers.setMaximumHeight(max(LEAST_ANSWER_PX, ROW_PX * self._rows) if table else UNBOUNDED_PX)

    def set_only_wrong(self, only: bool) -> None:
        """Set the check mark; emits nothing."""
        with QSignalBlocker(self.only_wrong):
            self.only_wrong.setChecked(only)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        for widget in (self.sample_image, self.seen, self.canvas, self.bars, self.scales, *self._tools):
            widget.set_theme(theme)
        self.digits.picks.set_theme(theme)
        for button, name in (
            (self.previous_button, "left"), (self.next_button, "right"), (self.random_button, "random"),
            (self.undo_button, "undo"), (self.redo_button, "redo"), (self.erase_button, "erase"),
        ):
            button.setIcon(icon(name, theme.text))

    def set_meaning(self, meaning: OutputMeaning) -> None:
        """Set what the network answers: classes and labels in bars, the targets of a regression on their scales."""
        self._answers.setCurrentWidget(self.scales if meaning.is_regression else self.bars)
        self._rows = len(meaning.names)
        self.scales.set_meaning(meaning)
        self.bars.set_class_names(meaning.names)
        if meaning.is_regression:
            tip = "A regression gives values, and none of them is quite right: there are no wrong samples to stop at."
            self.set_only_wrong(False)
        else:
            tip = ONLY_WRONG_TIP
        self.only_wrong.setEnabled(not meaning.is_regression)
        self.only_wrong.setToolTip(tip)

    def set_sample(self, image: NDArray[np.float32] | None, words: str) -> None:
        """Show a sample, (rows, columns) in [0, 1], and what it is."""
        self._table_area.hide()
        self.sample_image.show()
        self._share_height()
        self.sample_image.set_image(image)
        self.sample_label.setText(words)

    def set_features(self, names: tuple[str, ...], values: tuple[str, ...], words: str) -> None:
        """Show a sample that is no image: the name and value of each feature, as written, and what it is."""
        cell = (
            "<tr><td style='padding: 2px 12px 2px 0'>{}</td>"
            "<td align='right' style='padding: 2px 0'><b>{}</b></td></tr>"
        )
        rows = "".join(
            cell.format(escape(name), escape(value)) for name, value in zip(names, values, strict=True)
        )
        self.sample_image.hide()
        self.sample_table.setText(f"<table>{rows}</table>")
        # No higher than its rows: what the sample is stands right below them.
        self._table_area.setMaximumHeight(self.sample_table.sizeHint().height() + 2 * self._table_area.frameWidth())
        self._table_area.show()
        self.sample_label.setText(words)
        self._share_height()

    def set_notes(self, words: str) -> None:
        """Say something about the drawing; blank says what the small image is."""
        self.drawing_notes.setText(words or SEEN)

    def set_digits(self, headline: str, parts: tuple[str, ...], picked: int) -> None:
        """Let one of several drawn digits be picked.

        Args:
            headline: what is said of all, in a few characters.
            parts: what it says of each, from left to right; fewer than two are not shown.
            picked: which is shown.
        """
        several = len(parts) > 1
        self.digits.set_line(headline if several else "")
        self.digits.set_digits(parts, picked)
        self.digits.setVisible(several)

    def set_can_draw(self, can: bool) -> None:
        """Choose whether drawing is offered: only where the network reads drawn digits."""
        self.draw_button.setEnabled(can)
        tip = "Draw a digit; the network answers at each point."
        self.draw_button.setToolTip(tip if can else "Drawing is for MNIST: this network does not read digits.")

    def set_answer(self, answer: Answer | None) -> None:
        """Show what the network says, and what is right where that is known."""
        if answer is None or answer.task != "regression":
            self.bars.set_answer(answer)
        if answer is None or answer.task == "regression":
            self.scales.set_answer(answer)

    def _show_sample(self) -> None:
        if self.mode != "sample":
            self.set_mode("sample")
            self.mode_changed.emit("sample")

    def _show_draw(self) -> None:
        if self.mode != "draw":
            self.set_mode("draw")
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
            self.mode_changed.emit("draw")

    def feed_drawing(self) -> None:
        """Show what a network sees of the drawing, and ask for it to be read."""
        image = self.canvas.image()
        self.seen.set_image(image)
        self.drawing_changed.emit(image)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height anew: an image is as high as the panel is wide."""
        super().resizeEvent(event)
        self._share_height()
