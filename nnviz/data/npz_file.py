"""Reads NumPy archives: arrays by name, without pickles, never more than their headers state.

Source of the format: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays"; an archive is a zip file
of them.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from nnviz.data.array_columns import image_side, summarise_array
from nnviz.data.arrays import arrays_to_raw
from nnviz.data.import_choice import (
    MAX_VALUES,
    Cancelled,
    ColumnPreview,
    ImportCancelledError,
    ImportChoice,
    Preview,
    Problem,
    Progress,
)
from nnviz.data.raw_data import RawImages, RawTable, check_size
from nnviz.errors import FileFormatError

#: Pairs of names that inputs and targets often have, tried in order.
PAIRS = (
    ("x_train", "y_train"), ("train_images", "train_labels"), ("x", "y"), ("data", "target"), ("images", "labels"),
    ("features", "labels"), ("features", "targets"), ("inputs", "targets"), ("data", "labels"), ("arr_0", "arr_1"),
)
TEST_PAIRS = {"x_train": ("x_test", "y_test"), "train_images": ("test_images", "test_labels")}
#: Arrays up to this size are looked at whole in a preview.
SMALL_BYTES = 32 * 1024 * 1024
_PIECE_BYTES = 4 * 1024 * 1024
_HEAD_ROWS = 20
_HEAD_VALUES = 12
_MAX_ARRAYS = 100


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    @property
    def words(self) -> str:
        return f"{' × '.join(f'{size:,}' for size in self.shape) or 'one value'} {self.dtype.name}"


def _header(file: IO[bytes], name: str, path: Path) -> _Header:
    """Read the header of an array; ``file`` stands at its values afterwards."""
    try:
        version = npy.read_magic(file)
        if version == (1, 0):
            shape, fortran, dtype = npy.read_array_header_1_0(file)
        elif version == (2, 0):
            shape, fortran, dtype = npy.read_array_header_2_0(file)
        else:
            raise FileFormatError(f"{path.name}: array {name!r} has the format {version}; save it with numpy.savez.")
    except ValueError as error:
        raise FileFormatError(f"{path.name}: {name!r} is no NumPy array: {error}") from None
    if any(size < 0 for size in shape):
        raise FileFormatError(f"{path.name}: array {name!r} is damaged: its header says the shape {shape}.")
    return _Header(name, shape, dtype, fortran)


class _Archive:
    """An open archive and the headers of its arrays."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise FileFormatError(f"{path.name} is no NumPy archive, or it is damaged: {reason}.") from None
        self.headers: dict[str, _Header] = {}
        try:
            for member in self._zip.namelist()[:_MAX_ARRAYS]:
                if member.endswith(".npy"):
                    name = member.removesuffix(".npy")
                    with self._open(name) as file:
                        self.headers[name] = _header(file, name, path)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close it."""
        self._zip.close()

    def _open(self, name: str) -> IO[bytes]:
        try:
            return self._zip.open(f"{name}.npy")
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, KeyError) as error:
            raise FileFormatError(f"{self.path.name}: array {name!r} cannot be read: {error}.") from None

    def header(self, name: str) -> _Header:
        """Return the header of an array that is to be read."""
        header = self.headers.get(name)
        if header is None:
            there = ", ".join(self.headers) or "none"
            raise FileFormatError(f"{self.path.name} has no array {name!r}; it has {there}.")
        if header.dtype.hasobject:
            raise FileFormatError(
                f"{self.path.name}: array {name!r} holds Python objects (pickles), which could run code. Save it with "
                "a number or text type: x.astype('float32'), y.astype(str)."
            )
        if header.dtype.kind not in "biufUS":
            raise FileFormatError(
                f"{self.path.name}: array {name!r} must hold numbers or texts, got {header.dtype}. Convert it and save "
                "it again."
            )
        return header

    def read(
        self, name: str, step: Progress, cancelled: Cancelled, rows: int | None = None
    ) -> NDArray[Any]:
        """Read an array, or its first ``rows``; ``step`` is told the bytes of each piece, and 0."""
        header = self.header(name)
        shape = header.shape
        if rows is not None and shape and not header.fortran:
            shape = (min(rows, shape[0]), *shape[1:])
        count = math.prod(shape)
        if count * max(1, header.dtype.itemsize) > 8 * MAX_VALUES:
            raise FileFormatError(
                f"{self.path.name}: array {name!r} ({header.words}) would take "
                f"{count * header.dtype.itemsize / 2**30:.1f} GB; at most {8 * MAX_VALUES / 2**30:.1f} GB are allowed. "
                "Save a part of it."
            )
        array = np.empty(count, header.dtype)
        # A memoryview cannot be had of texts or of nothing; as bytes it can.
        values: Any = array.view(np.uint8) if count and header.dtype.itemsize else b""
        target = memoryview(values)
        done = 0
        try:
            with self._open(name) as file:
                _header(file, name, self.path)
                while done < len(target):
                    if cancelled():
                        raise ImportCancelledError(f"Reading {self.path.name} was cancelled.")
                    piece = file.read(min(_PIECE_BYTES, len(target) - done))
                    if not piece:
                        raise FileFormatError(
                            f"{self.path.name}: array {name!r} is truncated: {len(target):,} bytes must follow its "
                            f"header, got {done:,}."
                        )
                    target[done : done + len(piece)] = piece
                    done += len(piece)
                    step(len(piece), 0)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise FileFormatError(f"{self.path.name}: array {name!r} is truncated or damaged: {error}.") from None
        if header.dtype.byteorder == ">" or (header.dtype.byteorder == "=" and not np.little_endian):
            array = array.astype(header.dtype.newbyteorder("="))
        return array.reshape(shape, order="F" if header.fortran else "C")


def _ignore(done: int, total: int) -> None:
    pass


def _go_on() -> bool:
    return False


def inspect_npz(path: Path) -> Preview:
    """Look at the headers, at the targets, and at the first rows.

    Raises:
        FileFormatError: it is no archive, is damaged, or has no arrays.
    """
    archive = _Archive(path)
    try:
        if not archive.headers:
            raise FileFormatError(f"{path.name} has no arrays. Save them with numpy.savez({path.name!r}, x=x, y=y).")
        return _preview(archive)
    finally:
        archive.close()


def _preview(archive: _Archive) -> Preview:
    path, headers = archive.path, archive.headers
    choice = _suggested(path, headers)
    columns, problems = [], []
    rows = 0
    for name, header in headers.items():
        roles = {
            **dict.fromkeys(choice.inputs, "input"), **dict.fromkeys(choice.targets, "target"),
            choice.test_inputs: "test input", choice.test_targets: "test target",
        }
        role = roles.get(name, "ignore")
        column = ColumnPreview(name, "image" if _is_images(header) else "array", role, words=header.words)
        if header.dtype.hasobject:
            problems.append(Problem("warning", f"{path.name}: array {name!r} holds Python objects (pickles), which "
                                    "could run code; it is not read. Save it with a number or text type."))
        elif header.dtype.kind in "biufUS" and _is_target_shape(header):
            if header.count * header.dtype.itemsize <= SMALL_BYTES:
                column = replace(summarise_array(name, archive.read(name, _ignore, _go_on)), role=role,
                                 words=header.words)
            else:
                column = replace(column, kind="targets" if len(header.shape) > 1 else "number", words=header.words)
        columns.append(column)
        if role == "input":
            rows = header.shape[0] if header.shape else 0
    if not choice.inputs:
        names = ", ".join(f"{name} ({header.words})" for name, header in headers.items())
        problems.append(Problem("warning", f"{path.name}: which array is the input and which the target cannot be told "
                                f"from the names; it has {names}."))
    inputs = 0
    if choice.inputs:
        inputs = _input_count(headers[choice.inputs[0]])
        problems += _length_problems(path, choice, headers)
    head, titles = _head(archive, choice)
    return Preview(choice, tuple(columns), head, titles, rows, True, rows, input_count=inputs, problems=tuple(problems))


def _is_target_shape(header: _Header) -> bool:
    return len(header.shape) == 1 or (len(header.shape) == 2 and header.shape[1] <= 256)


def _is_images(header: _Header) -> bool:
    # An array of its shape and type, without its memory.
    return bool(header.count) and image_side(np.broadcast_to(np.zeros((), header.dtype), header.shape)) is not None


def _input_count(header: _Header) -> int:
    """Return the inputs of a sample; a last dimension of 3 colours or of 1 becomes grey."""
    sizes = header.shape[1:]
    if len(sizes) == 3 and sizes[-1] in (1, 3):
        sizes = sizes[:-1]
    return math.prod(sizes)


def _length_problems(path: Path, choice: ImportChoice, headers: dict[str, _Header]) -> list[Problem]:
    found = []
    for first, second in ((choice.inputs, choice.targets), ((choice.test_inputs,), (choice.test_targets,))):
        if first and second and first[0] in headers and second[0] in headers:
            a, b = headers[first[0]], headers[second[0]]
            if (a.shape[:1] or (0,)) != (b.shape[:1] or (0,)):
                found.append(Problem("error", lengths_differ(path, a.name, a.shape, b.name, b.shape)))
    return found


def lengths_differ(
    path: Path, first: str, a: tuple[int, ...], second: str, b: tuple[int, ...]
) -> str:
    """Say that inputs and targets are not as many."""
    return (
        f"{path.name}: {first!r} has the shape {a} and {second!r} {b}; the first number, the samples, must be the "
        "same. Choose other arrays, or save them again."
    )


def _suggested(path: Path, headers: dict[str, _Header]) -> ImportChoice:
    lower = {name.lower(): name for name in headers}
    for first, second in PAIRS:
        if first in lower and second in lower:
            test = TEST_PAIRS.get(first, ("", ""))
            test = test if all(name in lower for name in test) else ("", "")
            return ImportChoice(
                str(path), "npz", (lower[first],), (lower[second],),
                test_inputs=lower.get(test[0], ""), test_targets=lower.get(test[1], ""),
            )
    return ImportChoice(str(path), "npz")


def _head(archive: _Archive, choice: ImportChoice) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Return the first rows of inputs and targets as texts."""
    names = [*choice.inputs, *choice.targets]
    shown: list[list[str]] = []
    for name in names:
        header = archive.headers[name]
        small = header.count * header.dtype.itemsize <= SMALL_BYTES
        if header.dtype.kind not in "biufUS" or not header.shape or (header.fortran and not small):
            return (), ()
        array = archive.read(name, _ignore, _go_on, _HEAD_ROWS)[:_HEAD_ROWS]
        shown.append([_row_text(row) for row in array])
    return tuple(zip(*shown, strict=False)), tuple(names)


def _row_text(row: Any) -> str:
    flat = np.asarray(row).reshape(-1)
    words = ", ".join(f"{value:.4g}" if flat.dtype.kind == "f" else str(value) for value in flat[:_HEAD_VALUES])
    return f"{words}, …" if flat.size > _HEAD_VALUES else words


def read_npz(choice: ImportChoice, progress: Progress, cancelled: Cancelled) -> tuple[RawTable | RawImages, str]:
    """Read the arrays chosen; returns them and the task.

    Raises:
        FileFormatError: an array is not there, is damaged, has a shape or type that does not do, or is too large.
        ImportCancelledError: as asked.
    """
    path = Path(choice.path)
    if len(choice.inputs) != 1 or len(choice.targets) != 1:
        raise FileFormatError(f"{path.name}: choose one array as input and one as target.")
    archive = _Archive(path)
    try:
        names = [choice.inputs[0], choice.targets[0]]
        if choice.test_inputs or choice.test_targets:
            names += [choice.test_inputs, choice.test_targets]
        headers = [archive.header(name) for name in names]
        for a, b in zip(headers[::2], headers[1::2], strict=True):
            if a.shape[:1] != b.shape[:1]:
                raise FileFormatError(lengths_differ(path, a.name, a.shape, b.name, b.shape))
        total = sum(header.count * header.dtype.itemsize for header in headers)
        done = 0

        def step(more: int, _: int) -> None:
            nonlocal done
            done += more
            progress(done, total)

        rows = choice.max_rows or None
        check_size(path.name, min(headers[0].shape[0] if headers[0].shape else 0, rows or 2**62),
                   _input_count(headers[0]), "Save a part of it, or read fewer rows ('Rows at most').")
        arrays = [archive.read(name, step, cancelled, rows)[:rows] for name in names]
    finally:
        archive.close()
    return arrays_to_raw(choice, names, arrays)
