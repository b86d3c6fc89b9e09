"""One frame of a network, painted: the same for the window, a picture and a film."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtGui import QPainter

from app.widgets.network_captions import paint_headings
from app.widgets.network_legend import paint_legend
from app.widgets.network_outputs import paint_loss, paint_outputs
from app.widgets.network_scene import Scene
from app.widgets.network_units import paint_units
from app.widgets.network_waves import paint_edges
from nnviz.picture.answers import OutputMeaning
from nnviz.picture.look import Look
from nnviz.picture.refs import Ref
from nnviz.training.records import Snapshot

Painting = Callable[[QPainter, Scene], None]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What is shown of a network, whatever the size of the picture.

    Attributes:
        snapshot: the tensors.
        meaning: what the output units stand for.
        feature_names: names of inputs that are no image.
        look: how it is shown outside the animation.
        blank: whether only the weights are shown, for want of an input.
        output_room: room for class names and bars in logical pixels, None for what suits the width.
        focus: when not empty, only the edges of these units and these edges are drawn.
        peer: shown beside it: the scales go over both, so that colours compare; None for none.
    """

    snapshot: Snapshot
    meaning: OutputMeaning
    feature_names: tuple[str, ...]
    look: Look
    blank: bool = False
    output_room: float | None = None
    focus: frozenset[Ref] = frozenset()
    peer: Snapshot | None = None


def paint_scene(
    painter: QPainter, scene: Scene, *, headings: bool = True, edges: Painting | None = None,
    below_units: Painting | None = None,
) -> None:
    """Paint a frame: edges, units, answer, captions, legend, loss.

    Args:
        painter: of the widget, an image, an SVG or a PDF; one logical pixel of the scene is its unit.
        scene: all that is painted.
        headings: whether the layers' names are painted: they do not move with a zoom.
        edges: paints the edges, by default ``paint_edges_moved``.
        below_units: paints what lies between edges and units.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.save()
    (edges or paint_edges_moved)(painter, scene)
    painter.restore()
    if below_units is not None:
        below_units(painter, scene)
    paint_units(painter, scene)
    paint_outputs(painter, scene)
    if headings:
        paint_headings(painter, scene)
    paint_legend(painter, scene)
    paint_loss(painter, scene)


def paint_edges_moved(painter: QPainter, scene: Scene) -> None:
    """Paint the edge pictures where the layers now are; those made for other places are moved along."""
    pictures = scene.pictures
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
