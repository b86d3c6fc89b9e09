"""California housing, for regression; downloaded, because it does not come with nnviz.

Source: R. K. Pace and R. Barry, "Sparse spatial autoregressions", Statistics and Probability Letters 33 (1997),
291-297, from the census of 1990; the file is the one that scikit-learn uses, and so are the eight features made of it.
"""

from __future__ import annotations

import math
import tarfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnviz.data.dataset import Dataset, DatasetInfo
from nnviz.data.download import Download, RemoteFile
from nnviz.data.tables import Table, table_dataset
from nnviz.errors import FileFormatError, NnvizError

DOWNLOAD = Download(
    "California housing",
    (
        RemoteFile(
            "cal_housing.tgz",
            ("https://ndownloader.figshare.com/files/5976036",),
            442_000,
            "aaa5c9a6afe2225cc2aed2723682ae403280c4a3695a2ddda4ffb5d8215ea681",
        ),
    ),
    "california-housing",
    "Diabetes is a table for regression that needs no internet.",
)  # fmt: skip
#: The file of the archive and its shape; ``housing_table`` names the columns.
MEMBER = "CaliforniaHousing/cal_housing.data"
SHAPE = (20_640, 9)
#: The text is about 1.3 MB; what unpacks to more than this is not that file.
MAX_BYTES = 16 * 1024 * 1024

FEATURE_NAMES = (
    "median income (10,000 $)", "house age (years)", "rooms per household", "bedrooms per household", "population",
    "people per household", "latitude (°)", "longitude (°)",
)  # fmt: skip


def load_california_housing(path: Path | None = None) -> Dataset:
    """Load California housing: 20,640 districts, 8 features, the median value of a house in 100,000 dollars.

    Args:
        path: the archive; the downloaded one by default.

    Raises:
        NnvizError: the archive is not on this computer; the message says how to get it.
        FileFormatError: it is damaged; the message names it.
    """
    path = path or DOWNLOAD.path / DOWNLOAD.files[0].name
    if not path.is_file():
        raise NnvizError(
            f"California housing is not on this computer; looked for {path}. Choose it in the window of nnviz or run "
            f"'nnviz train --dataset {CALIFORNIA_HOUSING.name}' once with internet access ({DOWNLOAD.size_text})."
        )
    try:
        return table_dataset(CALIFORNIA_HOUSING, housing_table(_read(path)))
    except ValueError as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError(f"{path} is damaged: {error}") from error


def housing_table(values: NDArray[np.float64]) -> Table:
    """Return the table that scikit-learn makes of the raw columns, (count, 9); the target in 100,000 dollars."""
    longitude, latitude, age, rooms, bedrooms, population, households, income, value = values.T
    features = np.column_stack(
        [income, age, rooms / households, bedrooms / households, population, population / households, latitude,
         longitude]
    )  # fmt: skip
    return Table(FEATURE_NAMES, features, value[:, None] / 100_000)


def _read(path: Path) -> NDArray[np.float64]:
    """Read the archive's one file, never more of it than ``MAX_BYTES``."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            file = archive.extractfile(MEMBER)
            if file is None:
                raise FileFormatError(f"{path} is damaged: {MEMBER} is not a file")
            text = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, KeyError, tarfile.TarError, zlib.error) as error:
        raise FileFormatError(f"{path} is damaged ({error}). Remove it, and it is downloaded again.") from error
    if len(text) > MAX_BYTES:
        raise FileFormatError(f"{path} is damaged: {MEMBER} has more than {MAX_BYTES:,} bytes")
    cells = text.replace(b"\n", b",").rstrip(b",\r\n ").split(b",")
    if len(cells) != math.prod(SHAPE):
        raise FileFormatError(f"{path} is damaged: {MEMBER} must hold {math.prod(SHAPE):,} numbers, got {len(cells):,}")
    values = np.array([float(cell) for cell in cells]).reshape(SHAPE)
    if not np.isfinite(values).all() or not (values[:, 6] > 0).all():
        raise FileFormatError(f"{path} is damaged: a number is not finite, or a district has no households")
    return values


CALIFORNIA_HOUSING = DatasetInfo(
    name="california-housing",
    title="California housing",
    description="Median value of a house in 20,640 districts of California in 1990, by 8 measurements.",
    count="14,448 + 3,096 + 3,096",
    input_shape=(8,),
    class_names=(),
    licence="R. K. Pace, R. Barry, StatLib; no licence stated",
    load=load_california_housing,
    task="regression",
    target_names=("house value (100,000 $)",),
    group="Regression",
    download=DOWNLOAD,
    is_here=DOWNLOAD.is_here,
)
