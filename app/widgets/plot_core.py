"""Header, canvas and numbers of a plot: values in, drawn once a turn of the event loop."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike
from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.theme import LIGHT, Theme
from app.widgets.plot_axes import AxisSpec
from app.widgets.plot_curve import Curve
from app.widgets.plot_export import TableColumn
from app.widgets.plot_header import LegendEntry, PlotHeader, Stroke
from app.widgets.plot_input import PlotSurface
from nnviz.picture.ticks import significant

#: Numbers change at most this often, so that they can be read; curves change at every refresh.
TEXT_INTERVAL_MS = 250
#: Higher panels may have a longer legend.
TALL_PX = 260


@dataclass(frozen=True, slots=True)
class Reading:
    """What the crosshair reads from one curve: its name, and the step and value of the nearest raw point."""

    name: str
    step: float
    value: float


class PlotCore(QWidget):
    """Title, legend with numbers, curves, crosshair and zoom; ``PlotPanel`` adds menu and export.

    Values come in by ``set_curve`` and ``append_curve``; any number of calls in one turn of the event loop
    are drawn once, and not at all while the panel is hidden.
    """

    #: The user moved the crosshair to this step (float), or hid it (None).
    cursor_moved = Signal(object)

    def __init__(
        self,
        title: str,
        spec: AxisSpec,
        *,
        name: str,
        empty_text: str,
        value_text: Callable[[float], str] = significant,
        log_available: bool = False,
        smoothing: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self._title = title
        self._theme = LIGHT
        self._value_text = value_text
        self._log_available = log_available
        self._smoothing = smoothing
        self._quiet = False
        self._stale = True
        self._text_stale = False
        self._entries: tuple[LegendEntry, ...] = ()
        self._side: QWidget | None = None

        self.header = PlotHeader(self)
        self.header.setObjectName(f"{name}_header")
        self.header.set_title(title)
        self.canvas = PlotSurface(spec, self)
        self.canvas.setObjectName(f"{name}_canvas")
        self.canvas.setAccessibleName(f"{title} plot")
        self.canvas.empty_text = empty_text
        self.fit_button = QToolButton(self)
        self.fit_button.setObjectName(f"{name}_fit")
        self.fit_button.setAccessibleName(f"Fit {title}")
        self.fit_button.setText("Fit")
        self.fit_button.setToolTip("Show all data again, and follow it (F, or a double click on the plot).")
        self.fit_button.setStyleSheet("QToolButton { padding: 0 6px; min-height: 15px; font-size: 11px; }")
        self.fit_button.hide()
        self.setFocusProxy(self.canvas)

        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self.canvas, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addLayout(self._row, 1)

        self._draw_timer = QTimer(self, singleShot=True, interval=0)
        self._draw_timer.timeout.connect(self._prepare)
        # A turn later: points and paint take some milliseconds each, and other timers may be due in between.
        self._paint_timer = QTimer(self, singleShot=True, interval=0)
        self._paint_timer.timeout.connect(self.canvas.viewport().update)
        self._text_timer = QTimer(self, singleShot=True, interval=TEXT_INTERVAL_MS)
        self._text_timer.timeout.connect(self._text_due)
        self.canvas.cursor_moved.connect(self._cursor_changed)
        self.canvas.following_changed.connect(self._following_changed)
        self.fit_button.clicked.connect(self.canvas.fit)
        self.set_theme(LIGHT)

    # -- values in --------------------------------

    @property
    def curves(self) -> dict[str, Curve]:
        """The curves by key."""
        return self.canvas.curves

    def add_curve(self, key: str, name: str, stroke: Stroke) -> None:
        """Add an empty curve; ``name`` heads its column in a CSV file."""
        self.canvas.add_curve(Curve(key, name, stroke))

    def set_legend(self, entries: Sequence[LegendEntry]) -> None:
        """Choose what the header lists."""
        self._entries = tuple(entries)
        self.header.set_entries(entries)
        self._write_numbers()

    def set_curve(self, key: str, x: ArrayLike, y: ArrayLike) -> None:
        """Replace the points of a curve: steps (n,) rising, values (n,) in the unit of the axis.

        Raises:
            ValueError: the lengths differ or the steps do not rise.
        """
        self.curves[key].set(x, y)
        self._changed()

    def append_curve(self, key: str, x: ArrayLike, y: ArrayLike) -> None:
        """Append points to a curve.

        Raises:
            ValueError: the lengths differ or the steps do not rise from the last one on.
        """
        self.curves[key].append(x, y)
        self._changed()

    def set_epochs(self, steps: ArrayLike) -> None:
        """Mark the last step of each epoch, (epochs,), on the step axis."""
        self.canvas.set_epochs([float(step) for step in list(steps)])  # type: ignore[arg-type]
        self._changed()

    def set_marks(self, marks: Iterable[tuple[float, str, str]], source: str = "") -> None:
        """Mark what happened: a dashed line with a sign at each step, its words on hover.

        Args:
            marks: (step, a few words, kind); the kinds are ``"error"``, ``"warning"`` and ``"change"``.
            source: whose marks these are; only theirs are replaced. ``clear`` keeps them.
        """
        self.canvas.set_marks(marks, source)

    def clear(self) -> None:
        """Drop all points and epochs, and follow the data again."""
        for curve in self.curves.values():
            curve.set([], [])
        self.canvas.set_epochs(())
        self.canvas.forget_range()
        self.set_cursor(None)
        self._changed()

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        self.header.set_theme(theme)
        self.canvas.set_theme(theme)
        self.update()

    def set_cursor(self, step: float | None) -> None:
        """Put the crosshair on the raw point nearest to ``step``, or hide it; does not emit."""
        self._quiet = True
        self.canvas.set_cursor(step)
        self._quiet = False

    def set_log(self, log: bool) -> None:
        """Choose a logarithmic or linear value axis; does not emit."""
        self.canvas.set_log(log and self._log_available)

    def set_smoothing(self, span: int) -> None:
        """Average the strong curves over about ``span`` steps, 1 for not at all; does not emit."""
        self._smoothing = max(1, int(span))
        self._smoothing_applied()
        self._changed()

    def set_side(self, widget: QWidget) -> None:
        """Put a widget that has ``paint(QPainter)`` beside the curves."""
        self._side = widget
        self._row.addWidget(widget)

    # -- what it shows --------------------------------

    @property
    def smoothing(self) -> int:
        """About how many steps the strong curves average over."""
        return self._smoothing

    @property
    def cursor_step(self) -> float | None:
        """The step of the crosshair, None when it is hidden."""
        return self.canvas.cursor_x

    def readings(self) -> list[Reading]:
        """Return the raw values nearest to the crosshair, or the latest ones when it is hidden."""
        made = []
        for curve in self.curves.values():
            index = len(curve.x) - 1 if self.cursor_step is None else curve.nearest(self.cursor_step)
            if index is not None and index >= 0:
                made.append(Reading(curve.name, float(curve.x[index]), float(curve.y[index])))
        return made

    @property
    def is_settled(self) -> bool:
        """Whether curves and numbers show all that was given."""
        return not (self._draw_timer.isActive() or self._paint_timer.isActive() or self._text_stale)

    def flush(self) -> None:
        """Draw what has changed now rather than at the next turn of the event loop."""
        self._prepare()
        self._paint_timer.stop()
        self.canvas.viewport().update()

    def _prepare(self) -> None:
        """Make ready what has changed, and have it painted in the next turn of the event loop."""
        self._draw_timer.stop()
        self._stale = False
        self.header.set_legend_visible(not self.canvas.is_empty)
        self.canvas.prepare()
        self._paint_timer.start()
        if self._text_timer.isActive():
            self._text_stale = True
        else:
            self._write_numbers()
            if not self.canvas.is_empty:  # the first numbers must not wait for an empty panel
                self._text_timer.start()

    def fit(self) -> None:
        """Show all data and follow it."""
        self.canvas.fit()

    def table(self) -> list[TableColumn]:
        """Return every raw point, as the CSV file has them."""
        return [(curve.name, curve.x, curve.y) for curve in self.curves.values()]

    # -- inner --------------------------------

    def _smoothing_applied(self) -> None:
        """Compute the strong curves again for a new span; for subclasses that have some."""

    def _changed(self) -> None:
        self._stale = True
        if self.isVisible() and not self._draw_timer.isActive():
            self._draw_timer.start()

    def _following_changed(self, following: bool) -> None:
        self.fit_button.setVisible(not following and not self.canvas.is_empty)

    def _cursor_changed(self, step: object) -> None:
        self._write_numbers()
        self.canvas.setAccessibleDescription(self.header.text())
        if not self._quiet:
            self.cursor_moved.emit(step)

    def _text_due(self) -> None:
        if self._text_stale:
            self._text_stale = False
            self._write_numbers()
            self._text_timer.start()

    def _write_numbers(self) -> None:
        step = self.cursor_step
        if step is None:
            ends = [curve.x[-1] for curve in self.curves.values() if len(curve.x)]
            note = self._note(float(max(ends))) if ends else ""
        else:
            note = self._note(step)
        values, brief = [], []
        for entry in self._entries:
            texts = []
            for key in entry.curves:
                curve = self.curves[key]
                index = len(curve.x) - 1 if step is None else curve.nearest(step)
                found = index is not None and index >= 0
                texts.append(self._value_text(float(curve.y[index])) if found else "–")
            values.append("  ".join(texts))
            brief.append(texts[0] if texts and entry.brief_widest else values[-1])
        self.header.set_values(note, values, brief, strong=step is not None)

    def _note(self, step: float) -> str:
        text = f"step {step:,.0f}" if math.isfinite(step) else "step –"
        epochs = self.canvas.epochs
        return f"{text} · epoch {bisect.bisect_left(epochs, step) + 1}" if epochs else text

    # -- Qt --------------------------------

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size at which curves can still be read."""
        return QSize(160, 112)

    def sizeHint(self) -> QSize:
        """Return a comfortable size for a dock."""
        return QSize(420, 200)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came in while the panel was hidden."""
        super().showEvent(event)
        if self._stale:
            self.flush()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the Fit button in its corner."""
        super().resizeEvent(event)
        self.fit_button.setGeometry(self.width() - 42, 4, 36, 19)
        self.fit_button.raise_()
        self.header.set_max_lines(3 if self.height() < TALL_PX else 5)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Hand the focus to the canvas."""
        super().focusInEvent(event)
        self.canvas.setFocus(event.reason())
