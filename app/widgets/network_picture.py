"""The picture of a network at one moment, on the screen and in files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent

from app.png import png_bytes
from app.theme import ui_font
from app.widgets.network_canvas import NetworkCanvas
from app.widgets.network_captions import paint_headings
from app.widgets.network_legend import paint_legend
from app.widgets.network_outputs import paint_loss, paint_outputs
from app.widgets.network_places import second_row
from app.widgets.network_scene import Scene
from app.widgets.network_units import paint_units
from app.widgets.network_waves import paint_edges
from nnviz.storage.atomic import write_bytes_atomically


class NetworkPicture(NetworkCanvas):
    """Paints a snapshot of a network: edges, units, captions, answer, legend."""

    # -- out of the window -------------------------------------------------------------------------------

    def picture(self, scale: float = 2.0) -> QImage:
        """Return the view as it stands, ``scale`` device pixels for a logical one."""
        size = self.size() * scale
        image = QImage(size, QImage.Format.Format_ARGB32)
        image.setDevicePixelRatio(scale)
        image.fill(QColor(self._theme.surface))
        painter = QPainter(image)
        self._paint(painter, on_screen=False)
        painter.end()
        return image

    def export(self, path: Path, scale: float = 2.0) -> None:
        """Save the view as PNG; the old file stays until the new one is whole.

        Raises:
            SaveError: the file could not be written.
        """
        write_bytes_atomically(path, png_bytes(self.picture(scale)))

    # -- what the layers above add -----------------------------------------------------------------------

    def _paint_below_units(self, painter: QPainter, scene: Scene) -> None:
        """Paint what lies between edges and units."""

    def _paint_on_top(self, painter: QPainter, scene: Scene) -> None:
        """Paint what lies on top of everything, on the screen only."""

    # -- painting ----------------------------------------------------------------------------------------

    def _paint(self, painter: QPainter, *, on_screen: bool = True) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        layout, frame, snapshot = self.layout_now(), self.frame, self._visible
        if snapshot is None or layout is None or frame is None:
            painter.setFont(ui_font(self._text * 1.1))
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, "The network appears here.")
            return
        pictures = self._pictures
        scene = Scene(
            snapshot, layout, frame, pictures, self._theme, self._meaning, self.width(), self.height(),
            self._text, second_row(snapshot.spec, self.width(), self._text), self._feature_names,
            self.peer,
        )
        painter.save()
        self._paint_edges(painter, scene)
        painter.restore()
        self._paint_below_units(painter, scene)
        paint_units(painter, scene)
        paint_outputs(painter, scene)
        if self._zoom <= 1.001:
            paint_headings(painter, scene)
        paint_legend(painter, scene)
        paint_loss(painter, scene)
        if on_screen:
            self._paint_on_top(painter, scene)

    def _paint_edges(self, painter: QPainter, scene: Scene) -> None:
        """Paint the edge pictures; after a zoom the old ones are moved along until the new ones are there."""
        pictures = self._pictures
        if pictures is None:
            return
        old, new = pictures.job.layout.boxes[0], scene.layout.boxes[0]
        scale = new.width / old.width if old.width else 1.0
        dx, dy = new.x - old.x * scale, new.y - old.y * scale
        same = abs(scale - 1) < 1e-6 and abs(dx) < 0.01 and abs(dy) < 0.01
        if not same:
            painter.translate(dx, dy)
            painter.scale(scale, scale)
            scene = replace(scene, layout=pictures.job.layout)
        paint_edges(painter, scene)

    # -- overrides of Qt -----------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(900, 560)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame that holds now."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.surface))
        self._paint(painter)
        painter.end()
        if self._unpainted and self._visible is self._snapshot:
            self._unpainted = False
            self.snapshot_painted.emit()
