"""How large the gradient of each layer is: over the steps as curves, at one step as bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.theme import Theme
from app.widgets.gradient_bars import GradientBars
from app.widgets.plot_axes import AxisSpec
from app.widgets.plot_base import PlotPanel, Reading
from app.widgets.plot_curve import GrowingColumn
from app.widgets.plot_export import TableColumn
from app.widgets.plot_header import LegendEntry, Stroke
from app.widgets.smoothing_popup import smoothing_text
from nnviz.picture.smoothing import AverageState, exponential_average
from nnviz.picture.ticks import scientific

DEFAULT_SMOOTHING_STEPS = 100
#: Narrower panels show the curves alone.
BARS_FROM_PX = 400

Float64 = NDArray[np.float64]


def _value_text(value: float) -> str:
    return scientific(value, 3)


class _LayerColor:
    """The colour of one layer in whatever theme."""

    def __init__(self, layer: int, layers: int) -> None:
        self.layer, self.layers = layer, layers

    def __call__(self, theme: Theme) -> QColor:
        return theme.layer_color(self.layer, self.layers)


def _ink(theme: Theme) -> QColor:
    return QColor(theme.muted)


class GradientsView(PlotPanel):
    """RMS of dL/dW (solid) and dL/db (dashed) of every layer, per weight and per bias, on a logarithmic axis.

    Curves and the numbers of the legend are geometric means, an exponential average of log10; the bars and
    ``readings`` are the raw values of one step. A CSV file holds both.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "Gradient",
            AxisSpec(unit="RMS per weight"),
            name="gradients_view",
            empty_text="Press Train: the size of every layer's gradient appears here.",
            value_text=_value_text,
            smoothing=DEFAULT_SMOOTHING_STEPS,
            parent=parent,
        )
        self._names: tuple[str, ...] = ()
        self._steps = GrowingColumn()
        self._raw: list[GrowingColumn] = []
        self._state: AverageState | None = None
        self.bars = GradientBars(self)
        self.bars.hide()
        self.set_side(self.bars)
        self.canvas.set_log(True)

    # -- values in --------------------------------

    def set_layers(self, names: Sequence[str]) -> None:
        """Name the layers, first to last, for example ``layer 1 · 784→128``; drops all points."""
        self._forget()
        self._names = tuple(names)
        self.canvas.remove_curves()
        count = len(self._names)
        self._raw = [GrowingColumn() for _ in range(2 * count)]
        for layer, name in enumerate(self._names):
            color = _LayerColor(layer, count)
            self.add_curve(f"kernel{layer}", f"{name} kernel", Stroke(color, width=1.5))
            self.add_curve(f"bias{layer}", f"{name} bias", Stroke(color, width=1.2, dashed=True))
        self.bars.set_layers(self._names)
        self._name_curves()
        self.clear()

    def set_series(self, steps: ArrayLike, kernel_rms: ArrayLike, bias_rms: ArrayLike) -> None:
        """Replace all points.

        Args:
            steps: numbers of the steps, (n,), rising.
            kernel_rms: root mean square of dL/dW of each layer, (n, layers), at least 0. 0 and NaN are gaps.
            bias_rms: the same of dL/db.

        Raises:
            ValueError: the shapes do not fit the layers or each other, or the steps do not rise.
        """
        xs, table = self._checked(steps, kernel_rms, bias_rms)
        for curve in self.curves.values():
            curve.set([], [])
        self._forget()
        self._add(xs, table)

    def append_series(self, steps: ArrayLike, kernel_rms: ArrayLike, bias_rms: ArrayLike) -> None:
        """Append points; arguments and errors as of ``set_series``."""
        self._add(*self._checked(steps, kernel_rms, bias_rms))

    def clear(self) -> None:
        """Drop all points and follow the data again; the layers stay."""
        self._forget()
        self.bars.set_layers(self._names)
        super().clear()

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        super().set_theme(theme)
        if hasattr(self, "bars"):
            self.bars.set_theme(theme)

    def _prepare(self) -> None:
        self._show_bars()
        super()._prepare()

    # -- what it shows --------------------------------

    def readings(self) -> list[Reading]:
        """Return the raw RMS at the crosshair, or the latest ones when it is hidden."""
        index = self._index()
        if index is None:
            return []
        step = float(self._steps.values[index])
        names = [curve.name for curve in self.curves.values()]
        return [Reading(n, step, float(c.values[index])) for n, c in zip(names, self._raw, strict=True)]

    def table(self) -> list[TableColumn]:
        """Return every raw point, then what the curves show."""
        steps = self._steps.values
        raw = [(c.name, steps, r.values) for c, r in zip(self.curves.values(), self._raw, strict=True)]
        drawn = [(f"{c.name}, {self._how()}", c.x, c.y) for c in self.curves.values()]
        return raw + (drawn if self.smoothing > 1 else [])

    # -- inner --------------------------------

    def _show_bars(self) -> None:
        """Show the bars where there are any and there is room; what an empty panel says has all of it."""
        self.bars.setVisible(len(self._steps.values) > 0 and self.width() >= BARS_FROM_PX)

    def _forget(self) -> None:
        self._state = None
        self._steps.set(np.empty(0))
        for column in self._raw:
            column.set(np.empty(0))

    def _how(self) -> str:
        return smoothing_text(self.smoothing)

    def _checked(self, steps: ArrayLike, kernel: ArrayLike, bias: ArrayLike) -> tuple[Float64, Float64]:
        xs = np.atleast_1d(np.asarray(steps, dtype=np.float64))
        k, b = np.asarray(kernel, dtype=np.float64), np.asarray(bias, dtype=np.float64)
        wanted = (len(xs), len(self._names))
        for name, array in (("kernel_rms", k), ("bias_rms", b)):
            if array.shape != wanted:
                raise ValueError(f"{name} must be (steps, layers) = {wanted}, got {array.shape}")
        table = np.empty((len(xs), 2 * len(self._names)))
        table[:, ::2], table[:, 1::2] = k, b
        return xs, table

    def _add(self, xs: Float64, table: Float64) -> None:
        """Append raw rows, kernel and bias of each layer in turn, and what the curves show of them."""
        logs = np.log10(np.where(table > 0, table, np.nan))
        average, self._state = exponential_average(logs, self.smoothing, self._state)
        shown = np.where(table == 0, 0.0, 10.0**average)  # no gap in the numbers: a gradient of 0 is told
        for column, curve in enumerate(self.curves.values()):
            curve.append(xs, shown[:, column])
        self._steps.append(xs)
        for column, raw in enumerate(self._raw):
            raw.append(table[:, column])
        self._changed()

    def _smoothing_applied(self) -> None:
        if len(self._steps.values):
            table = np.stack([column.values for column in self._raw], axis=1)
            self.set_series(self._steps.values.copy(), table[:, ::2], table[:, 1::2])
        self._name_curves()

    def _name_curves(self) -> None:
        if not self._names:
            return
        how = self._how()
        brief = f"~{self.smoothing:,} steps" if self.smoothing > 1 else "raw"
        note = LegendEntry((f"geometric mean, {how}" if self.smoothing > 1 else how, how, brief), ())
        entries = [
            note,
            LegendEntry(("kernel",), (Stroke(_ink, width=1.5),)),
            LegendEntry(("bias",), (Stroke(_ink, width=1.2, dashed=True),)),
        ]
        count = len(self._names)
        for layer, name in enumerate(self._names):
            short = name.split(" · ")[0]
            number = str(layer + 1)
            stroke = Stroke(_LayerColor(layer, count), width=3.0)
            keys = (f"kernel{layer}", f"bias{layer}")
            entries.append(
                LegendEntry((name, short, number), (stroke,), keys, "0.00×10⁻⁴  0.00×10⁻⁴", "0.00×10⁻⁴")
            )
        self.set_legend(entries)

    def _index(self) -> int | None:
        steps = self._steps.values
        if not len(steps):
            return None
        if self.cursor_step is None:
            return len(steps) - 1
        return int(np.argmin(np.abs(steps - self.cursor_step)))

    def _write_numbers(self) -> None:
        super()._write_numbers()
        index = self._index()
        if index is not None:
            row = [float(column.values[index]) for column in self._raw]
            self.bars.set_values(row[::2], row[1::2], f"step {self._steps.values[index]:,.0f}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the bars where there is room for them."""
        super().resizeEvent(event)
        self._show_bars()
