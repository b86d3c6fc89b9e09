"""From columns or images as they were read to a ``Dataset``: missing values, division, scaling, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnviz.data.dataset import Dataset, Scaling, Split
from nnviz.data.import_choice import (
    MAX_MAGNITUDE,
    MIN_ROWS,
    OWN_OPTION,
    OWN_PREFIX,
    Cancelled,
    ImportCancelledError,
    ImportChoice,
    never,
)
from nnviz.data.own_targets import Targets
from nnviz.data.prepare import Division, divide
from nnviz.data.raw_data import (
    Categories,
    Numbers,
    RawImages,
    RawTable,
    Where,
    cells_of,
    check_size,
    is_missing,
    listed,
)
from nnviz.errors import FileFormatError


def table_dataset(
    choice: ImportChoice, raw: RawTable, task: str, cancelled: Cancelled = never
) -> tuple[Dataset, tuple[str, ...]]:
    """Make a data set of a table.

    Args:
        choice: how; its ``missing``, ``standardise``, ``shares`` and ``seed`` are used.
        raw: the table; its columns are used up one after the other to save memory.
        task: one of ``nnviz.spec.TASKS``, as the targets are.
        cancelled: asked for every column.

    Returns:
        The data set, and sentences on what was left out or filled in.

    Raises:
        FileFormatError: there are too few rows, one class only, or no input that varies.
        ImportCancelledError: as asked.
    """
    name, notes = Path(choice.path).name, list(raw.notes)
    kept = _kept_rows(choice, raw, name, notes)
    targets = Targets.of(raw.targets, task, kept, name)
    test_count = int(np.count_nonzero(kept >= len(cells_of(raw.targets[0])) - raw.test_count)) if raw.test_count else 0
    division = _division(choice, targets, len(kept), test_count, name)
    for column in raw.inputs:
        if isinstance(column, Numbers):
            _check_magnitude(column, raw.where, name)
    features: list[_Feature] = []
    for column in raw.inputs:
        _stop_if(cancelled, name)
        features += _features_of(column, kept, division, choice, name, notes)
    left_out = [feature.name for feature in features if feature.is_constant]
    features = [feature for feature in features if not feature.is_constant]
    if left_out:
        notes.append(_constant_words(left_out))
    if not features:
        raise FileFormatError(
            f"{name}: no input varies: {listed(left_out)} have the same value in every training row. "
            "Choose other columns as inputs."
        )
    advice = "Ignore columns, or read fewer rows."
    check_size(name, len(kept), sum(feature.width for feature in features), advice)
    names = tuple(each for feature in features for each in feature.names)
    scaling = None
    if choice.standardise:
        mean = np.concatenate([np.full(feature.width, feature.mean) for feature in features])
        std = np.concatenate([np.full(feature.width, feature.std) for feature in features])
        mean.flags.writeable = std.flags.writeable = False
        scaling = Scaling(mean, std)
    raw.inputs.clear()
    parts = _fill_splits(features, kept, division, cancelled, name)
    return _dataset(choice, task, (len(names),), parts, targets, division, names, scaling), tuple(notes)


def image_dataset(choice: ImportChoice, raw: RawImages, task: str) -> tuple[Dataset, tuple[str, ...]]:
    """Make a data set of images; arguments, result and errors as of ``table_dataset``."""
    name, notes = Path(choice.path).name, list(raw.notes)
    count, height, width = raw.images.shape
    check_size(name, count, height * width, "Choose a smaller image size, or read fewer images.")
    table = RawTable([], raw.targets, lambda index: f"image {index + 1:,}")
    kept = _kept_rows(choice, table, name, notes)
    targets = Targets.of(raw.targets, task, kept, name)
    test_count = int(np.count_nonzero(kept >= count - raw.test_count)) if raw.test_count else 0
    division = _division(choice, targets, len(kept), test_count, name)
    factor = np.float32(1 / 255) if raw.images.dtype == np.uint8 else np.float32(1)
    flat = raw.images.reshape(count, -1)
    parts = [np.multiply(flat[kept[part]], factor, dtype=np.float32) for part in division]
    if np.ptp(parts[0]) == 0:
        raise FileFormatError(f"{name}: every pixel of every training image is the same; nothing can be learnt.")
    return _dataset(choice, task, (height, width), parts, targets, division, (), None), tuple(notes)


def _stop_if(cancelled: Cancelled, name: str) -> None:
    if cancelled():
        raise ImportCancelledError(f"Reading {name} was cancelled.")


def _kept_rows(choice: ImportChoice, raw: RawTable, name: str, notes: list[str]) -> NDArray[np.intp]:
    """Return the places of the rows that stay."""
    count = len(cells_of(raw.targets[0]))
    if count == 0:
        raise FileFormatError(f"{name} has no rows; at least {MIN_ROWS} are needed.")
    keep = np.ones(count, np.bool_)
    for column in raw.targets:
        keep &= ~is_missing(column)
    without_target = count - int(keep.sum())
    if without_target:
        notes.append(f"{without_target:,} rows without a target were left out.")
    if choice.missing == "drop":
        for column in raw.inputs:
            keep &= ~is_missing(column)
        dropped = count - without_target - int(keep.sum())
        if dropped:
            notes.append(f"{dropped:,} rows with a missing input were left out.")
    kept = np.flatnonzero(keep)
    if len(kept) < MIN_ROWS:
        text = f"{name} has {count:,} row{'s' * (count != 1)}"
        if len(kept) < count:
            text += f", {len(kept):,} of them without missing values"
        advice = "Add rows." if len(kept) == count else "Add rows, or fill the missing values."
        raise FileFormatError(f"{text}; at least {MIN_ROWS} are needed. {advice}")
    return kept


def _division(choice: ImportChoice, targets: Targets, count: int, test_count: int, name: str) -> Division:
    if test_count:
        train, validation, _ = choice.shares
        whole = round(100 * train / (train + validation))
        first = count - test_count
        division = divide(targets.strata[:first], choice.seed, (whole, 100 - whole, 0))
        division = Division(division.train, division.validation, np.arange(first, count))
    else:
        division = divide(targets.strata, choice.seed, choice.shares)
    for split, part in zip(("train", "validate", "test"), division, strict=True):
        if len(part) == 0:
            raise FileFormatError(
                f"{name}: of {count:,} rows none is left to {split} with, in shares of "
                f"{' : '.join(map(str, choice.shares))}. Add rows, or choose other shares."
            )
    learnt = np.unique(targets.strata[division.train])
    if targets.task in ("binary", "multiclass") and len(learnt) < len(np.unique(targets.strata)):
        missing = sorted(set(range(len(targets.names))) - set(learnt.tolist()))
        words = listed([repr(targets.names[code]) for code in missing])
        raise FileFormatError(f"{name}: no training row is of the class {words}. Add rows of it.")
    return division


def _check_magnitude(column: Numbers, where: Where, name: str) -> None:
    with np.errstate(invalid="ignore"):
        large = np.abs(column.values) > MAX_MAGNITUDE
    if large.any():
        index = int(large.argmax())
        raise FileFormatError(
            f"{name}: {where(index)}, column {column.name!r}: {column.values[index]:g} is too large; numbers must be "
            f"within ±{MAX_MAGNITUDE:g}. Correct the cell, or scale the column down."
        )


@dataclass(slots=True)
class _Feature:
    """One column as inputs: a number, or one 0 or 1 for each category."""

    name: str
    names: tuple[str, ...]
    column: Numbers | Categories
    fill: float = 0.0
    mean: float = 0.0
    std: float = 1.0
    is_constant: bool = False

    @property
    def width(self) -> int:
        return len(self.names)


def _features_of(
    column: Numbers | Categories, kept: NDArray[np.intp], division: Division, choice: ImportChoice, name: str,
    notes: list[str],
) -> list[_Feature]:
    learnt = cells_of(column)[kept[division.train]]
    missing = int(is_missing(column)[kept].sum())
    there = learnt[~np.isnan(learnt)] if isinstance(column, Numbers) else learnt[learnt >= 0]
    if len(there) == 0:
        raise FileFormatError(
            f"{name}: column {column.name!r} has no value in any training row. Ignore it, or read more rows."
        )
    if isinstance(column, Categories):
        names = tuple(f"{column.name} = {category}" for category in column.names)
        fill = float(np.bincount(there).argmax())
        if missing:
            notes.append(f"{column.name}: {missing:,} missing filled with {column.names[int(fill)]!r}.")
        return [_Feature(column.name, names, column, fill, is_constant=bool((there == there[0]).all()))]
    if choice.missing == "median":
        fill = float(np.median(there))
    elif choice.missing == "most_frequent":
        values, counts = np.unique(there, return_counts=True)
        fill = float(values[counts.argmax()])
    else:
        fill = float(there.mean())
    if missing:
        notes.append(f"{column.name}: {missing:,} missing filled with {fill:.6g}.")
    constant = bool((there == there[0]).all())
    feature = _Feature(column.name, (column.name,), column, fill, is_constant=constant)
    if choice.standardise and not constant:
        filled = np.where(np.isnan(learnt), fill, learnt)
        feature.mean, feature.std = float(filled.mean()), float(filled.std())
        feature.is_constant = not feature.std > 0
    return [feature]


def _fill_splits(
    features: list[_Feature], kept: NDArray[np.intp], division: Division, cancelled: Cancelled, name: str
) -> list[NDArray[np.float32]]:
    """Return the inputs of each split; ``features`` is emptied on the way, so that memory holds no table twice."""
    width = sum(feature.width for feature in features)
    parts = [np.zeros((len(part), width), np.float32) for part in division]
    place = 0
    features.reverse()
    while features:
        _stop_if(cancelled, name)
        feature = features.pop()
        cells = cells_of(feature.column)
        for x, part in zip(parts, division, strict=True):
            values = cells[kept[part]]
            if isinstance(feature.column, Numbers):
                filled = np.where(np.isnan(values), feature.fill, values)
                x[:, place] = (filled - feature.mean) / feature.std
            else:
                codes = np.where(values < 0, int(feature.fill), values)
                x[np.arange(len(codes)), place + codes] = 1
        place += feature.width
    return parts


def _dataset(
    choice: ImportChoice, task: str, shape: tuple[int, ...], parts: list[NDArray[np.float32]], targets: Targets,
    division: Division, names: tuple[str, ...], scaling: Scaling | None,
) -> Dataset:
    target_scaling = None
    y: NDArray[np.int32] | NDArray[np.float32]
    if task == "regression":
        learnt = targets.y[division.train]
        mean, std = learnt.mean(axis=0), learnt.std(axis=0)
        if not (std > 0).all():
            flat = targets.names[int(np.argmin(std))]
            raise FileFormatError(
                f"{Path(choice.path).name}: the target {flat!r} is the same in every training row. Add rows, or "
                "choose another target."
            )
        mean.flags.writeable = std.flags.writeable = False
        target_scaling = Scaling(mean, std)
        y = target_scaling.standardised(targets.y.astype(np.float64))
    elif task == "multilabel":
        y = targets.y.astype(np.float32)
    else:
        y = targets.y.astype(np.int32)
    splits = []
    for x, part in zip(parts, division, strict=True):
        learn = y[part]
        x.flags.writeable = learn.flags.writeable = False
        splits.append(Split(x, learn))
    title = Path(choice.path).stem or Path(choice.path).name
    return Dataset(
        name=f"{OWN_PREFIX}{choice.path}",
        title=title,
        input_shape=shape,
        class_names=() if task == "regression" else targets.names,
        train=splits[0],
        validation=splits[1],
        test=splits[2],
        licence="your own data",
        feature_names=names,
        scaling=scaling,
        task=task,
        target_names=targets.names if task == "regression" else (),
        target_scaling=target_scaling,
        options={OWN_OPTION: choice.to_json()},
    )


def _constant_words(names: list[str]) -> str:
    verb = "has" if len(names) == 1 else "have"
    gone = "was" if len(names) == 1 else "were"
    return f"{listed(names)} {verb} the same value in every training row and {gone} left out."
