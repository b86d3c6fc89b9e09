"""What each pixel says for a class or a unit: method and target, the picture, its legend, and a sentence."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from app.theme import LIGHT, Theme
from app.widgets.choice_box import ChoiceBox
from app.widgets.picture_tools import PictureTools
from app.widgets.pixel_picture import PixelPicture
from app.widgets.why_marks import WhyLegend
from app.widgets.why_picture import WhyPicture
from app.widgets.why_words import edit_words, goal_name, pixel_words, quantity_words, score_name, sentence
from app.widgets.why_work import METHODS, NOTHING, RUNNER_UP, UNIT, WINNER, Explanation, Target
from nnviz.picture.refs import UnitRef
from nnviz.picture.ticks import significant

EDITED_PX = 86
#: A page so wide, in a window lower than this, has choices and words beside the picture; logical pixels.
BESIDE_FROM_PX, LOW_PX = 440, 700
#: Height of the picture above the words: this share of a tall window, in a lower one what this leaves of it.
SHARE, REST_PX, LEAST_PX = 0.38, 540, 198
#: The share where the window stands upright: the drawer has only its lower half.
UPRIGHT_SHARE = 0.22
#: Height of the picture beside the words: eleven screen pixels to an image pixel.
BESIDE_PX = 310


class WhyPixels(QWidget):
    """Shows an explanation, and lets the person choose how and of what."""

    #: The person chose another method, target or class to compare with.
    choice_changed = Signal()
    #: Whether the colours lie on the drawing too.
    overlay_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None, *, in_drawer: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName("why_pixels")
        # A drawer is as high as its window: the picture leaves room for the words.
        self._in_drawer = in_drawer
        self._names: tuple[str, ...] = ()
        self._unit: UnitRef | None = None
        self._explanation: Explanation | None = None
        self.method = ChoiceBox(
            "why_method", "Method", "How the pixels are explained.", self
        )
        for key, text, tip in METHODS:
            self.method.add(key, text, tip)
        self.target = ChoiceBox(
            "why_target", "Class or unit that is explained",
            "Whose score is explained. A hidden unit stands here once it is selected in the graph.", self,
        )
        self.minus = ChoiceBox(
            "why_minus", "Class that it is compared with",
            "Whose score is taken off: what speaks for the one rather than the other.", self,
        )
        self._labels = [QLabel("Show", self), QLabel("for", self), QLabel("rather than", self)]
        for label, box in zip(self._labels, (self.method, self.target, self.minus), strict=True):
            label.setBuddy(box)
            label.setProperty("role", "muted")
            box.setMinimumContentsLength(6)
            box.chosen.connect(self._chosen)
        self.picture = WhyPicture(self)
        self.legend = WhyLegend(self)
        self.words = QLabel("", self)
        self.words.setObjectName("why_sentence")
        self.words.setAccessibleName("What the pixels say")
        self.words.setWordWrap(True)
        self.value = QLabel("", self)
        self.value.setObjectName("why_value")
        self.value.setAccessibleName("Value of the pixel")
        self.value.setProperty("role", "small")
        self.value.setWordWrap(True)
        self.on_paper = QCheckBox("Colours on the drawing too", self)
        self.on_paper.setObjectName("why_on_paper")
        self.on_paper.setAccessibleName("Show the colours on the drawing too")
        self.on_paper.setToolTip("Lay the same colours over what was drawn, where the network sees it.")
        self.on_paper.setChecked(True)
        self.on_paper.toggled.connect(self.overlay_toggled)
        self.edited = PixelPicture(self)
        self.edited.setObjectName("why_edited")
        self.edited.setAccessibleName("Edited image")
        self.edited.setToolTip(
            "The drawing after dabs of ink and of the eraser, 3 pixels wide, each where the gradient says that "
            "it helps most. Point at a pixel to read it."
        )
        self.edited.setFixedSize(EDITED_PX, EDITED_PX)
        self.edit_words = QLabel("", self)
        self.edit_words.setObjectName("why_edit_words")
        self.edit_words.setAccessibleName("What became of the edited image")
        self.edit_words.setProperty("role", "small")
        self.edit_words.setWordWrap(True)
        self._compose()
        self.tools = PictureTools(
            self, "why", "what the pixels say", has=lambda: self._explanation is not None,
            parts=(self.picture, self.value, self.words, self.legend, self.edited, self.edit_words),
        )
        self.picture.pointed.connect(self._pointed)
        self._fill_targets()

    def _compose(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        show, of, than = self._labels
        grid.addWidget(show, 0, 0)
        grid.addWidget(self.method, 0, 1)
        grid.addWidget(of, 1, 0)
        grid.addWidget(self.target, 1, 1)
        grid.addWidget(than, 2, 0)
        grid.addWidget(self.minus, 2, 1)
        grid.setColumnStretch(1, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.edited, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.edit_words, 1)
        seen = QVBoxLayout()
        seen.setSpacing(4)
        seen.addWidget(self.picture)
        seen.addWidget(self.value)
        said = QVBoxLayout()
        said.setSpacing(6)
        for widget in (self.legend, self.on_paper, self.words):  # words come and go: what stays is above them
            said.addWidget(widget)
        said.addLayout(row)
        said.addStretch(1)
        self._blocks = tuple(_block(layout, self) for layout in (grid, seen, said))
        self._body = QGridLayout(self)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setHorizontalSpacing(16)
        self._body.setVerticalSpacing(6)
        self._beside: bool | None = None
        self._place(beside=False)

    def _place(self, *, beside: bool) -> None:
        """On a low screen choices and words stand beside the picture, so that all are in sight."""
        if self._in_drawer:
            wide, high = self.window().width(), self.window().height()
            share = (SHARE if wide > high else UPRIGHT_SHARE) * high
            self.picture.set_height(0, BESIDE_PX if beside else max(LEAST_PX, round(min(share, high - REST_PX))))
        if beside == self._beside:
            return
        self._beside = beside
        choices, seen, said = self._blocks
        for block in self._blocks:
            self._body.removeWidget(block)
        if beside:
            self._body.addWidget(seen, 0, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
            self._body.addWidget(choices, 0, 1)
            self._body.addWidget(said, 1, 1)
        else:
            for row, block in enumerate((choices, seen, said)):
                self._body.addWidget(block, row, 0)
        for row, stretch in enumerate((0, 1, 0) if beside else (0, 0, 1)):
            self._body.setRowStretch(row, stretch)
        for column in range(2):
            self._body.setColumnStretch(column, 1 if beside or column == 0 else 0)

    # -- values in ---------------------------------------------------------------------------------------------

    def set_classes(self, names: tuple[str, ...]) -> None:
        """Set the names of the classes; what was chosen stays where there is such a class."""
        if names != self._names:
            self._names = names
            self._fill_targets()

    def set_unit(self, unit: UnitRef | None) -> None:
        """Set the hidden unit that is selected in the graph; from then on it is explained, None goes back."""
        if unit == self._unit:
            return
        before, had = self._unit, self.target.key()
        self._unit = unit
        self._fill_targets()
        if unit is not None and self.method.key() != "change":
            self.target.set_key(UNIT)
        elif before is not None and had == UNIT:
            self.target.set_key(WINNER)
        self._show_choice()

    def set_on_paper_available(self, available: bool) -> None:
        """Choose whether there is a drawing that colours could lie on."""
        self.on_paper.setVisible(available)

    def set_explanation(self, explanation: Explanation | None) -> None:
        """Show an answer; None shows how to get one."""
        self._explanation = explanation
        if explanation is None:
            self.picture.set_values(None, None, 0, is_blame=True)
            self.legend.set_legend("", "", "", 0, is_blame=True)
            self.words.setText("")
        else:
            self.picture.set_values(
                explanation.question.image, explanation.values, explanation.scale, is_blame=explanation.is_blame
            )
            title, low, high = quantity_words(explanation, self._names)
            self.legend.set_legend(title, low, high, explanation.scale, is_blame=explanation.is_blame)
            text = sentence(explanation, self._names)
            if text != self.words.text():
                self.words.setText(text)
        self._show_edit()
        self._pointed(self.picture.chosen)

    def reset(self) -> None:
        """Choose the gradient of the winner again, on the drawing too."""
        self.method.set_key(METHODS[0][0])
        self.minus.set_key(NOTHING)
        self._fill_targets()
        self.target.set_key(WINNER)
        self._show_choice()
        self.on_paper.setChecked(True)

    def set_theme(self, theme: Theme = LIGHT) -> None:
        """Set the colours."""
        for widget in (self.picture, self.legend, self.edited, self.tools):
            widget.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the words beside the picture where the screen is low and the page wide."""
        super().resizeEvent(event)
        self._place(beside=self.width() >= BESIDE_FROM_PX and self.window().height() < LOW_PX)

    # -- what is chosen ----------------------------------------------------------------------------------------

    @property
    def choice(self) -> tuple[str, Target, Target, UnitRef | None]:
        """Method, target, what it is compared with, and the unit that ``UNIT`` means."""
        target, minus = self.target.key(), self.minus.key()
        assert isinstance(target, int | str)
        assert isinstance(minus, int | str)
        return str(self.method.key()), target, minus, self._unit

    def _fill_targets(self) -> None:
        target, minus = self.target.key() or WINNER, self.minus.key() or NOTHING
        changes = self.method.key() == "change"
        if target == UNIT and self._unit is None:
            target = WINNER
        if target == WINNER and changes:  # it is the winner already
            target = RUNNER_UP
        for box, nothing in ((self.target, False), (self.minus, True)):
            with QSignalBlocker(box):
                box.clear()
            if nothing:
                box.add(NOTHING, "nothing", "The score of one class alone.")
            if nothing or not changes:
                box.add(WINNER, "the winner", "The class that the network says.")
            box.add(RUNNER_UP, "the runner-up", "The class that comes second.")
            for index, name in enumerate(self._names):
                box.add(index, name)
            if not nothing and self._unit is not None and not changes:
                box.add(UNIT, f"unit {self._unit.unit} of Dense {self._unit.layer}", "The unit selected in the graph.")
        # Before any class is known a target may be a number that is not in the list yet.
        usual = RUNNER_UP if changes else WINNER
        self.target.set_key(target if self.target.findData(target) >= 0 else usual)
        self.minus.set_key(minus if self.minus.findData(minus) >= 0 else NOTHING)
        self._show_choice()

    def _show_choice(self) -> None:
        compares = self.method.key() != "change" and self.target.key() != UNIT
        # Add and erase compares with the winner, a hidden unit with nothing.
        self.minus.setVisible(compares)
        self._labels[2].setVisible(compares)
        self._labels[1].setText("to make it" if self.method.key() == "change" else "for")

    def _chosen(self) -> None:
        if self.sender() is self.method:
            self._fill_targets()
        self._show_choice()
        self.choice_changed.emit()

    def _show_edit(self) -> None:
        explanation = self._explanation
        edit = None if explanation is None else explanation.edit
        self.edited.setVisible(edit is not None)
        self.edit_words.setVisible(edit is not None)
        if explanation is not None and edit is not None:
            self.edited.set_values(edit.image)
            self.edit_words.setText(edit_words(explanation, self._names))

    def _pointed(self, pixel: tuple[int, int] | None) -> None:
        explanation = self._explanation
        if explanation is None:
            self.value.setText("")
        elif pixel is not None:
            self.value.setText(pixel_words(explanation, *pixel))
        else:
            name = goal_name(explanation.goal, len(explanation.question.snapshot.spec.layers), self._names)
            value = significant(explanation.value, 4)
            self.value.setText(f"{score_name(explanation).capitalize()} of {name}: {value}")


def _block(layout: QLayout, parent: QWidget) -> QWidget:
    """Return a widget with a layout in it, without margins."""
    made = QWidget(parent)
    layout.setContentsMargins(0, 0, 0, 0)
    made.setLayout(layout)
    return made
