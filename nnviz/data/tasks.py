"""What a look at a file suggests: roles of columns, the task; and what is wrong with a choice before it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nnviz.data.import_choice import (
    FEW_ROWS,
    MAX_CATEGORIES,
    MAX_CLASSES,
    MAX_INPUTS,
    MAX_VALUES,
    MIN_ROWS,
    MIN_ROWS_PER_CLASS,
    ColumnPreview,
    ImportChoice,
    Preview,
    Problem,
)
from nnviz.errors import FileFormatError

#: Names that columns of classes and targets often have.
TARGET_NAMES = ("target", "label", "labels", "class", "y", "outcome", "species", "diagnosis", "category", "survived")
_IDENTIFIERS = ("id", "index", "unnamed: 0")
_NUMBERING = ("no", "nr", "number", "row")
#: Whole numbers with at most so many values are taken for classes.
FEW_VALUES = 20
_TRUTH = ({"0", "1"}, {"no", "yes"}, {"false", "true"}, {"n", "y"}, {"f", "t"}, {"0.0", "1.0"})


def suggest_roles(columns: Sequence[ColumnPreview], seen: int) -> list[ColumnPreview]:
    """Return the columns of a table with roles: the target by its name, else the last that can be one."""
    made = []
    for column in columns:
        useless = column.kind in ("empty", "text") or column.distinct == 1 or _is_numbering(column, seen)
        made.append(replace(column, role="ignore" if useless else "input"))
    usable = [place for place, column in enumerate(made) if column.role == "input"]
    named = [place for place in usable if made[place].name.strip().lower() in TARGET_NAMES]
    target = named[0] if named else (usable[-1] if len(usable) > 1 else None)
    if target is not None:
        made[target] = replace(made[target], role="target")
    return made


def _is_numbering(column: ColumnPreview, seen: int) -> bool:
    """Whether a column only numbers the rows, and says so; some rows may have been left out."""
    name = column.name.strip().lower()
    span = column.maximum - column.minimum + 1
    counts = column.integers and column.missing == 0 and column.distinct >= min(seen, MAX_CLASSES + 1)
    if name in _IDENTIFIERS:
        return counts  # rows of it may have been taken out
    return counts and seen <= span <= 1.1 * seen and (name in _NUMBERING or name.startswith("column "))


def with_targets(preview: Preview, targets: Sequence[str]) -> ImportChoice:
    """Return the suggested choice with other targets; what was one is an input then, where it can be.

    Raises:
        FileFormatError: a target is no column of the file.
    """
    name = Path(preview.choice.path).name
    unknown = [target for target in targets if preview.column(target) is None]
    if unknown:
        there = ", ".join(column.name for column in preview.columns[:20])
        raise FileFormatError(f"{name} has no column {unknown[0]!r}; it has {there}.")
    old = [*preview.choice.inputs, *preview.choice.targets]
    inputs = tuple(column.name for column in preview.columns if column.name in old and column.name not in targets)
    categories = tuple(each for each in inputs if (found := preview.column(each)) and found.kind == "category")
    return replace(preview.choice, inputs=inputs, targets=tuple(targets), categories=categories)


def task_of(preview: Preview, targets: Sequence[str]) -> str:
    """Return the task that targets suggest, one of ``nnviz.spec.TASKS``; "" without targets."""
    columns = [column for name in targets if (column := preview.column(name)) is not None]
    if not columns:
        return ""
    if len(columns) > 1:
        return "multilabel" if all(_is_truth(column) for column in columns) else "regression"
    column = columns[0]
    if column.kind in ("labels", "targets"):
        return "multilabel" if column.kind == "labels" else "regression"
    if column.kind != "number" or (column.integers and column.distinct <= min(FEW_VALUES, max(2, preview.seen // 5))):
        return "binary" if column.distinct <= 2 else "multiclass"
    return "regression"


def _is_truth(column: ColumnPreview) -> bool:
    return column.distinct <= 2 and any({name.lower() for name, _ in column.top} <= truth for truth in _TRUTH)


def count_inputs(preview: Preview, choice: ImportChoice) -> int:
    """Return how many inputs the network gets: one for a number, one for each category."""
    if preview.input_count:
        return preview.input_count
    if choice.kind == "images":
        return choice.image_size[0] * choice.image_size[1]
    columns = [column for name in choice.inputs if (column := preview.column(name)) is not None]
    return sum(column.distinct if column.name in choice.categories else 1 for column in columns)


def check(preview: Preview, choice: ImportChoice) -> tuple[Problem, ...]:
    """Return what is wrong with a choice, errors first, as far as the look at the file tells.

    A choice without an error here can still meet one in the part of the file that was not looked at.
    """
    name = Path(choice.path).name
    errors = [problem.text for problem in preview.problems if problem.severity == "error"]
    warnings = [problem.text for problem in preview.problems if problem.severity == "warning"]
    _add_unreadable(preview, choice, errors if choice.unreadable == "stop" else warnings)
    if not errors or preview.columns:
        if choice.kind == "csv":
            _check_columns(preview, choice, errors)
        elif choice.kind == "npz" and (len(choice.inputs) != 1 or len(choice.targets) != 1):
            errors.append(f"{name}: choose one array as input and one as target.")
        elif choice.kind == "idx" and not choice.labels_path:
            errors.append(f"{name}: choose the file of the labels that belong to these images.")
        _check_size(preview, choice, errors, warnings)
    return (*(Problem("error", text) for text in errors), *(Problem("warning", text) for text in warnings))


def _add_unreadable(preview: Preview, choice: ImportChoice, found: list[str]) -> None:
    """Add the rows of another length, and the cells that are no numbers in columns read as numbers."""
    numbers = set(choice.inputs) - set(choice.categories)
    if (choice.task or task_of(preview, choice.targets)) == "regression":
        numbers |= set(choice.targets)
    for problem in preview.problems:
        if problem.severity == "unreadable" and not problem.column:
            found.append(problem.text)
        elif problem.severity == "unreadable" and problem.column in numbers:
            advice = "Correct it, treat what cannot be read as missing, or ignore the column."
            found.append(f"{problem.text} {advice}" if choice.unreadable == "stop" else problem.text)


def _check_columns(preview: Preview, choice: ImportChoice, errors: list[str]) -> None:
    name = Path(choice.path).name
    inputs = [column for each in choice.inputs if (column := preview.column(each)) is not None]
    targets = [column for each in choice.targets if (column := preview.column(each)) is not None]
    if not targets:
        errors.append(f"{name}: choose at least one column as target: what the network is to learn.")
    if not inputs:
        errors.append(f"{name}: choose at least one column as input: what the network is to learn it from.")
    for column in inputs:
        category = column.name in choice.categories
        if column.kind == "empty":
            errors.append(f"{name}: column {column.name!r} is empty; ignore it.")
        elif category and column.distinct > MAX_CATEGORIES:
            errors.append(
                f"{name}: column {column.name!r} has more than {MAX_CATEGORIES} different values, too many for "
                "categories. Ignore it, or read it as numbers."
            )
        elif not category and column.kind in ("text", "category"):
            text = f"{name}: column {column.name!r} holds texts, no numbers. Ignore it, or read it as categories."
            errors.append(text if column.kind == "category" else f"{name}: column {column.name!r} holds more different "
                          f"texts than the {MAX_CATEGORIES} that can be categories. Ignore it.")
    task = choice.task or task_of(preview, choice.targets)
    if task in ("multiclass", "binary") and len(targets) > 1:
        errors.append(f"{name}: the task {task} has one target column, got {len(targets)}. Choose one.")
    for column in targets:
        _check_target(preview, choice, column, task, errors)


def _check_target(
    preview: Preview, choice: ImportChoice, column: ColumnPreview, task: str, errors: list[str]
) -> None:
    name = Path(choice.path).name
    if column.kind == "empty":
        errors.append(f"{name}: the target {column.name!r} is empty. Choose another.")
    elif task == "regression" and column.kind != "number":
        text = f"{name}: regression needs numbers, column {column.name!r} holds texts. Choose the task multiclass."
        errors.append(text)
    elif column.distinct == 1 and preview.is_exact:
        value = column.top[0][0]
        what = "value" if task == "regression" else "class"
        errors.append(f"{name}: the target {column.name!r} has one {what} only, {value!r}. Choose another target.")
    elif task in ("multiclass", "binary") and column.distinct > MAX_CLASSES:
        errors.append(
            f"{name}: column {column.name!r} has more than {MAX_CLASSES} different values, too many for classes. "
            f"Choose {'regression' if column.kind == 'number' else 'another target'}."
        )
    elif task == "binary" and column.distinct > 2:
        errors.append(
            f"{name}: the task binary needs two classes, column {column.name!r} has {column.distinct}. "
            "Choose the task multiclass."
        )
    elif task == "multilabel" and column.distinct > 2:
        text = f"{name}: a label has two values, column {column.name!r} has {column.distinct}. Choose another task."
        errors.append(text)
    elif task in ("multiclass", "binary") and preview.is_exact and not choice.max_rows:
        few = [(value, count) for value, count in column.top if count < MIN_ROWS_PER_CLASS]
        if few and column.distinct <= len(column.top):
            value, count = few[-1]
            errors.append(
                f"{name}: the class {value!r} of column {column.name!r} has {count} row{'s' * (count != 1)}; each "
                f"needs at least {MIN_ROWS_PER_CLASS}. Add rows, take it out of the file, or choose another target."
            )


def _check_size(preview: Preview, choice: ImportChoice, errors: list[str], warnings: list[str]) -> None:
    name = Path(choice.path).name
    count = preview.row_count
    if choice.kind != "images" and choice.max_rows:
        count = min(count, choice.max_rows)
    inputs = count_inputs(preview, choice)
    few = [pair for pair in preview.class_counts if pair[1] < MIN_ROWS_PER_CLASS]
    if len(preview.class_counts) == 1:
        errors.append(f"{name}: there is one class only, {preview.class_counts[0][0]!r}; two are needed.")
    elif few:
        errors.append(
            f"{name}: the class {few[0][0]!r} has {few[0][1]} sample{'s' * (few[0][1] != 1)}; each needs at least "
            f"{MIN_ROWS_PER_CLASS}. Add some, or take the class out."
        )
    if preview.row_count and count < MIN_ROWS:
        errors.append(f"{name}: {count} row{'s' * (count != 1)} are too few; at least {MIN_ROWS} are needed. Add rows.")
    elif preview.row_count and count < FEW_ROWS:
        train, validation, test = (round(share * count / 100) for share in choice.shares)
        warnings.append(
            f"{name}: {count} rows are few: {train} to train, {validation} to validate and {test} to test. "
            "What the test says will hang on single rows."
        )
    if inputs > MAX_INPUTS:
        errors.append(f"{name}: {inputs:,} inputs are too many; at most {MAX_INPUTS:,}. Ignore columns.")
    if count * inputs > MAX_VALUES:
        errors.append(
            f"{name}: about {count:,} samples of {inputs:,} inputs would take {count * inputs * 4 / 2**30:.1f} GB; "
            f"at most {MAX_VALUES * 4 / 2**30:.2f} GB are allowed. Ignore columns, or read fewer rows."
        )
