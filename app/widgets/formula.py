"""Formulas in mathematical type: LaTeX to SVG by ziamath in a thread of its own, painted by QtSvg."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QRectF, Signal
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtSvg import QSvgRenderer

from app.theme import ui_font

#: The size formulas are set in, units of their SVG for an em; they are scaled from there.
EM = 32.0
#: The ink formulas are set in; painting puts the theme's colour in its place.
_INK = "#123456"
#: Formulas kept, so that a slide seen before is there at once.
KEPT = 600
#: Side by side is chosen where formulas become this much larger.
BESIDE_GAIN = 1.08
GAP_SHARE = 0.42
COLUMN_GAP_SHARE = 1.2
#: Between a caption and its formula.
CAPTION_GAP_SHARE = 0.14
MIN_EM_PX = 8.0
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class FormulaPicture:
    """A formula that is set.

    Attributes:
        svg: the picture, ink not yet coloured.
        width, height: in em.
    """

    svg: bytes
    width: float
    height: float


@cache
def _ziamath() -> Any:
    """Import ziamath: here and not above, because it takes 0.4 s and only slides need it."""
    with warnings.catch_warnings():
        # WORKAROUND: ziamath 0.13 reads its fonts by importlib.resources.path, deprecated since Python 3.11.
        warnings.simplefilter("ignore", DeprecationWarning)
        import ziamath
    ziamath.config.svg2 = False  # WORKAROUND: QtSvg knows SVG 1.1 only and leaves out what SVG 2 refers to
    return ziamath


def typeset(latex: str) -> FormulaPicture:
    """Set a formula; takes 5 to 50 ms. Threads wait for each other: ziamath keeps global state.

    Raises:
        ValueError: the LaTeX cannot be read.
    """
    try:
        with _ONE_AT_A_TIME:
            drawn = _ziamath().Latex(latex, size=EM, color=_INK)
            width, height = drawn.getsize()
            svg = drawn.svg().encode()
    except Exception as error:  # ziamath raises whatever its parser happens to raise
        raise ValueError(f"cannot set the formula {latex!r}: {type(error).__name__}: {error}") from error
    return FormulaPicture(svg, width / EM, height / EM)


@lru_cache(maxsize=64)
def _renderer(svg: bytes, color: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(svg.replace(_INK.encode(), color.encode())))


def renderer_of(picture: FormulaPicture, color: str) -> QSvgRenderer:
    """Return a renderer of a formula, ``#rrggbb`` ink, that nobody else has: for a thread of its own."""
    return QSvgRenderer(QByteArray(picture.svg.replace(_INK.encode(), color.encode())))


def paint_formula(painter: QPainter, picture: FormulaPicture, color: str, area: QRectF) -> None:
    """Paint a formula that is set, ``#rrggbb`` ink, into an area of its proportions."""
    _renderer(picture.svg, color).render(painter, area)


class Typesetter(QObject):
    """Sets formulas in one background thread, those asked for last first in line."""

    #: The LaTeX of a formula that can now be had.
    done = Signal(str)
    #: A sentence: why a formula could not be set.
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._set: dict[str, FormulaPicture] = {}
        self._bad: set[str] = set()
        self._waiting: list[str] = []
        self._busy = False
        self._closed = False
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="nnviz-typesetter")

    def want(self, formulas: Sequence[str]) -> None:
        """Set these, the first first; what was wanted before and is not begun is dropped."""
        with self._lock:
            if self._closed:
                return
            self._waiting = [one for one in dict.fromkeys(formulas) if one not in self._set]
            self._waiting = [one for one in self._waiting if one not in self._bad]
            if self._busy or not self._waiting:
                return
            self._busy = True
            self._pool.submit(self._run)

    def get(self, latex: str) -> FormulaPicture | None:
        """Return a formula that is set, or None."""
        with self._lock:
            return self._set.get(latex)

    def is_known(self, latex: str) -> bool:
        """Whether a formula is set, or is known not to be settable."""
        with self._lock:
            return latex in self._set or latex in self._bad

    def close(self) -> None:
        """Stop after the formula in hand; nothing is emitted any more."""
        with self._lock:
            self._closed = True
            self._waiting = []
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        while True:
            with self._lock:
                if self._closed or not self._waiting:
                    self._busy = False
                    return
                latex = self._waiting.pop(0)
            try:
                made = typeset(latex)
            except ValueError as error:
                with self._lock:
                    self._bad.add(latex)
                    closed = self._closed
                if not closed:
                    self.failed.emit(str(error))
                continue
            with self._lock:
                self._set[latex] = made
                while len(self._set) > KEPT:
                    del self._set[next(iter(self._set))]
                closed = self._closed
            if not closed:
                self.done.emit(latex)


@dataclass(frozen=True, slots=True)
class FormulaLine:
    """A formula with its caption; ``picture`` is None while it is being set."""

    caption: str
    latex: str
    picture: FormulaPicture | None


@dataclass(frozen=True, slots=True)
class PlacedFormula:
    """Where a line is painted, logical pixels of the view."""

    line: FormulaLine
    caption: QRectF
    caption_px: float
    formula: QRectF


def place(
    lines: Sequence[FormulaLine], width: float, height: float, em: float, caption: float
) -> tuple[PlacedFormula, ...]:
    """Place lines below each other in an area, or side by side where that lets them be clearly larger.

    All formulas of a slide have one size: one of another size would look more important.

    Args:
        lines: captions and formulas.
        width, height: the area, logical pixels.
        em: the wanted size of the formulas, logical pixels.
        caption: the wanted size of the captions, logical pixels.
    """
    if not lines:
        return ()
    below = _fit(_below, lines, width, height, em, caption)
    beside = _fit(_beside, lines, width, height, em, caption)
    return (beside if beside[0] > BESIDE_GAIN * below[0] else below)[1]


def _fit(
    way: Callable[[Sequence[FormulaLine], float, float, float], tuple[tuple[PlacedFormula, ...], float, float]],
    lines: Sequence[FormulaLine], width: float, height: float, em: float, caption: float,
) -> tuple[float, tuple[PlacedFormula, ...]]:
    """Return the largest size in which a way of placing keeps to the area, and what it places."""
    while True:
        placed, wide, tall = way(lines, width, em, caption)
        if (wide <= width + 0.5 and tall <= height + 0.5) or em <= MIN_EM_PX:
            return em, placed
        em *= 0.97
        caption = max(min(caption, em), caption * 0.99)


def _below(
    lines: Sequence[FormulaLine], width: float, em: float, caption: float
) -> tuple[tuple[PlacedFormula, ...], float, float]:
    line_height = QFontMetricsF(ui_font(caption)).height()
    placed, y, widest = [], 0.0, 0.0
    for line in lines:
        name = QRectF(0, y, width, line_height)
        y += line_height + em * CAPTION_GAP_SHARE
        wide, tall = _size(line, em)
        placed.append(PlacedFormula(line, name, caption, QRectF(0, y, wide, tall)))
        y += tall + em * GAP_SHARE
        widest = max(widest, wide)
    return tuple(placed), widest, y - em * GAP_SHARE


def _beside(
    lines: Sequence[FormulaLine], width: float, em: float, caption: float
) -> tuple[tuple[PlacedFormula, ...], float, float]:
    metrics = QFontMetricsF(ui_font(caption))
    top = metrics.height() + em * CAPTION_GAP_SHARE
    rows: list[list[tuple[FormulaLine, float]]] = [[]]
    used, widest = 0.0, 0.0
    for line in lines:
        column = max(_size(line, em)[0], metrics.horizontalAdvance(line.caption) + 1)
        if rows[-1] and used + column > width:
            rows.append([])
            used = 0.0
        rows[-1].append((line, column))
        widest = max(widest, used + column)
        used += column + COLUMN_GAP_SHARE * em
    placed, y = [], 0.0
    for row in rows:
        tallest = max(_size(line, em)[1] for line, _ in row)
        x = 0.0
        for line, column in row:
            wide, tall = _size(line, em)
            # Formulas of a row are centred on each other, so that bars of fractions stand at one height.
            where = QRectF(x, y + top + (tallest - tall) / 2, wide, tall)
            placed.append(PlacedFormula(line, QRectF(x, y, column, metrics.height()), caption, where))
            x += column + COLUMN_GAP_SHARE * em
        y += top + tallest + em * GAP_SHARE
    return tuple(placed), widest, y - em * GAP_SHARE


def _size(line: FormulaLine, em: float) -> tuple[float, float]:
    if line.picture is None:
        return 0.0, 1.2 * em
    return line.picture.width * em, line.picture.height * em
