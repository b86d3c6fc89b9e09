"""The plot that every panel of curves is: a plot with a context menu, export and keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
)
from PySide6.QtWidgets import QFileDialog, QMenu

from app.widgets.plot_core import PlotCore, Reading
from app.widgets.plot_export import picture, save_plot
from app.widgets.smoothing_popup import SmoothingPopup
from nnviz.errors import SaveError

__all__ = ["PlotPanel", "Reading"]


class PlotPanel(PlotCore):
    """A plot whose context menu fits, scales, smooths, exports and copies.

    Values come in by ``set_curve`` and ``append_curve``; any number of calls in one turn of the event loop
    are drawn once, and not at all while the panel is hidden.
    """

    #: The user chose another smoothing, in steps.
    smoothing_changed = Signal(int)
    #: The user chose a logarithmic (True) or linear value axis.
    log_changed = Signal(bool)
    #: A file was written; its path.
    exported = Signal(str)
    #: A file could not be written; a message for people.
    export_failed = Signal(str)

    # -- files --------------------------------

    def export(self, path: Path | str) -> None:
        """Save as PNG (twice the size), SVG or CSV (every raw point), as the suffix says.

        Raises:
            SaveError: there is no data, another suffix, or the file cannot be written; an older file is
                untouched.
        """
        if self.canvas.is_empty:
            raise SaveError(f"Cannot save {path}: {self._title} has no data yet. Press Train first.")
        if self._stale:
            self.flush()
        self._write_numbers()
        save_plot(Path(path), self.size(), self._title, self.paint_picture, self.table())

    def copy_picture(self) -> None:
        """Put the plot on the clipboard, as a picture and its numbers as text."""
        self._write_numbers()
        data = QMimeData()
        data.setImageData(picture(self.size(), self.paint_picture))
        lines = [f"{r.name}\t{r.step:.0f}\t{r.value!r}" for r in self.readings()]
        data.setText("\n".join(["curve\tstep\tvalue", *lines]))
        QGuiApplication.clipboard().setMimeData(data)

    def paint_picture(self, painter: QPainter) -> None:
        """Paint header and curves, without button and focus ring, from (0, 0)."""
        painter.fillRect(QRect(QPoint(0, 0), self.size()), QColor(self._theme.surface))
        painter.save()
        painter.translate(self.header.pos())
        self.header.paint(painter)
        painter.restore()
        ring, self.canvas.focus_ring = self.canvas.focus_ring, False
        self.canvas.render(painter, QRectF(self.canvas.geometry()), self.canvas.rect())
        self.canvas.focus_ring = ring
        side = self._side
        if side is not None and not side.isHidden():
            painter.save()
            painter.translate(side.pos())
            side.paint(painter)  # type: ignore[attr-defined]
            painter.restore()

    # -- menu --------------------------------

    def context_menu(self) -> QMenu:
        """Return a new menu with all that the plot can do."""
        menu = QMenu(self)
        menu.setObjectName(f"{self.objectName()}_menu")
        menu.setToolTipsVisible(True)
        filled = not self.canvas.is_empty

        def add(key: str, text: str, tip: str, slot: Callable[[], object], shortcut: str = "") -> QAction:
            action = menu.addAction(text)
            action.setObjectName(key)
            action.setToolTip(tip)
            action.setEnabled(filled)
            if shortcut:
                action.setShortcut(QKeySequence(shortcut))
            action.triggered.connect(slot)
            return action

        add("fit", "Fit", "Show all data and follow it", self.fit, "F")
        if self._log_available:
            log = add("log", "Log scale", "Equal ratios take equal heights", self._toggle_log, "L")
            log.setCheckable(True)
            log.setChecked(self.canvas.is_log)
            log.setEnabled(True)
        if self._smoothing:
            tip = "Choose over about how many steps the strong curve averages"
            add("smoothing", "Smoothing…", tip, self.choose_smoothing).setEnabled(True)
        menu.addSeparator()
        add("png", "Export PNG…", "Save a picture of twice the size", self._ask_png)
        add("svg", "Export SVG…", "Save a drawing that can be scaled and edited", self._ask_svg)
        add("csv", "Export CSV…", "Save every raw point as a table", self._ask_csv)
        add("copy", "Copy picture", "Copy the picture, and the numbers as text", self.copy_picture, "Ctrl+C")
        return menu

    def choose_smoothing(self) -> None:
        """Open the slider for the smoothing."""
        popup = SmoothingPopup(self)
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        popup.set_theme(self._theme)
        popup.set_span(self._smoothing)
        popup.span_chosen.connect(self._smoothing_chosen)
        popup.adjustSize()
        popup.move(self.canvas.mapToGlobal(QPoint(16, 8)))
        popup.show()
        popup.slider.setFocus()

    def export_to(self, path: Path | str) -> None:
        """Save a file and tell by ``exported`` or ``export_failed`` how it went."""
        try:
            self.export(path)
        except SaveError as error:
            self.export_failed.emit(str(error))
        else:
            self.exported.emit(str(path))

    def _ask(self, suffix: str, kind: str) -> None:
        dialog = QFileDialog(self, f"Export {self._title}")
        dialog.setObjectName(f"{self.objectName()}_export")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"{kind} (*{suffix})")
        dialog.setDefaultSuffix(suffix[1:])
        dialog.selectFile(f"{self._title.split()[0].lower()}{suffix}")
        dialog.fileSelected.connect(self.export_to)
        dialog.open()

    def _ask_png(self) -> None:
        self._ask(".png", "PNG picture")

    def _ask_svg(self) -> None:
        self._ask(".svg", "SVG drawing")

    def _ask_csv(self) -> None:
        self._ask(".csv", "CSV table")

    def _toggle_log(self) -> None:
        self.canvas.set_log(not self.canvas.is_log)
        self.log_changed.emit(self.canvas.is_log)

    def _smoothing_chosen(self, span: int) -> None:
        self.set_smoothing(span)
        self.smoothing_changed.emit(span)

    # -- Qt --------------------------------

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu, by mouse or keyboard."""
        menu = self.context_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """L: log scale. Ctrl+C: copy."""
        if event.matches(QKeySequence.StandardKey.Copy) and not self.canvas.is_empty:
            self.copy_picture()
        elif event.key() == Qt.Key.Key_L and not event.modifiers() and self._log_available:
            self._toggle_log()
        else:
            super().keyPressEvent(event)
