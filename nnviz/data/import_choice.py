"""How a file of the user's own becomes a data set: what was seen of it, and what was chosen; JSON in and out."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from nnviz.errors import NnvizError, SpecError
from nnviz.spec import MAX_SEED, TASKS

#: Kinds of sources: a delimited text, a NumPy archive, a pair of IDX files, a folder of images.
KINDS: tuple[str, ...] = ("csv", "npz", "idx", "images")
#: What becomes of a row with a missing value; filled values are those of the training rows.
MISSING: tuple[str, ...] = ("drop", "mean", "median", "most_frequent")
#: What becomes of cells that are not what their column is, of infinite numbers and of rows of another length.
UNREADABLE: tuple[str, ...] = ("stop", "missing")
DELIMITERS: tuple[str, ...] = (",", ";", "\t", "|", " ")
ENCODINGS: tuple[str, ...] = ("utf-8", "windows-1252", "utf-16")

#: Names of data sets of the user's own begin so; their option of that name is the ``ImportChoice`` as JSON.
OWN_PREFIX, OWN_OPTION = "own:", "import"

MIN_ROWS = 10
#: Fewer rows of a class than this cannot be in all three splits.
MIN_ROWS_PER_CLASS = 3
#: With fewer rows than this the test says little.
FEW_ROWS = 50
MAX_CLASSES = 256
#: Most different values of a column that is encoded as one input a value.
MAX_CATEGORIES = 100
MAX_COLUMNS = 16_384
#: Most inputs of the network, and most values of all samples together (float32: 0.8 GB).
MAX_INPUTS = 65_536
MAX_VALUES = 200_000_000
MAX_IMAGE_SIDE = 256
#: Larger numbers are outside what float32 can square and add.
MAX_MAGNITUDE = 1e15
SHARE_RANGE = (40, 90)

#: Told how much is done of how much, both at least 0, in bytes or samples.
Progress = Callable[[int, int], None]
#: Asked now and then; True stops the reading with ``ImportCancelledError``.
Cancelled = Callable[[], bool]


class ImportCancelledError(NnvizError):
    """The person stopped the reading."""


@dataclass(frozen=True, slots=True)
class ImportChoice:
    """Everything that leads from a file to a data set; the same choice and file give the same data set.

    Attributes:
        path: the file or folder; of an IDX pair the images.
        kind: one of ``KINDS``.
        inputs: columns that go into the network, by their names in ``Preview.columns``; of an archive one array.
        targets: columns to be learnt, as ``inputs``.
        categories: those of ``inputs`` that are encoded as one input a value (one-hot); the others are numbers.
        task: one of ``nnviz.spec.TASKS``; "" derives it from the targets.
        missing: one of ``MISSING``. A row without its target is always left out.
        unreadable: one of ``UNREADABLE``.
        standardise: whether inputs of tables get mean 0 and deviation 1; targets of regression always do.
        shares: percent of the rows to train, validate and test with; together 100.
        seed: fixes which row goes where.
        max_rows: rows read at most, the first ones; 0 for all. Of a folder, images of each class.
        delimiter, header, encoding, decimal: how a CSV is written; ``decimal`` is "." or ",".
        image_size: height and width that the images of a folder get.
        labels_path: the labels of an IDX pair.
        test_inputs, test_targets: arrays, or files of an IDX pair, that hold the test set; "" to divide it off.
    """

    path: str
    kind: str
    inputs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    task: str = ""
    missing: str = "drop"
    unreadable: str = "stop"
    standardise: bool = True
    shares: tuple[int, int, int] = (70, 15, 15)
    seed: int = 0
    max_rows: int = 0
    delimiter: str = ","
    header: bool = True
    encoding: str = "utf-8"
    decimal: str = "."
    image_size: tuple[int, int] = (28, 28)
    labels_path: str = ""
    test_inputs: str = ""
    test_targets: str = ""

    def __post_init__(self) -> None:
        for name in ("path", "labels_path", "test_inputs", "test_targets"):
            if not isinstance(getattr(self, name), str):
                raise SpecError(f"{name} must be text, got {getattr(self, name)!r}")
        for name, allowed in (
            ("kind", KINDS), ("task", ("", *TASKS)), ("missing", MISSING), ("unreadable", UNREADABLE),
            ("delimiter", DELIMITERS), ("encoding", ENCODINGS), ("decimal", (".", ",")),
        ):
            if getattr(self, name) not in allowed:
                raise SpecError(f"{name} must be one of {', '.join(map(repr, allowed))}; got {getattr(self, name)!r}")
        for name in ("inputs", "targets", "categories"):
            value = getattr(self, name)
            if not isinstance(value, tuple) or not all(isinstance(each, str) for each in value):
                raise SpecError(f"{name} must be names of columns, got {value!r}")
        for name in ("standardise", "header"):
            if not isinstance(getattr(self, name), bool):
                raise SpecError(f"{name} must be true or false, got {getattr(self, name)!r}")
        _whole_numbers("shares", self.shares, 3, 5, SHARE_RANGE[1])
        if sum(self.shares) != 100 or self.shares[0] < SHARE_RANGE[0]:
            raise SpecError(f"shares must be 100 together and {SHARE_RANGE[0]} or more to train, got {self.shares}")
        _whole_numbers("image_size", self.image_size, 2, 1, MAX_IMAGE_SIDE)
        _whole_numbers("seed", (self.seed,), 1, 0, MAX_SEED)
        _whole_numbers("max_rows", (self.max_rows,), 1, 0, 2**53)
        both = set(self.inputs) & set(self.targets)
        if both:
            raise SpecError(f"a column must be input or target, {sorted(both)[0]!r} is both")

    def to_json(self) -> str:
        """Return the value as JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a value written by ``to_json``; what is absent takes its default.

        Raises:
            SpecError: the text is not JSON of this form, or a value is outside its range.
        """
        try:
            data = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise SpecError(f"an import choice must be JSON: {error}") from None
        if not isinstance(data, dict):
            raise SpecError(f"an import choice must be a JSON object, got {type(data).__name__}")
        unknown = set(data) - {field.name for field in fields(cls)}
        if unknown:
            raise SpecError(f"an import choice has no {sorted(unknown)[0]!r}")
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        try:
            return cls(**values)
        except TypeError:
            raise SpecError(f"an import choice needs 'path' and 'kind', got only {sorted(data)}") from None


def _whole_numbers(name: str, value: Any, count: int, low: int, high: int) -> None:
    whole = isinstance(value, tuple) and len(value) == count
    if not whole or not all(isinstance(x, int) and not isinstance(x, bool) and low <= x <= high for x in value):
        kind = "whole numbers" if count > 1 else "a whole number"
        shown = value if count > 1 or not isinstance(value, tuple) else value[0]
        raise SpecError(f"{name} must be {kind} from {low:,} to {high:,}, got {shown!r}")


@dataclass(frozen=True, slots=True)
class ColumnPreview:
    """What was seen of a column, an array or a file.

    Attributes:
        name: unique; the header's text, made unique and filled in where the header does not do so.
        kind: "number", "category", "text" (too many different texts for categories), "empty", "array", "image",
            "class".
        role: what is suggested: "input", "target" or "ignore"; of arrays also "test input", "test target".
        missing: cells without a value among those seen.
        distinct: different values among those seen, counted to ``MAX_CLASSES`` + 1.
        minimum, maximum, mean: of numbers; NaN for others.
        integers: whether all are whole numbers.
        histogram: counts of numbers in 12 even bins from minimum to maximum.
        top: the most frequent values with their counts, most frequent first.
        unreadable: cells that are not what the column is, among those seen, and infinite numbers.
        words: what people read: shape and type of an array.
    """

    name: str
    kind: str
    role: str = "input"
    missing: int = 0
    distinct: int = 0
    minimum: float = math.nan
    maximum: float = math.nan
    mean: float = math.nan
    integers: bool = False
    histogram: tuple[int, ...] = ()
    top: tuple[tuple[str, int], ...] = ()
    unreadable: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file or a choice.

    Attributes:
        severity: "error" (it cannot be imported so), "warning", or, of rows and cells that cannot be read,
            "unreadable": an error or a warning, as ``ImportChoice.unreadable`` says.
        text: file, row and column where there are such, the rule, and what to do.
        column: the column that it is about, if it matters only where that is read as numbers; else "".
    """

    severity: str
    text: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a bounded look at a file says.

    Attributes:
        choice: what is suggested, complete where the file leaves no doubt.
        columns: columns in the order of the file, or arrays, or the parts of a pair or folder.
        head: the first rows, a text for each column.
        head_names: titles of the columns of ``head``.
        row_count: rows of data, samples or images.
        is_exact: whether ``row_count`` was counted; otherwise it is estimated from the size of the file.
        seen: rows looked at; ``missing`` and ``distinct`` are of these.
        class_counts: of folders and labels, the samples of each class.
        input_count: inputs of the network where the file alone fixes them (images, arrays), else 0.
        problems: what was found wrong whatever is chosen.
    """

    choice: ImportChoice
    columns: tuple[ColumnPreview, ...] = ()
    head: tuple[tuple[str, ...], ...] = ()
    head_names: tuple[str, ...] = ()
    row_count: int = 0
    is_exact: bool = True
    seen: int = 0
    class_counts: tuple[tuple[str, int], ...] = ()
    input_count: int = 0
    problems: tuple[Problem, ...] = ()

    def column(self, name: str) -> ColumnPreview | None:
        """Return a column by its name; None where there is none."""
        return next((column for column in self.columns if column.name == name), None)


def nothing(done: int, total: int) -> None:
    """Take progress and tell nobody."""


def never() -> bool:
    """Never cancel."""
    return False
