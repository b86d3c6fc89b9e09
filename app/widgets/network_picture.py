"""The picture of a network at one moment, on the screen and in files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent

from app.png import png_bytes
from app.theme import ui_font
from app.widgets.edge_pictures import Finish
from app.widgets.network_canvas import UNZOOMED, NetworkCanvas
from app.widgets.network_painting import Shown, paint_scene
from app.widgets.network_places import second_row
from app.widgets.network_scene import Scene
from app.widgets.network_still import StillWish
from nnviz.storage.atomic import write_bytes_atomically
from nnviz.training.records import Snapshot


class NetworkPicture(NetworkCanvas):
    """Paints a snapshot of a network: edges, units, captions, answer, legend."""

    #: Whether pictures follow one another fast, so that they are painted beside the GUI thread.
    _is_live = False

    def set_live(self, live: bool) -> None:
        """Set whether pictures of a training follow one another: then the GUI thread only copies them.

        At rest the window paints itself: a drawing is seen some milliseconds earlier.
        """
        self._is_live = live

    # -- out of the window -------------------------------------------------------------------------------

    @property
    def shown(self) -> Shown | None:
        """What is painted now, for a picture of another size; None without a network."""
        if self._visible is None:
            return None
        return Shown(
            self._visible, self._meaning, self._feature_names, self._look, self._blank, self._output_room,
            self._focus,
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

    def _has_below_units(self) -> bool:
        """Whether ``_paint_below_units`` has anything to paint."""
        return False

    def _paint_on_top(self, painter: QPainter, scene: Scene) -> None:
        """Paint what lies on top of everything, on the screen only."""

    # -- painting ----------------------------------------------------------------------------------------

    def _scene(self, snapshot: Snapshot) -> Scene | None:
        layout, frame = self.layout_now(), self.frame
        if layout is None or frame is None:
            return None
        return Scene(
            snapshot, layout, frame, self._pictures, self._theme, self._meaning, self.width(), self.height(),
            self._text, second_row(snapshot.spec, self.width(), self._text), self._feature_names,
            peer=self.peer,
        )

    def _finish(self) -> Finish | None:
        if self._snapshot is None or self._time is not None or not self._is_live:
            return None
        scene = self._scene(self._snapshot)
        return None if scene is None else self._wish(scene)

    def _wish(self, scene: Scene) -> StillWish:
        return StillWish(scene, self._zoom <= UNZOOMED, self.devicePixelRatioF())

    def _still(self, scene: Scene) -> QImage | None:
        """Return the picture that was painted of just this scene, None where there is none."""
        pictures = self._pictures
        if pictures is None or pictures.still is None or self._time is not None or self._has_below_units():
            return None
        finish = pictures.job.finish
        return pictures.still if isinstance(finish, StillWish) and finish.is_same(self._wish(scene)) else None

    def _paint(self, painter: QPainter, *, on_screen: bool = True) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        scene = None if self._visible is None else self._scene(self._visible)
        if scene is None:
            painter.setFont(ui_font(self._text * 1.1))
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, "The network appears here.")
            return
        still = self._still(scene) if on_screen else None
        if still is not None:
            painter.drawImage(0, 0, still)
        else:
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
