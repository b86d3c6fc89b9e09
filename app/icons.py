"""Icons drawn from a few paths in any colour, so that both themes have them and nothing is loaded from disk."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

_SIZE = 20.0


def _polygon(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(QPointF(*point))
    path.closeSubpath()
    return path


def _rectangles(*rectangles: tuple[float, float, float, float]) -> QPainterPath:
    path = QPainterPath()
    for rectangle in rectangles:
        path.addRoundedRect(QRectF(*rectangle), 1, 1)
    return path


def _lines(*lines: tuple[float, float, float, float]) -> QPainterPath:
    path = QPainterPath()
    for x0, y0, x1, y1 in lines:
        path.moveTo(x0, y0)
        path.lineTo(x1, y1)
    return path


def _arc_arrow(clockwise: bool) -> QPainterPath:
    path = QPainterPath()
    area = QRectF(4, 5, 12, 12)
    if clockwise:
        path.arcMoveTo(area, 200)
        path.arcTo(area, 200, -230)
        path.moveTo(11.2, 2.8)
        path.lineTo(14.8, 5.6)
        path.lineTo(11.4, 8.6)
    else:
        path.arcMoveTo(area, -20)
        path.arcTo(area, -20, 230)
        path.moveTo(8.8, 2.8)
        path.lineTo(5.2, 5.6)
        path.lineTo(8.6, 8.6)
    return path


def _loop() -> QPainterPath:
    path = _lines((6, 5, 14, 5), (6, 15, 14, 15), (12, 2.4, 14.6, 5), (14.6, 5, 12, 7.6), (8, 12.4, 5.4, 15),
                  (5.4, 15, 8, 17.6))
    path.moveTo(6, 5)
    path.cubicTo(2.2, 5.4, 2.2, 9, 3.2, 11)
    path.moveTo(14, 15)
    path.cubicTo(17.8, 14.6, 17.8, 11, 16.8, 9)
    return path


def _arcs(*arcs: tuple[float, float, float, float, float]) -> QPainterPath:
    path = QPainterPath()
    for x, y, radius, start, span in arcs:
        area = QRectF(x - radius, y - radius, 2 * radius, 2 * radius)
        path.arcMoveTo(area, start)
        path.arcTo(area, start, span)
    return path


def _question() -> QPainterPath:
    path = QPainterPath(QPointF(6.6, 7.2))
    path.cubicTo(6.6, 2.6, 13.4, 2.6, 13.4, 7.2)
    path.cubicTo(13.4, 9.8, 10, 9.8, 10, 12.6)
    return path


def _dots() -> QPainterPath:
    path = QPainterPath()
    for x, ys in ((4.0, (6.0, 14.0)), (10.0, (3.5, 10.0, 16.5)), (16.0, (10.0,))):
        for y in ys:
            path.addEllipse(QPointF(x, y), 1.9, 1.9)
    return path


#: name: (filled shape or None, stroked shape or None)
_SHAPES: dict[str, tuple[QPainterPath | None, QPainterPath | None]] = {}


def _shapes() -> dict[str, tuple[QPainterPath | None, QPainterPath | None]]:
    if not _SHAPES:
        dice = QPainterPath()
        dice.addRoundedRect(QRectF(3.5, 3.5, 13, 13), 3, 3)
        pips = QPainterPath()
        for x, y in ((7, 7), (13, 13), (10, 10)):
            pips.addEllipse(QPointF(x, y), 1.3, 1.3)
        copies = QPainterPath()
        copies.addRoundedRect(QRectF(3.5, 3.5, 9.5, 9.5), 2, 2)
        copies.addPath(_lines((16.5, 7.5, 16.5, 16.5), (16.5, 16.5, 7.5, 16.5)))
        _SHAPES.update(
            {
                "play": (_polygon((6, 4), (16, 10), (6, 16)), None),
                "pause": (_rectangles((5, 4, 3.6, 12), (11.4, 4, 3.6, 12)), None),
                "next": (_polygon((5, 4), (13, 10), (5, 16)), _lines((15, 5, 15, 15))),
                "previous": (_polygon((15, 4), (7, 10), (15, 16)), _lines((5, 5, 5, 15))),
                "step": (_polygon((7, 4), (15, 10), (7, 16)), _lines((4, 5, 4, 15))),
                "epoch": (_polygon((3, 4), (9.5, 10), (3, 16)), None),
                "reset": (None, _arc_arrow(False)),
                "undo": (None, _arc_arrow(False)),
                "redo": (None, _arc_arrow(True)),
                "network": (_dots(), _lines((4, 6, 10, 3.5), (4, 6, 10, 10), (4, 14, 10, 10), (4, 14, 10, 16.5),
                                            (10, 3.5, 16, 10), (10, 10, 16, 10), (10, 16.5, 16, 10))),
                "random": (pips, dice),
                "loop": (None, _loop()),
                "left": (None, _lines((12.5, 4, 6.5, 10), (6.5, 10, 12.5, 16))),
                "right": (None, _lines((7.5, 4, 13.5, 10), (13.5, 10, 7.5, 16))),
                "down": (None, _lines((4, 7.5, 10, 13.5), (10, 13.5, 16, 7.5))),
                "arrow_up": (None, _lines((10, 16.5, 10, 4), (5, 9, 10, 4), (10, 4, 15, 9))),
                "arrow_down": (None, _lines((10, 3.5, 10, 16), (5, 11, 10, 16), (10, 16, 15, 11))),
                "duplicate": (None, copies),
                "add": (None, _lines((10, 4, 10, 16), (4, 10, 16, 10))),
                "remove": (None, _lines((5, 5, 15, 15), (15, 5, 5, 15))),
                "pen": (_rectangles((3, 12.5, 14, 4.5)), _lines((3.5, 6, 16.5, 6))),
                "swap": (None, _lines((4, 7, 16, 7), (12.5, 3.5, 16, 7), (16, 7, 12.5, 10.5), (16, 13.5, 4, 13.5),
                                      (7.5, 10, 4, 13.5), (4, 13.5, 7.5, 17))),
                "save": (None, _lines((10, 3, 10, 12.5), (6, 8.7, 10, 12.5), (10, 12.5, 14, 8.7),
                                      (3.5, 16.5, 16.5, 16.5))),
                "theme": (_arcs((10, 10, 6.5, 90, 180)), _arcs((10, 10, 6.5, 0, 360))),
                "full_screen": (None, _lines((3.5, 7.5, 3.5, 3.5), (3.5, 3.5, 7.5, 3.5), (12.5, 3.5, 16.5, 3.5),
                                             (16.5, 3.5, 16.5, 7.5), (16.5, 12.5, 16.5, 16.5), (16.5, 16.5, 12.5, 16.5),
                                             (7.5, 16.5, 3.5, 16.5), (3.5, 16.5, 3.5, 12.5))),
                "help": (_arcs((10, 16, 1.2, 0, 360)), _question()),
                "sound": (_polygon((3, 8), (6, 8), (10, 4.5), (10, 15.5), (6, 12), (3, 12)),
                          _arcs((10.5, 10, 3, -50, 100), (10.5, 10, 6, -50, 100))),
                "mute": (_polygon((3, 8), (6, 8), (10, 4.5), (10, 15.5), (6, 12), (3, 12)),
                         _lines((12.5, 7.5, 17.5, 12.5), (17.5, 7.5, 12.5, 12.5))),
                "erase": (None, _polygon((3.5, 12.5), (10.5, 5.5), (15.5, 10.5), (10.5, 15.5), (6.5, 15.5))),
            }
        )
        epoch = _SHAPES["epoch"][0]
        assert epoch is not None
        epoch.addPath(_polygon((9.5, 4), (16, 10), (9.5, 16)))
    return _SHAPES


@cache
def icon(name: str, color: str) -> QIcon:
    """Return an icon in a colour (``#rrggbb``).

    Raises:
        KeyError: no icon has that name.
    """
    filled, stroked = _shapes()[name]
    made = QIcon()
    # Larger ones too, for big buttons on big screens: Qt never enlarges.
    for ratio, own in ((1, 1), (2, 2), (3, 3), (2, 1), (4, 1)):
        pixmap = QPixmap(round(_SIZE * ratio), round(_SIZE * ratio))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(ratio, ratio)
        if filled is not None:
            painter.fillPath(filled, QColor(color))
        if stroked is not None:
            pen = QPen(QColor(color), 1.7)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.strokePath(stroked, pen)
        painter.end()
        pixmap.setDevicePixelRatio(own)
        made.addPixmap(pixmap)
    return made
