"""The still picture of a network, painted beside the GUI thread: while training runs it is most of what is painted.

The thread that draws the edges paints units, captions and answer over them with the same functions as the window, into
an image; the window copies it. Where the window meanwhile shows something else, it paints itself.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from PySide6.QtGui import QColor, QImage, QPainter

from app.widgets.edge_pictures import EdgePictures
from app.widgets.network_painting import paint_scene
from app.widgets.network_scene import Scene


@dataclass(frozen=True, slots=True, eq=False)
class StillWish:
    """What is to be painted, all but the edges, which are being drawn.

    Attributes:
        scene: all that is painted; its ``pictures`` are passed over.
        headings: whether the layers' names are painted.
        ratio: device pixels of a logical one.
    """

    scene: Scene
    headings: bool
    ratio: float

    def is_same(self, other: StillWish) -> bool:
        """Whether the same would be painted over the same edges: frames are equal, all else is the very same."""
        if self.headings is not other.headings or self.ratio != other.ratio:
            return False
        for field in fields(Scene):
            mine, others = getattr(self.scene, field.name), getattr(other.scene, field.name)
            if field.name != "pictures" and mine is not others and mine != others:
                return False
        return True

    def paint(self, pictures: EdgePictures) -> QImage:
        """Paint it over the edges; runs in any thread."""
        scene = self.scene
        image = QImage(
            round(scene.width * self.ratio), round(scene.height * self.ratio), QImage.Format.Format_RGB32
        )
        image.setDevicePixelRatio(self.ratio)
        image.fill(QColor(scene.theme.surface))
        painter = QPainter(image)
        paint_scene(painter, replace(scene, pictures=pictures), headings=self.headings)
        painter.end()
        return image
