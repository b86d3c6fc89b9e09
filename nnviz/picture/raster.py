"""The edge rasteriser: lines to premultiplied pixels, strips of columns in parallel, no lock held.

QPainter needs 15-60 µs for a long antialiased line; this needs about one. Numba is imported on first use, because
its import takes about half a second, and never by the thread that paints; until it is there, ``raster_numpy``
draws what is few.

A strip is 64 columns wide, so that what is still to shine through of each of its pixels stays in the nearest cache
while all lines pass over it. Of a line in a strip, the rows and shares of all columns are computed first, eight at a
time; then they are multiplied in.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.garbage import garbage_kept
from nnviz.picture.colors import Diverging
from nnviz.picture.compiled_cache import (
    cache_folder,
    compile_elsewhere,
    discard,
    is_known,
    mark_sound,
    sound_folder,
)

Float32 = NDArray[np.float32]

#: Length of a dash and of its gap in a negative edge, device pixels at ratio 1.
DASH_ON, DASH_OFF = 7.0, 4.0
#: Columns of a strip; 32 and 128 were slower.
STRIP = 64
#: Rows above and below the picture that a line may touch, so that its rows need no test.
PAD = 4
_THREADS = max(1, min(8, os.cpu_count() or 1))
_lock = threading.Lock()
_ready: Callable[..., None] | None = None

__all__ = ["DASH_OFF", "DASH_ON", "cache_folder", "compile_here", "is_compiled", "prepared", "rasterise", "warm_up"]


def _strips(  # the body that Numba compiles; plain Python is the same, only slow
    start_x: Float32, start_y: Float32, slope: Float32, stretch: Float32, extent: Float32, strength: Float32,
    first: NDArray[np.int32], last: NDArray[np.int32], dash: Float32, colors: Float32, out: NDArray[np.int32],
    begin: int, stop: int,
) -> None:
    height = out.shape[0]
    one, zero, half = np.float32(1), np.float32(0), np.float32(0.5)
    bottom_end = np.float32(height + PAD)
    step = np.uint32(STRIP)
    # What shines through the positive and through the negative edges, row by row.
    positive = np.empty((height + 2 * PAD) * STRIP, np.float32)
    negative = np.empty((height + 2 * PAD) * STRIP, np.float32)
    at = np.empty(STRIP, np.uint32)
    upper, middle, lower = np.empty(STRIP, np.float32), np.empty(STRIP, np.float32), np.empty(STRIP, np.float32)
    on, per_period = dash[0], dash[1]
    base_red, base_green, base_blue = colors[0, 0], colors[0, 1], colors[0, 2]
    more_red, more_green, more_blue = colors[1, 0] - base_red, colors[1, 1] - base_green, colors[1, 2] - base_blue
    for low in range(begin, stop, STRIP):
        high = min(low + STRIP, stop)
        positive[:] = one
        negative[:] = one
        for i in range(len(start_x)):
            left, right = max(first[i], low), min(last[i], high)
            if left >= right:
                continue
            count = right - left
            shift = np.uint32(left - low)
            alpha = abs(strength[i])
            tall = extent[i]
            tilt = slope[i]
            along = np.float32(left) + half - start_x[i]
            top_left = start_y[i] - half * tall + np.float32(PAD) + tilt * along
            dashed = strength[i] < 0 and per_period > 0
            pace = stretch[i] * per_period
            phase_left = along * pace
            if tall <= 2:  # three rows at most
                for j in range(count):
                    top = min(max(top_left + tilt * np.float32(j), zero), bottom_end)
                    row = np.int32(top)
                    in_upper = np.float32(row) + one - top
                    in_middle = min(one, tall - in_upper)
                    at[j] = np.uint32(row * STRIP) + shift + np.uint32(j)
                    upper[j] = one - alpha * in_upper
                    middle[j] = one - alpha * in_middle
                    lower[j] = one - alpha * (tall - in_upper - in_middle)
                if dashed:
                    for j in range(count):
                        phase = phase_left + pace * np.float32(j)
                        if phase - np.floor(phase) <= on:
                            k = at[j]
                            negative[k] *= upper[j]
                            negative[k + step] *= middle[j]
                            negative[k + step + step] *= lower[j]
                else:
                    through = positive if strength[i] > 0 else negative
                    for j in range(count):
                        k = at[j]
                        through[k] *= upper[j]
                        through[k + step] *= middle[j]
                        through[k + step + step] *= lower[j]
                continue
            through = positive if strength[i] > 0 else negative
            for j in range(count):
                if dashed:
                    phase = phase_left + pace * np.float32(j)
                    if phase - np.floor(phase) > on:
                        continue
                top = max(top_left + tilt * np.float32(j), zero)
                bottom = min(top_left + tilt * np.float32(j) + tall, bottom_end)
                if bottom <= top:
                    continue
                row = np.int32(top)
                end = np.int32(bottom)
                k = np.uint32(row * STRIP) + shift + np.uint32(j)
                if row == end:
                    through[k] *= one - alpha * (bottom - top)
                    continue
                through[k] *= one - alpha * (np.float32(row) + one - top)
                for _ in range(end - row - 1):
                    k += step
                    through[k] *= one - alpha
                through[k + step] *= one - alpha * (bottom - np.float32(end))
        for y in range(height):
            begin_row = np.uint32((y + PAD) * STRIP)
            for j in range(high - low):
                p = positive[begin_row + np.uint32(j)]
                n = negative[begin_row + np.uint32(j)]
                cover = (one - p * n) * np.float32(255)
                # The hue is that of the sign that covers more; the small number keeps 0 / 0 away.
                blue_share = cover * (one - p) / ((one - p) + (one - n) + np.float32(1e-6))
                red = np.int32(base_red * cover + more_red * blue_share + half)
                green = np.int32(base_green * cover + more_green * blue_share + half)
                blue = np.int32(base_blue * cover + more_blue * blue_share + half)
                packed = np.int32(cover + half) << np.int32(24)
                out[y, low + j] = packed | (red << np.int32(16)) | (green << np.int32(8)) | blue


def _compile(*, cached: bool) -> Callable[..., None]:
    import numba

    lines = "f4[::1],f4[::1],f4[::1],f4[::1],f4[::1],f4[::1]"
    signature = f"void({lines},i4[::1],i4[::1],f4[::1],f4[:,::1],i4[:,::1],i8,i8)"
    jit: Any = numba.njit
    return jit(signature, nogil=True, cache=cached, fastmath=True, error_model="numpy")(_strips)  # type: ignore[no-any-return]


def compile_here() -> None:
    """Compile the rasteriser in this process, or read it from the disk, unless it is there already."""
    global _ready  # noqa: PLW0603 - one compiled function a process
    with _lock, garbage_kept():
        if _ready is not None:
            return
        folder = sound_folder()
        try:
            made = _compile(cached=folder is not None)
            if folder is not None:
                mark_sound(folder, __file__)
        except Exception:
            # A cache that cannot be read or written must not cost the picture: compile for this run only.
            if folder is not None:
                discard(folder)
            made = _compile(cached=False)
        _ready = made


def warm_up() -> None:
    """Import and compile the rasteriser, or load it from the cache on disk; call it off the GUI thread.

    What is not on the disk is compiled by another process, which leaves it there, so that no window stutters.
    """
    if _ready is None:
        folder = sound_folder()
        if folder is not None and not is_known(folder, __file__):
            compile_elsewhere("from nnviz.picture.raster import compile_here; compile_here()", folder)
        compile_here()


def is_compiled() -> bool:
    """Whether ``rasterise`` draws at once; otherwise it first compiles, or reads compiled code, for seconds."""
    return _ready is not None


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="nnviz-edges")


def prepared(
    lines: Float32, strength: Float32, widths: Float32, width: int
) -> tuple[Float32, Float32, Float32, Float32, Float32, Float32, NDArray[np.int32], NDArray[np.int32]]:
    """Return what is the same for all columns of each line, from left to right; those outside are left out.

    Args:
        lines: (n, 4) ends in device pixels.
        strength: (n,) signed opacity.
        widths: (n,) in device pixels.
        width: of the picture in device pixels.

    Returns:
        x and y of the left end, slope, length by width, vertical extent, signed opacity, and the first and the last
        column + 1; (n,) each.
    """
    lines = np.asarray(lines, np.float32)
    turned = lines[:, 2] < lines[:, 0]
    if turned.any():
        lines = np.where(turned[:, None], lines[:, [2, 3, 0, 1]], lines)
    x0, y0, x1, y1 = lines.T
    wide = np.maximum(widths, 1)
    signed = np.clip(strength, -1, 1) * np.minimum(widths, 1)
    sane = np.isfinite(lines).all(axis=1) & np.isfinite(signed) & np.isfinite(wide)
    inside = sane & (signed != 0) & (x1 >= 0) & (x0 < width)
    if not inside.all():
        x0, y0, x1, y1, wide, signed = (values[inside] for values in (x0, y0, x1, y1, wide, signed))
    slope = (y1 - y0) / np.maximum(x1 - x0, np.float32(1e-3))
    stretch = np.sqrt(1 + slope * slope)
    first = np.maximum(np.floor(x0), 0).astype(np.int32)
    last = np.minimum(np.floor(x1) + 1, width).astype(np.int32)
    floats = [np.ascontiguousarray(values, np.float32) for values in (x0, y0, slope, stretch, wide * stretch, signed)]
    return (*floats, first, last)


def rasterise(
    lines: Float32, strength: Float32, widths: Float32, width: int, height: int, palette: Diverging,
    *, dashed: bool = True, ratio: float = 1.0, out: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """Draw lines into a picture.

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
        out: where to draw, (height, width, 4) uint8, contiguous; what was there is replaced. By default a new array.

    Returns:
        (height, width, 4) uint8, premultiplied blue, green, red, alpha: a QImage's ARGB32 on little-endian.
    """
    height, width = max(1, height), max(1, width)
    if out is None:
        out = np.empty((height, width, 4), np.uint8)
    if out.shape != (height, width, 4) or out.dtype != np.uint8 or not out.flags.c_contiguous:
        raise ValueError(f"out must be contiguous uint8 of {(height, width, 4)}, got {out.dtype} of {out.shape}")
    table = prepared(lines, strength, widths, width)
    colors = np.array([palette.negative, palette.positive], np.float32) / 255
    period = (DASH_ON + DASH_OFF) * ratio
    dash = np.array([DASH_ON / (DASH_ON + DASH_OFF), 1 / period] if dashed else [0, 0], np.float32)
    args = (*table, dash, colors, out.view(np.int32)[..., 0])
    warm_up()
    draw = _ready
    assert draw is not None
    strips = -(-width // STRIP)
    if len(table[0]) < 64 or strips == 1 or _THREADS == 1:
        draw(*args, 0, width)
        return out
    # Twice as many parts as threads: a core that is busy elsewhere does not hold the others up.
    count = min(strips, 2 * _THREADS)
    cuts = [strips * part // count * STRIP for part in range(count + 1)]
    parts = [(low, min(high, width)) for low, high in itertools.pairwise(cuts)]
    others = [(_threads().submit(draw, *args, low, high), low, high) for low, high in parts[1:]]
    draw(*args, *parts[0])
    for done, low, high in reversed(others):
        if done.cancel():  # no thread has begun it: the others may be busy, or not have woken yet
            draw(*args, low, high)
        else:
            done.result()
    return out
