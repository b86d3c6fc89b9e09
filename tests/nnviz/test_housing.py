"""California housing from an archive written here: the real one is on the internet only."""

import gzip
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from nnviz.data.datasets import load
from nnviz.data.housing import DOWNLOAD, FEATURE_NAMES, MEMBER, SHAPE, load_california_housing
from nnviz.errors import FileFormatError, NnvizError

#: The first district of the real file.
FIRST = "-122.230000,37.880000,41.000000,880.000000,129.000000,322.000000,126.000000,8.325200,452600.000000"


def archive(path: Path, text: bytes, member: str = MEMBER) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as file:
        info = tarfile.TarInfo(member)
        info.size = len(text)
        file.addfile(info, io.BytesIO(text))
    return path


def rows(count: int = SHAPE[0]) -> bytes:
    random = np.random.default_rng(0)
    values = random.uniform(1, 100, (count - 1, SHAPE[1])).round(3)
    return "\n".join([FIRST, *(",".join(map(str, row)) for row in values.tolist())]).encode() + b"\n"


@pytest.fixture(scope="module")
def text() -> bytes:
    return rows()


def test_features_are_those_of_scikit_learn(text: bytes) -> None:
    path = archive(DOWNLOAD.path / "cal_housing.tgz", text)
    dataset = load("california-housing")
    assert dataset.scaling is not None
    assert dataset.target_scaling is not None
    assert path.is_file()
    parts = (dataset.train, dataset.validation, dataset.test)
    assert [len(part) for part in parts] == [14_448, 3_096, 3_096]
    values = dataset.scaling.original(np.concatenate([part.x for part in parts]))
    targets = dataset.target_scaling.original(np.concatenate([part.y for part in parts]))
    # The first row of fetch_california_housing, as its documentation prints it.
    wanted = [8.3252, 41.0, 6.98412698, 1.02380952, 322.0, 2.55555556, 37.88, -122.23]
    found = np.flatnonzero(np.isclose(values[:, 7], -122.23, atol=1e-3))
    assert len(found) == 1
    np.testing.assert_allclose(values[found[0]], wanted, rtol=2e-5, atol=1e-4)
    assert targets[found[0], 0] == pytest.approx(4.526, abs=1e-5)
    assert dataset.feature_names == FEATURE_NAMES
    assert dataset.target_scaling.std[0] > 0


def test_absence_says_where_and_how() -> None:
    with pytest.raises(NnvizError, match=r"cal_housing\.tgz.*nnviz train --dataset california-housing.*442 kB"):
        load("california-housing")


def test_damage_is_named(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "h.tgz"
    whole = archive(path, text).read_bytes()
    for content in (b"", b"<html>", whole[: len(whole) // 2], gzip.compress(b"no archive")):
        path.write_bytes(content)
        with pytest.raises(FileFormatError, match=r"h\.tgz is damaged"):
            load_california_housing(path)
    for wrong, reason in (
        (rows(100), "must hold 185,760 numbers, got 900"),
        (text.replace(b"-122.230000", b"west"), "could not convert"),
        (text.replace(b"-122.230000", b"nan"), "not finite"),
        (text.replace(b",126.000000,", b",0,"), "no households"),
    ):
        with pytest.raises(FileFormatError, match=f"h.tgz is damaged: .*{reason}"):
            load_california_housing(archive(path, wrong))
    with pytest.raises(FileFormatError, match="damaged"):
        load_california_housing(archive(path, text, "elsewhere/cal_housing.data"))
