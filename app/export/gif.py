"""Animated GIF: one palette for the whole film, only what changed from frame to frame, written as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.GifImagePlugin import getdata

Pixels = NDArray[np.uint8]
Indices = NDArray[np.uint8]

#: Entries of the palette; one more says "as before".
COLORS = 255
TRANSPARENT = 255
#: Bits of a channel by which colours are told apart on their way to the palette.
BITS = 6
#: A pixel stays as it was where no channel is further from what it should be: nobody sees it, and fading edges, which
#: change a little everywhere in every frame, take a third less room. Paper, the first colour, stays paper.
UNSEEN = 8
_SHIFT = 8 - BITS
#: Colours of the palette for which a table is made at once: bounds its memory.
_BLOCK = 1 << 13


def _keys(pixels: Pixels) -> NDArray[np.int32]:
    """Return the cell of the colour cube of each pixel, from 0 to 2^18 − 1; pixels.shape[:-1]."""
    cut = pixels >> _SHIFT
    wide = cut.astype(np.int32)
    return np.asarray((wide[..., 0] << 2 * BITS) | (wide[..., 1] << BITS) | wide[..., 2], np.int32)


class Palette:
    """The colours of a film, and which of them stands for each other colour; the same frames give the same palette.

    Args:
        samples: frames that have the film's colours, (height, width, 3) each.
        exact: colours that must stay as they are: paper first, text. Not more than ``COLORS``.
    """

    def __init__(self, samples: Sequence[Pixels], exact: Sequence[tuple[int, int, int]]) -> None:
        kept = np.array(list(dict.fromkeys(exact)), np.uint8).reshape(-1, 3)
        counts = np.zeros(1 << 3 * BITS, np.int64)
        sums = np.zeros((1 << 3 * BITS, 3))
        for sample in samples:
            keys = _keys(sample).ravel()
            counts += np.bincount(keys, minlength=len(counts))
            for channel in range(3):
                sums[:, channel] += np.bincount(keys, sample[..., channel].ravel(), len(counts))
        used = np.flatnonzero(counts)
        means = np.rint(sums[used] / counts[used, None]).astype(np.uint8)
        # By the root of how often it occurs: else paper and grey would take all entries and a thin line none.
        weights = np.maximum(1, np.rint(8 * np.sqrt(counts[used] / counts[used].max() * len(used)))).astype(int)
        cloud = Image.fromarray(np.repeat(means, weights, axis=0)[None])
        room = COLORS - len(kept)
        chosen = cloud.quantize(room, Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE)
        flat = np.array((chosen.getpalette() or [])[: 3 * room], np.uint8).reshape(-1, 3)
        #: (n, 3) uint8, at most ``COLORS``.
        self.colors: Pixels = np.concatenate([kept, flat])
        self._table = self._nearest()
        for index in range(len(kept) - 1, -1, -1):  # the first wins where two share a cell
            self._table[_keys(kept[index])] = index

    def _nearest(self) -> Indices:
        """Return the entry next to the middle of each cell of the colour cube, green weighing most, as eyes do."""
        weight = np.array([0.55, 0.77, 0.34], np.float32)
        palette = self.colors.astype(np.float32) * weight
        size = np.sum(palette * palette, axis=1)
        cells = np.arange(1 << 3 * BITS)
        table = np.empty(len(cells), np.uint8)
        for start in range(0, len(cells), _BLOCK):
            part = cells[start : start + _BLOCK]
            rgb = np.stack([part >> 2 * BITS, part >> BITS & (1 << BITS) - 1, part & (1 << BITS) - 1], axis=1)
            middle = ((rgb << _SHIFT) + (1 << _SHIFT) / 2 - 0.5).astype(np.float32) * weight
            table[start : start + _BLOCK] = np.argmin(size - 2 * middle @ palette.T, axis=1)
        return table

    def indices(self, pixels: Pixels) -> Indices:
        """Return the entry of each pixel, (height, width)."""
        return np.asarray(self._table[_keys(pixels)], np.uint8)


class GifWriter:
    """Writes frames to an open file; frames that are alike become one that lasts longer.

    Args:
        file: open for writing.
        palette: see ``Palette``.
        width, height: pixels.
    """

    def __init__(self, file: IO[bytes], palette: Palette, width: int, height: int) -> None:
        self._file, self._palette, self._size = file, palette, (width, height)
        colors = np.zeros((COLORS + 1, 3), np.uint8)
        colors[: len(palette.colors)] = palette.colors
        sides = width.to_bytes(2, "little") + height.to_bytes(2, "little")
        # A table of 256 colours; played again and again without end.
        file.write(b"GIF89a" + sides + b"\xf7\x00\x00" + colors.tobytes())
        file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
        self._before: Indices | None = None
        self._waiting: tuple[Indices, tuple[int, int]] | None = None
        self._delay = 0

    def add(self, pixels: Pixels, delay: int) -> None:
        """Add a frame, (height, width, 3), that lasts ``delay`` hundredths of a second."""
        now = self._palette.indices(pixels)
        if self._before is None:
            self._waiting, self._delay = (now, (0, 0)), delay
            self._before = now
            return
        shown = self._palette.colors[self._before]
        away = np.maximum(shown, pixels) - np.minimum(shown, pixels)
        changed = (now != self._before) & ((away > UNSEEN).any(axis=2) | (now == 0))
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        if not len(rows):
            self._delay += delay
            return
        self._put()
        area = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        part = np.where(changed[area], now[area], np.uint8(TRANSPARENT))
        self._waiting, self._delay = (part, (int(columns[0]), int(rows[0]))), delay
        self._before = np.where(changed, now, self._before)

    def close(self) -> None:
        """Write what waits and the end; the file stays open."""
        self._put()
        self._file.write(b";")

    def _put(self) -> None:
        if self._waiting is None:
            return
        part, offset = self._waiting
        image = Image.fromarray(part, "L")
        # The milliseconds are cut to hundredths; left as it is (disposal 1), the next part is laid over it.
        info = {"duration": 10 * min(self._delay, 65_535), "disposal": 1, "transparency": TRANSPARENT}
        for block in getdata(image, offset, **info):
            self._file.write(block)
        self._waiting = None
