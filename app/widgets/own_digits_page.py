"""The page with the person's own digits: thumbnails with labels, and what can be done with them."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QIcon, QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.theme import LIGHT, Theme, ui_font
from app.widgets.choice_box import ChoiceBox
from app.widgets.field_form import roomy
from app.widgets.own_digits_teach import text_style
from nnviz.data.own_digits import OwnDigit, held_out
from nnviz.data.own_mixture import DEFAULT_REPEAT, MAX_REPEAT
from nnviz.picture.colors import data_colors

#: Side of a thumbnail at the usual size of the text, logical pixels.
THUMBNAIL_PX, USUAL_TEXT_PX = 48, 13.0
#: What digits are kept for, where nothing is trained and where it is.
USES = ", to save it or, in the desktop window, to train with it"
USES_WITH_TRAINING = ", to save it or to train with it"
_KEY_ROLE = Qt.ItemDataRole.UserRole


class _DigitList(QListWidget):
    """Thumbnails; Delete and the digits act on those that are selected."""

    delete_pressed = Signal()
    digit_pressed = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete, or relabel with the digit that is typed."""
        text = event.text()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit()
        elif len(text) == 1 and text in "0123456789" and self.selectedItems():
            self.digit_pressed.emit(int(text))
        else:
            super().keyPressEvent(event)


class OwnDigitsPage(QWidget):
    """Shows the digits that were taught and asks for changes of them."""

    #: Keys of digits, a tuple.
    delete_requested = Signal(object)
    #: Keys of digits, the label that they should have.
    relabel_requested = Signal(object, int)
    undo_requested = Signal()
    redo_requested = Signal()
    import_requested = Signal()
    #: ``"strokes"`` or ``"npz"``.
    export_requested = Signal(str)
    #: Number of samples that each digit counts as, whether they are varied.
    train_requested = Signal(int, bool)
    #: Whether digits are to be kept on the disk.
    keep_requested = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("own_digits_page")
        self.setAccessibleName("My digits")
        self._theme = LIGHT
        self._side = THUMBNAIL_PX
        self._uses = USES
        # By the key of the digit: two thousand of them take half a second to paint.
        self._icons: dict[int, QIcon] = {}
        self._digits: tuple[OwnDigit, ...] = ()
        self._answers: tuple[int, ...] | None = None
        self._out: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self.summary = QLabel("", self)
        self.summary.setObjectName("own_digits_summary")
        self.summary.setWordWrap(True)
        self.list = _DigitList(self)
        self.list.setObjectName("own_digits_list")
        self.list.setAccessibleName("My digits")
        self.list.setToolTip(
            "Digits that you taught. Select some, then delete them (Delete) or say what they are (0 to 9)."
        )
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMinimumHeight(96)
        self.delete = self._button("own_delete", "Delete", "Delete the selected digits; Undo brings them back.")
        self._fit_list(USUAL_TEXT_PX)
        self.relabel = ChoiceBox(
            "own_relabel", "Label of the selected digits", "What the selected digits really are (keys 0 to 9).", self
        )
        for digit in range(10):
            self.relabel.add(digit, f"is a {digit}")
        self.relabel.setPlaceholderText("is a …")
        self.undo = self._button("own_undo", "Undo", "Take the last change of your digits back.")
        self.redo = self._button("own_redo", "Redo", "Do again what was undone last.")
        self.take_in = self._button("own_import", "Import…", "Add digits of a file: strokes (JSON) or images (NPZ).")
        self.strokes = self._button(
            "own_export_strokes", "Save strokes…", "Save your digits as pen strokes: JSON of the format strokes-1."
        )
        self.npz = self._button(
            "own_export_npz", "Save NPZ…", "Save your digits as a NumPy archive: x, 28x28 pixels as MNIST's, and y."
        )
        self.keep = QCheckBox("Keep on this computer", self)
        self.keep.setObjectName("own_keep")
        self.keep.setAccessibleName("Keep my digits on this computer")
        self.keep.setToolTip("Keep your digits in a file of your own, so that they are here at the next start.")
        self.training = self._training_box()
        self.training.hide()
        self.keep.hide()
        self._compose()
        self.delete.clicked.connect(self._delete)
        self.relabel.chosen.connect(self._relabel)
        self.list.delete_pressed.connect(self._delete)
        self.list.digit_pressed.connect(self._relabel)
        self.list.itemSelectionChanged.connect(self._selection_changed)
        self.undo.clicked.connect(self.undo_requested)
        self.redo.clicked.connect(self.redo_requested)
        self.take_in.clicked.connect(self.import_requested)
        self.strokes.clicked.connect(self._save_strokes)
        self.npz.clicked.connect(self._save_npz)
        self.keep.clicked.connect(self.keep_requested)
        self._refresh()
        self._selection_changed()
        self.set_undo("", "")

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAccessibleName(text.rstrip("…"))
        button.setToolTip(tip)
        button.setStyleSheet("padding: 5px 6px;")
        return button

    def _training_box(self) -> QWidget:
        made = QWidget(self)
        made.setObjectName("own_training")
        self.repeat = roomy(QSpinBox(made))
        self.repeat.setObjectName("own_repeat")
        self.repeat.setAccessibleName("Samples that each of my digits counts as")
        self.repeat.setToolTip(
            "How often each of your digits is in the training set, beside 55,000 of MNIST. More makes them weigh more."
        )
        self.repeat.setRange(1, MAX_REPEAT)
        self.repeat.setValue(DEFAULT_REPEAT)
        self.vary = QCheckBox("vary them lightly", made)
        self.vary.setObjectName("own_vary")
        self.vary.setAccessibleName("Vary my digits lightly")
        self.vary.setToolTip(
            "Each repetition is turned, slanted and stretched a little, so that it is not learnt by heart."
        )
        self.vary.setChecked(True)
        self.train = QPushButton("Train with my digits", made)
        self.train.setObjectName("own_train")
        self.train.setAccessibleName("Train with my digits")
        self.train.setToolTip(
            "Learn MNIST with your digits mixed in; those held out are only measured. Then press Train."
        )
        self.train.clicked.connect(self._train)
        words = QLabel("Each counts as", made)
        words.setBuddy(self.repeat)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(words)
        row.addWidget(self.repeat)
        row.addWidget(self.vary)
        row.addStretch(1)
        box = QVBoxLayout(made)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addLayout(row)
        box.addWidget(self.train)
        return made

    def _compose(self) -> None:
        edit = QHBoxLayout()
        edit.setSpacing(6)
        for widget in (self.delete, self.relabel, self.undo, self.redo):
            edit.addWidget(widget)
        edit.addStretch(1)
        files = QGridLayout()
        files.setSpacing(6)
        for place, button in enumerate((self.take_in, self.strokes, self.npz)):
            files.addWidget(button, 0, place)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 8, 0)
        box.setSpacing(8)
        box.addWidget(self.summary)
        box.addWidget(self.list, 1)
        box.addLayout(edit)
        box.addWidget(self.training)
        box.addLayout(files)
        box.addWidget(self.keep)

    # -- values in ---------------------------------------------------------------------------------------------

    def set_digits(self, digits: Sequence[OwnDigit], answers: Sequence[int] | None) -> None:
        """Show digits; those that were selected stay so.

        Args:
            digits: in the order they were taught.
            answers: what the network says of each; None where there is no network that reads digits.
        """
        if self._digits == tuple(digits) and self._answers is not None and answers is not None:
            self._answers = tuple(answers)
            for place in range(self.list.count()):
                self._describe(self.list.item(place), place)
            self._refresh()
            return
        chosen = set(self.selected)
        self._digits = tuple(digits)
        self._out = held_out(self._digits)
        self._answers = None if answers is None else tuple(answers)
        self.list.blockSignals(True)
        self.list.clear()
        keys = {digit.key for digit in self._digits}
        self._icons = {key: icon for key, icon in self._icons.items() if key in keys}
        for place, digit in enumerate(self._digits):
            if digit.key not in self._icons:
                self._icons[digit.key] = QIcon(self._thumbnail(digit.image))
            item = QListWidgetItem(self._icons[digit.key], "")
            item.setData(_KEY_ROLE, digit.key)
            self._describe(item, place)
            self.list.addItem(item)
            item.setSelected(digit.key in chosen)
        self.list.blockSignals(False)
        self._refresh()
        self._selection_changed()

    def set_undo(self, undo: str, redo: str) -> None:
        """Set what Undo and Redo would do, in a few words; blank where there is nothing."""
        for button, verb, words in ((self.undo, "Take back", undo), (self.redo, "Do again", redo)):
            button.setEnabled(bool(words))
            button.setToolTip(f"{verb}: {words}." if words else f"{verb} the last change of your digits.")

    def set_keeping(self, keeps: bool, where: str = "") -> None:
        """Show whether and where digits are kept; emits nothing."""
        self.keep.blockSignals(True)
        self.keep.setChecked(keeps)
        self.keep.blockSignals(False)
        if where:
            self.keep.setToolTip(f"Keep your digits in {where}, so that they are here at the next start.")

    def set_kiosk(self, on: bool) -> None:
        """Choose whether this is a public table: no files are offered, and keeping is a choice."""
        for button in (self.take_in, self.strokes, self.npz):
            button.setVisible(not on)
        self.keep.setVisible(on)
        self._uses = "" if on else USES
        self._refresh()

    def set_can_train(self, can: bool) -> None:
        """Choose whether training with the digits is offered."""
        self.training.setVisible(can)
        self._uses = USES_WITH_TRAINING if can else USES
        self._refresh()

    def set_text_size(self, pixels: float) -> None:
        """Set the size of the text in logical pixels."""
        self.setStyleSheet(text_style("own_digits_page", pixels))
        if self._fit_list(pixels):
            self._show_again()

    def _fit_list(self, pixels: float) -> bool:
        """Give thumbnails and their words a size that suits the text; return whether it is another one."""
        side = round(THUMBNAIL_PX * pixels / USUAL_TEXT_PX)
        metrics = QFontMetrics(ui_font(pixels))
        self.list.setIconSize(QSize(side, side))
        self.list.setGridSize(QSize(
            max(side, metrics.horizontalAdvance(_words(0, 0))) + 12, side + metrics.lineSpacing() + 8
        ))
        changed, self._side = side != self._side, side
        return changed

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._show_again()

    def _show_again(self) -> None:
        digits, answers = self._digits, self._answers
        self._digits, self._answers = (), None
        self._icons.clear()
        self.set_digits(digits, answers)

    @property
    def selected(self) -> tuple[int, ...]:
        """Keys of the digits that are selected."""
        return tuple(int(item.data(_KEY_ROLE)) for item in self.list.selectedItems())

    # -- what happens ------------------------------------------------------------------------------------------

    def _thumbnail(self, image: NDArray[np.uint8]) -> QPixmap:
        colors = data_colors(self._theme.is_dark)
        paper, ink = np.array(colors.paper, np.float64), np.array(colors.ink, np.float64)
        rgb = np.rint(paper + (ink - paper) * (image[..., None] / 255)).astype(np.uint8)
        rgb = np.ascontiguousarray(rgb)
        ratio = self.devicePixelRatioF()
        side = round(self._side * ratio)
        made = QPixmap.fromImage(QImage(rgb.data, 28, 28, 3 * 28, QImage.Format.Format_RGB888).scaled(
            side, side, mode=Qt.TransformationMode.SmoothTransformation
        ))
        made.setDevicePixelRatio(ratio)
        return made

    def _describe(self, item: QListWidgetItem, place: int) -> None:
        digit = self._digits[place]
        said = None if self._answers is None else self._answers[place]
        wrong = said is not None and said != digit.label
        item.setText(str(digit.label) if said is None or not wrong else _words(digit.label, said))
        item.setForeground(QBrush(QColor(self._theme.bad if wrong else self._theme.text)))
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(digit.taught_at)) if digit.taught_at else "time unknown"
        words = f"A {digit.label}, {when}"
        if said is not None:
            words += f"; the network says {said}"
        if self._out[place]:
            words += "; held out of training"
        if not digit.strokes:
            words += "; pixels only, no strokes"
        item.setToolTip(f"{words}.")
        item.setData(Qt.ItemDataRole.AccessibleTextRole, words)

    def _refresh(self) -> None:
        count = len(self._digits)
        for widget in (self.npz, self.train):
            widget.setEnabled(count > 0)
        self.strokes.setEnabled(any(digit.strokes for digit in self._digits))
        if not count:
            self.summary.setText(f"None yet: each digit that you teach is kept here{self._uses}.")
            return
        kept_out = self._out
        text = f"{count:,} digit{'' if count == 1 else 's'}"
        if self._answers is not None:
            right = np.array([said == each.label for said, each in zip(self._answers, self._digits, strict=True)])
            rightly = f"{int(right.sum()):,} of them rightly"
            text += f"; the network reads {rightly if count > 1 else f'it {_way(right)}'}"
            if kept_out.sum() > 1:
                text += f", and {int(right[kept_out].sum()):,} of the {int(kept_out.sum()):,} held out of training"
            elif kept_out.any():
                text += f", and the one held out of training {_way(right[kept_out])}"
        elif kept_out.any():
            text += f", {int(kept_out.sum()):,} held out of training"
        self.summary.setText(f"{text}.")

    def _selection_changed(self) -> None:
        has = bool(self.list.selectedItems())
        self.delete.setEnabled(has)
        self.relabel.setEnabled(has)
        chosen = set(self.selected)
        labels = {digit.label for digit in self._digits if digit.key in chosen}
        self.relabel.set_key(labels.pop() if len(labels) == 1 else -1)

    def _delete(self) -> None:
        if self.selected:
            self.delete_requested.emit(self.selected)

    def _relabel(self, label: object) -> None:
        if self.selected and isinstance(label, int):
            self.relabel_requested.emit(self.selected, label)

    def _save_strokes(self) -> None:
        self.export_requested.emit("strokes")

    def _save_npz(self) -> None:
        self.export_requested.emit("npz")

    def _train(self) -> None:
        self.train_requested.emit(self.repeat.value(), self.vary.isChecked())


def _way(right: NDArray[np.bool_]) -> str:
    """Return how the only digit is read."""
    return "rightly" if right.all() else "wrongly"


def _words(label: int, said: int) -> str:
    """Return what stands below a digit that is read wrongly."""
    return f"{label}, read {said}"
