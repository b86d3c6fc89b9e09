"""What a card says where two pictures stand side by side: both values and their difference."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.widgets.network_scene import Scene
from nnviz.picture.quantities import number
from nnviz.picture.refs import Ref, UnitRef

Card = tuple[tuple[str, ...], ...]
#: What stands over the columns: the picture under the pointer, the one beside it, this minus the other.
COLUMNS = ("here", "beside", "difference")
#: Digits of a value where two stand side by side; the card of one picture has all of them.
DIGITS = 4


def compared(card: Card, other: Card) -> Card:
    """Return the rows of a card with the values of another one beside them, and this value minus the other.

    Args:
        card: rows of name and value of one picture, the first row the heading.
        other: the same of the other picture; what it has not, for want of a label or an update, stays empty.
    """
    beside = {row[0]: row[1] for row in other[1:] if len(row) > 1}
    made: list[tuple[str, ...]] = [(card[0][0], ""), ("", *COLUMNS)]
    for name, value, *_ in card[1:]:
        there = beside.get(name, "")
        made.append((name, _short(value), _short(there), difference(value, there)))
    known = {row[0] for row in card}
    made += [(row[0], "", _short(row[1]), "") for row in other[1:] if row[0] not in known]
    return tuple(made)


def _short(value: str) -> str:
    """Return a written number with fewer digits, anything else as it is."""
    try:
        number_of = float(value.replace("−", "-"))
    except ValueError:
        return value
    text = f"{number_of:.{DIGITS}g}"
    return number(number_of) if "e" in text else text.replace("-", "−")


def difference(value: str, other: str) -> str:
    """Return value − other with its sign, both written with the digits of a float32; "" where one is no number."""
    try:
        change = float(value.replace("−", "-")) - float(other.replace("−", "-"))
    except ValueError:
        return ""
    if change == 0:
        return "0"
    return number(change) if change < 0 else f"+{number(change)}"


def paint_echo(painter: QPainter, scene: Scene, ref: Ref) -> None:
    """Paint a ring about the unit that is under the pointer in the picture beside this one."""
    if not isinstance(ref, UnitRef) or ref.layer >= len(scene.layout.boxes):
        return
    box = scene.layout.boxes[ref.layer]
    place = box.place_of(ref.unit)
    if place is None:
        return
    reach = max(box.radius, 3.0) + 2.5
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    area = QRectF(-reach, -reach, 2 * reach, 2 * reach).translated(QPointF(*place))
    for color, width in ((scene.theme.surface, 4.0), (scene.theme.text, 2.0)):
        painter.setPen(QPen(QColor(color), width))
        if box.kind == "column":
            painter.drawEllipse(area)
        else:
            painter.drawRect(area)
    painter.restore()
