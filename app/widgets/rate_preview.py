"""A small plot of the learning rate over the epochs planned, as training will set it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import LIGHT, Theme, ui_font
from nnviz.spec import TrainingConfig
from nnviz.training.schedules import learning_rates

HEIGHT_PX = 76
TEXT_PX = 11
LINE_PX = 15
#: Moments at which the rate is computed; more than a narrow panel has pixels.
POINTS = 240


def rates_over_epochs(config: TrainingConfig, samples: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Return when, in epochs, and the learning rate there: two arrays (points,).

    Args:
        config: how it is trained.
        samples: size of the training set, at least 1; with the batch size it says how many steps an epoch has.
    """
    steps_per_epoch = -(-samples // config.batch_size)
    total = steps_per_epoch * config.epochs
    steps = np.linspace(0, total - 1, min(POINTS, total)).astype(np.int64)
    # Each once. (np.unique would do, but its first call imports numpy.ma: 20 ms before the window is there.)
    steps = steps[np.diff(steps, prepend=-1) > 0]
    rates = [learning_rates(config, int(step), 1, steps_per_epoch)[0] for step in steps]
    return steps / steps_per_epoch, np.array(rates, np.float32)


class RatePreview(QWidget):
    """Paints the learning rate, the ends of both axes labelled."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rate_preview")
        self.setAccessibleName("Learning rate over the epochs planned")
        self.setToolTip("The learning rate over the epochs planned, as training will set it.")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = LIGHT
        self._epochs = 1
        self._when: NDArray[np.float64] = np.zeros(0)
        self._rates: NDArray[np.float32] = np.zeros(0, np.float32)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def set_training(self, config: TrainingConfig, samples: int) -> None:
        """Show what a configuration does, for a training set of that many samples."""
        self._epochs = config.epochs
        self._when, self._rates = rates_over_epochs(config, samples)
        first, last, top = self._rates[0], self._rates[-1], self._rates.max()
        self.setAccessibleDescription(
            f"From {first:.3g} to {last:.3g} over {config.epochs:,} epochs, at most {top:.3g}."
        )
        self.update()

    @property
    def curve(self) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """When, in epochs, and the learning rate there."""
        return self._when, self._rates

    def sizeHint(self) -> QSize:
        """Return a height for a glance; the width is the panel's."""
        return QSize(120, HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint frame, curve and the ends of the axes."""
        if not self._rates.size:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        painter.setFont(ui_font(TEXT_PX))
        area = QRectF(0.5, LINE_PX + 2.5, self.width() - 1, self.height() - 2 * LINE_PX - 5)
        top = float(self._rates.max()) or 1.0
        painter.setPen(QColor(theme.muted))
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        above = QRectF(0, 0, self.width(), LINE_PX)
        below = QRectF(0, self.height() - LINE_PX, self.width(), LINE_PX)
        painter.drawText(above, left, f"{top:.3g}")
        painter.drawText(above, right, f"ends at {float(self._rates[-1]):.3g}")
        painter.drawText(below, left, "0")
        painter.drawText(below, right, f"{self._epochs:,} epoch{'s' if self._epochs > 1 else ''}")
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.drawLine(area.topLeft(), area.bottomLeft())
        points = [
            QPointF(area.left() + when / self._epochs * area.width(), area.bottom() - rate / top * area.height())
            for when, rate in zip(self._when.tolist(), self._rates.tolist(), strict=True)
        ]
        points.append(QPointF(area.right(), points[-1].y()))
        painter.setPen(QPen(QColor(theme.text), 1.5))
        painter.drawPolyline(QPolygonF(points))
