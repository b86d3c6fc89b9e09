"""The edge rasteriser: lines to premultiplied pixels, columns in parallel, no lock held.

QPainter needs 15-60 µs for a long antialiased line; this needs a few. Numba is imported on first use, because
its import takes about half a second, and never by the thread that paints.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.picture.colors import Diverging

Float32 = NDArray[np.float32]

#: Length of a dash and of its gap in a negative edge, device pixels at ratio 1.
DASH_ON, DASH_OFF = 7.0, 4.0
_STRIPS = min(4, max(1, os.cpu_count() or 1))
_lock = threading.Lock()


def top_k(values: NDArray[np.floating], k: int | None) -> tuple[NDArray[np.intp], NDArray[np.intp], Float32]:
    """Return rows, columns and values of the k entries largest by magnitude; zeros and NaN are left out.

    Args:
        values: (inputs, units).
        k: how many at most; None for all.

    Returns:
        Three arrays of the same length, weakest first, so that the strongest is drawn last.
    """
    flat = np.abs(np.asarray(values, np.float32)).ravel()
    candidates = _candidates(flat, k)
    candidates = candidates[np.isfinite(flat[candidates])]
    if k is not None and k < candidates.size:
        part = np.argpartition(flat[candidates], candidates.size - k)[candidates.size - k :] if k > 0 else slice(0)
        candidates = candidates[part]
    chosen = candidates
    chosen = chosen[flat[chosen] > 0]
    chosen = chosen[np.argsort(flat[chosen], kind="stable")]
    rows, columns = np.divmod(chosen, values.shape[1])
    return rows, columns, np.asarray(values, np.float32)[rows, columns]


def _candidates(flat: Float32, k: int | None) -> NDArray[np.intp]:
    """Return indices among which the k largest are: cheaply few, so that a wide layer need not be sorted.

    A threshold is guessed from every 61st value (a prime, so that no regularity of the table is met); where too
    few values reach it, everything is a candidate.
    """
    if k is not None and k * 16 < flat.size:
        sample = flat[::61]
        sample = sample[np.isfinite(sample)]
        wanted = min(sample.size, 4 + 3 * k // 61)
        if wanted:
            threshold = np.partition(sample, sample.size - wanted)[sample.size - wanted]
            reached = np.flatnonzero(flat >= threshold)
            if threshold > 0 and np.count_nonzero(np.isfinite(flat[reached])) >= k:
                return reached
    return np.flatnonzero(flat > 0)


def cache_folder() -> str | None:
    """Return a folder for compiled code that can be written to, or None."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or str(Path.home() / ".cache")
    folder = Path(base) / "nnviz" / "numba"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return str(folder)
    except OSError:
        return None


def _strip(  # the body that Numba compiles; plain Python is the same, only slow
    lines: Float32, strength: Float32, half_width: Float32, dash: Float32, colors: Float32,
    out: NDArray[np.uint8], low: int, high: int,
) -> None:
    height = out.shape[0]
    # Coverage of positive and of negative edges in this strip of pixel columns.
    positive = np.zeros((high - low, height), np.float32)
    negative = np.zeros((high - low, height), np.float32)
    period = dash[0] + dash[1]
    for i in range(lines.shape[0]):
        x0, y0, x1, y1 = lines[i, 0], lines[i, 1], lines[i, 2], lines[i, 3]
        if x1 < x0:
            x0, y0, x1, y1 = x1, y1, x0, y0
        first = max(low, int(np.floor(x0)))
        last = min(high - 1, int(np.floor(x1)))
        if first > last:
            continue
        slope = (y1 - y0) / max(x1 - x0, np.float32(1e-3))
        stretch = np.sqrt(np.float32(1) + slope * slope)
        half = half_width[i] * stretch
        s = strength[i]
        alpha = abs(s)
        dashed = s < 0 and period > 0
        for column in range(first, last + 1):
            along = np.float32(column) + np.float32(0.5) - x0
            fade = alpha
            if dashed:
                phase = (along * stretch) % period
                if phase > dash[0]:
                    continue
            y = y0 + slope * along
            top, bottom = y - half, y + half
            row = max(0, int(np.floor(top)))
            end = min(height - 1, int(np.floor(bottom)))
            while row <= end:
                cover = min(np.float32(row + 1), bottom) - max(np.float32(row), top)
                if cover > 0:
                    a = fade * cover
                    if s > 0:
                        old = positive[column - low, row]
                        positive[column - low, row] = old + a * (np.float32(1) - old)
                    else:
                        old = negative[column - low, row]
                        negative[column - low, row] = old + a * (np.float32(1) - old)
                row += 1
    for column in range(low, high):
        for row in range(height):
            p = positive[column - low, row]
            n = negative[column - low, row]
            total = p + n
            if total > 0:
                a = np.float32(1) - (np.float32(1) - p) * (np.float32(1) - n)
                share = p / total
                scale = a * np.float32(255)
                for channel in range(3):  # blue, green, red: a QImage of premultiplied ARGB on little-endian
                    mix = colors[1, channel] * share + colors[0, channel] * (np.float32(1) - share)
                    out[row, column, 2 - channel] = np.uint8(mix * scale + np.float32(0.5))
                out[row, column, 3] = np.uint8(scale + np.float32(0.5))


@cache
def _compiled() -> Callable[..., None]:
    folder = cache_folder()
    import numba

    if folder is not None and "NUMBA_CACHE_DIR" not in os.environ:
        numba.config.CACHE_DIR = folder
    signature = "void(f4[:,::1], f4[::1], f4[::1], f4[::1], f4[:,::1], u1[:,:,::1], i8, i8)"
    jit: Any = numba.njit
    try:
        made = jit(signature, nogil=True, cache=folder is not None, fastmath=True)(_strip)
    except (OSError, RuntimeError):
        # A cache that cannot be written must not cost the picture: compile for this run only.
        made = jit(signature, nogil=True, fastmath=True)(_strip)
    return made  # type: ignore[no-any-return]


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_STRIPS, thread_name_prefix="nnviz-edges")


def warm_up() -> None:
    """Import and compile the rasteriser, or load it from the cache on disk; call it off the GUI thread."""
    empty = np.zeros((0, 4), np.float32)
    rasterise(empty, np.zeros(0, np.float32), np.zeros(0, np.float32), 4, 4,
              Diverging((0, 0, 0), (0, 0, 0), (0, 0, 0)))


def rasterise(
    lines: Float32, strength: Float32, widths: Float32, width: int, height: int, palette: Diverging,
    *, dashed: bool = True, ratio: float = 1.0,
) -> NDArray[np.uint8]:
    """Draw lines into a new picture.

    Overlapping lines of one sign cover like ink (1 − Π(1 − a)), so the order does not matter. Negative lines
    are dashed, so that the sign can be told without the hue.

    Args:
        lines: (n, 4) x0, y0, x1, y1 in device pixels of the picture; may reach outside it.
        strength: (n,) in [−1, 1]: the sign chooses the colour, the magnitude is the opacity.
        widths: (n,) in device pixels; thinner than 1 is drawn 1 wide and fainter.
        width, height: size of the picture in device pixels.
        palette: colours of the two signs.
        dashed: whether negative lines are dashed.
        ratio: device pixels of a logical one, for the length of the dashes.

    Returns:
        (height, width, 4) uint8, premultiplied blue, green, red, alpha.
    """
    out = np.zeros((max(1, height), max(1, width), 4), np.uint8)
    half = np.maximum(widths, 1).astype(np.float32) / 2
    faint = np.minimum(widths, 1).astype(np.float32)
    signed = np.ascontiguousarray(np.clip(strength, -1, 1) * faint, np.float32)
    colors = np.array([palette.negative, palette.positive], np.float32) / 255
    dash = np.array([DASH_ON * ratio, DASH_OFF * ratio] if dashed else [0, 0], np.float32)
    args = (np.ascontiguousarray(lines, np.float32), signed, np.ascontiguousarray(half), dash, colors, out)
    with _lock:
        draw = _compiled()
    cuts = np.linspace(0, out.shape[1], _STRIPS + 1).astype(int)
    strips = [(int(a), int(b)) for a, b in itertools.pairwise(cuts) if b > a]
    if len(lines) < 64 or len(strips) == 1:
        draw(*args, 0, out.shape[1])
    else:
        for done in [_threads().submit(draw, *args, low, high) for low, high in strips]:
            done.result()
    return out


def edge_style(values: Float32, scale: float, *, ratio: float = 1.0, dense: bool = False) -> tuple[Float32, Float32]:
    """Return signed opacity and width of edges from their values.

    Args:
        values: (n,).
        scale: the magnitude that is drawn strongest, above 0.
        ratio: device pixels of a logical one.
        dense: thousands of edges: each fainter and thinner.
    """
    share = np.clip(np.abs(values) / np.float32(scale), 0, 1) if scale > 0 else np.zeros_like(values)
    if dense:
        return (np.sign(values) * (0.5 * share**1.3)).astype(np.float32), (ratio * (0.5 + share)).astype(np.float32)
    opacity = 0.07 + 0.85 * share**1.25
    width = (0.6 + 1.9 * share) * ratio
    return (np.sign(values) * opacity).astype(np.float32), width.astype(np.float32)
