"""Frames of a network without a window: all edges drawn once, then any moment painted; the same on every call."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from app.export.caption import CAPTION_ROOM, Formulas, paint_caption
from app.export.values import Canvas
from app.theme import Theme
from app.widgets.edge_pictures import EdgeJob, EdgePictures, draw
from app.widgets.network_canvas import ANIMATED, UNZOOMED
from app.widgets.network_painting import Painting, Shown, paint_scene
from app.widgets.network_places import places, second_row
from app.widgets.network_scene import Scene
from app.widgets.slide_painting import (
    TEXT_PART,
    VIEW_TEXT,
    SlideWords,
    paint_marks,
    paint_slide,
    words_height,
)
from nnviz.picture.layout import Layout
from nnviz.picture.timeline import Frame, Stage, at_rest, blank, frame_at, stages_of, still
from nnviz.training.records import Snapshot

#: A picture is painted in parts of so many pixels, a few milliseconds each.
PART_PIXELS = 1_000_000
WHOLE = (1.0, 0.0, 0.0)


def plan_of(snapshot: Snapshot) -> tuple[Stage, ...]:
    """Return the stages that a snapshot can be animated through."""
    return stages_of(snapshot)


#: All edges of a picture: those of each network on it, from left to right.
Edges = tuple[EdgePictures, ...]


class Renderer(ABC):
    """Paints moments of one picture in one size; knows no widget, and works in any thread.

    Attributes:
        shown: the network on it; of two the first.
        theme: colours.
        canvas: size.
        plan: the stages of its animation.
        has_paper: whether the background is painted.
    """

    shown: Shown
    theme: Theme
    canvas: Canvas
    plan: tuple[Stage, ...]
    has_paper: bool

    @property
    def logical_size(self) -> tuple[int, int]:
        """Width and height of all that is painted, logical pixels."""
        return self.canvas.logical

    @abstractmethod
    def edges(self) -> Edges:
        """Return all edges, drawn on the first call."""

    @abstractmethod
    def band_edges(self, top: float, height: float) -> Edges:
        """Return the edges of a part of the picture as wide as it is, moved up by ``top``; logical pixels."""

    @abstractmethod
    def paint(
        self, painter: QPainter, t: float | None, pictures: Edges, *, vector: bool = False,
        edges: Painting | None = None,
    ) -> None:
        """Paint a moment, logical pixels being the painter's unit.

        Args:
            painter: of an image or a file.
            t: seconds of the animation, None for the still picture.
            pictures: the edges, see ``edges``.
            vector: whether grids are painted as shapes.
            edges: paints the edges otherwise than as pictures.
        """

    def image(self, t: float | None) -> QImage:
        """Return a moment as an image of the canvas' size: opaque, or premultiplied where there is no paper."""
        return self._image(t, self.edges(), 0, self.canvas.height)

    def pixels(self, t: float | None, breathe: Callable[[], None] | None = None) -> NDArray[np.uint8]:
        """Return a moment with paper as (height, width, 3) uint8: red, green, blue; the same on every call.

        Args:
            t: seconds of the animation, None for the still picture.
            breathe: called between parts of a large picture, so that a window gets its turn.
        """
        width, height = self.canvas.width, self.canvas.height
        rows, pictures = max(16, PART_PIXELS // width), self.edges()
        made = np.empty((height, width, 3), np.uint8)
        for top in range(0, height, rows):
            image = self._image(t, pictures, top, min(rows, height - top))
            painted = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), width, 4)
            for channel in range(3):  # blue comes first; NumPy holds no lock meanwhile, Qt's conversion does
                made[top : top + rows, :, channel] = painted[..., 2 - channel]
            if breathe is not None:
                breathe()
        return made

    def band(self, t: float | None, top: int, rows: int) -> QImage:
        """Return rows of a moment, as ``image`` has them: a picture too large for the memory is made of such bands.

        Args:
            t: seconds of the animation, None for the still picture.
            top, rows: pixels.
        """
        return self._image(t, self.band_edges(top / self.canvas.scale, rows / self.canvas.scale), top, rows)

    def _image(self, t: float | None, pictures: Edges, top: int, rows: int) -> QImage:
        opaque = QImage.Format.Format_RGB32
        kind = opaque if self.has_paper else QImage.Format.Format_ARGB32_Premultiplied
        image = QImage(self.canvas.width, rows, kind)
        image.setDevicePixelRatio(self.canvas.scale)
        image.fill(QColor(self.theme.surface) if self.has_paper else QColor(0, 0, 0, 0))
        painter = QPainter(image)
        painter.translate(0.0, -top / self.canvas.scale)
        self.paint(painter, t, pictures)
        painter.end()
        return image


class FrameRenderer(Renderer):
    """Paints moments of a network in one size; knows no widget, and works in any thread.

    Args:
        shown: what is shown.
        theme: colours.
        canvas: size.
        zoom: how the whole network is enlarged and then shifted, (factor, x, y) in logical pixels.
        caption: whether the words of the stage stand below the network.
        moving: whether moments of the animation are wanted; else only the still picture.
        paper: whether the background is painted; else it is transparent.
        plan: the stages of the animation; by default all that the snapshot allows.
        slide: the words that stand below the network instead of the caption, with its rings.
        size: width and height, logical pixels; by default those of the canvas.
    """

    def __init__(
        self, shown: Shown, theme: Theme, canvas: Canvas, *, zoom: tuple[float, float, float] = WHOLE,
        caption: bool = False, moving: bool = True, paper: bool = True, plan: tuple[Stage, ...] = (),
        slide: SlideWords | None = None, size: tuple[int, int] | None = None,
    ) -> None:
        self.shown, self.theme, self.canvas, self.has_paper = shown, theme, canvas, paper
        self._zoom = zoom
        self.plan = plan or plan_of(shown.snapshot)
        self._width, self._whole_height = size or canvas.logical
        self._caption, self._slide = caption, slide
        self._slide_text = self._whole_height * TEXT_PART
        self._text = canvas.text if slide is None else self._slide_text * VIEW_TEXT
        below = CAPTION_ROOM * canvas.text if caption else 0.0
        if slide is not None:
            below = words_height(self._slide_text, self._whole_height)
        self._height = self._whole_height - round(below)
        spec = shown.snapshot.spec
        self._layout = places(
            spec, self._width, self._height, self._text, meaning=shown.meaning, feature_names=shown.feature_names,
            look=shown.look, output_room=shown.output_room,
        ).moved(*zoom)
        self._second_row = second_row(spec, self._width, self._text)
        self._quantities = ("weight",) if shown.blank else ANIMATED if moving else (shown.look.edges,)
        self._pictures: EdgePictures | None = None
        self._formulas = Formulas(shown.snapshot, theme.text)

    def frame(self, t: float | None) -> Frame:
        """Return what is shown at t seconds of the animation, speed 1; None for the still picture."""
        layers = len(self.shown.snapshot.spec.layers)
        if self.shown.blank:
            return blank(layers)
        if t is None:
            return still(layers, self.shown.look.edges, self.shown.look.units)
        return frame_at(self.plan, layers, at_rest(self.plan, t) if self.shown.look.reduce_motion else t)

    def edges(self) -> Edges:
        """Return all edges, drawn on the first call."""
        if self._pictures is None:
            self._pictures = self._drawn(self._layout, self._height)
        return (self._pictures,)

    def band_edges(self, top: float, height: float) -> Edges:
        """Return the edges of a part of the picture, see ``Renderer``."""
        left = self._height - top
        if left <= 0:  # below the network there are no edges
            top, left = 0.0, 1.0
        return (self._drawn(self._layout.moved(1.0, 0.0, -top), math.ceil(min(left, height))),)

    def _drawn(self, layout: Layout, height: int) -> EdgePictures:
        return draw(EdgeJob(
            self.shown.snapshot, layout, self._width, height, self.canvas.scale, self.theme.is_dark,
            self.shown.look, self._quantities, self.shown.focus, self.shown.peer,
        ))

    def scene(self, t: float | None, pictures: EdgePictures, *, vector: bool = False) -> Scene:
        """Return all that a moment is painted from."""
        shown = self.shown
        return Scene(
            shown.snapshot, self._layout, self.frame(t), pictures, self.theme, shown.meaning, self._width,
            self._height, self._text, self._second_row, shown.feature_names, vector, shown.peer,
        )

    def paint(
        self, painter: QPainter, t: float | None, pictures: Edges, *, vector: bool = False,
        edges: Painting | None = None,
    ) -> None:
        """Paint a moment, see ``Renderer``."""
        width, height = self._width, self._whole_height
        if self.has_paper:
            # A pixel more: the sides need not be whole logical pixels.
            painter.fillRect(QRectF(0, 0, width + 1, height + 1), QColor(self.theme.surface))
        scene = self.scene(t, pictures[0], vector=vector)
        painter.save()
        painter.setClipRect(QRectF(0, 0, width + 1, self._height))
        paint_scene(painter, scene, headings=self._zoom[0] <= UNZOOMED, edges=edges)
        painter.restore()
        if self._caption and self._slide is None:
            area = QRectF(0, self._height, width, height - self._height)
            paint_caption(painter, area, self.shown, self.theme, self._text, self.plan, t, self._formulas)
        if self._slide is not None:
            paint_marks(painter, self._layout, self._slide.units, self._slide.edge, self.theme, self._text)
            area = QRectF(0, self._height, width, height - self._height)
            paint_slide(painter, self._slide, area, height, self.theme, self._slide_text)
