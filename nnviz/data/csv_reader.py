"""Blocks of rows of a delimited text, by Apache Arrow's reader, and where in the file a row is.

Arrow parses without holding the interpreter's lock: a window stays alive while a gigabyte is read.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.data.csv_dialect import CODECS, Dialect, bad_byte, encoding_advice
from nnviz.data.import_choice import ImportChoice
from nnviz.errors import FileFormatError

#: Bytes parsed at a time: a row must be shorter than that.
BLOCK_BYTES = 8 * 1024 * 1024
MAX_LISTED_ROWS = 1_000_000


class Source(io.RawIOBase):
    """A file as UTF-8 without a byte order mark; knows how many bytes of it were read."""

    def __init__(self, path: Path, encoding: str) -> None:
        super().__init__()
        self._file = path.open("rb")
        self.done = 0
        self._decoder = None
        if encoding != "utf-8":
            errors = "replace" if encoding == "windows-1252" else "strict"
            self._decoder = codecs.getincrementaldecoder(CODECS[encoding])(errors)

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return about ``size`` bytes, none at the end."""
        while True:
            content = self._file.read(size)
            if self.done == 0 and self._decoder is None:
                self.done += len(content)
                return content.removeprefix(codecs.BOM_UTF8)
            self.done += len(content)
            if self._decoder is None:
                return content
            text = self._decoder.decode(content, not content)
            if text or not content:
                return text.encode()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


@dataclass(slots=True)
class Rows:
    """Which rows of the file are left out, and so where the others are."""

    first: int
    left_out: list[int] = field(default_factory=list)
    wrong_width: list[tuple[int, int]] = field(default_factory=list)

    def after(self, count: int) -> Callable[[int], str]:
        """Return what says where the samples are that follow the first ``count``."""
        return lambda index: self.words(count + index)

    def words(self, index: int) -> str:
        """Say where a sample is."""
        gone = sorted(self.left_out + [row for row, _ in self.wrong_width])
        return f"row {_file_rows(np.array([index]), gone, self.first)[0]:,}"


def _file_rows(places: NDArray[np.int64], gone: list[int], first: int) -> NDArray[np.int64]:
    """Return the rows of the file of the rows in ``places``, the first 0, that were counted without those ``gone``."""
    # As many counted rows stand before the k-th one gone as rows in all, less the k before it that are gone.
    before = np.asarray(gone, np.int64) - first
    before -= np.arange(len(before))
    rows: NDArray[np.int64] = first + places + np.searchsorted(before, places, side="right")
    return rows


def batches(
    source: io.RawIOBase | io.BytesIO, dialect: Dialect, rows: Rows, wanted: list[str], skip: bool
) -> Iterator[Any]:
    """Yield record batches of texts of the columns wanted, without header and blank rows; note those in ``rows``."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    def wrong_width(row: csv.InvalidRow) -> str:
        rows.wrong_width.append((row.number, row.actual_columns))
        if len(rows.wrong_width) > MAX_LISTED_ROWS:
            return "error"
        return "skip" if skip else "error"

    names = list(dialect.names)
    reader = csv.open_csv(
        source,
        read_options=csv.ReadOptions(block_size=BLOCK_BYTES, column_names=names, use_threads=False),
        parse_options=csv.ParseOptions(
            delimiter=dialect.delimiter, newlines_in_values=True, ignore_empty_lines=False,
            invalid_row_handler=wrong_width,
        ),
        convert_options=csv.ConvertOptions(
            column_types={name: pa.string() for name in names}, strings_can_be_null=False, include_columns=wanted,
        ),
    )
    to_drop = dialect.first_row - 1  # blank rows at the start, the header
    done = 0
    try:
        for batch in reader:
            if to_drop:
                dropped = min(to_drop, batch.num_rows)
                batch = batch.slice(dropped)
                to_drop -= dropped
                done += dropped
            blank = pc.equal(batch.column(0), "")
            for column in batch.columns[1:]:
                if not blank.true_count:
                    break
                blank = pc.and_(blank, pc.equal(column, ""))
            count = batch.num_rows
            if blank.true_count:
                places = done + np.flatnonzero(blank.to_numpy(zero_copy_only=False))
                wide = [number for number, _ in rows.wrong_width]
                rows.left_out += _file_rows(places, wide, 1).tolist()
                batch = batch.filter(pc.invert(blank))
            done += count
            if batch.num_rows:
                yield batch
    finally:
        reader.close()


def explained(error: Exception, path: Path, choice: ImportChoice, dialect: Dialect, rows: Rows) -> FileFormatError:
    """Say of an error of the reader which row it is about."""
    text = str(error)
    if rows.wrong_width:
        return FileFormatError(width_words(path, dialect, rows.wrong_width[0]))
    if isinstance(error, UnicodeError) or "UTF8" in text:
        return FileFormatError(f"{path.name}: {_find_bad_byte(path, choice.encoding)}; "
                               f"{encoding_advice(choice.encoding)}")
    if "straddl" in text:
        return FileFormatError(
            f"{path.name}: a row is longer than {BLOCK_BYTES // 2**20} MB. Check that its quotation marks are closed."
        )
    return FileFormatError(f"{path.name} cannot be read: {text}")


def width_words(path: Path, dialect: Dialect, wrong: tuple[int, int]) -> str:
    """Say that a row has too few or too many cells."""
    row, count = wrong
    width = len(dialect.names)
    return (
        f"{path.name}: row {row:,} has {count:,} cell{'s' * (count != 1)}, row 1 has {width:,}. Correct the row (cells "
        "with the delimiter in them need quotation marks), or treat what cannot be read as missing."
    )


def _find_bad_byte(path: Path, encoding: str) -> str:
    """Say where the first byte is that cannot be decoded; reads the file again up to there."""
    decoder = codecs.getincrementaldecoder(CODECS[encoding])()
    rows, held = 0, b""
    with path.open("rb") as file:
        while content := file.read(BLOCK_BYTES):
            held = held[-64:] + content
            place = len(held) - len(content)
            state = decoder.getstate()[0]
            try:
                decoder.decode(content)
            except UnicodeDecodeError as error:
                at = max(0, place - len(state) + error.start)
                return bad_byte(held, at, rows - held[:place].count(b"\n"))
            rows += content.count(b"\n")
    return "its last letter is cut off"
