"""The card of a unit: incoming weights, its formula with numbers, its place on φ, and what excites it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.lessons.tex import tex_number
from app.theme import Theme
from app.widgets.activation_plot import ActivationPlot
from app.widgets.exciting_samples import ExcitingSamples
from app.widgets.formula import Typesetter
from app.widgets.inspector_card import InspectorCard
from app.widgets.inspector_formulas import Line, activation_lines, gradient_lines, sum_lines
from app.widgets.network_captions import ACTIVATION_NAMES
from app.widgets.pixel_picture import PixelPicture
from app.widgets.weight_bars import WeightBars
from nnviz.data.dataset import Dataset
from nnviz.picture.excite import Excitement
from nnviz.picture.explain import UnitExplanation, explain_unit
from nnviz.picture.quantities import number, scale_of
from nnviz.picture.refs import BIAS, UnitRef
from nnviz.picture.ticks import percent
from nnviz.training.records import Snapshot

#: Side of the three pictures of an image input, logical pixels: at least and at most.
PICTURE_PX, LARGEST_PICTURE_PX = 60, 140
#: Between them.
PICTURE_GAP_PX = 6


class UnitCard(InspectorCard):
    """Explains one unit."""

    #: Index of a sample of the test set that the person wants to see.
    sample_requested = Signal(int)

    def __init__(self, ref: UnitRef, typesetter: Typesetter, parent: QWidget | None = None) -> None:
        super().__init__(ref, typesetter, parent)
        self._unit_ref = ref
        self.state = self._label("")
        self.state.setObjectName("card_state")
        self.body.addWidget(self.state)
        self.pictures = QWidget(self)
        grid = QGridLayout(self.pictures)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(PICTURE_GAP_PX)
        grid.setVerticalSpacing(2)
        self.images: dict[str, PixelPicture] = {}
        self._captions: dict[str, QLabel] = {}
        kinds = (("w", "Incoming weights as an image"), ("x", "The input"), ("wx", "Input times weight"))
        for column, (key, name) in enumerate(kinds):
            picture = PixelPicture(self.pictures)
            picture.setObjectName(f"card_image_{key}")
            picture.setAccessibleName(name)
            picture.setToolTip("Point at a pixel to read its value; arrow keys walk.")
            picture.setMinimumSize(PICTURE_PX, PICTURE_PX)
            caption = self._label("")
            grid.addWidget(picture, 0, column)
            grid.addWidget(caption, 1, column)
            grid.setColumnStretch(column, 1)
            self.images[key], self._captions[key] = picture, caption
        self.bars = WeightBars(self)
        self.bars.setAccessibleName("Incoming weights, what they are multiplied by, and the products")
        self.bars.setToolTip("Point at a bar to read its values; arrow keys walk.")
        self.body.addWidget(self.pictures)
        self.body.addWidget(self.bars)
        self.sum_formulas = self._add_formulas("card_sum", "Pre-activation in numbers")
        self.plot = ActivationPlot(self)
        self.phi_formulas = self._add_formulas("card_phi", "Activation in numbers")
        self.slope_label = self._label("")
        self.slope_label.setObjectName("card_slope")
        self.body.addWidget(self.plot)
        self.body.addWidget(self.slope_label)
        self.gradient_formulas = self._add_formulas("card_gradients", "Gradients in numbers")
        self.samples_label = self._label("")
        self.samples_label.setObjectName("card_samples_state")
        self.samples = ExcitingSamples(self)
        self.samples.sample_requested.connect(self.sample_requested)
        self.body.addWidget(self.samples_label)
        self.body.addWidget(self.samples)
        self.set_found(None)

    @property
    def unit_ref(self) -> UnitRef:
        """Which unit."""
        return self._unit_ref

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Set the data that excite the unit."""
        self.samples.set_dataset(dataset)
        self.set_found(None)

    def set_snapshot(self, snapshot: Snapshot, feature_names: tuple[str, ...] = ()) -> None:
        """Show the unit as it is in a snapshot.

        Raises:
            SpecError: the network has no such unit.
        """
        ref, unit = self._unit_ref, explain_unit(snapshot, self._unit_ref)
        self._show_weights(snapshot, unit, feature_names)
        is_first_image = ref.layer == 1 and len(snapshot.spec.input_shape) == 2
        columns = snapshot.spec.input_shape[1] if is_first_image else 0
        lines: tuple[Line, ...]
        if unit.is_input:
            sign = "a" if ref.unit == BIAS else "x"
            value = "1" if ref.unit == BIAS else tex_number(unit.a)  # the bias unit is always 1
            lines = (Line("", rf"{sign} = {value}", f"{sign} {number(unit.a)}"),)
        else:
            lines = sum_lines(unit, columns, feature_names)
        self.sum_formulas.set_lines(lines)
        for widget in (self.plot, self.phi_formulas, self.slope_label):
            widget.setVisible(not unit.is_input)
        self.samples.setVisible(ref.unit != BIAS)
        self.samples_label.setVisible(ref.unit != BIAS)
        if not unit.is_input:
            self.plot.set_unit(unit)
            self.phi_formulas.set_lines(activation_lines(unit))
            self.slope_label.setText(self._slope_words(unit))
        self.gradient_formulas.set_lines(gradient_lines(unit))
        self.gradient_formulas.setVisible(bool(self.gradient_formulas.lines))
        words = [] if not unit.reason or unit.count > 1 else [f"{unit.reason[0].upper()}{unit.reason[1:]}."]
        if (ref.layer, ref.unit) in snapshot.hand.frozen:
            words.append("Frozen by hand: its weights are not trained.")
        if unit.count > 1:
            words.append(f"All values are means over {unit.count:,} samples.")
        self.state.setText(" ".join(words))
        self.state.setVisible(bool(words))

    def _slope_words(self, unit: UnitExplanation) -> str:
        name = ACTIVATION_NAMES.get(unit.activation, unit.activation)
        sign = "z" if unit.norm is None else "n"
        if unit.slope is None:
            return f"φ is {name}. A mean of a lies beside the curve: it is not φ of the mean {sign}."
        held = "; the other units' z held" if unit.softmax is not None else ""
        return f"φ is {name}{held}. Its slope here: φ′({sign}) = {number(unit.slope)}"

    def _show_weights(self, snapshot: Snapshot, unit: UnitExplanation, feature_names: tuple[str, ...]) -> None:
        ref, shape = self._unit_ref, snapshot.spec.input_shape
        is_image = ref.layer == 1 and len(shape) == 2 and ref.unit != BIAS
        self.pictures.setVisible(is_image)
        self.bars.setVisible(not is_image)
        if is_image:
            w, x = unit.weights.reshape(shape), unit.inputs.reshape(shape)
            products = w * x
            self.images["w"].set_values(w, scale_of(w) or 1.0)
            self.images["x"].set_values(x)
            self.images["wx"].set_values(products, scale_of(products) or 1.0)
            self._captions["w"].setText(f"w, |w| ≤ {number(scale_of(w))}")
            self._captions["x"].setText("input x")
            self._captions["wx"].setText(f"x·w, ≤ {number(scale_of(products))}")
        elif unit.is_input:
            layer = snapshot.parameters[ref.layer]
            out: NDArray[np.floating] = layer.bias if ref.unit == BIAS else layer.kernel[ref.unit]
            self.bars.set_rows((("b" if ref.unit == BIAS else "w out", out),))
        else:
            sign = "x" if ref.layer == 1 else "a"
            names = feature_names if ref.layer == 1 else ()
            rows = (("w", unit.weights), (sign, unit.inputs), (f"{sign}·w", unit.weights * unit.inputs))
            self.bars.set_rows(rows, names)

    def set_found(self, found: Excitement | None) -> None:
        """Show which samples excite the unit most, None while they are looked for."""
        self.samples.set_found(found)
        if found is None:
            self.samples_label.setText("Samples that excite it most: looking…")
            return
        zeros = f"it is 0 for {found.zeros:,} of them ({percent(found.zeros / max(1, found.count), 0)})"
        if found.zeros == found.count:
            self.samples_label.setText(f"No sample excites it: it is 0 for all {found.count:,} test samples looked at.")
        else:
            self.samples_label.setText(f"Of {found.count:,} test samples these excite it most; {zeros}.")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the pictures square."""
        margins = self.body.contentsMargins()
        side = (event.size().width() - margins.left() - margins.right() - 2 * PICTURE_GAP_PX) // 3
        for picture in self.images.values():
            picture.setFixedHeight(min(max(side, PICTURE_PX), LARGEST_PICTURE_PX))
        super().resizeEvent(event)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        super().set_theme(theme)
        for picture in self.images.values():
            picture.set_theme(theme)
        self.bars.set_theme(theme)
        self.plot.set_theme(theme)
        self.samples.set_theme(theme)
