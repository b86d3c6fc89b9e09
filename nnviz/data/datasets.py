"""Data sets and their registry."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnviz.assets import asset
from nnviz.errors import AssetError, NnvizError


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Part of a data set.

    Attributes:
        x: samples, (count, input size), float32 in [0, 1], read-only.
        y: right classes, (count,), int32, read-only.
    """

    x: NDArray[np.float32]
    y: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Samples with their classes, divided for training, validation and test.

    Attributes:
        name: key in the registry.
        title: the name as people write it.
        input_shape: shape of one sample, ``(28, 28)`` for an image.
        class_names: names of the classes in order.
        train: what the network learns from.
        validation: what is looked at after each epoch.
        test: what is kept for the end.
        licence: licence and source of the data.
    """

    name: str
    title: str
    input_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    licence: str

    def split(self, name: str) -> Split:
        """Return the split called ``train``, ``validation`` or ``test``."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]


MNIST_VALIDATION_COUNT = 5_000
_MNIST_SHAPES = {
    "x_train": (60_000, 28, 28),
    "y_train": (60_000,),
    "x_test": (10_000, 28, 28),
    "y_test": (10_000,),
}


def _split(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Split:
    x = np.multiply(images.reshape(len(images), -1), np.float32(1 / 255), dtype=np.float32)
    y = labels.astype(np.int32)
    x.flags.writeable = False
    y.flags.writeable = False
    return Split(x, y)


def _read_mnist(path: Path) -> dict[str, NDArray[np.uint8]]:
    try:
        # NumPy leaves a damaged file open if it opened it itself.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in _MNIST_SHAPES}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise AssetError(
            f"The bundled file {path} is damaged ({type(error).__name__}: {error}). Reinstall nnviz to restore it."
        ) from error
    for name, shape in _MNIST_SHAPES.items():
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
    arrays = _read_mnist(path or asset("mnist.npz"))
    cut = len(arrays["y_train"]) - MNIST_VALIDATION_COUNT
    return Dataset(
        name="mnist",
        title="MNIST",
        input_shape=(28, 28),
        class_names=tuple("0123456789"),
        train=_split(arrays["x_train"][:cut], arrays["y_train"][:cut]),
        validation=_split(arrays["x_train"][cut:], arrays["y_train"][cut:]),
        test=_split(arrays["x_test"], arrays["y_test"]),
        licence="Y. LeCun, C. Cortes, C. Burges; CC BY-SA 3.0",
    )


#: Name of a data set to the function that loads it.
REGISTRY: dict[str, Callable[[], Dataset]] = {"mnist": load_mnist}


def load(name: str) -> Dataset:
    """Load a data set by its name in the registry.

    Raises:
        NnvizError: no data set has that name.
        AssetError: its file is missing or damaged.
    """
    try:
        loader = REGISTRY[name]
    except KeyError:
        raise NnvizError(f"There is no data set {name!r}; known are {', '.join(sorted(REGISTRY))}.") from None
    return loader()
