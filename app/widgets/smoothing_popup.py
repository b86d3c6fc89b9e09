"""A slider for how many steps a smoothed curve averages over."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QSlider, QVBoxLayout, QWidget

from app.theme import LIGHT, Theme

#: What the slider offers; 1 is no smoothing.
SPANS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


def smoothing_text(span: int) -> str:
    """Say what a span means: ``smoothed over ~100 steps``."""
    return "not smoothed" if span <= 1 else f"smoothed over ~{span:,} steps"


class SmoothingPopup(QFrame):
    """A small pop-up with one slider; a click outside or Escape closes it."""

    #: The user chose another span, in steps.
    span_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("smoothing_popup")
        self.setAccessibleName("Smoothing")
        self._label = QLabel(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setObjectName("smoothing_slider")
        self.slider.setAccessibleName("Smoothing in steps")
        self.slider.setToolTip(
            "Over about how many steps the strong curve averages: more is calmer, but lags behind changes."
        )
        self.slider.setRange(0, len(SPANS) - 1)
        self.slider.setPageStep(1)
        self.slider.valueChanged.connect(self._moved)
        self.setFocusProxy(self.slider)
        self.setFixedWidth(240)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addWidget(self._label)
        layout.addWidget(self.slider)
        self.set_theme(LIGHT)

    def set_span(self, span: int) -> None:
        """Show a span; the slider goes to the nearest one it offers."""
        nearest = min(range(len(SPANS)), key=lambda i: abs(SPANS[i] - span))
        with QSignalBlocker(self.slider):
            self.slider.setValue(nearest)
        self._label.setText(smoothing_text(span).capitalize())
        self.slider.setAccessibleDescription(smoothing_text(span))

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self.setStyleSheet(
            f"QFrame#smoothing_popup {{ background: {theme.surface}; border: 1px solid {theme.border}; }}"
        )

    def _moved(self, position: int) -> None:
        span = SPANS[position]
        self._label.setText(smoothing_text(span).capitalize())
        self.slider.setAccessibleDescription(smoothing_text(span))
        self.span_chosen.emit(span)
