"""Texts of a column to numbers or categories, block by block; what a column holds, from its first rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.data.import_choice import MAX_CATEGORIES, MAX_CLASSES, ColumnPreview, Problem
from nnviz.data.raw_data import Categories, Numbers
from nnviz.errors import FileFormatError

#: Cells that mean "no value", besides empty ones.
MISSING_WORDS = ("", "NA", "N/A", "n/a", "na", "#N/A", "NaN", "nan", "NAN", "NULL", "null", "?")
#: Numbers as Arrow reads them; infinite ones and those with thousands separators are not among them.
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
HISTOGRAM_BINS = 12
TOP_VALUES = 8
#: Of a column's values at least this share must be numbers for it to count as one of numbers.
NUMBER_SHARE = 0.8

Where = Callable[[int], str]


@cache
def _missing_words() -> Any:
    import pyarrow as pa

    return pa.array(MISSING_WORDS)  # made once: each time it looks for pandas


def _clean(cells: Any) -> Any:
    """Return texts without blanks around them, null where they mean "no value"."""
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(cells)
    missing = pc.is_in(trimmed, value_set=_missing_words())
    return pc.if_else(missing, pa.scalar(None, pa.string()), trimmed)


def to_numbers(cells: Any, decimal: str) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return numbers, NaN where there are none, and the places of cells that are not finite numbers, nor missing.

    Args:
        cells: an Arrow array of texts.
        decimal: "." or ",".
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    bad = np.zeros(len(cells), np.bool_)
    if decimal == ".":
        try:
            # Most columns are numbers throughout: what "nan" says is missing, what is infinite is found below.
            return _finite(cells.cast(pa.float64()), bad)
        except pa.ArrowInvalid:
            pass
    clean = _clean(cells)
    if decimal == ",":
        # With a decimal comma a point would separate thousands, or be a mistake: which, nobody can tell.
        pointed = pc.fill_null(pc.match_substring(clean, "."), False)
        bad |= pointed.to_numpy(zero_copy_only=False)
        clean = pc.replace_substring(pc.if_else(pointed, pa.scalar(None, pa.string()), clean), ",", ".")
    try:
        numbers = clean.cast(pa.float64())
    except pa.ArrowInvalid:
        good = pc.match_substring_regex(clean, _NUMBER)  # null where missing
        bad |= pc.fill_null(pc.invert(good), False).to_numpy(zero_copy_only=False)
        numbers = pc.if_else(pc.fill_null(good, False), clean, pa.scalar(None, pa.string())).cast(pa.float64())
    return _finite(numbers, bad)


def _finite(numbers: Any, bad: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    values = numbers.to_numpy(zero_copy_only=False).astype(np.float64)  # nulls become NaN
    infinite = np.isinf(values)
    if infinite.any():
        values[infinite] = np.nan
        bad |= infinite
    return values, np.flatnonzero(bad)


class NumberReader:
    """Takes a column of numbers, block by block.

    Args:
        name: of the column.
        decimal: "." or ",".
        skip: whether cells that are no finite numbers count as missing; otherwise the first one is an error.
    """

    def __init__(self, name: str, decimal: str, skip: bool) -> None:
        self.name = name
        self.unreadable = 0
        self._decimal = decimal
        self._skip = skip
        self._parts: list[NDArray[np.float64]] = []

    def take(self, cells: Any, where: Where, file: str) -> None:
        """Take a block of texts; ``where`` says where each is.

        Raises:
            FileFormatError: a cell is no finite number.
        """
        values, bad = to_numbers(cells, self._decimal)
        if len(bad) and not self._skip:
            place = int(bad[0])
            text = cells[place].as_py()
            raise FileFormatError(
                f"{file}: {where(place)}, column {self.name!r}: {bad_cell(text, self._decimal)}. Correct the cell, "
                "treat what cannot be read as missing, or ignore the column."
            )
        self.unreadable += len(bad)
        self._parts.append(values)

    def finished(self) -> Numbers:
        """Return the column."""
        values = np.concatenate(self._parts) if self._parts else np.empty(0)
        self._parts.clear()
        return Numbers(self.name, values)


class CategoryReader:
    """Takes a column of categories, block by block.

    Args:
        name: of the column.
        most: categories it may have.
    """

    def __init__(self, name: str, most: int) -> None:
        self.name = name
        self._most = most
        self._codes: dict[str, int] = {}
        self._parts: list[NDArray[np.int32]] = []

    def take(self, cells: Any, where: Where, file: str) -> None:
        """Take a block of texts; ``where`` says where each is.

        Raises:
            FileFormatError: there are more categories than it may have.
        """
        import pyarrow.compute as pc

        encoded = pc.dictionary_encode(_clean(cells))
        names = encoded.dictionary.to_pylist()
        for code, name in enumerate(names):
            if name not in self._codes and len(self._codes) == self._most:
                place = pc.index(encoded.indices, code).as_py()
                raise FileFormatError(
                    f"{file}: {where(place)}, column {self.name!r}: {name!r} is the {self._most + 1}th different "
                    f"value; at most {self._most} can be told apart here. Choose another column, or read this one as "
                    "numbers."
                )
            self._codes.setdefault(name, len(self._codes))
        indices = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
        places = np.array([*(self._codes[name] for name in names), -1], np.int32)
        self._parts.append(places[indices])

    def finished(self) -> Categories:
        """Return the column, its categories in order: as numbers where all are, else by the alphabet."""
        codes = np.concatenate(self._parts) if self._parts else np.empty(0, np.int32)
        self._parts.clear()
        names = in_order(self._codes)
        places = np.full(len(names) + 1, -1, np.int32)
        for place, name in enumerate(names):
            places[self._codes[name]] = place
        return Categories(self.name, places[codes], tuple(names))


def in_order(names: Any) -> list[str]:
    """Return texts in the order of the numbers they are, or of the alphabet where one is none."""
    try:
        return sorted(names, key=lambda name: (float(name), name))
    except ValueError:
        return sorted(names)


def bad_cell(text: str, decimal: str) -> str:
    """Say why a cell is not a finite number."""
    shown = repr(text if len(text) <= 40 else f"{text[:40]}…")
    plain = text.strip().lstrip("+-").lower()
    if plain in ("inf", "infinity"):
        return f"{shown} is infinite"
    if plain.replace(".", "").replace("e", "").replace("+", "").isdigit():
        return f"{shown} is too large for a number of 64 bits" if decimal == "." else f"{shown} is no number"
    other = "," if decimal == "." else "."
    if plain.replace(other, "", 1).isdigit():
        return f"{shown} is no number with the decimal sign {decimal!r}"
    return f"{shown} is no number"


def summarise(name: str, cells: Any, decimal: str, where: Where, file: str) -> tuple[ColumnPreview, list[Problem]]:
    """Say what a column holds, of its first rows, and what is odd in them.

    Args:
        name: of the column.
        cells: an Arrow array of texts.
        decimal: "." or ",".
        where: says where a row is.
        file: its name, for the problems.
    """
    import pyarrow.compute as pc

    clean = _clean(cells)
    missing = clean.null_count
    there = len(clean) - missing
    if there == 0:
        text = f"{file}: column {name!r} is empty; it is ignored."
        return ColumnPreview(name, "empty", "ignore", missing), [Problem("warning", text)]
    values, bad = to_numbers(cells, decimal)
    found: list[Problem] = []
    numbers = there - len(bad)
    counts = pc.value_counts(clean.drop_null())
    order = pc.sort_indices(counts.field("counts"), sort_keys=[("", "descending")])[: TOP_VALUES]
    top = tuple(
        (str(pair["values"]), int(pair["counts"])) for pair in counts.take(order).to_pylist()
    )
    distinct = min(len(counts), MAX_CLASSES + 1)
    if numbers < NUMBER_SHARE * there:
        kind = "category" if len(counts) <= MAX_CATEGORIES and (len(counts) < there or there < 10) else "text"
        made = ColumnPreview(name, kind, "input", missing, distinct, top=top)
    else:
        real = values[~np.isnan(values)]
        low, high = float(real.min()), float(real.max())
        with np.errstate(over="ignore", invalid="ignore"):
            mean, width = float(real.mean()), high - low
        bins: tuple[int, ...] = ()
        if math.isfinite(width) and width > 0:
            bins = tuple(int(n) for n in np.histogram(real, HISTOGRAM_BINS, (low, high))[0])
        made = ColumnPreview(
            name, "number", "input", missing, distinct, low, high, mean, bool((real == np.floor(real)).all()), bins,
            top, len(bad),
        )
        if len(bad):
            text = bad_cell(cells[int(bad[0])].as_py(), decimal)
            more = f" So {len(bad) - 1:,} more of {there:,}." if len(bad) > 1 else ""
            words = f"{file}: {where(int(bad[0]))}, column {name!r}: {text}.{more}"
            found.append(Problem("unreadable", words, name))
    if made.distinct == 1:
        text = f"{file}: column {name!r} is {made.top[0][0]!r} in every row seen; a constant says nothing."
        found.append(Problem("warning", text))
    return made, found
