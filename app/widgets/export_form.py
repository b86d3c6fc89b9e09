"""The choices of an export: what, in which format, how large, and of a film how fast and from where to where."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QWidget,
)

from app.export.caption import stage_name
from app.export.choice import SIZES, ExportChoice, View
from app.export.values import (
    FILMS,
    FRAME_RATES,
    MAX_GIF_FPS,
    MAX_SCALE,
    MAX_SIDE_PX,
    MAX_SPEED,
    MIN_SCALE,
    MIN_SIDE_PX,
    MIN_SPEED,
    PICTURES,
)
from app.widgets.choice_box import ChoiceBox
from app.widgets.field_form import FieldForm, roomy
from nnviz.picture.stage_names import stage_key

PICTURE_TIPS = {
    "png": "Pixels, for slides and web pages.",
    "svg": "Lines and text that can be enlarged and edited; every edge is a line with its value.",
    "pdf": "Lines and text that can be enlarged, for papers.",
}
FILM_TIPS = {
    "gif": "Plays everywhere by itself, again and again; 256 colours.",
    "mp4": "H.264: smaller, all colours, for slides and video.",
}
SIZE_NAMES = {"view": "As the view", "custom": "Other size"}
THEME_NAMES = {"shown": "As shown", "light": "Light", "dark": "Dark"}


class Factor(QDoubleSpinBox):
    """A factor without zeros at its end: ``2×``, ``1.33×``."""

    def textFromValue(self, value: float) -> str:
        """Write a factor."""
        return f"{value:.{self.decimals()}f}".rstrip("0").rstrip(".")


class ExportForm(QWidget):
    """Edits an ``ExportChoice``."""

    #: ExportChoice: what the person chose now.
    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("export_form")
        self._choice = ExportChoice()
        self._view: View | None = None
        self.picture_button = self._segment("export_what_picture", "Picture", "The network at this moment.")
        self.film_button = self._segment("export_what_film", "Film", "The animation of one step.")
        self._whats = QButtonGroup(self)
        for button in (self.picture_button, self.film_button):
            self._whats.addButton(button)
        self.format = ChoiceBox("export_format", "Format", "The kind of file.", self)
        self.size_box = ChoiceBox("export_size", "Size", "How many pixels the file has.", self)
        for key, size in SIZES.items():
            self.size_box.add(key, SIZE_NAMES.get(key) or "{:,} × {:,}".format(*(size or (0, 0))))
        self.width_box = self._pixels("export_width", "Width")
        self.height_box = self._pixels("export_height", "Height")
        self.scale = self._number(
            "export_scale", "Scale", "Pixels of the file for a pixel of the view: at the size of the view it makes the "
            "file larger, at another it draws text and units larger.", MIN_SCALE, MAX_SCALE, "×",
        )
        self.fps = ChoiceBox("export_fps", "Frame rate", "Frames a second; more are smoother, in a larger file.", self)
        self.speed = self._number(
            "export_speed", "Speed", "How fast the step runs; 1 is as in the window.", MIN_SPEED, MAX_SPEED, "×",
        )
        self.first = ChoiceBox("export_first", "From stage", "The stage that the film begins with.", self)
        self.last = ChoiceBox("export_last", "To stage", "The stage that the film ends with.", self)
        self.theme = ChoiceBox("export_theme", "Colours", "Light or dark, whatever the window is.", self)
        for key, name in THEME_NAMES.items():
            self.theme.add(key, name)
        self.caption = self._check(
            "export_caption", "Words of the stage", "Write each stage with its sentence and formula below the network.",
        )
        self.transparent = self._check(
            "export_transparent", "Transparent background", "Leave the background out, to put the network on a slide.",
        )
        self._lay_out()
        for box in (self.format, self.size_box, self.fps, self.first, self.last, self.theme):
            box.chosen.connect(self._box_chosen)
        for button in (self.picture_button, self.film_button):
            button.clicked.connect(self._what_chosen)
        for check in (self.caption, self.transparent):
            check.clicked.connect(self._read)
        self.width_box.valueChanged.connect(self._read)
        self.height_box.valueChanged.connect(self._read)
        self.speed.valueChanged.connect(self._read)
        self.scale.valueChanged.connect(self._scale_chosen)
        self._show()

    # -- building ----------------------------------------------------------------------------------------

    def _segment(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setCheckable(True)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return button

    def _pixels(self, name: str, text: str) -> QSpinBox:
        box = roomy(QSpinBox(self))
        box.setObjectName(name)
        box.setAccessibleName(text)
        box.setToolTip(f"{text} of the file in pixels.")
        box.setRange(MIN_SIDE_PX, MAX_SIDE_PX)
        box.setGroupSeparatorShown(True)
        box.setMinimumWidth(64)
        box.setKeyboardTracking(False)
        return box

    def _number(self, name: str, text: str, tip: str, low: float, high: float, unit: str) -> Factor:
        box = roomy(Factor(self))
        box.setObjectName(name)
        box.setAccessibleName(text)
        box.setToolTip(tip)
        box.setRange(low, high)
        box.setSingleStep(0.5)
        box.setSuffix(unit)
        box.setKeyboardTracking(False)
        return box

    def _check(self, name: str, text: str, tip: str) -> QCheckBox:
        box = QCheckBox(text, self)
        box.setObjectName(name)
        box.setAccessibleName(text)
        box.setToolTip(tip)
        return box

    def _lay_out(self) -> None:
        self._form = FieldForm(self)
        for choice in (self.format, self.size_box, self.fps, self.first, self.last, self.theme):
            # Long names of stages must not widen the dialog; the open list has them whole.
            choice.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            choice.setMinimumContentsLength(8)
        whats, pixels = QWidget(self), QWidget(self)
        row = QHBoxLayout(whats)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.picture_button, 1)
        row.addWidget(self.film_button, 1)
        row = QHBoxLayout(pixels)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.width_box, 1)
        row.addWidget(QLabel("×", pixels))
        row.addWidget(self.height_box, 1)
        row.addWidget(QLabel("px", pixels))
        self._form.add_line(whats)
        for title, field in (
            ("Format", self.format), ("Size", self.size_box), ("Pixels", pixels), ("Scale", self.scale),
            ("Colours", self.theme), ("Frame rate", self.fps), ("Speed", self.speed), ("From", self.first),
            ("To", self.last),
        ):
            self._form.add(title, field)
        self._form.add_line(self.caption)
        self._form.add_line(self.transparent)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._form)

    # -- values in ---------------------------------------------------------------------------------------

    @property
    def choice(self) -> ExportChoice:
        """What is chosen."""
        return self._choice

    def set_choice(self, choice: ExportChoice) -> None:
        """Show a choice; emits nothing."""
        self._choice = choice
        self._show()

    def set_view(self, view: View) -> None:
        """Set what is exported: its size and its stages; emits nothing."""
        self._view = view
        stages = [(stage_key(stage), f"{place}  {stage_name(view.shown.snapshot, stage)}")
                  for place, stage in enumerate(view.plan, 1)]
        for box in (self.first, self.last):
            with QSignalBlocker(box):
                box.clear()
            for key, name in stages:
                box.add(key, name)
        self.film_button.setEnabled(bool(view.plan))
        if not view.plan and self._choice.is_film:
            self._choice = replace(self._choice, what="picture")
        self._show()

    def _show(self) -> None:
        choice, view = self._choice, self._view
        film = choice.is_film
        self.picture_button.setChecked(not film)
        self.film_button.setChecked(film)
        formats, tips = (FILMS, FILM_TIPS) if film else (PICTURES, PICTURE_TIPS)
        if [self.format.itemData(place) for place in range(self.format.count())] != list(formats):
            with QSignalBlocker(self.format):
                self.format.clear()
            for key, name in formats.items():
                self.format.add(key, name, tips[key])
        rates = [rate for rate in FRAME_RATES if choice.film != "gif" or rate <= MAX_GIF_FPS]
        if self.fps.count() != len(rates):
            with QSignalBlocker(self.fps):
                self.fps.clear()
            for rate in rates:
                self.fps.add(rate, f"{rate:g} frames/s")
        self.format.set_key(choice.suffix)
        self.size_box.set_key(choice.size)
        self.fps.set_key(min(rates, key=lambda rate: abs(rate - choice.fps)))
        self.theme.set_key(choice.theme)
        self.caption.setChecked(choice.caption)
        self.transparent.setChecked(choice.transparent)
        with QSignalBlocker(self.speed):
            self.speed.setValue(choice.speed)
        if view is not None:
            self._show_size(view)
            settings = choice.film_settings(view.plan)
            self.first.setCurrentIndex(settings.first)
            self.last.setCurrentIndex(settings.last)
        for field in (self.fps, self.speed, self.first, self.last):
            self._form.show_row(field, film)
        self.transparent.setVisible(not film)
        # A slide has words of its own, and of two networks each says what it is.
        own_words = view is not None and (view.beside is not None or (view.slide is not None and not film))
        self.caption.setEnabled((film or choice.size != "view") and not own_words)

    def _show_size(self, view: View) -> None:
        choice = self._choice
        scale = choice.scale_of(view)
        width, height = SIZES[choice.size] or (choice.width, choice.height)
        if choice.size == "view":
            width, height = round(view.width * scale), round(view.height * scale)
        for box, value in ((self.width_box, width), (self.height_box, height), (self.scale, scale)):
            with QSignalBlocker(box):
                box.setValue(value)  # type: ignore[arg-type]
        for box in (self.width_box, self.height_box):
            box.setEnabled(choice.size == "custom")
        # Lines have no pixels: of the view they are always the same.
        self.scale.setEnabled(choice.is_film or choice.picture == "png" or choice.size != "view")

    # -- from the person -----------------------------------------------------------------------------------

    def _what_chosen(self) -> None:
        self._edit(replace(self._choice, what="film" if self.film_button.isChecked() else "picture"))

    def _scale_chosen(self, scale: float) -> None:
        self._edit(replace(self._choice, scale=scale))

    def _box_chosen(self, _key: object) -> None:
        self._read()

    def _read(self, _value: object = None) -> None:
        choice = self._choice
        size = str(self.size_box.key())
        suffix = str(self.format.key())
        first, last = self.first.currentIndex(), self.last.currentIndex()
        if first > last:  # the one that was moved wins
            first, last = (first, first) if self.sender() is self.first else (last, last)
        made = replace(
            choice, size=size, fps=float(str(self.fps.key())), speed=self.speed.value(),
            first=self._key(self.first, first, 0), last=self._key(self.last, last, self.last.count() - 1),
            caption=self.caption.isChecked(), theme=str(self.theme.key()), transparent=self.transparent.isChecked(),
        )
        made = replace(made, film=suffix) if choice.is_film else replace(made, picture=suffix)
        if size != choice.size:
            made = replace(made, scale=0.0)  # what suits the new size
            if size == "custom":
                made = replace(made, width=self.width_box.value(), height=self.height_box.value())
        elif size == "custom":
            made = replace(made, width=self.width_box.value(), height=self.height_box.value())
        self._edit(made)

    @staticmethod
    def _key(box: ChoiceBox, place: int, usual: int) -> str:
        """Return the stage at a place; "" for the usual one, which is the usual one of every network."""
        return "" if place in (usual, -1) else str(box.itemData(place))

    def _edit(self, choice: ExportChoice) -> None:
        self._choice = choice
        self._show()
        self.edited.emit(choice)
