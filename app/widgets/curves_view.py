"""Loss and metric over the steps of training, and the learning rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtGui import QColor, QPainter, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.theme import GRID, Theme
from app.widgets.plot_axes import AxisSpec
from app.widgets.plot_base import PlotPanel
from app.widgets.plot_export import TableColumn
from app.widgets.plot_header import LegendEntry, Stroke
from app.widgets.rate_strip import RateStrip
from app.widgets.smoothing_popup import smoothing_text
from nnviz.picture.smoothing import AverageState, exponential_average
from nnviz.picture.ticks import percent, significant, with_step

DEFAULT_SMOOTHING_STEPS = 100
#: In lower panels the learning rate is a thin line.
LOW_PANEL_PX = 180


def _training_color(theme: Theme) -> QColor:
    return QColor(theme.training)


def _validation_color(theme: Theme) -> QColor:
    return QColor(theme.validation)


RAW = Stroke(_training_color, faint=True)
SMOOTHED = Stroke(_training_color, width=2.0)
VALIDATION = Stroke(_validation_color, width=1.5, marked=True)


def _percent_tick(value: float, step: float) -> str:
    return f"{with_step(value * 100, step * 100)} %"


_ACCURACY_AXIS = AxisSpec(value_text=_percent_tick, low_limit=0.0, high_limit=1.0)


class TrainingCurve(PlotPanel):
    """One scalar of training: each step (faint), smoothed (strong), and the validation set per epoch."""

    def __init__(
        self,
        title: str,
        spec: AxisSpec,
        *,
        name: str,
        quantity: str,
        log_available: bool,
        percent_text: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            title,
            spec,
            name=name,
            empty_text=f"Press Train: the {quantity} of every step appears here.",
            value_text=percent if percent_text else significant,
            log_available=log_available,
            smoothing=DEFAULT_SMOOTHING_STEPS,
            parent=parent,
        )
        self._widest = "100.00 %" if percent_text else "0.00000"
        self._state: AverageState | None = None
        self._given = False
        self._own_epochs = True
        self.add_curve("raw", "training", RAW)
        self.add_curve("smoothed", "training smoothed", SMOOTHED)
        self.add_curve("validation", "validation", VALIDATION)
        self._name_curves()

    def set_training(self, steps: ArrayLike, raw: ArrayLike, smoothed: ArrayLike | None = None) -> None:
        """Replace the training curve.

        Args:
            steps: numbers of the steps, (n,), rising.
            raw: the value of each step, (n,); NaN and ±inf are gaps.
            smoothed: the same smoothed over ``smoothing`` steps, (n,); None to have it computed here, as the
                bias-corrected exponential average of ``nnviz.picture.smoothing``.

        Raises:
            ValueError: the lengths differ or the steps do not rise.
        """
        self._given, self._state = smoothed is not None, None
        self.set_curve("raw", steps, raw)
        if smoothed is None:
            self._smooth_all()
        else:
            self.set_curve("smoothed", steps, smoothed)

    def append_training(self, steps: ArrayLike, raw: ArrayLike, smoothed: ArrayLike | None = None) -> None:
        """Append steps to the training curve; arguments and errors as of ``set_training``."""
        if smoothed is None and self._given:
            raise ValueError("smoothed values were given before and must be given again")
        self.append_curve("raw", steps, raw)
        if smoothed is not None:
            self._given = True
            self.append_curve("smoothed", steps, smoothed)
            return
        average, self._state = exponential_average(np.atleast_1d(raw), self.smoothing, self._state)
        self.append_curve("smoothed", steps, average)

    def set_validation(self, steps: ArrayLike, values: ArrayLike) -> None:
        """Replace the validation curve: last step of each epoch (epochs,), value at it (epochs,).

        The steps are marked as ends of epochs, unless ``set_epochs`` has said which are.

        Raises:
            ValueError: the lengths differ or the steps do not rise.
        """
        self.set_curve("validation", steps, values)
        if self._own_epochs:
            super().set_epochs(self.curves["validation"].x)

    def set_epochs(self, steps: ArrayLike) -> None:
        """Mark the last step of each epoch, (epochs,), on the step axis."""
        self._own_epochs = False
        super().set_epochs(np.atleast_1d(steps))

    def clear(self) -> None:
        """Drop all points and marks, and follow the data again."""
        self._state, self._given, self._own_epochs = None, False, True
        super().clear()

    def _smooth_all(self) -> None:
        raw = self.curves["raw"]
        average, self._state = exponential_average(raw.y, self.smoothing)
        self._given = False
        self.set_curve("smoothed", raw.x, average)

    def _smoothing_applied(self) -> None:
        self._smooth_all()
        self._name_curves()

    def _name_curves(self) -> None:
        span = self.smoothing
        steps = f"~{span:,}" if span > 1 else "off"
        self.curves["smoothed"].name = f"training, {smoothing_text(span)}"
        self.set_legend(
            [
                LegendEntry(
                    (f"training, {smoothing_text(span)}", f"training, smoothed {steps}", f"smoothed {steps}"),
                    (SMOOTHED,),
                    ("smoothed",),
                    self._widest,
                ),
                LegendEntry(
                    ("validation", "validation", "validation", "valid."),
                    (VALIDATION,),
                    ("validation",),
                    self._widest,
                ),
                LegendEntry(("each step", "each step", "step"), (RAW,), ("raw",), self._widest),
            ]
        )


class LossCurve(TrainingCurve):
    """The loss; the value axis may be logarithmic. Below it the learning rate, where that does not stay the same."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "Loss",
            AxisSpec(low_limit=0.0),
            name="loss_curve",
            quantity="loss",
            log_available=True,
            percent_text=False,
            parent=parent,
        )
        self.rate = RateStrip(self.canvas, self)
        self.rate.set_theme(self._theme)
        self.rate.hide()
        self._rate_scheduled = False
        column = self.layout()
        assert column is not None
        column.addWidget(self.rate)

    def append_rates(self, steps: ArrayLike, rates: ArrayLike) -> None:
        """Append steps (n,) and the learning rate of each (n,)."""
        self.rate.append(steps, rates)
        self._show_rate()

    def set_rate_scheduled(self, scheduled: bool) -> None:
        """Show the learning rate from the first step on: it is planned to change. Else it appears when it does."""
        self._rate_scheduled = scheduled
        self._show_rate()

    def clear(self) -> None:
        """Drop all points and marks, and follow the data again."""
        super().clear()
        self.rate.clear()
        self._show_rate()

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        super().set_theme(theme)
        if hasattr(self, "rate"):
            self.rate.set_theme(theme)

    def paint_picture(self, painter: QPainter) -> None:
        """Paint header, curves and learning rate, without button and focus ring, from (0, 0)."""
        super().paint_picture(painter)
        if not self.rate.isHidden():
            painter.save()
            painter.translate(self.rate.pos())
            self.rate.paint(painter)
            painter.restore()

    def table(self) -> list[TableColumn]:
        """Return every raw point, as the CSV file has them."""
        rates: list[TableColumn] = [("learning rate", self.rate.steps, self.rate.rates)]
        return super().table() + (rates if len(self.rate.steps) else [])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave a low panel to the loss."""
        super().resizeEvent(event)
        if hasattr(self, "rate"):
            self.rate.set_low(event.size().height() < LOW_PANEL_PX)

    def _show_rate(self) -> None:
        self.rate.setVisible(bool(len(self.rate.steps)) and (self._rate_scheduled or self.rate.varies))


class MetricCurve(TrainingCurve):
    """What people judge by: the accuracy, in percent, or the mean absolute error, in the unit of the target."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "Accuracy",
            _ACCURACY_AXIS,
            name="metric_curve",
            quantity="accuracy",
            log_available=False,
            percent_text=True,
            parent=parent,
        )
        self._metric = ("accuracy", "%")

    @property
    def shown_metric(self) -> tuple[str, str]:
        """Keras' name of the metric, and its unit."""
        return self._metric

    @property
    def long_title(self) -> str:
        """The name of the metric in full."""
        return "Mean absolute error" if self._metric[0] == "mean_absolute_error" else "Accuracy"

    def set_metric(self, name: str, unit: str = "") -> None:
        """Set what comes in; points of another metric are dropped.

        Args:
            name: ``"accuracy"``, shares in [0, 1], shown in percent; or ``"mean_absolute_error"``, at least 0.
            unit: of the mean absolute error, may be empty.

        Raises:
            ValueError: there is no such metric.
        """
        if name not in ("accuracy", "mean_absolute_error"):
            raise ValueError(f"the metric must be accuracy or mean_absolute_error, got {name!r}")
        if (name, unit) == self._metric:
            return
        self.clear()  # first: the old points do not fit the new axis
        self._metric = (name, unit)
        is_share = name == "accuracy"
        self._title = "Accuracy" if is_share else "MAE"
        self.header.set_title(self._title)
        self.setAccessibleName(self.long_title)
        self.setToolTip("" if is_share else f"{self.long_title}{f' in {unit}' if unit else ''}; lower is better.")
        self.canvas.setAccessibleName(f"{self.long_title} plot")
        self.canvas.empty_text = f"Press Train: the {self.long_title.lower()} of every step appears here."
        words = f"in {unit} · lower is better" if unit else "lower is better"
        self.canvas.spec = _ACCURACY_AXIS if is_share else AxisSpec(unit=words, low_limit=0.0)
        self._value_text = percent if is_share else significant
        self._widest = "100.00 %" if is_share else "0.00000"
        self._log_available = not is_share
        self.set_log(False)
        self._name_curves()
        self._changed()


class CurvesView(QWidget):
    """Loss and metric side by side, with one crosshair and one smoothing; or only one of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curves_view")
        self.setAccessibleName("Loss and metric")
        self.loss = LossCurve(self)
        self.metric_curve = MetricCurve(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self.loss, 1)
        layout.addWidget(self.metric_curve, 1)
        self.loss.cursor_moved.connect(self.metric_curve.set_cursor)
        self.metric_curve.cursor_moved.connect(self.loss.set_cursor)
        self.loss.smoothing_changed.connect(self.metric_curve.set_smoothing)
        self.metric_curve.smoothing_changed.connect(self.loss.set_smoothing)

    def set_training(
        self,
        steps: ArrayLike,
        loss: ArrayLike,
        metric: ArrayLike,
        smoothed_loss: ArrayLike | None = None,
        smoothed_metric: ArrayLike | None = None,
    ) -> None:
        """Replace both training curves; see ``TrainingCurve.set_training``. """
        self.loss.set_training(steps, loss, smoothed_loss)
        self.metric_curve.set_training(steps, metric, smoothed_metric)

    def append_training(
        self,
        steps: ArrayLike,
        loss: ArrayLike,
        metric: ArrayLike,
        smoothed_loss: ArrayLike | None = None,
        smoothed_metric: ArrayLike | None = None,
    ) -> None:
        """Append steps to both training curves; see ``TrainingCurve.append_training``."""
        self.loss.append_training(steps, loss, smoothed_loss)
        self.metric_curve.append_training(steps, metric, smoothed_metric)

    def set_validation(self, steps: ArrayLike, loss: ArrayLike, metric: ArrayLike) -> None:
        """Replace both validation curves: last step of each epoch, loss, metric; (epochs,)."""
        self.loss.set_validation(steps, loss)
        self.metric_curve.set_validation(steps, metric)

    def set_epochs(self, steps: ArrayLike) -> None:
        """Mark the last step of each epoch, (epochs,)."""
        self.loss.set_epochs(steps)
        self.metric_curve.set_epochs(steps)

    def clear(self) -> None:
        """Drop all points: the next data is of another run."""
        self.loss.clear()
        self.metric_curve.clear()

    def show_only(self, which: str | None) -> None:
        """Show only ``"loss"`` or only ``"metric"``, or both for None.

        Raises:
            ValueError: another word.
        """
        if which not in (None, "loss", "metric"):
            raise ValueError(f"which must be loss, metric or None, got {which!r}")
        self.loss.setVisible(which != "metric")
        self.metric_curve.setVisible(which != "loss")

    def set_smoothing(self, span: int) -> None:
        """Average over about ``span`` steps; does not emit."""
        self.loss.set_smoothing(span)
        self.metric_curve.set_smoothing(span)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self.loss.set_theme(theme)
        self.metric_curve.set_theme(theme)

    def flush(self) -> None:
        """Draw what has changed now."""
        self.loss.flush()
        self.metric_curve.flush()
