"""From arrays of inputs and targets to a table or images as they are divided and scaled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from nnviz.data.array_columns import array_targets, array_task, image_side, number_columns
from nnviz.data.import_choice import ImportChoice
from nnviz.data.raw_data import RawImages, RawTable
from nnviz.errors import FileFormatError


def arrays_to_raw(
    choice: ImportChoice, names: Sequence[str], arrays: Sequence[NDArray[Any]]
) -> tuple[RawTable | RawImages, str]:
    """Return inputs and targets, and test inputs and test targets where there are, as they are divided and scaled."""
    file = Path(choice.path).name
    x, y = arrays[0], arrays[1]
    test_count = 0
    if len(arrays) == 4:
        for place in (2, 3):
            if arrays[place].shape[1:] != arrays[place - 2].shape[1:]:
                raise FileFormatError(
                    f"{file}: {names[place]!r} has samples of the shape {arrays[place].shape[1:]}, "
                    f"{names[place - 2]!r} of {arrays[place - 2].shape[1:]}; they must be alike. Choose other arrays."
                )
        test_count = len(arrays[2])
        x, y = np.concatenate([x, arrays[2]]), np.concatenate([y, arrays[3]])
    if len(x) == 0:
        raise FileFormatError(f"{file}: {names[0]!r} has no samples: its shape is {x.shape}.")
    task = choice.task or array_task(y)
    targets = array_targets(names[1], y, task, file)
    if x.dtype.kind not in "biuf":
        raise FileFormatError(f"{file}: the inputs {names[0]!r} must be numbers, got {x.dtype}. Convert them.")
    side = image_side(x)
    if side:
        x = x.reshape(len(x), *side) if x.ndim == 2 else x
        return _images(x, targets, test_count, file, names[0]), task
    if x.ndim == 1:
        x = x[:, None]
    if x.ndim != 2:
        raise FileFormatError(
            f"{file}: {names[0]!r} has the shape {x.shape}; it must be (samples, features), (samples, height, width), "
            "or that with a last dimension of 1 or 3. Reshape it and save it again."
        )
    inputs, notes = number_columns(names[0], x, choice, file)
    return RawTable(list(inputs), targets, lambda index: f"row {index + 1:,}", test_count, notes), task


def _images(
    x: NDArray[Any], targets: list[Any], test_count: int, file: str, name: str
) -> RawImages:
    if x.ndim == 4:
        if x.shape[-1] == 1:
            x = x[..., 0]
        else:
            # Grey as ITU-R BT.601 weighs the colours, and as Pillow converts to "L".
            grey = x @ np.array([0.299, 0.587, 0.114], np.float32)
            x = np.rint(grey).astype(np.uint8) if x.dtype == np.uint8 else grey
    if x.dtype == np.bool_:
        x = x.astype(np.float32)
    if x.dtype == np.uint8:
        images = cast(NDArray[np.uint8], x)
        # Images of 0 and 1, or of 0 to 16: the largest becomes 1.
        top = int(images.max())
        if 0 < top < 128:
            return RawImages(images.astype(np.float32) / np.float32(top), targets, test_count,
                             [f"The largest pixel is {top}; it becomes 1."])
        return RawImages(images, targets, test_count)
    floats = np.asarray(x, np.float32)
    finite = np.isfinite(floats.reshape(len(floats), -1)).all(axis=1)
    if not finite.all():
        raise FileFormatError(
            f"{file}: image {int(np.argmin(finite)) + 1:,} of {name!r} holds NaN or infinite values. Take it out, or "
            "replace them (numpy.nan_to_num)."
        )
    low, high = float(floats.min()), float(floats.max())
    if low >= 0 and high <= 1:
        return RawImages(floats, targets, test_count)
    if low == high:
        raise FileFormatError(f"{file}: every pixel of {name!r} is {low:g}; nothing can be learnt from that.")
    note = f"Pixels from {low:g} to {high:g} were scaled to 0 to 1."
    return RawImages((floats - np.float32(low)) / np.float32(high - low), targets, test_count, [note])
