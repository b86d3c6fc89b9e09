"""The registry of data sets."""

from __future__ import annotations

from nnviz.data.dataset import Dataset, DatasetInfo, Scaling, Split
from nnviz.data.fashion import FASHION_MNIST
from nnviz.data.mnist import MNIST, load_mnist
from nnviz.data.tables import TABLES
from nnviz.data.toy import TOYS
from nnviz.errors import NnvizError

__all__ = ["REGISTRY", "Dataset", "DatasetInfo", "Scaling", "Split", "load", "load_mnist"]

#: Name of a data set to what is known of it, in the order people should see.
REGISTRY: dict[str, DatasetInfo] = {info.name: info for info in (MNIST, FASHION_MNIST, *TABLES, *TOYS)}


def load(name: str) -> Dataset:
    """Load a data set by its name in the registry.

    Raises:
        NnvizError: no data set has that name, or it is not on this computer.
        AssetError: its bundled file is missing or damaged.
        FileFormatError: its file, which does not come with nnviz, is damaged.
    """
    try:
        info = REGISTRY[name]
    except KeyError:
        raise NnvizError(f"There is no data set {name!r}; known are {', '.join(sorted(REGISTRY))}.") from None
    return info.load()
