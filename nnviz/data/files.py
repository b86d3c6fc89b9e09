"""Data of the user's own: CSV, NumPy archives, IDX files and folders of images, looked at first, then read.

Nothing in such a file is run: archives are read without pickles, images by Pillow, texts by Apache Arrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nnviz.data.dataset import Dataset
from nnviz.data.import_choice import (
    Cancelled,
    ColumnPreview,
    ImportCancelledError,
    ImportChoice,
    Preview,
    Problem,
    Progress,
    never,
    nothing,
)
from nnviz.data.tasks import check, count_inputs, task_of, with_targets
from nnviz.errors import FileFormatError

if TYPE_CHECKING:
    from nnviz.data.raw_data import RawImages, RawTable

# The readers are imported where they are used: a window that opens no file need not wait for them when it starts.

__all__ = [
    "ColumnPreview", "ImportCancelledError", "ImportChoice", "Imported", "Preview", "Problem", "Reading", "check",
    "count_inputs", "inspect", "kind_of", "load", "load_with_notes", "task_of",
    "with_targets",
]

_TEXTS = (".csv", ".tsv", ".tab", ".txt", ".data")
_IDX = (".idx", "-ubyte", ".idx1", ".idx3")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a CSV is written, where that is not to be guessed; see ``ImportChoice``."""

    delimiter: str = ""
    header: bool | None = None
    encoding: str = ""
    decimal: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """A data set of the user's own, and sentences on what was left out or filled in."""

    dataset: Dataset
    notes: tuple[str, ...] = ()


def kind_of(path: Path) -> str:
    """Return of what kind a path is, one of ``import_choice.KINDS``; "" if of none that can be imported."""
    if path.is_dir():
        return "images"
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(".npz"):
        return "npz"
    if name.endswith(_IDX):
        return "idx"
    return "csv" if name.endswith(_TEXTS) else ""


def inspect(path: Path | str, reading: Reading | None = None) -> Preview:
    """Look at a file or folder; reads a bounded part of it.

    Args:
        path: where it is.
        reading: how a CSV is written; guessed where not given.

    Raises:
        FileFormatError: it is not there, of another kind, empty or damaged; the message says what to do.
    """
    path = Path(path)
    if not path.exists():
        raise FileFormatError(f"{path} is not there.")
    kind = kind_of(path)
    if kind == "images":
        from nnviz.data.image_folder import inspect_folder

        return inspect_folder(path)
    if kind == "npz":
        from nnviz.data.npz_file import inspect_npz

        return inspect_npz(path)
    if kind == "idx":
        from nnviz.data.idx_pair import inspect_idx

        return inspect_idx(path)
    from nnviz.data.csv_table import inspect_csv

    reading = reading or Reading()
    return inspect_csv(
        path, delimiter=reading.delimiter, header=reading.header, encoding=reading.encoding, decimal=reading.decimal
    )


def load(choice: ImportChoice, progress: Progress = nothing, cancelled: Cancelled = never) -> Dataset:
    """Read a data set of the user's own.

    Args:
        choice: what to read, and how.
        progress: told how much is done of how much.
        cancelled: asked often; True stops the reading.

    Raises:
        FileFormatError: the file is damaged or does not fit the choice; the message names file, row and column.
        ImportCancelledError: as asked.
    """
    return load_with_notes(choice, progress, cancelled).dataset


def load_with_notes(
    choice: ImportChoice, progress: Progress = nothing, cancelled: Cancelled = never
) -> Imported:
    """Read a data set as ``load`` does, and say what was left out or filled in."""
    from nnviz.data.own_dataset import image_dataset, table_dataset
    from nnviz.data.raw_data import RawImages

    path = Path(choice.path)
    if not path.exists():
        raise FileFormatError(f"{path} is not there any more. Open the data again from where they are now.")
    if not choice.targets and choice.kind in ("csv", "npz"):
        raise FileFormatError(f"{path.name}: choose at least one target: what the network is to learn.")
    if not choice.inputs and choice.kind in ("csv", "npz"):
        raise FileFormatError(f"{path.name}: choose at least one input: what the network is to learn it from.")
    raw: RawTable | RawImages
    try:
        if choice.kind == "csv":
            from nnviz.data.csv_table import read_csv

            raw, task = read_csv(choice, progress, cancelled)
        elif choice.kind == "npz":
            from nnviz.data.npz_file import read_npz

            raw, task = read_npz(choice, progress, cancelled)
        elif choice.kind == "idx":
            from nnviz.data.idx_pair import read_idx_pair

            raw, task = read_idx_pair(choice, progress, cancelled)
        else:
            from nnviz.data.image_folder import read_folder

            raw, task = read_folder(choice, progress, cancelled)
        if cancelled():
            raise ImportCancelledError(f"Reading {path.name} was cancelled.")
        if isinstance(raw, RawImages):
            dataset, notes = image_dataset(choice, raw, task)
        else:
            dataset, notes = table_dataset(choice, raw, task, cancelled)
    except MemoryError:
        raise FileFormatError(
            f"{path.name} does not fit into the memory of this computer. Ignore columns, or read fewer rows."
        ) from None
    return Imported(dataset, notes)
