"""Reads IDX files, the format of MNIST and its relatives, plain or compressed with gzip.

Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits": two zero bytes, a byte
for the type (8: unsigned byte), a byte for the number of dimensions, each dimension as a big-endian 32-bit
number, then the values, the last dimension running fastest.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import FileFormatError

#: Most values in a file; MNIST's training images are 47,040,000.
MAX_VALUES = 128 * 1024 * 1024
MAX_DIMENSIONS = 4
_UNSIGNED_BYTE = 8

T = TypeVar("T")


def read_idx(path: Path | str) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes.

    Args:
        path: the file; whether it is compressed is seen from its first bytes, not from its name.

    Returns:
        The array in the shape the file states, read-only.

    Raises:
        FileFormatError: the file is missing or cannot be read, is truncated or damaged, has more values than its
            header states, is too large or of another format; the message names it.
    """
    return _opened(Path(path), _array)


def read_idx_shape(path: Path | str) -> tuple[int, ...]:
    """Read the shape that the header of an IDX file states; arguments and errors as of ``read_idx``."""
    return _opened(Path(path), _shape)


def _opened(path: Path, read: Callable[[IO[bytes] | gzip.GzipFile, Path], T]) -> T:
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if not compressed:
                return read(file, path)
            with gzip.GzipFile(fileobj=file) as unpacker:
                return read(unpacker, path)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileFormatError(f"{path} is truncated or damaged: {error}") from None
    except OSError as error:
        raise FileFormatError(f"{path} cannot be read: {error.strerror or error}") from None


def _shape(file: IO[bytes] | gzip.GzipFile, path: Path) -> tuple[int, ...]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise FileFormatError(f"{path} is not an IDX file: it begins with the bytes {magic.hex(' ') or 'none'}")
    if magic[2] != _UNSIGNED_BYTE:
        raise FileFormatError(f"{path}: values must be unsigned bytes, type 8, got type {magic[2]}")
    if not 1 <= magic[3] <= MAX_DIMENSIONS:
        raise FileFormatError(f"{path}: an array must have 1 to {MAX_DIMENSIONS} dimensions, got {magic[3]}")
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise FileFormatError(f"{path} is truncated: it ends in its header")
    shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
    count = math.prod(shape)
    if not 1 <= count <= MAX_VALUES:
        raise FileFormatError(f"{path}: a file must hold 1 to {MAX_VALUES:,} values, its header says {shape}")
    return shape


def _array(file: IO[bytes] | gzip.GzipFile, path: Path) -> NDArray[np.uint8]:
    shape = _shape(file, path)
    count = math.prod(shape)
    # Never more than the header states is unpacked, and one byte to see that nothing follows; reading that byte
    # also makes gzip compare its checksum.
    values = file.read(count)
    if len(values) < count:
        raise FileFormatError(f"{path} is truncated: {count:,} values must follow its header, got {len(values):,}")
    if file.read(1):
        raise FileFormatError(f"{path} is damaged: more than the {count:,} values of its header follow")
    return np.frombuffer(values, np.uint8).reshape(shape)
