"""NumPy arrays as inputs and targets: what task they suggest, their columns, and what is wrong with them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.data.csv_columns import HISTOGRAM_BINS, TOP_VALUES, in_order
from nnviz.data.import_choice import MAX_CLASSES, ColumnPreview, ImportChoice
from nnviz.data.raw_data import Categories, Numbers
from nnviz.data.tasks import FEW_VALUES
from nnviz.errors import FileFormatError

#: A table of bytes with as many columns as a square image from this side on has pixels is taken for images.
_MIN_SIDE = 8


def image_side(x: NDArray[Any]) -> tuple[int, int] | None:
    """Return height and width where an array holds images, else None."""
    if x.ndim == 3 or (x.ndim == 4 and x.shape[-1] in (1, 3)):
        return (x.shape[1], x.shape[2])
    if x.ndim == 2 and x.dtype == np.uint8:
        side = math.isqrt(x.shape[1])
        if side >= _MIN_SIDE and side * side == x.shape[1]:
            return (side, side)
    return None


def _is_dense(y: NDArray[Any]) -> bool:
    """Whether every value is 0 or 1."""
    return bool(y.size) and y.dtype.kind in "biuf" and bool(np.isin(y, (0, 1)).all())


def _is_one_hot(y: NDArray[Any]) -> bool:
    return y.ndim == 2 and y.shape[1] > 1 and _is_dense(y) and bool((y.sum(axis=1) == 1).all())


def array_task(y: NDArray[Any]) -> str:
    """Return the task that an array of targets suggests: (samples,) or (samples, outputs)."""
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2:
        if _is_one_hot(y):
            return "multiclass" if y.shape[1] > 2 else "binary"
        return "multilabel" if _is_dense(y) else "regression"
    if y.dtype.kind == "f":
        there = y[~np.isnan(y)]
        whole = bool((there == np.floor(there)).all())
    else:
        there, whole = y, True
    values = len(np.unique(there))
    if whole and (values <= min(FEW_VALUES, max(2, len(y) // 5)) or y.dtype.kind not in "biuf"):
        return "binary" if values <= 2 else "multiclass"
    # Numbers of classes begin at 0 and leave none out; small whole numbers of bytes are classes too.
    if whole and y.dtype.kind in "iu" and values <= MAX_CLASSES and there.min() == 0 and there.max() == values - 1:
        return "multiclass"
    return "regression"


def array_targets(name: str, y: NDArray[Any], task: str, file: str) -> list[Numbers | Categories]:
    """Return targets as columns.

    Args:
        name: of the array.
        y: (samples,) or (samples, outputs).
        task: one of ``nnviz.spec.TASKS``.
        file: for the message.

    Raises:
        FileFormatError: the array does not fit the task.
    """
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim not in (1, 2) or (y.ndim == 2 and y.shape[1] == 0):
        raise FileFormatError(
            f"{file}: the targets {name!r} have the shape {y.shape}; it must be (samples,) or (samples, outputs). "
            "Choose another array."
        )
    if task in ("binary", "multiclass"):
        if y.ndim == 2:
            if not _is_one_hot(y):
                raise FileFormatError(
                    f"{file}: as classes, {name!r} of the shape {y.shape} must have one 1 in each row and else 0. "
                    "Choose the task multilabel or regression."
                )
            return [Categories(name, y.argmax(axis=1).astype(np.int32), tuple(map(str, range(y.shape[1]))))]
        return [_class_column(name, y, file)]
    if y.dtype.kind not in "biuf":
        raise FileFormatError(f"{file}: {task} needs numbers, {name!r} holds {y.dtype}. Choose the task multiclass.")
    columns = y[:, None] if y.ndim == 1 else y
    values = columns.astype(np.float64)
    if np.isinf(values).any():
        row = int(np.isinf(values).any(axis=1).argmax())
        raise FileFormatError(f"{file}: row {row + 1:,} of {name!r} is infinite. Correct it and save the array again.")
    if task == "multilabel" and not _is_dense(columns):
        row, column = np.argwhere(~np.isin(columns, (0, 1)))[0]
        raise FileFormatError(
            f"{file}: row {row + 1:,}, column {column + 1} of {name!r} is {columns[row, column]:g}; a label is 0 or 1. "
            "Choose the task regression."
        )
    many = columns.shape[1] > 1
    return [Numbers(f"{name} {k + 1}" if many else name, values[:, k]) for k in range(columns.shape[1])]


def _class_column(name: str, y: NDArray[Any], file: str) -> Categories:
    missing = np.isnan(y) if y.dtype.kind == "f" else np.zeros(len(y), np.bool_)
    values, codes = np.unique(y[~missing], return_inverse=True)
    if len(values) > MAX_CLASSES:
        raise FileFormatError(
            f"{file}: {name!r} has {len(values):,} different values; at most {MAX_CLASSES} are classes. Choose the "
            "task regression, or another array."
        )
    texts = [_text(value) for value in values]
    names = in_order(texts)
    places = np.array([names.index(text) for text in texts], np.int32)
    made = np.full(len(y), -1, np.int32)
    made[~missing] = places[codes]
    return Categories(name, made, tuple(names))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def number_columns(
    name: str, x: NDArray[Any], choice: ImportChoice, file: str
) -> tuple[list[Numbers], list[str]]:
    """Return the columns of (samples, features) as numbers, NaN where missing, and notes.

    Raises:
        FileFormatError: a value is infinite, and such values are not to be treated as missing.
    """
    notes = []
    columns = []
    total = 0
    for k in range(x.shape[1]):
        values = x[:, k].astype(np.float64)
        infinite = np.isinf(values)
        if infinite.any():
            if choice.unreadable == "stop":
                row = int(infinite.argmax())
                raise FileFormatError(
                    f"{file}: row {row + 1:,}, column {k + 1} of {name!r} is infinite. Correct it and save the array "
                    "again, or treat what cannot be read as missing."
                )
            total += int(infinite.sum())
            values[infinite] = np.nan
        columns.append(Numbers(f"{name} {k + 1}", values))
    if total:
        notes.append(f"{total:,} infinite values count as missing.")
    return columns, notes


def summarise_array(name: str, y: NDArray[Any]) -> ColumnPreview:
    """Say what an array of at most two dimensions holds, as if it were the target."""
    if y.ndim == 2 and y.shape[1] > 1:
        kind = {"multilabel": "labels", "regression": "targets"}.get(array_task(y), "one-hot")
        missing = int(np.isnan(y).any(axis=1).sum()) if y.dtype.kind == "f" else 0
        return ColumnPreview(name, kind, missing=missing, distinct=y.shape[1])
    flat = y.reshape(-1)
    missing = int(np.isnan(flat).sum()) if flat.dtype.kind == "f" else 0
    there = flat[~np.isnan(flat)] if missing else flat
    values, counts = np.unique(there, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:TOP_VALUES]
    top = tuple((_text(values[place]), int(counts[place])) for place in order)
    distinct = min(len(values), MAX_CLASSES + 1)
    if flat.dtype.kind not in "biuf":
        return ColumnPreview(name, "category", missing=missing, distinct=distinct, top=top)
    real = there.astype(np.float64)
    real = real[np.isfinite(real)]
    if len(real) == 0:
        return ColumnPreview(name, "empty", missing=missing)
    low, high = float(real.min()), float(real.max())
    bins = tuple(int(n) for n in np.histogram(real, HISTOGRAM_BINS, (low, high))[0]) if high > low else ()
    return ColumnPreview(
        name, "number", "input", missing, distinct, low, high, float(real.mean()),
        bool((real == np.floor(real)).all()), bins, top, len(there) - len(real),
    )
