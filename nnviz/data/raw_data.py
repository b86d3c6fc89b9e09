"""Data as they were read, before missing values, division and scaling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nnviz.data.import_choice import MAX_INPUTS, MAX_VALUES
from nnviz.errors import FileFormatError

Where = Callable[[int], str]


@dataclass(slots=True)
class Numbers:
    """A column of numbers.

    Attributes:
        name: of the column.
        values: (count,), float64, NaN where missing, else finite.
    """

    name: str
    values: NDArray[np.float64]


@dataclass(slots=True)
class Categories:
    """A column of categories.

    Attributes:
        name: of the column.
        codes: (count,), int32, places in ``names``, −1 where missing.
        names: the categories in order.
    """

    name: str
    codes: NDArray[np.int32]
    names: tuple[str, ...]


@dataclass(slots=True)
class RawTable:
    """A table as it was read.

    Attributes:
        inputs: columns that go into the network.
        targets: columns to be learnt; one of ``Categories`` for classes, of ``Numbers`` for regression, of
            ``Numbers`` 0 and 1 for labels.
        where: says where a row is, "row 12".
        test_count: the last rows that are the test set; 0 to divide one off.
        notes: what happened on the way that people should know.
    """

    inputs: list[Numbers | Categories]
    targets: list[Numbers | Categories]
    where: Where
    test_count: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class RawImages:
    """Images as they were read.

    Attributes:
        images: (count, height, width), uint8, or float32 in [0, 1].
        targets: as of ``RawTable``.
        test_count: see ``RawTable``.
        notes: see ``RawTable``.
    """

    images: NDArray[np.uint8] | NDArray[np.float32]
    targets: list[Numbers | Categories]
    test_count: int = 0
    notes: list[str] = field(default_factory=list)


def check_size(name: str, rows: int, inputs: int, advice: str) -> None:
    """Check that the samples of a data set fit into memory.

    Raises:
        FileFormatError: they do not; the message says what it would take.
    """
    if inputs > MAX_INPUTS:
        raise FileFormatError(f"{name}: a network may have at most {MAX_INPUTS:,} inputs, got {inputs:,}. {advice}")
    if rows * inputs > MAX_VALUES:
        raise FileFormatError(
            f"{name}: {rows:,} samples of {inputs:,} inputs would take {rows * inputs * 4 / 2**30:.1f} GB of memory; "
            f"at most {MAX_VALUES * 4 / 2**30:.2f} GB are allowed. {advice}"
        )


def cells_of(column: Numbers | Categories) -> NDArray[np.float64] | NDArray[np.int32]:
    """Return the values or codes of a column."""
    return column.values if isinstance(column, Numbers) else column.codes


def is_missing(column: Numbers | Categories) -> NDArray[np.bool_]:
    """Return which cells of a column have no value."""
    missing: NDArray[np.bool_] = np.isnan(column.values) if isinstance(column, Numbers) else column.codes < 0
    return missing


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return names with commas, the first few of many."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"
