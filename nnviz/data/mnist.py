"""MNIST, the bundled data set of handwritten digits."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnviz.assets import asset
from nnviz.data.dataset import Dataset, DatasetInfo
from nnviz.data.prepare import image_split
from nnviz.errors import AssetError

Shapes = dict[str, tuple[int, ...]]

VALIDATION_COUNT = 5_000
_SHAPES: Shapes = {
    "x_train": (60_000, 28, 28),
    "y_train": (60_000,),
    "x_test": (10_000, 28, 28),
    "y_test": (10_000,),
}


def read_archive(path: Path, shapes: Shapes) -> dict[str, NDArray[np.uint8]]:
    """Read the uint8 arrays of a bundled ``.npz`` file.

    Raises:
        AssetError: the file is missing or damaged, or an array has another shape or type.
    """
    try:
        # NumPy leaves a damaged file open if it opened it itself.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in shapes}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise AssetError(
            f"The bundled file {path} is damaged ({type(error).__name__}: {error}). Reinstall nnviz to restore it."
        ) from error
    for name, shape in shapes.items():
        if arrays[name].shape != shape or arrays[name].dtype != np.uint8:
            raise AssetError(
                f"The bundled file {path} is damaged: {name} must be uint8 {shape}, "
                f"got {arrays[name].dtype} {arrays[name].shape}. Reinstall nnviz to restore it."
            )
    return arrays


def load_mnist(path: Path | None = None) -> Dataset:
    """Load MNIST: 55,000 images to train, the last 5,000 of the training file to validate, 10,000 to test.

    Args:
        path: the ``.npz`` file; the bundled one by default.

    Raises:
        AssetError: the file is missing or damaged; the message names it.
    """
    arrays = read_archive(path or asset("mnist.npz"), _SHAPES)
    cut = len(arrays["y_train"]) - VALIDATION_COUNT
    return Dataset(
        name=MNIST.name,
        title=MNIST.title,
        input_shape=MNIST.input_shape,
        class_names=MNIST.class_names,
        train=image_split(arrays["x_train"][:cut], arrays["y_train"][:cut]),
        validation=image_split(arrays["x_train"][cut:], arrays["y_train"][cut:]),
        test=image_split(arrays["x_test"], arrays["y_test"]),
        licence=MNIST.licence,
    )


def load_test_digits(path: Path | None = None) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Load MNIST's test digits alone: images (10000, 28, 28), 0 paper and 255 ink, and labels (10000,).

    Args:
        path: the ``.npz`` file; the bundled one by default.

    Raises:
        AssetError: the file is missing or damaged; the message names it.
    """
    shapes = {name: _SHAPES[name] for name in ("x_test", "y_test")}
    arrays = read_archive(path or asset("mnist.npz"), shapes)
    return arrays["x_test"], arrays["y_test"]


MNIST = DatasetInfo(
    name="mnist",
    title="MNIST",
    description="Handwritten digits, 28x28 grey pixels.",
    count="55,000 + 5,000 + 10,000",
    input_shape=(28, 28),
    class_names=tuple("0123456789"),
    licence="Y. LeCun, C. Cortes, C. Burges; CC BY-SA 3.0",
    load=load_mnist,
    group="Images",
)
