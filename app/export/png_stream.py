"""PNG written row by row, so that a picture need never be in memory as a whole."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import IO

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.uint8]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LEVEL = 6
INCHES_A_METRE = 39.3701
#: Pixels an inch of a logical pixel: what word processors take the size from.
LOGICAL_DPI = 96.0
_COLOR_TYPES = {3: 2, 4: 6}


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(file: IO[bytes], width: int, height: int, bands: Iterable[Rows], *, scale: float = 1.0) -> None:
    """Write a picture to an open file.

    Args:
        file: open for writing.
        width, height: pixels.
        bands: from the top to the bottom, (rows, width, 3 or 4) each: red, green, blue and, not premultiplied, alpha.
        scale: pixels of a logical one; sets the size on paper.
    """
    packer = zlib.compressobj(LEVEL)
    above: Rows | None = None
    for rows in bands:
        if above is None:
            header = struct.pack(">IIBBBBB", width, height, 8, _COLOR_TYPES[rows.shape[2]], 0, 0, 0)
            density = round(LOGICAL_DPI * scale * INCHES_A_METRE)
            file.write(SIGNATURE + _chunk(b"IHDR", header))
            file.write(_chunk(b"pHYs", struct.pack(">IIB", density, density, 1)))
            above = np.zeros((width, rows.shape[2]), np.uint8)
        packed = packer.compress(_filtered(rows, above))
        if packed:
            file.write(_chunk(b"IDAT", packed))
        above = rows[-1]
    file.write(_chunk(b"IDAT", packer.flush()) + _chunk(b"IEND", b""))


def _filtered(rows: Rows, above: Rows) -> bytes:
    """Return rows as PNG filters them: as they are, less the pixel before, or less the row above.

    Of each row that way is taken whose differences are smallest in sum, as the standard proposes (PNG, 12.8).
    """
    count, width, channels = rows.shape
    flat = rows.reshape(count, width * channels)
    before = np.zeros_like(flat)
    before[:, channels:] = flat[:, :-channels]
    over = np.concatenate([above.reshape(1, -1), flat[:-1]])
    ways = [flat, flat - before, flat - over]  # modulo 256, as uint8 is
    costs = [np.minimum(way, 256 - way.astype(np.int16)).sum(axis=1, dtype=np.int64) for way in ways]
    chosen = np.argmin(costs, axis=0)
    made = np.empty((count, 1 + flat.shape[1]), np.uint8)
    made[:, 0] = chosen
    for kind, way in enumerate(ways):
        made[chosen == kind, 1:] = way[chosen == kind]
    return made.tobytes()
