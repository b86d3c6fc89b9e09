"""Digits that a person drew and labelled: the collection, and its two formats, NumPy archive and pen strokes.

The archive (``.npz``) has ``x`` (count, 28, 28) uint8 and ``y`` (count,) as MNIST has them, so that any program reads
it. Beside them nnviz keeps ``time`` (seconds since 1970), ``id``, ``source`` and the strokes: ``points`` (all of them,
x and y), ``stroke_points`` (points of each stroke) and ``digit_strokes`` (strokes of each digit).
"""

from __future__ import annotations

import io
import secrets
import time
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.data.digits import IMAGE_SIZE, to_image
from nnviz.data.pen import paint_strokes
from nnviz.data.strokes import StrokeDigit, digit_from, read_strokes, strokes_json
from nnviz.errors import FileFormatError

#: Most digits that are kept.
MAX_OWN_DIGITS = 2_000
#: Largest archive that is read, in bytes, packed and unpacked.
MAX_ARCHIVE_BYTES = 64 * 2**20
#: Most points of all strokes of an archive.
MAX_ALL_POINTS = 4_000_000
_SHAPE = (IMAGE_SIZE, IMAGE_SIZE)


@dataclass(frozen=True, slots=True, eq=False)
class OwnDigit:
    """One digit that a person drew and named.

    Attributes:
        image: what the network saw, (28, 28) uint8 in 256 grey levels as MNIST has them, read-only.
        label: the digit that was meant, 0 to 9.
        strokes: arrays (points, 2) of x and y, y downwards; none where only pixels are known.
        taught_at: seconds since 1970, whole.
        source: who or what wrote it; may be blank.
        key: tells it from every other, a positive number below 2⁶³.
    """

    image: NDArray[np.uint8]
    label: int
    strokes: tuple[NDArray[np.float64], ...] = ()
    taught_at: int = 0
    source: str = ""
    key: int = field(default_factory=lambda: secrets.randbits(62) + 1)

    @property
    def x(self) -> NDArray[np.float32]:
        """The network's input, (784,) float32 in [0, 1]."""
        return (self.image.reshape(-1) / np.float32(255)).astype(np.float32)


def own_digit(
    image: NDArray[np.floating], label: int, strokes: Sequence[NDArray[np.floating]] = (), source: str = "",
    taught_at: int | None = None,
) -> OwnDigit:
    """Return a digit with copies of image and strokes.

    Args:
        image: (28, 28) or (784,), in [0, 1].
        label: 0 to 9.
        strokes: see ``OwnDigit``.
        source: who wrote it.
        taught_at: seconds since 1970; by default now.

    Raises:
        ValueError: the image has another size or a value outside [0, 1], or the label is no digit.
    """
    values = np.asarray(image, np.float64)
    if values.size != IMAGE_SIZE**2:
        raise ValueError(f"the image of a digit must have 28x28 pixels, got {values.shape}")
    if not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(f"the pixels of a digit must be in [0, 1], got {values.min():g} to {values.max():g}")
    if not 0 <= label <= 9:
        raise ValueError(f"the label of a digit must be from 0 to 9, got {label}")
    kept = digit_from(strokes).strokes
    when = int(time.time()) if taught_at is None else taught_at
    return OwnDigit(_frozen(np.rint(values * 255).astype(np.uint8).reshape(_SHAPE)), label, kept, when, source)


def as_samples(digits: Sequence[OwnDigit]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return inputs (count, 784) float32 in [0, 1] and classes (count,) int32."""
    x = np.zeros((len(digits), IMAGE_SIZE**2), np.float32)
    for place, digit in enumerate(digits):
        x[place] = digit.x
    return x, np.array([digit.label for digit in digits], np.int32)


def held_out(digits: Sequence[OwnDigit]) -> NDArray[np.bool_]:
    """Return which digits are never trained on, (count,): of each class every fifth, in the order they were taught.

    So one cannot be held out of a class with fewer than five.
    """
    seen = [0] * 10
    out = np.zeros(len(digits), np.bool_)
    for place, digit in enumerate(digits):
        seen[digit.label] += 1
        out[place] = seen[digit.label] % 5 == 0
    return out


# -- strokes ---------------------------------------------------------------------------------------------------


def to_strokes_json(digits: Iterable[OwnDigit]) -> str:
    """Return those digits that have strokes as text of the format ``strokes-1``."""
    return strokes_json(StrokeDigit(each.strokes, each.label, each.source) for each in digits if each.strokes)


def read_own_strokes(path: Path | str) -> tuple[OwnDigit, ...]:
    """Read digits from a file of the format ``strokes-1``; images are drawn from the strokes with the usual pen.

    Raises:
        FileFormatError: see ``read_strokes``; or a digit has no label, or there are too many. The message names the
            file, the digit (the first is 1) and the value.
    """
    found = read_strokes(path)
    _check_count(path, len(found))
    made = []
    for number, digit in enumerate(found, start=1):
        if digit.label is None:
            raise FileFormatError(f"{path}, digit {number}: label must be a whole number from 0 to 9, got none")
        image = to_image(paint_strokes(digit.strokes))
        made.append(own_digit(image, digit.label, digit.strokes, digit.source))
    return tuple(made)


# -- archives --------------------------------------------------------------------------------------------------


def to_npz(digits: Sequence[OwnDigit]) -> bytes:
    """Return the archive that holds these digits; ``read_own_npz`` gives them back as they are."""
    strokes = [stroke for digit in digits for stroke in digit.strokes]
    arrays: dict[str, NDArray[Any]] = {
        "x": np.stack([digit.image for digit in digits]) if digits else np.zeros((0, *_SHAPE), np.uint8),
        "y": np.array([digit.label for digit in digits], np.int64),
        "time": np.array([digit.taught_at for digit in digits], np.int64),
        "id": np.array([digit.key for digit in digits], np.int64),
        "source": np.array([digit.source for digit in digits], np.str_),
        "points": np.concatenate(strokes) if strokes else np.zeros((0, 2)),
        "stroke_points": np.array([len(stroke) for stroke in strokes], np.int64),
        "digit_strokes": np.array([len(digit.strokes) for digit in digits], np.int64),
    }
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    return content.getvalue()


def read_own_npz(path: Path | str) -> tuple[OwnDigit, ...]:
    """Read digits from a NumPy archive with ``x`` and ``y``; times, ids and strokes where it has them.

    Args:
        path: the file; x is (count, 28, 28) or (count, 784), uint8, or floating point in [0, 1].

    Raises:
        FileFormatError: the file cannot be read, is damaged, too large or no archive, or an array is missing, of
            another shape or type, or holds a value that cannot be. The message names file, array, entry and value.
    """
    arrays = _arrays(Path(path))
    for name in ("x", "y"):
        if name not in arrays:
            known = ", ".join(sorted(arrays)) or "none"
            raise FileFormatError(f"{path} must hold arrays x (images) and y (labels), {name} is missing; got {known}")
    images = _images(path, arrays["x"])
    _check_count(path, len(images))
    labels = _whole(path, "y", arrays["y"], len(images), 0, 9)
    count = len(images)
    now = int(time.time())
    times = _whole(path, "time", arrays["time"], count, 0, 2**53) if "time" in arrays else np.full(count, now)
    keys = _whole(path, "id", arrays["id"], count, 1, 2**63 - 1) if "id" in arrays else None
    sources = arrays.get("source")
    if sources is not None and (sources.dtype.kind != "U" or sources.shape != (count,)):
        raise FileFormatError(f"{path}: source must be {count:,} texts, got {sources.dtype} {sources.shape}")
    strokes = _strokes(path, arrays, count)
    made = []
    for place in range(count):
        rest = {} if keys is None else {"key": int(keys[place])}
        source = "" if sources is None else str(sources[place])
        made.append(
            OwnDigit(_frozen(images[place]), int(labels[place]), strokes[place], int(times[place]), source, **rest)
        )
    if len({digit.key for digit in made}) < count:
        raise FileFormatError(f"{path}: id must differ from digit to digit")
    return tuple(made)


def read_own(path: Path | str) -> tuple[OwnDigit, ...]:
    """Read digits from an archive or from strokes; which of them is seen from the first bytes.

    Raises:
        FileFormatError: see ``read_own_npz`` and ``read_own_strokes``.
    """
    try:
        with Path(path).open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise FileFormatError(f"{path} cannot be read: {error.strerror or error}") from None
    return read_own_npz(path) if start[:2] == b"PK" else read_own_strokes(path)


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        if path.stat().st_size > MAX_ARCHIVE_BYTES:
            raise FileFormatError(f"{path} must be at most {MAX_ARCHIVE_BYTES // 2**20} MiB, and is larger")
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            # Before anything is unpacked: a small file may unpack to terabytes.
            size = sum(each.file_size for each in archive.infolist())
            if size > MAX_ARCHIVE_BYTES:
                most = MAX_ARCHIVE_BYTES // 2**20
                raise FileFormatError(f"{path} must be at most {most} MiB unpacked, got {size / 2**20:,.0f} MiB")
            file.seek(0)
            with np.load(file, allow_pickle=False) as loaded:
                return {name: loaded[name] for name in loaded.files}
    except FileFormatError:
        raise
    except (
        OSError, ValueError, KeyError, EOFError, NotImplementedError, RuntimeError, MemoryError, zipfile.BadZipFile,
        zlib.error,
    ) as error:
        text = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        raise FileFormatError(f"{path} is damaged or no NumPy archive ({text})") from None


def _images(path: Path | str, x: NDArray[Any]) -> NDArray[np.uint8]:
    fits = (x.ndim == 3 and x.shape[1:] == _SHAPE) or (x.ndim == 2 and x.shape[1] == IMAGE_SIZE**2)
    if not fits or len(x) == 0:
        raise FileFormatError(f"{path}: x must be images (count, 28, 28) or (count, 784), got {x.shape}")
    x = x.reshape(len(x), *_SHAPE)
    if x.dtype == np.uint8:
        return np.asarray(x, np.uint8)
    if x.dtype.kind != "f":
        raise FileFormatError(f"{path}: x must be uint8, or floating point in [0, 1], got {x.dtype}")
    bad = np.flatnonzero(~((x >= 0) & (x <= 1)).all(axis=(1, 2)))  # so that NaN is bad
    if len(bad):
        values = x[bad[0]].reshape(-1)
        value = values[np.flatnonzero(~((values >= 0) & (values <= 1)))[0]]
        raise FileFormatError(f"{path}, digit {bad[0] + 1}: a pixel must be in [0, 1], got {value:g}")
    return np.asarray(np.rint(x * 255), np.uint8)


def _whole(path: Path | str, name: str, values: NDArray[Any], count: int, low: int, high: int) -> NDArray[np.int64]:
    if values.shape != (count,) or values.dtype.kind not in "iu":
        raise FileFormatError(f"{path}: {name} must be {count:,} whole numbers, got {values.dtype} {values.shape}")
    bad = np.flatnonzero((values < low) | (values > high))
    if len(bad):
        what = "label" if name == "y" else name
        raise FileFormatError(
            f"{path}, digit {bad[0] + 1}: {what} must be a whole number from {low} to {high}, got {values[bad[0]]}"
        )
    return values.astype(np.int64)


def _strokes(
    path: Path | str, arrays: dict[str, NDArray[Any]], count: int
) -> list[tuple[NDArray[np.float64], ...]]:
    names = ("points", "stroke_points", "digit_strokes")
    if not any(name in arrays for name in names):
        return [()] * count
    missing = [name for name in names if name not in arrays]
    if missing:
        raise FileFormatError(f"{path}: strokes need the arrays {', '.join(names)}; {missing[0]} is missing")
    points = arrays["points"]
    if points.ndim != 2 or points.shape[1] != 2 or points.dtype.kind != "f" or len(points) > MAX_ALL_POINTS:
        raise FileFormatError(f"{path}: points must be (count, 2), floating point, got {points.dtype} {points.shape}")
    if not np.isfinite(points).all():
        bad = int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])
        raise FileFormatError(f"{path}: point {bad + 1} must be finite, got {points[bad].tolist()}")
    lengths = _whole(path, "stroke_points", arrays["stroke_points"], len(arrays["stroke_points"]), 1, MAX_ALL_POINTS)
    counts = _whole(path, "digit_strokes", arrays["digit_strokes"], count, 0, MAX_ALL_POINTS)
    if lengths.sum() != len(points) or counts.sum() != len(lengths):
        raise FileFormatError(
            f"{path}: strokes do not add up: {len(points):,} points for {lengths.sum():,}, {len(lengths):,} strokes "
            f"for {counts.sum():,}"
        )
    pieces = np.split(points.astype(np.float64), np.cumsum(lengths)[:-1]) if len(lengths) else []
    for piece in pieces:
        piece.flags.writeable = False
    ends = np.cumsum(counts)
    return [tuple(pieces[end - many : end]) for end, many in zip(ends.tolist(), counts.tolist(), strict=True)]


def _check_count(path: Path | str, count: int) -> None:
    if count > MAX_OWN_DIGITS:
        raise FileFormatError(f"{path}: at most {MAX_OWN_DIGITS:,} own digits are kept, got {count:,}")


def _frozen(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    made = np.array(image, np.uint8)
    made.flags.writeable = False
    return made
