"""Fashion-MNIST, read from where Debian, Keras or a download put it; too large to be bundled.

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
from nnviz.data.download import Download, RemoteFile
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
#: Keras' copy, then the authors' own.
_PLACES = (
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)


def _remote(name: str, size: int, sha256: str) -> RemoteFile:
    return RemoteFile(name, tuple(place + name for place in _PLACES), size, sha256)


#: The files with the checksums of what the authors published (their MD5 stands in their README); a test computes them
#: from Debian's copy, which differs only in the gzip header.
DOWNLOAD = Download(
    "Fashion-MNIST",
    (
        _remote(
            "train-images-idx3-ubyte.gz", 26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        _remote(
            "train-labels-idx1-ubyte.gz", 29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
        ),
        _remote(
            "t10k-images-idx3-ubyte.gz", 4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
        ),
        _remote(
            "t10k-labels-idx1-ubyte.gz", 5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
        ),
    ),
    "fashion-mnist",
    "Without internet: on Debian or Ubuntu install the package dataset-fashion-mnist, or copy its four files "
    "from another computer into ~/.keras/datasets/fashion-mnist.",
)  # fmt: skip


def fashion_folders() -> tuple[Path, ...]:
    """Return where the files are looked for, in order: Debian's folder, Keras's cache, the place of downloads.

    Keras's cache is in the folder that the environment variable ``KERAS_HOME`` names, or in ``~/.keras``.
    """
    keras = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    return (DEBIAN_FOLDER, keras / "datasets" / "fashion-mnist", DOWNLOAD.path)


def _folder(places: Sequence[Path]) -> Path | None:
    """Return the first folder that has all four files."""
    return next((place for place in places if all((place / name).is_file() for name in FILES)), None)


def fashion_is_here() -> bool:
    """Whether Fashion-MNIST is on this computer."""
    return _folder(fashion_folders()) is not None


def load_fashion_mnist(folders: Sequence[Path] | None = None) -> Dataset:
    """Load Fashion-MNIST: 55,000 images to train, the last 5,000 of the training file to validate, 10,000 to test.

    Args:
        folders: where to look; the first that has all four files is taken. By default ``fashion_folders``.

    Raises:
        NnvizError: no folder has the files; the message says where they were looked for and how to get them.
        FileFormatError: a file is damaged; the message names it.
    """
    places = fashion_folders() if folders is None else tuple(folders)
    folder = _folder(places)
    if folder is None:
        raise NnvizError(
            f"Fashion-MNIST is not on this computer; looked in {' and '.join(map(str, places))}. On Debian or "
            f"Ubuntu install the package dataset-fashion-mnist; elsewhere choose it in the window of nnviz or run "
            f"'nnviz train --dataset {FASHION_MNIST.name}' once with internet access ({DOWNLOAD.size_text})."
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
    group="Images",
    download=DOWNLOAD,
    is_here=fashion_is_here,
)
