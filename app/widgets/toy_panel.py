"""How the points of a toy data set are made: noise, how many, which ones; shown for those sets only."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.theme import LIGHT, Theme
from nnviz.data.dataset import DatasetChoice
from nnviz.data.toy import MAX_BLOBS, MAX_COUNT, MAX_NOISE, MIN_BLOBS, MIN_COUNT
from nnviz.spec import MAX_SEED

#: Steps of the slider for one unit of noise.
NOISE_STEPS = 100
#: A slider that is being moved is followed at most this often.
DELAY_MS = 120


@dataclass(frozen=True, slots=True)
class ToyValues:
    """How points are to be made; ranges as of ``nnviz.data.toy.load_toy``.

    Attributes:
        count: points in all.
        noise: 0 to 0.5.
        seed: of the points.
        classes: where their number can be chosen, else None.
    """

    count: int
    noise: float
    seed: int
    classes: int | None = None


class ToyPanel(QWidget):
    """Edits how points are made. Hidden while the data set in use are none."""

    #: ToyValues that the person set.
    values_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("toy_panel")
        self._name = ""
        self._values: ToyValues | None = None
        self.heading = QLabel("Points", self)
        self.heading.setProperty("role", "heading")
        self.noise = QSlider(Qt.Orientation.Horizontal, self)
        self.noise.setObjectName("toy_noise")
        self.noise.setAccessibleName("Noise")
        self.noise.setToolTip(
            "Noise, 0 to 0.5: how far points stray from the rule that made them; more makes the task harder."
        )
        self.noise.setRange(0, round(MAX_NOISE * NOISE_STEPS))
        self.noise.setPageStep(5)
        self.noise.setMinimumWidth(48)
        self.noise_value = QLabel("", self)
        self.noise_value.setObjectName("toy_noise_value")
        self.noise_value.setMinimumWidth(self.noise_value.fontMetrics().horizontalAdvance("0.00") + 2)
        self.noise_value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.count = self._number(
            "toy_count", "Number of points", MIN_COUNT, MAX_COUNT, 100,
            "Points in all, 100 to 100,000: 70 of 100 to train, 15 to validate, 15 to test.",
        )
        self.seed = self._number(
            "toy_seed", "Seed of the points", 0, MAX_SEED, 1, "Seed: the same seed gives the same points."
        )
        self.classes = self._number(
            "toy_classes", "Classes", MIN_BLOBS, MAX_BLOBS, 1,
            "Classes, 2 to 10: the network gets as many outputs.",
        )
        self.new_button = QToolButton(self)
        self.new_button.setObjectName("toy_new")
        self.new_button.setAccessibleName("New points")
        self.new_button.setToolTip("New points of the same kind: the next seed. The weights stay.")
        noise = QHBoxLayout()
        noise.setSpacing(6)
        noise.addWidget(self.noise, 1)
        noise.addWidget(self.noise_value)
        seed = QHBoxLayout()
        seed.setSpacing(4)
        seed.addWidget(self.seed, 1)
        seed.addWidget(self.new_button)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form = form
        for name, row, field in (
            ("Noise", noise, self.noise), ("Points", self.count, self.count), ("Seed", seed, self.seed),
            ("Classes", self.classes, self.classes),
        ):
            label = QLabel(name, self)
            label.setProperty("role", "muted")
            label.setBuddy(field)
            form.addRow(label, row)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 8, 12, 4)
        box.setSpacing(6)
        box.addWidget(self.heading)
        box.addLayout(form)
        for before, after in (
            (self.noise, self.count), (self.count, self.seed), (self.seed, self.new_button),
            (self.new_button, self.classes),
        ):
            QWidget.setTabOrder(before, after)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._request)
        self.noise.valueChanged.connect(self._noise_moved)
        for number in (self.count, self.seed, self.classes):
            number.valueChanged.connect(self._changed)
        self.new_button.clicked.connect(self._next_seed)
        self.set_theme(LIGHT)
        self.hide()

    def _number(self, name: str, accessible: str, low: int, high: int, step: int, tip: str) -> QSpinBox:
        box = QSpinBox(self)
        box.setObjectName(name)
        box.setAccessibleName(accessible)
        box.setToolTip(tip)
        box.setRange(low, high)
        box.setSingleStep(step)
        box.setGroupSeparatorShown(low > 0)  # as counts are written everywhere; a seed is no count
        box.setKeyboardTracking(False)  # a number half typed is not meant
        box.setAlignment(Qt.AlignmentFlag.AlignRight)
        box.lineEdit().setTextMargins(4, 0, 6, 0)  # the style sheet's padding is not heeded inside a spin box
        # Not as wide as the largest seed: the panel stays narrow.
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        box.setMinimumWidth(56)
        return box

    def set_choice(self, choice: DatasetChoice | None) -> None:
        """Show with which options the data were made; hide where they have none; emits nothing."""
        options = {} if choice is None else choice.options
        if choice is None or not {"count", "noise", "seed"} <= set(options):
            self._name, self._values = "", None
            self._timer.stop()
            self.hide()
            return
        if self._timer.isActive() and choice.name == self._name:
            return  # the person has moved on meanwhile; that wish follows
        self._timer.stop()
        classes = int(options["classes"]) if "classes" in options else None
        values = ToyValues(int(options["count"]), float(options["noise"]), int(options["seed"]), classes)
        self._name, self._values = choice.name, values
        for field, value in (
            (self.count, values.count), (self.seed, values.seed), (self.noise, round(values.noise * NOISE_STEPS)),
            (self.classes, classes or MIN_BLOBS),
        ):
            with QSignalBlocker(field):
                field.setValue(value)
        self._show_noise()
        self._form.setRowVisible(self.classes, classes is not None)
        self.show()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.new_button.setIcon(icon("random", theme.text))

    def _show_noise(self) -> None:
        self.noise_value.setText(f"{self.noise.value() / NOISE_STEPS:.2f}")

    def _noise_moved(self) -> None:
        self._show_noise()
        self._changed()

    def _changed(self) -> None:
        self._timer.start()

    def _next_seed(self) -> None:
        self.seed.setValue(0 if self.seed.value() >= MAX_SEED else self.seed.value() + 1)

    def _request(self) -> None:
        before = self._values
        if before is None:
            return
        classes = None if before.classes is None else self.classes.value()
        values = ToyValues(self.count.value(), self.noise.value() / NOISE_STEPS, self.seed.value(), classes)
        if values != before:
            self._values = values
            self.values_requested.emit(values)
