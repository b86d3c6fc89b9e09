"""A CSV of the user's own in a script: read by its path, the same columns, rows, division and scaling as in nnviz."""

from __future__ import annotations

import re
from pathlib import Path

from nnviz.data.csv_columns import MISSING_WORDS
from nnviz.data.csv_dialect import CODECS
from nnviz.data.dataset import Dataset
from nnviz.data.import_choice import ImportChoice
from nnviz.errors import NnvizError
from nnviz.training.script.data import (
    ScriptData,
    division_lines,
    even_division_lines,
    standardised_lines,
    standardised_target_lines,
)
from nnviz.training.script.text import call, comment, listing, quoted

#: A name that nnviz gave to a column whose header was empty or stood there twice.
_MADE_UP = re.compile(r"column \d+( \(\d+\))?|.* \(\d+\)")
_MISSING = f'missing = "{",".join(sorted(MISSING_WORDS))}".split(",")'
_FILLS = {"mean": "np.nanmean(x[train], axis=0)", "median": "np.nanmedian(x[train], axis=0)"}


def table_data(choice: ImportChoice, dataset: Dataset) -> ScriptData:
    """Return the lines for a CSV.

    Args:
        choice: how it was imported.
        dataset: what became of it: the inputs that vary, the classes in order.

    Raises:
        NnvizError: a short script cannot do what was chosen; the message says what.
    """
    _check(choice)
    name = Path(choice.path).name
    kinds = {
        column: [each[len(column) + 3 :] for each in dataset.feature_names if each.startswith(f"{column} = ")]
        for column in choice.inputs if column in choice.categories
    }  # fmt: skip
    kinds = {column: texts for column, texts in kinds.items() if texts}
    numbers = [each for each in choice.inputs if each not in choice.categories and each in dataset.feature_names]
    fills = choice.missing != "drop"
    lines = [
        *comment(f"The rows of {name} as texts."),
        *_opened(choice),
        *([f"rows = rows[:{choice.max_rows}]"] if choice.max_rows else []),
        "",
        *_kept_rows(choice),
        *(_number_function(choice) if fills else []),
        *_target_lines(choice, dataset),
        "",
        *_divided(choice, dataset.task),
        "",
        *_number_lines(choice, numbers, fills),
        *_category_lines(choice, kinds, bool(numbers), fills),
    ]
    unit = ""
    if dataset.task == "regression" and len(choice.targets) == 1:
        lines += standardised_target_lines()
        unit = "y_std"
    elif dataset.task == "regression":
        lines += standardised_lines("y")
    needs_sklearn = numbers and choice.missing == "most_frequent"
    imports = ["import csv", "import numpy as np"]
    if needs_sklearn:
        imports.append("from sklearn.impute import SimpleImputer")
    return ScriptData(
        does=f"learns {', '.join(choice.targets)} from {name}",
        inputs=len(numbers) + sum(map(len, kinds.values())),
        task=dataset.task,
        classes=len(choice.targets) if dataset.task == "regression" else len(dataset.class_names),
        lines=tuple(lines),
        imports=tuple(imports),
        packages=("scikit-learn",) if needs_sklearn else (),
        indexed=True,
        unit=unit,
    )


def _check(choice: ImportChoice) -> None:
    name = Path(choice.path).name
    if choice.kind != "csv":
        raise NnvizError(
            f"There is no Keras code for {name}: of data of your own only CSV files can be written into a script."
        )
    if choice.unreadable == "missing":
        raise NnvizError(
            f"There is no Keras code for {name}: cells that cannot be read count as missing, which a short script "
            "cannot do. Correct those cells and import the file again."
        )
    made_up = [each for each in (*choice.inputs, *choice.targets) if choice.header and _MADE_UP.fullmatch(each)]
    if made_up:
        raise NnvizError(
            f"There is no Keras code for {name}: its header has no name of its own for {made_up[0]!r}. Give each "
            "column a name in the file and import it again."
        )


def _cell(choice: ImportChoice, column: str) -> str:
    """Return the expression of a cell of ``row``: by its name, or where there are no names by its place."""
    return f"row[{quoted(column)}]" if choice.header else f"row[{_place(column)}]"


def _place(column: str) -> int:
    return int(column.removeprefix("column ")) - 1


def _keys(choice: ImportChoice, columns: tuple[str, ...] | list[str]) -> list[str]:
    return [quoted(each) if choice.header else str(_place(each)) for each in columns]


def _opened(choice: ImportChoice) -> list[str]:
    errors = ['errors="replace"'] if choice.encoding == "windows-1252" else []
    values = [quoted(choice.path), f'encoding="{CODECS[choice.encoding]}"', *errors, 'newline=""']
    reader = "csv.DictReader" if choice.header else "csv.reader"
    delimiter = [] if choice.delimiter == "," else [f"delimiter={quoted(choice.delimiter)}"]
    blank = "" if choice.header else "  # but blank ones"
    read = call(f"{reader}", ["file", *delimiter, "skipinitialspace=True"])[0]
    rows = f"    rows = list({read})" if choice.header else f"    rows = [row for row in {read} if row]{blank}"
    return [*call("with open", values, 0, " as file:"), rows]


def _kept_rows(choice: ImportChoice) -> list[str]:
    fills = choice.missing != "drop"
    columns = choice.targets if fills else (*choice.inputs, *choice.targets)
    what = "a target" if fills else "a value"
    return [
        f"# Rows without {what} are left out.",
        _MISSING,
        *listing("needed", _keys(choice, columns)),
        "rows = [",
        "    row for row in rows",
        "    if not any(row[name].strip() in missing for name in needed)",
        "]",
    ]


def _float(choice: ImportChoice, cell: str) -> str:
    return f'{cell}.replace(",", ".")' if choice.decimal == "," else cell


def _number_function(choice: ImportChoice) -> list[str]:
    return [
        "",
        "def number(text):",
        f'    return float("nan" if text.strip() in missing else {_float(choice, "text")})',
        "",
    ]


def _target_lines(choice: ImportChoice, dataset: Dataset) -> list[str]:
    cell = _cell(choice, choice.targets[0])
    if dataset.task == "regression":
        return [
            *listing("targets", _keys(choice, choice.targets)),
            f"y = [[float({_float(choice, 'row[name]')}) for name in targets] for row in rows]",
            "y = np.array(y)",
        ]
    if dataset.task == "multilabel":
        return [
            "# Of the two texts of each label the first in order is 0, the second 1.",
            *listing("labels", _keys(choice, choice.targets)),
            "texts = np.array([[row[name].strip() for name in labels] for row in rows])",
            'y = (texts == np.sort(texts, axis=0)[-1]).astype("float32")',
        ]
    return [
        *listing("classes", [quoted(each) for each in dataset.class_names]),
        f"y = np.array([classes.index({cell}.strip()) for row in rows])",
    ]


def _divided(choice: ImportChoice, task: str) -> list[str]:
    if task == "regression":
        lines = even_division_lines(choice.seed)
    elif task == "multilabel":
        # Each combination of labels is a class of its own.
        powers = [2**place for place in reversed(range(len(choice.targets)))]
        lines = division_lines(choice.seed, f"y @ {powers}")
    else:
        lines = division_lines(choice.seed)
    train, validation, test = choice.shares
    if choice.shares == (70, 15, 15):
        return lines
    others = validation + test
    changes = {
        "70 % to learn from, 15 % to validate, 15 % to test": f"{train} % to learn from, {validation} % to validate, "
        f"{test} % to test",
        "* 70 + 50": f"* {train} + 50",
    }
    made = []
    for line in lines:
        for old, new in changes.items():
            line = line.replace(old, new)
        if line.startswith("parts ="):
            made += [
                "places = np.arange(len(rest) + 1)",
                f"checks = np.diff((places * {validation} + {others - 1}) // {others}) > 0",
                "parts = train, rest[checks], rest[~checks]",
            ]
        else:
            made.append(line)
    return made


def _number_lines(choice: ImportChoice, numbers: list[str], fills: bool) -> list[str]:
    if not numbers:
        return []
    cell = "number(row[name])" if fills else f"float({_float(choice, 'row[name]')})"
    lines = [
        *listing("numbers", _keys(choice, numbers)),
        f"x = np.array([[{cell} for name in numbers] for row in rows])",
    ]
    if choice.missing == "most_frequent":
        lines += ['fill = SimpleImputer(strategy="most_frequent").fit(x[train])', "x = fill.transform(x)"]
    elif fills:
        lines.append(f"x = np.where(np.isnan(x), {_FILLS[choice.missing]}, x)")
    return lines + (standardised_lines() if choice.standardise else [])


def _category_lines(choice: ImportChoice, kinds: dict[str, list[str]], has_numbers: bool, fills: bool) -> list[str]:
    if not kinds:
        return []
    lines = ["# One input for each text of a category: 1 where it stands, else 0."]
    lines += ["kinds = {"]
    for column, texts in kinds.items():
        [key] = _keys(choice, [column])
        first, *rest = listing(f"{key}:", [quoted(each) for each in texts], sign="", indent=4, end=",")
        lines += [first, *rest]
    lines.append("}")
    start = "blocks = [x]" if has_numbers else "blocks = []"
    lines += [
        start,
        "for name, texts in kinds.items():",
        "    cells = [row[name].strip() for row in rows]",
    ]
    if fills:
        lines += [
            "    code = [texts.index(t) if t in texts else -1 for t in cells]",
            "    code = np.array(code)",
            "    learnt = code[train]  # the most frequent one fills",
            "    code[code < 0] = np.bincount(learnt[learnt >= 0]).argmax()",
        ]
    else:
        lines.append("    code = [texts.index(text) for text in cells]")
    return [*lines, "    blocks.append(np.eye(len(texts))[code])", "x = np.hstack(blocks)"]
