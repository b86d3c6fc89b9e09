"""Reads and writes digits as pen strokes: the JSON format ``strokes-1``, plain or compressed with gzip.

    {"format": "strokes-1", "digits": [{"label": 7, "source": "…", "strokes": [[[x, y], …], …]}, …]}

x grows to the right and y downwards, in any unit. ``label`` and ``source`` may be absent or null.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import FileFormatError

#: What ``format`` must say.
FORMAT = "strokes-1"
#: Largest file that is read, in bytes after decompression.
MAX_BYTES = 64 * 1024 * 1024
#: Most digits in a file.
MAX_DIGITS = 100_000
#: Most points in one digit.
MAX_POINTS = 20_000
#: Largest coordinate, in either direction.
MAX_COORDINATE = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class StrokeDigit:
    """One digit as it was written.

    Attributes:
        strokes: an array (points, 2) of x and y for each time the pen was down, read-only, not empty.
        label: the digit that was meant, 0 to 9, or None.
        source: who or what wrote it; may be blank.
    """

    strokes: tuple[NDArray[np.float64], ...]
    label: int | None = None
    source: str = ""


def read_strokes(path: Path | str) -> list[StrokeDigit]:
    """Read a file of digits.

    Args:
        path: the file; whether it is compressed is seen from its first bytes, not from its name.

    Raises:
        FileFormatError: the file is missing or cannot be read, is truncated, empty, too large or of another
            format, or holds a value that cannot be; the message names the file, the digit (the first is 1)
            and the value.
    """
    path = Path(path)
    content = _content(path)
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"{path} is not valid JSON, or is truncated: {error}") from None
    if not isinstance(data, dict):
        raise FileFormatError(f"{path} must hold a JSON object, got {_shown(data)}")
    if data.get("format") != FORMAT:
        raise FileFormatError(f"{path} must say \"format\": \"{FORMAT}\", got {_shown(data.get('format'))}")
    digits = data.get("digits")
    if not isinstance(digits, list):
        raise FileFormatError(f"{path}: digits must be a list, got {_shown(digits)}")
    if not digits:
        raise FileFormatError(f"{path} holds no digits: the list is empty")
    if len(digits) > MAX_DIGITS:
        raise FileFormatError(f"{path}: a file may hold at most {MAX_DIGITS:,} digits, got {len(digits):,}")
    return [_digit(entry, f"{path}, digit {number}") for number, entry in enumerate(digits, start=1)]


def strokes_json(digits: Iterable[StrokeDigit], decimals: int = 2) -> str:
    """Return digits as text of the format ``strokes-1``, coordinates rounded to ``decimals`` places."""
    entries: list[dict[str, Any]] = []
    for digit in digits:
        entry: dict[str, Any] = {} if digit.label is None else {"label": digit.label}
        if digit.source:
            entry["source"] = digit.source
        entry["strokes"] = [np.round(stroke, decimals).tolist() for stroke in digit.strokes]
        entries.append(entry)
    return json.dumps({"format": FORMAT, "digits": entries}, separators=(",", ":"))


def digit_from(
    strokes: Sequence[NDArray[np.floating]], label: int | None = None, source: str = ""
) -> StrokeDigit:
    """Return a digit of copies of strokes (points, 2), without those that have no point."""
    made = []
    for stroke in strokes:
        if len(stroke):
            points = np.array(stroke, np.float64)
            points.flags.writeable = False
            made.append(points)
    return StrokeDigit(tuple(made), label, source)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            packed = file.read(MAX_BYTES + 1)
            if packed[:2] == b"\x1f\x8b":
                # Never more than the limit is unpacked: a small file may unpack to terabytes.
                with gzip.GzipFile(fileobj=io.BytesIO(packed)) as unpacker:
                    content = unpacker.read(MAX_BYTES + 1)
            else:
                content = packed
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileFormatError(f"{path} is truncated or damaged: {error}") from None
    except OSError as error:
        raise FileFormatError(f"{path} cannot be read: {error.strerror or error}") from None
    if len(content) > MAX_BYTES:
        raise FileFormatError(f"{path} must be at most {MAX_BYTES // 2**20} MiB unpacked, and is larger")
    if not content.strip():
        raise FileFormatError(f"{path} is empty")
    return content


def _digit(entry: object, where: str) -> StrokeDigit:
    if not isinstance(entry, dict):
        raise FileFormatError(f"{where}: a digit must be an object, got {_shown(entry)}")
    label, source, strokes = entry.get("label"), entry.get("source"), entry.get("strokes")
    if label is not None and (isinstance(label, bool) or not isinstance(label, int) or not 0 <= label <= 9):
        raise FileFormatError(f"{where}: label must be a whole number from 0 to 9, got {_shown(label)}")
    if source is not None and not isinstance(source, str):
        raise FileFormatError(f"{where}: source must be text, got {_shown(source)}")
    if not isinstance(strokes, list):
        raise FileFormatError(f"{where}: strokes must be a list, got {_shown(strokes)}")
    made = []
    count = 0
    for number, stroke in enumerate(strokes, start=1):
        if not isinstance(stroke, list):
            raise FileFormatError(f"{where}, stroke {number}: must be a list of points, got {_shown(stroke)}")
        count += len(stroke)
        if count > MAX_POINTS:
            raise FileFormatError(f"{where}: a digit may have at most {MAX_POINTS:,} points, got more")
        if stroke:
            points = np.array([_point(point, f"{where}, stroke {number}") for point in stroke], np.float64)
            points.flags.writeable = False
            made.append(points)
    if not made:
        raise FileFormatError(f"{where}: strokes must hold at least one point, got none")
    return StrokeDigit(tuple(made), label, source or "")


def _point(point: object, where: str) -> tuple[float, float]:
    if not isinstance(point, list) or len(point) != 2:
        raise FileFormatError(f"{where}: a point must be [x, y], got {_shown(point)}")
    for value in point:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FileFormatError(f"{where}: a coordinate must be a number, got {_shown(value)}")
        # Written so that NaN fails it too; an enormous whole number would not fit a float.
        if not abs(value) <= MAX_COORDINATE or not math.isfinite(value):
            raise FileFormatError(
                f"{where}: a coordinate must be finite and at most {MAX_COORDINATE:g}, got {_shown(value)}"
            )
    return float(point[0]), float(point[1])


def _shown(value: object) -> str:
    """Return a value as text short enough for a message."""
    if isinstance(value, list | dict) and len(value) > 8:
        return f"{type(value).__name__} of {len(value):,}"
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return f"an enormous {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "…"
