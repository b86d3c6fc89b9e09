"""The network as SVG: every drawn edge one <line> with its value, units as shapes, text as text."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr, unescape

from PySide6.QtCore import QBuffer, QIODevice, QRect, QRectF, QSize
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtSvg import QSvgGenerator

from app.export.renderer import Renderer
from app.theme import ui_font
from app.widgets.edge_pictures import EdgePicture
from app.widgets.network_scene import Scene
from app.widgets.network_waves import paint_edges
from nnviz.picture.colors import data_colors
from nnviz.picture.quantities import TITLES

FONTS = "Inter, 'Helvetica Neue', Arial, sans-serif"
#: A text as Qt writes it.
_TEXT = re.compile(
    r'<text (?P<before>[^>]*?)font-family="(?P<family>[^"]*)" font-size="(?P<size>[\d.]+)" '
    r'font-weight="(?P<weight>\d+)"'
    r"(?P<after>[^>]*)>(?P<words>[^<]*)</text>"
)


def svg_bytes(renderer: Renderer, t: float | None = None) -> bytes:
    """Return a moment as SVG.

    The edges into the dense layer k are in ``<g class="edges" data-layer="k" data-quantity="…">``, one ``<line>`` each
    with ``data-source``, ``data-unit`` (indices from 0) and ``data-value``, weakest first, its coordinates logical
    pixels of the view. Qt writes the rest.

    Args:
        renderer: paints it.
        t: seconds of the animation, None for the still picture.
    """
    width, height = renderer.logical_size
    lines = _Lines(dark=renderer.theme.is_dark)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(width, height))
    generator.setViewBox(QRect(0, 0, width, height))
    # At its default of 96 a font of 13 pixels is written as one of 13.
    generator.setResolution(96)
    generator.setTitle(f"nnviz: {renderer.shown.snapshot.spec.title}")
    painter = QPainter(generator)
    renderer.paint(painter, t, renderer.edges(), vector=True, edges=lines.collect)
    painter.end()
    text = bytes(buffer.data().data()).decode("utf-8")
    text = _TEXT.sub(_with_length, text)
    return _with_lines(text, lines.text(), renderer).encode("utf-8")


def _with_length(found: re.Match[str]) -> str:
    """Give a text fonts that are alike, for those who have not the bundled one, and the width it must keep in them."""
    font = ui_font(float(found["size"]), bold=int(found["weight"]) >= int(QFont.Weight.DemiBold))
    length = QFontMetricsF(font).horizontalAdvance(unescape(found["words"]))
    kept = f'textLength="{length:.2f}" lengthAdjust="spacingAndGlyphs" ' if length > 0 else ""
    fonts = FONTS if found["family"] == "Inter" else f"{found['family']}, sans-serif"
    return (
        f'<text {found["before"]}{kept}font-family="{fonts}" font-size="{found["size"]}" '
        f'font-weight="{found["weight"]}"{found["after"]}>{found["words"]}</text>'
    )


class _Lines:
    """Collects the edges instead of painting them."""

    def __init__(self, *, dark: bool) -> None:
        self._colors = data_colors(dark)
        self._parts: list[str] = []
        self._clips = 0
        self._layers: dict[int, int] = {}

    def collect(self, painter: QPainter, scene: Scene) -> None:
        """Take the edges of a scene; pulses are painted."""
        if scene.pictures is not None:
            self._layers = {id(picture): layer for (layer, _), picture in scene.pictures.pictures.items()}
        paint_edges(painter, scene, self._put)

    def text(self) -> str:
        """Return the groups of lines."""
        return "".join(self._parts)

    def _put(self, painter: QPainter, picture: EdgePicture, opacity: float, clip: QRectF | None) -> None:
        layer, within = self._layers[id(picture)] + 1, ""
        if clip is not None:
            self._clips += 1
            name = f"edges-{layer}-{self._clips}"
            area = f'x="{clip.x():.3f}" y="{clip.y():.3f}" width="{clip.width():.3f}" height="{clip.height():.3f}"'
            self._parts.append(f'<defs><clipPath id="{name}"><rect {area}/></clipPath></defs>\n')
            within = f' clip-path="url(#{name})"'
        # Of two networks the second does not begin at the corner of the picture.
        x, y = painter.worldTransform().dx(), painter.worldTransform().dy()
        within += f' transform="translate({x:.3f} {y:.3f})"' if x or y else ""
        faded = f' opacity="{opacity:.4f}"' if opacity < 1 else ""
        self._parts.append(
            f'<g class="edges" data-layer="{layer}" data-quantity={quoteattr(picture.quantity)} '
            f'fill="none" stroke-linecap="butt"'
            f'{faded}{within}>\n<title>{escape(TITLES[picture.quantity])}</title>\n'
        )
        palette = self._colors.palette(picture.quantity)
        tones = {True: "#{:02x}{:02x}{:02x}".format(*palette.positive),
                 False: "#{:02x}{:02x}{:02x}".format(*palette.negative)}
        on, off = picture.dash
        for line, source, unit, value, strength, width in zip(
            picture.lines, picture.sources, picture.units, picture.values, picture.strength, picture.widths, strict=True
        ):
            ax, ay, bx, by = (float(v) for v in line)
            dashes = f' stroke-dasharray="{on:.3f} {off:.3f}"' if strength < 0 and on else ""
            self._parts.append(
                f'<line x1="{ax:.3f}" y1="{ay:.3f}" x2="{bx:.3f}" y2="{by:.3f}" stroke="{tones[bool(strength > 0)]}" '
                f'stroke-opacity="{abs(float(strength)):.4f}" stroke-width="{float(width):.3f}"{dashes} '
                f'data-source="{source}" data-unit="{unit}" data-value="{float(value):.7g}"/>\n'
            )
        self._parts.append("</g>\n")


def _with_lines(text: str, lines: str, renderer: Renderer) -> str:
    """Put the lines into what Qt wrote: after the paper, which is the first shape, and below all else."""
    start = text.index("</defs>") + len("</defs>")
    # The paper is painted first, in a group of its own; where there is none the lines come first.
    place = text.index("</g>", text.index("<rect", start)) + len("</g>") if renderer.has_paper else None
    if place is None:
        place = text.index("<g", start)
        place = text.index(">", place) + 1
    return f"{text[:place]}\n{lines}{text[place:]}"
