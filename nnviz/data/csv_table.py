"""Reads delimited texts of any size: a bounded preview, and the whole in blocks, each bad cell located.

Everything is read as text and turned into numbers or categories by ``csv_columns``, so that what does not fit can be
named by row and column. Rows are numbered as a spreadsheet does: the first of the file is 1, blank ones count.
"""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np

from nnviz.data.csv_columns import CategoryReader, NumberReader, summarise
from nnviz.data.csv_dialect import (
    Dialect,
    Head,
    guess_dialect,
    read_head,
)
from nnviz.data.csv_reader import Rows, Source, batches, explained, width_words
from nnviz.data.import_choice import (
    MAX_CATEGORIES,
    MAX_CLASSES,
    Cancelled,
    ColumnPreview,
    ImportCancelledError,
    ImportChoice,
    Preview,
    Problem,
    Progress,
)
from nnviz.data.raw_data import Categories, Numbers, RawTable, check_size
from nnviz.data.tasks import suggest_roles, task_of
from nnviz.errors import FileFormatError

HEAD_ROWS = 50


# -- a bounded look ------------------------------------------------------------------------------------------------


def inspect_csv(
    path: Path, *, delimiter: str = "", header: bool | None = None, encoding: str = "", decimal: str = ""
) -> Preview:
    """Look at the first 2 MB; what is not given is guessed.

    Raises:
        FileFormatError: it is no text, is empty, or has no columns.
    """
    head = read_head(path, encoding)
    dialect = guess_dialect(head, path, delimiter, header, decimal)
    choice = ImportChoice(
        str(path), "csv", delimiter=dialect.delimiter, header=dialect.header, encoding=head.encoding,
        decimal=dialect.decimal,
    )
    import pyarrow as pa

    rows = Rows(dialect.first_row)
    try:
        found = list(batches(io.BytesIO(head.text.encode()), dialect, rows, list(dialect.names), skip=True))
    except pa.ArrowInvalid as error:
        raise explained(error, path, choice, dialect, rows) from None
    problems = _file_problems(path, head, dialect, rows)
    if not found:
        text = f"{path.name} has no rows{' below its header' if dialect.header else ''}. Add rows of values."
        return Preview(choice, problems=(*problems, Problem("error", text)))
    table = pa.Table.from_batches(found)
    columns: list[ColumnPreview] = []
    for name, cells in zip(dialect.names, table.columns, strict=True):
        column, odd = summarise(name, cells.combine_chunks(), dialect.decimal, rows.words, path.name)
        columns.append(column)
        problems += odd
    columns = suggest_roles(columns, table.num_rows)
    of_role = {role: tuple(c.name for c in columns if c.role == role) for role in ("input", "target")}
    choice = replace(
        choice, inputs=of_role["input"], targets=of_role["target"],
        categories=tuple(c.name for c in columns if c.role == "input" and c.kind == "category"),
    )
    seen = table.num_rows
    count = seen if head.is_whole else round(seen * head.size / max(1, head.bytes_read))
    first = table.slice(0, HEAD_ROWS)
    shown = tuple(zip(*(column.to_pylist() for column in first.columns), strict=True))
    return Preview(choice, tuple(columns), shown, dialect.names, count, head.is_whole, seen, problems=tuple(problems))


def _file_problems(path: Path, head: Head, dialect: Dialect, rows: Rows) -> list[Problem]:
    problems = []
    if head.not_utf8:
        text = f"{path.name}: {head.not_utf8}. It is read as Windows-1252: check its letters, or save it as UTF-8."
        problems.append(Problem("warning", text))
    if dialect.doubled:
        names = ", ".join(map(repr, dialect.doubled[:5]))
        text = f"{path.name}: row 1 has the name {names} more than once; later ones got a number in brackets."
        problems.append(Problem("warning", text))
    if dialect.unnamed:
        places = ", ".join(map(str, dialect.unnamed[:5]))
        problems.append(Problem("warning", f"{path.name}: row 1 has no name for column {places}; give it one there."))
    if head.is_whole and head.text.count('"') % 2:
        row = head.text.count("\n", 0, head.text.rfind('"')) + 1
        text = f"{path.name}: the quotation marks are odd in number: one is not closed, perhaps that in line {row:,}."
        problems.append(Problem("warning", text))
    if rows.wrong_width:
        more = len(rows.wrong_width) - 1
        text = width_words(path, dialect, rows.wrong_width[0])
        problems.append(Problem("unreadable", text + (f" So {more:,} more." if more else "")))
    return problems


# -- all of it -------------------------------------------------------------------------------------------------------


def read_csv(choice: ImportChoice, progress: Progress, cancelled: Cancelled) -> tuple[RawTable, str]:
    """Read the columns chosen; returns them and the task.

    Raises:
        FileFormatError: a row or cell cannot be read, a column is not there, or memory would not do.
        ImportCancelledError: as asked.
    """
    import pyarrow as pa

    path = Path(choice.path)
    head = read_head(path, choice.encoding)
    dialect = guess_dialect(head, path, choice.delimiter, choice.header, choice.decimal)
    unknown = [name for name in (*choice.inputs, *choice.targets) if name not in dialect.names]
    if unknown:
        raise FileFormatError(f"{path.name} has no column {unknown[0]!r}; it has {', '.join(dialect.names[:10])}.")
    task = choice.task or _derived_task(path, choice)
    skip = choice.unreadable == "missing"
    readers: list[NumberReader | CategoryReader] = []
    for name in choice.inputs:
        if name in choice.categories:
            readers.append(CategoryReader(name, MAX_CATEGORIES))
        else:
            readers.append(NumberReader(name, choice.decimal, skip))
    for name in choice.targets:
        if task == "regression":
            readers.append(NumberReader(name, choice.decimal, skip))
        else:
            readers.append(CategoryReader(name, 2 if task == "multilabel" else MAX_CLASSES))
    rows = Rows(dialect.first_row)
    count, width = 0, len(choice.inputs)
    advice = "Ignore columns, or read fewer rows ('Rows at most')."
    if '"' not in head.text:
        # Every line is a row: how many there are can be told from the first ones, before time is spent.
        expected = round(head.text.count("\n") * head.size / max(1, head.bytes_read))
        check_size(path.name, min(expected, choice.max_rows or expected), width, advice)
    wanted = [*choice.inputs, *choice.targets]
    source = Source(path, choice.encoding)
    try:
        for batch in batches(source, dialect, rows, wanted, skip):
            if cancelled():
                raise ImportCancelledError(f"Reading {path.name} was cancelled.")
            if choice.max_rows:
                batch = batch.slice(0, choice.max_rows - count)
            for reader, cells in zip(readers, batch.columns, strict=True):
                reader.take(cells, rows.after(count), path.name)
            count += batch.num_rows
            check_size(path.name, count, width, advice)
            progress(min(source.done, head.size), head.size)
            if choice.max_rows and count >= choice.max_rows:
                break
    except (pa.ArrowInvalid, UnicodeError) as error:
        raise explained(error, path, choice, dialect, rows) from None
    except OSError as error:
        raise FileFormatError(f"{path} cannot be read: {error.strerror or error}.") from None
    finally:
        source.close()
    made: list[Numbers | Categories] = []
    notes: list[str] = []
    if rows.wrong_width:
        notes.append(f"{len(rows.wrong_width):,} rows of another length were left out.")
    for reader in readers:
        made.append(reader.finished())
        if isinstance(reader, NumberReader) and reader.unreadable:
            notes.append(f"{reader.name}: {reader.unreadable:,} cells that are no finite number count as missing.")
    targets = made[width:]
    if task == "multilabel":
        targets = [_label(column) for column in targets]
    return RawTable(made[:width], targets, rows.words, notes=notes), task


def _derived_task(path: Path, choice: ImportChoice) -> str:
    preview = inspect_csv(
        path, delimiter=choice.delimiter, header=choice.header, encoding=choice.encoding, decimal=choice.decimal
    )
    return task_of(preview, choice.targets)


def _label(column: Numbers | Categories) -> Numbers:
    """Return a column of two values, the first in order 0 and the second 1, as numbers."""
    assert isinstance(column, Categories)
    return Numbers(column.name, np.where(column.codes < 0, np.nan, column.codes.astype(np.float64)))
