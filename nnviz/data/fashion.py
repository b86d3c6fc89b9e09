"""Fashion-MNIST, read from where Debian or Keras put it; too large to be bundled.

Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning
algorithms", 2017, arXiv:1708.07747.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnviz.data.dataset import Dataset, DatasetInfo
from nnviz.data.idx import read_idx
from nnviz.data.prepare import image_split
from nnviz.errors import FileFormatError, NnvizError

VALIDATION_COUNT = 5_000
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
#: The four files, by their names at the source, with the shapes of their arrays.
FILES: dict[str, tuple[int, ...]] = {
    "train-images-idx3-ubyte.gz": (60_000, 28, 28),
    "train-labels-idx1-ubyte.gz": (60_000,),
    "t10k-images-idx3-ubyte.gz": (10_000, 28, 28),
    "t10k-labels-idx1-ubyte.gz": (10_000,),
}


def fashion_folders() -> tuple[Path, ...]:
    """Return where the files are looked for, in order: Debian's folder, then Keras's cache.

    Keras's cache is in the folder that the environment variable ``KERAS_HOME`` names, or in ``~/.keras``.
    """
    keras = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    return (DEBIAN_FOLDER, keras / "datasets" / "fashion-mnist")


def load_fashion_mnist(folders: Sequence[Path] | None = None) -> Dataset:
    """Load Fashion-MNIST: 55,000 images to train, the last 5,000 of the training file to validate, 10,000 to test.

    Args:
        folders: where to look; the first that has all four files is taken. By default ``fashion_folders``.

    Raises:
        NnvizError: no folder has the files; the message says where they were looked for and how to get them.
        FileFormatError: a file is damaged; the message names it.
    """
    places = fashion_folders() if folders is None else tuple(folders)
    folder = next((place for place in places if all((place / name).is_file() for name in FILES)), None)
    if folder is None:
        raise NnvizError(
            f"Fashion-MNIST is not on this computer; looked in {' and '.join(map(str, places))}. On Debian or "
            "Ubuntu install the package dataset-fashion-mnist; elsewhere run 'python -c \"import keras; "
            "keras.datasets.fashion_mnist.load_data()\"' once with internet access."
        )
    x_train, y_train, x_test, y_test = (_read(folder / name, shape) for name, shape in FILES.items())
    for name, labels in (("train-labels-idx1-ubyte.gz", y_train), ("t10k-labels-idx1-ubyte.gz", y_test)):
        if labels.max() >= len(FASHION_MNIST.class_names):
            raise FileFormatError(f"{folder / name}: a label must be 0 to 9, got {labels.max()}")
    cut = len(y_train) - VALIDATION_COUNT
    return Dataset(
        name=FASHION_MNIST.name,
        title=FASHION_MNIST.title,
        input_shape=FASHION_MNIST.input_shape,
        class_names=FASHION_MNIST.class_names,
        train=image_split(x_train[:cut], y_train[:cut]),
        validation=image_split(x_train[cut:], y_train[cut:]),
        test=image_split(x_test, y_test),
        licence=FASHION_MNIST.licence,
    )


def _read(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    array = read_idx(path)
    if array.shape != shape:
        raise FileFormatError(f"{path} must hold an array {shape}, got {array.shape}")
    return array


FASHION_MNIST = DatasetInfo(
    name="fashion-mnist",
    title="Fashion-MNIST",
    description="Pieces of clothing, 28x28 grey pixels; harder than MNIST, and not bundled.",
    count="55,000 + 5,000 + 10,000",
    input_shape=(28, 28),
    class_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    licence="Zalando SE; MIT",
    load=load_fashion_mnist,
)
