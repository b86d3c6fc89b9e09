"""What is to be learnt of the user's own data: classes, labels or numbers, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.data.import_choice import MIN_ROWS_PER_CLASS
from nnviz.data.raw_data import Categories, Numbers, cells_of, listed
from nnviz.errors import FileFormatError


@dataclass(slots=True)
class Targets:
    """What is to be learnt, of the rows kept; ``strata`` are the classes by which the rows are divided."""

    y: NDArray[np.float64] | NDArray[np.int32]
    names: tuple[str, ...]
    strata: NDArray[np.int32]
    task: str

    @classmethod
    def of(cls, columns: Sequence[Numbers | Categories], task: str, kept: NDArray[np.intp], name: str) -> Targets:
        """Take the targets of the rows ``kept``.

        Raises:
            FileFormatError: there is nothing to learn, or too little of a class.
        """
        if task in ("binary", "multiclass"):
            column = columns[0]
            assert isinstance(column, Categories)
            return _classes(column, kept, task, name)
        values = np.column_stack([cells_of(column)[kept] for column in columns]).astype(np.float64)
        for column, cells in zip(columns, values.T, strict=True):
            if (cells == cells[0]).all():
                raise FileFormatError(
                    f"{name}: the target {column.name!r} is {cells[0]:g} in every row; there is nothing to learn. "
                    "Choose another target."
                )
        strata = np.zeros(len(kept), np.int32)
        if task == "multilabel":
            _, combinations = np.unique(values, axis=0, return_inverse=True)
            strata = combinations.reshape(-1).astype(np.int32)
        return cls(values, tuple(column.name for column in columns), strata, task)


def _classes(column: Categories, kept: NDArray[np.intp], task: str, name: str) -> Targets:
    codes = column.codes[kept]
    counts = np.bincount(codes, minlength=len(column.names))
    there = np.flatnonzero(counts)
    if len(there) == 1:
        raise FileFormatError(
            f"{name}: column {column.name!r} has one class only, {column.names[there[0]]!r}, in all {len(kept):,} "
            "rows; two are needed to learn a difference. Choose another target, or add rows of other classes."
        )
    if task == "binary" and len(there) > 2:
        raise FileFormatError(
            f"{name}: the task binary needs two classes, column {column.name!r} has {len(there)}: "
            f"{listed([column.names[code] for code in there])}. Choose the task multiclass."
        )
    few = [code for code in there if counts[code] < MIN_ROWS_PER_CLASS]
    if few:
        words = listed([f"{column.names[code]!r} ({counts[code]})" for code in few])
        raise FileFormatError(
            f"{name}: each class needs at least {MIN_ROWS_PER_CLASS} rows, one to train, one to validate and one to "
            f"test; column {column.name!r} has fewer of {words}. Add rows, take those classes out, or choose "
            "another target."
        )
    places = np.full(len(column.names), -1, np.int32)
    places[there] = np.arange(len(there), dtype=np.int32)
    y = places[codes]
    return Targets(y, tuple(column.names[code] for code in there), y, task)
