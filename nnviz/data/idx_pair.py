"""A pair of IDX files, images and their labels, plain or compressed, with a test pair where one lies beside."""

from __future__ import annotations

import re
from pathlib import Path

from nnviz.data.arrays import arrays_to_raw
from nnviz.data.idx import read_idx, read_idx_shape
from nnviz.data.import_choice import (
    Cancelled,
    ColumnPreview,
    ImportCancelledError,
    ImportChoice,
    Preview,
    Problem,
    Progress,
)
from nnviz.data.raw_data import RawImages, RawTable, check_size
from nnviz.errors import FileFormatError

_TO_LABELS = (("images", "labels"), ("image", "label"), ("idx3", "idx1"), ("idx4", "idx1"))


def labels_beside(path: Path) -> Path | None:
    """Return the file of labels that by its name belongs to a file of images; None where there is none."""
    name = path.name
    for old, new in _TO_LABELS:
        name = re.sub(old, new, name)
    return _there(path, name)


def images_beside(path: Path) -> Path | None:
    """Return the file of images that by its name belongs to a file of labels; None where there is none."""
    for idx in ("idx3", "idx4"):
        name = path.name.replace("labels", "images").replace("label", "image").replace("idx1", idx)
        found = _there(path, name)
        if found is not None:
            return found
    return None


def _there(path: Path, name: str) -> Path | None:
    """Return another file in the same folder by its name, compressed or not."""
    names = (name, name.removesuffix(".gz") if name.endswith(".gz") else f"{name}.gz")
    return next((path.with_name(each) for each in names if each != path.name and path.with_name(each).is_file()), None)


def _test_pair(path: Path) -> tuple[str, str]:
    for word in ("t10k", "test"):
        if "train" in path.name:
            images = _there(path, path.name.replace("train", word))
            labels = labels_beside(images) if images is not None else None
            if images is not None and labels is not None:
                return str(images), str(labels)
    return "", ""


def inspect_idx(path: Path) -> Preview:
    """Look at the headers of a pair and count its labels; either file of the pair may be given.

    Raises:
        FileFormatError: a file is damaged, or no IDX file.
    """
    shape = read_idx_shape(path)
    problems = []
    images, labels = path, labels_beside(path)
    if len(shape) == 1:
        found = images_beside(path)
        if found is None:
            raise FileFormatError(
                f"{path.name} holds {shape[0]:,} labels, no images. Open the file of the images that belong to them."
            )
        images, labels = found, path
        shape = read_idx_shape(images)
    if len(shape) not in (2, 3):
        raise FileFormatError(
            f"{images.name} must hold an array (count, height, width) or (count, features), got {shape}."
        )
    columns = [ColumnPreview(images.name, "image" if len(shape) == 3 else "array", "input", words=_words(shape))]
    counts: tuple[tuple[str, int], ...] = ()
    head: tuple[tuple[str, ...], ...] = ()
    if labels is None:
        problems.append(Problem("warning", f"{images.name}: no file of labels lies beside it; choose it."))
    else:
        columns.append(ColumnPreview(labels.name, "class", "target", words=_words(read_idx_shape(labels))))
        y = read_idx(labels)
        if y.ndim != 1 or len(y) != shape[0]:
            problems.append(Problem("error", _differ(images, shape, labels, y.shape)))
        else:
            values = sorted(set(y.tolist()))
            counts = tuple((str(value), int((y == value).sum())) for value in values)
            head = tuple((str(index + 1), str(label)) for index, label in enumerate(y[:20].tolist()))
    test = _test_pair(images)
    for each, role in zip(test, ("test input", "test target"), strict=True):
        if each:
            columns.append(ColumnPreview(Path(each).name, "array", role, words=_words(read_idx_shape(Path(each)))))
    choice = ImportChoice(
        str(images), "idx", labels_path="" if labels is None else str(labels), test_inputs=test[0],
        test_targets=test[1],
    )
    inputs = shape[1] * shape[2] if len(shape) == 3 else shape[1]
    return Preview(
        choice, tuple(columns), head, ("Image", "Label") if head else (), shape[0], True, shape[0], counts, inputs,
        tuple(problems),
    )


def _words(shape: tuple[int, ...]) -> str:
    return f"{' × '.join(f'{size:,}' for size in shape)} bytes"


def _differ(images: Path, shape: tuple[int, ...], labels: Path, other: tuple[int, ...]) -> str:
    return (
        f"{images.name} holds {shape[0]:,} images, {labels.name} an array {other}; it must hold one label for each "
        "image. Choose the labels that belong to these images."
    )


def read_idx_pair(choice: ImportChoice, progress: Progress, cancelled: Cancelled) -> tuple[RawTable | RawImages, str]:
    """Read images and labels; returns them and the task.

    Raises:
        FileFormatError: a file is damaged, or the two do not belong together.
        ImportCancelledError: as asked.
    """
    if not choice.labels_path:
        raise FileFormatError(f"{Path(choice.path).name}: choose the file of the labels that belong to these images.")
    paths = [Path(choice.path), Path(choice.labels_path)]
    if choice.test_inputs and choice.test_targets:
        paths += [Path(choice.test_inputs), Path(choice.test_targets)]
    rows = choice.max_rows or None
    shape = read_idx_shape(paths[0])
    size = 1
    for each in shape[1:]:
        size *= each
    check_size(paths[0].name, min(shape[0], rows or shape[0]), size, "Read fewer images ('Rows at most').")
    arrays = []
    for done, path in enumerate(paths):
        progress(done, len(paths))
        if cancelled():
            raise ImportCancelledError(f"Reading {path.name} was cancelled.")
        arrays.append(read_idx(path))
    for images, labels, x, y in zip(paths[::2], paths[1::2], arrays[::2], arrays[1::2], strict=True):
        if y.ndim != 1 or len(x) != len(y):
            raise FileFormatError(_differ(images, x.shape, labels, y.shape))
    progress(len(paths), len(paths))
    cut = [array[:rows] for array in arrays]
    return arrays_to_raw(choice, [path.name for path in paths], cut)
