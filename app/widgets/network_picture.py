"""The picture of a network at one moment, on the screen and in files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent

from app.png import png_bytes
from app.theme import ui_font
from app.widgets.network_canvas import UNZOOMED, NetworkCanvas
from app.widgets.network_painting import Shown, paint_scene
from app.widgets.network_places import second_row
from app.widgets.network_scene import Scene
from nnviz.storage.atomic import write_bytes_atomically


class NetworkPicture(NetworkCanvas):
    """Paints a snapshot of a network: edges, units, captions, answer, legend."""

    # -- out of the window -------------------------------------------------------------------------------

    @property
    def shown(self) -> Shown | None:
        """What is painted now, for a picture of another size; None without a network."""
        if self._visible is None:
            return None
        return Shown(
            self._visible, self._meaning, self._feature_names, self._look, self._blank, self._output_room,
            self._focus, self.peer,
        )

    @property
    def zoom(self) -> tuple[float, float, float]:
        """How the whole network is enlarged and then shifted, logical pixels: (factor, x, y)."""
        return self._zoom, self._pan.x(), self._pan.y()

    @property
    def text_size(self) -> float:
        """The base text size in logical pixels."""
        return self._text

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
        scene = Scene(
            snapshot, layout, frame, self._pictures, self._theme, self._meaning, self.width(), self.height(),
            self._text, second_row(snapshot.spec, self.width(), self._text), self._feature_names,
            peer=self.peer,
        )
        paint_scene(painter, scene, headings=self._zoom <= UNZOOMED, below_units=self._paint_below_units)
        if on_screen:
            self._paint_on_top(painter, scene)

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
