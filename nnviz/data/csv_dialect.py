"""How a delimited text is written: its encoding, delimiter, header and decimal sign, guessed from its first bytes."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from nnviz.data.import_choice import DELIMITERS, MAX_COLUMNS
from nnviz.errors import FileFormatError

#: Bytes of a file that a preview reads.
HEAD_BYTES = 2 * 1024 * 1024
#: Rows that delimiter and header are guessed from.
_GUESS_ROWS = 100
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")
_COMMA_NUMBER = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?\Z")
#: Python's codecs of the encodings; the first also takes a byte order mark.
CODECS = {"utf-8": "utf-8-sig", "windows-1252": "cp1252", "utf-16": "utf-16"}
_SIGNATURES = {
    b"PK\x03\x04": "it is a zip archive or an Excel sheet; save the sheet as CSV",
    b"\x1f\x8b": "it is compressed with gzip; unpack it first",
    b"\xd0\xcf\x11\xe0": "it is an old Excel sheet; save it as CSV",
    b"%PDF": "it is a PDF; export its table as CSV",
    b"\x93NUM": "it is a NumPy array; save it as .npz with the names x and y",
    b"PAR1": "it is a Parquet file; export it as CSV",
    b"\x89PNG": "it is an image; choose the folder of folders that it is in",
}


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a text.

    Attributes:
        text: whole rows of it.
        encoding: how it is encoded.
        is_whole: whether that is all.
        bytes_read: bytes of the file that ``text`` stands for, about.
        size: bytes of the file.
        not_utf8: where the first byte is that is not UTF-8, as people read it; "" where the text is UTF-8, or the
            encoding was chosen.
    """

    text: str
    encoding: str
    is_whole: bool
    bytes_read: int
    size: int
    not_utf8: str = ""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text is written, and the names of its columns, made unique.

    Attributes:
        delimiter, header, decimal: see ``ImportChoice``.
        names: one for each cell of the first row.
        doubled: names that the header has more than once.
        unnamed: columns without a name in the header, the first is 1.
        blank_rows: blank rows before the first one.
    """

    delimiter: str
    header: bool
    decimal: str
    names: tuple[str, ...]
    doubled: tuple[str, ...] = ()
    unnamed: tuple[int, ...] = ()
    blank_rows: int = 0

    @property
    def first_row(self) -> int:
        """The first row of values, the first of the file being 1."""
        return 1 + self.blank_rows + self.header


def read_head(path: Path, encoding: str = "") -> Head:
    """Read the first 2 MB of a text.

    Args:
        path: the file.
        encoding: one of ``import_choice.ENCODINGS``; "" guesses it.

    Raises:
        FileFormatError: the file cannot be read, is empty or is no text.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            content = file.read(HEAD_BYTES)
    except OSError as error:
        raise FileFormatError(f"{path} cannot be read: {error.strerror or error}.") from None
    if not content.strip():
        raise FileFormatError(f"{path.name} is empty. Choose a file with a row of column names and rows of values.")
    for signature, words in _SIGNATURES.items():
        if content.startswith(signature):
            raise FileFormatError(f"{path.name} is no CSV: {words}.")
    not_utf8 = ""
    if not encoding:
        encoding, not_utf8 = _guess_encoding(content, path)
    whole = size <= len(content)
    decoder = codecs.getincrementaldecoder(CODECS[encoding])("replace" if encoding == "windows-1252" else "strict")
    try:
        text = decoder.decode(content, whole)
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path.name}: {bad_byte(content, error.start)}; {encoding_advice(encoding)}") from None
    if "\0" in text:
        raise FileFormatError(f"{path.name} is no text: it holds zero bytes. Choose a CSV file.")
    if not whole:
        cut = _end_of_rows(text)
        if cut == 0:
            raise FileFormatError(
                f"{path.name}: the first row does not end within {HEAD_BYTES // 2**20} MB. Check that its quotation "
                "marks are closed and that rows end in line breaks."
            )
        read = round(len(content) * cut / len(text))
        text = text[:cut]
    return Head(text, encoding, whole, size if whole else read, size, not_utf8)


def _guess_encoding(content: bytes, path: Path) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", ""
    if b"\0" in content:
        raise FileFormatError(f"{path.name} is no text: it holds zero bytes. Choose a CSV file.")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)  # the end may stand in the middle of a letter
    except UnicodeDecodeError as error:
        return "windows-1252", bad_byte(content, error.start)
    return "utf-8", ""


def bad_byte(content: bytes, place: int, rows_before: int = 0) -> str:
    """Say where a byte is that cannot be decoded: ``row 3, cell beginning 'Caf': the byte 0xE9 is not UTF-8``."""
    before = content[:place]
    row = rows_before + before.count(b"\n") + 1
    cell = re.split(rb"[,;\t|\n]", before)[-1][-20:].decode("ascii", "replace")
    return f"row {row:,}, after {cell!r}: the byte 0x{content[place]:02X} is not UTF-8"


def encoding_advice(encoding: str) -> str:
    """Say what to do about it."""
    other = "Windows-1252" if encoding == "utf-8" else "UTF-8"
    return f"choose another encoding, for example {other}, or save the file as UTF-8."


def _end_of_rows(text: str) -> int:
    """Return where the last whole row ends: after a line break outside quotation marks."""
    end = text.rfind("\n") + 1
    while end > 0 and text.count('"', 0, end) % 2:
        # In the middle of a quoted cell: back to before its opening mark.
        end = text.rfind("\n", 0, text.rfind('"', 0, end)) + 1
    return end


def first_rows(text: str, delimiter: str, count: int) -> list[list[str]]:
    """Return the first rows that are not blank, as Python's csv module reads them."""
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) == count:
                break
    except csv.Error:
        pass  # a cell of more than 128 kB; what was read serves to guess
    return rows


def guess_dialect(
    head: Head, path: Path, delimiter: str = "", header: bool | None = None, decimal: str = ""
) -> Dialect:
    """Guess what is not given.

    Raises:
        FileFormatError: the first row has more columns than can be handled, or none.
    """
    beginning = head.text[:200_000]
    if not delimiter:
        delimiter = _guess_delimiter(beginning)
    rows = first_rows(beginning, delimiter, _GUESS_ROWS)
    if not rows:
        raise FileFormatError(f"{path.name} has no rows. Choose a file with a row of names and rows of values.")
    if len(rows[0]) > MAX_COLUMNS:
        raise FileFormatError(
            f"{path.name} has {len(rows[0]):,} columns, at most {MAX_COLUMNS:,} can be read. Is the delimiter right?"
        )
    if not decimal:
        decimal = _guess_decimal(rows, delimiter)
    if header is None:
        header = _guess_header(rows, decimal)
    titles = [cell.strip() for cell in rows[0]] if header else [""] * len(rows[0])
    counts = Counter(title for title in titles if title)
    names: list[str] = []
    taken = set(counts)
    seen: Counter[str] = Counter()
    for place, title in enumerate(titles, start=1):
        name = title or f"column {place}"
        seen[title] += 1
        number = seen[title]
        while (title and seen[title] > 1 and name in taken) or (not title and name in taken):
            name = f"{title or f'column {place}'} ({max(number, 2)})"
            number = max(number, 2) + 1
        taken.add(name)
        names.append(name)
    return Dialect(
        delimiter, header, decimal, tuple(names), tuple(title for title, count in counts.items() if count > 1),
        tuple(place for place, title in enumerate(titles, start=1) if not title) if header else (),
        _blank_rows(head.text),
    )


def _blank_rows(text: str) -> int:
    start = text[: len(text) - len(text.lstrip("\r\n"))]
    return len(start.splitlines())


def _guess_delimiter(text: str) -> str:
    """Return the delimiter with which most rows have the same number of cells, the most cells among equals."""
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        rows = first_rows(text, delimiter, _GUESS_ROWS)
        widths = Counter(map(len, rows))
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        if width < 2:
            continue
        # A blank stands in texts too: it must divide every row alike, and better than any other.
        share = count / len(rows) - (0.5 if delimiter == " " else 0.0)
        # Decimal commas divide every row but the names alike.
        share -= 0.4 * (len(rows[0]) != width)
        if (round(share, 1), width) > best_score:
            best, best_score = delimiter, (round(share, 1), width)
    return best


def _guess_decimal(rows: list[list[str]], delimiter: str) -> str:
    if delimiter == ",":
        return "."
    cells = [cell.strip() for row in rows for cell in row]
    commas = sum(_COMMA_NUMBER.match(cell) is not None for cell in cells)
    points = sum("." in cell and _NUMBER.match(cell) is not None for cell in cells)
    return "," if commas > points else "."


def is_number(text: str, decimal: str = ".") -> bool:
    """Whether a cell reads as a finite number."""
    text = text.strip()
    if decimal == ",":
        if "." in text:
            return False
        text = text.replace(",", ".")
    return _NUMBER.match(text) is not None


def _guess_header(rows: list[list[str]], decimal: str) -> bool:
    """Whether the first row names the columns: no number in it, and not what stands below."""
    first, rest = rows[0], rows[1:]
    if any(is_number(cell, decimal) for cell in first):
        return False
    if not rest:
        return True
    if any(is_number(cell, decimal) for row in rest for cell in row):
        return True
    below = [{row[place].strip() for row in rest if place < len(row)} for place in range(len(first))]
    return not any(cell.strip() in values for cell, values in zip(first, below, strict=True) if cell.strip())
