"""IDX files written by hand, and Fashion-MNIST where it is installed."""

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from nnviz.data.download import RemoteFile
from nnviz.data.fashion import DEBIAN_FOLDER, DOWNLOAD, FILES, fashion_folders, load_fashion_mnist
from nnviz.data.idx import read_idx
from nnviz.errors import FileFormatError, NnvizError


def idx(shape: tuple[int, ...], values: bytes, kind: int = 8) -> bytes:
    return struct.pack(f">HBB{len(shape)}I", 0, kind, len(shape), *shape) + values


@pytest.mark.parametrize("packed", [False, True])
def test_values_run_along_the_last_dimension(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "a.idx"
    content = idx((2, 1, 3), bytes([0, 1, 2, 253, 254, 255]))
    path.write_bytes(gzip.compress(content) if packed else content)
    array = read_idx(path)
    assert array.dtype == np.uint8
    assert array.tolist() == [[[0, 1, 2]], [[253, 254, 255]]]
    assert not array.flags.writeable


WHOLE = gzip.compress(idx((40,), bytes(range(40))), mtime=0)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not an IDX file: it begins with the bytes none"),
        (b"\0\0\x08", "not an IDX file"),
        (b"PK\x03\x04 a zip file", "not an IDX file: it begins with the bytes 50 4b 03 04"),
        (idx((1,), bytes(4), kind=0x0D), "unsigned bytes, type 8, got type 13"),
        (idx((), b""), "1 to 4 dimensions, got 0"),
        (idx((1, 1, 1, 1, 1), b"\0"), "1 to 4 dimensions, got 5"),
        (idx((2, 3), b"")[:9], "ends in its header"),
        (idx((0, 3), b""), r"1 to .* values, its header says \(0, 3\)"),
        (idx((2**32 - 1, 2**32 - 1), b""), r"1 to .* values, its header says \(4294967295"),
        (idx((2, 3), bytes(5)), "truncated: 6 values must follow its header, got 5"),
        (idx((2, 3), bytes(7)), "more than the 6 values"),
        (gzip.compress(idx((5,), bytes(10_000_000)), mtime=0), "more than the 5 values"),
        (WHOLE[:-9], "truncated or damaged"),
        (WHOLE[:-8] + b"\0\0\0\0" + WHOLE[-4:], "truncated or damaged: CRC check failed"),
        (WHOLE + b"what follows", "truncated or damaged"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "train-images"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=reason) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("cut", range(len(WHOLE)))
def test_every_truncation_is_found(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(WHOLE[:cut])
    with pytest.raises(FileFormatError, match=r"a\.gz"):
        read_idx(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.gz", tmp_path):
        with pytest.raises(FileFormatError, match="cannot be read") as caught:
            read_idx(path)
        assert str(path) in str(caught.value)


def test_where_it_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    assert fashion_folders() == (
        DEBIAN_FOLDER,
        tmp_path / ".keras" / "datasets" / "fashion-mnist",
        tmp_path / "c" / "nnviz" / "datasets" / "fashion-mnist",
    )
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "k"))
    assert fashion_folders()[1] == tmp_path / "k" / "datasets" / "fashion-mnist"


def test_absence_says_where_it_was_looked_for_and_how_to_get_it(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    (one / "train-images-idx3-ubyte.gz").write_bytes(WHOLE)  # three of four are missing
    with pytest.raises(NnvizError) as caught:
        load_fashion_mnist((one, other))
    message = str(caught.value)
    for part in (str(one), str(other), "dataset-fashion-mnist", "nnviz train --dataset fashion-mnist", "31 MB"):
        assert part in message


def test_files_of_another_shape_or_with_other_labels_are_named(tmp_path: Path) -> None:
    for name, shape in FILES.items():
        with gzip.open(tmp_path / name, "wb", compresslevel=1) as file:
            file.write(idx(shape, bytes(int(np.prod(shape)))))
    labels = tmp_path / "t10k-labels-idx1-ubyte.gz"
    labels.write_bytes(gzip.compress(idx((10_000,), bytes(9_999) + b"\x0a")))
    with pytest.raises(FileFormatError, match=r"t10k-labels-idx1-ubyte\.gz: a label must be 0 to 9, got 10"):
        load_fashion_mnist((tmp_path,))
    labels.write_bytes(WHOLE)
    with pytest.raises(FileFormatError, match=r"t10k-labels-idx1-ubyte\.gz must hold an array \(10000,\), got \(40,\)"):
        load_fashion_mnist((tmp_path / "elsewhere", tmp_path))


#: MD5 as the authors' README states them, and when they packed each file (seconds since 1970, in the gzip header).
PUBLISHED = {
    "train-images-idx3-ubyte.gz": ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", 1_504_176_606),
    "train-labels-idx1-ubyte.gz": ("25c81989df183df01b3e8a0aad5dffbe", 1_504_176_606),
    "t10k-images-idx3-ubyte.gz": ("bef4ecab320f06d8554ea6380940ec79", 1_504_176_627),
    "t10k-labels-idx1-ubyte.gz": ("bb300cfdad3c16e7a12a480ee83cd310", 1_504_176_627),
}


@pytest.mark.parametrize("file", DOWNLOAD.files, ids=lambda file: file.name)
def test_checksums_are_those_of_what_debian_ships(file: RemoteFile) -> None:
    """Debian's files are the authors' without name and time in the gzip header: put back, they are the originals."""
    path = DEBIAN_FOLDER / file.name
    if not path.is_file():
        pytest.skip("Debian's dataset-fashion-mnist is not installed")
    md5, packed = PUBLISHED[file.name]
    content = path.read_bytes()
    header = struct.pack("<HBBIBB", 0x8B1F, 8, 8, packed, 0, 3) + file.name.removesuffix(".gz").encode() + b"\0"
    original = header + content[10:]
    assert hashlib.md5(original).hexdigest() == md5
    assert hashlib.sha256(original).hexdigest() == file.sha256
    assert len(original) == file.size


def test_fashion_mnist_is_fashion_mnist() -> None:
    folders = [folder for folder in fashion_folders() if (folder / next(iter(FILES))).is_file()]
    if not folders:
        pytest.skip("Fashion-MNIST is not installed")
    dataset = load_fashion_mnist(folders)
    assert (dataset.class_names[0], dataset.class_names[9]) == ("T-shirt/top", "Ankle boot")
    # Mean and deviation of the 60,000 training images, as everybody's normalisation constants have them.
    whole = np.concatenate([dataset.train.x, dataset.validation.x])
    assert whole.mean(dtype=np.float64) == pytest.approx(0.2860, abs=5e-5)
    assert whole.std(dtype=np.float64) == pytest.approx(0.3530, abs=5e-5)
    labels = np.concatenate([dataset.train.y, dataset.validation.y])
    assert np.bincount(labels).tolist() == [6_000] * 10
    assert np.bincount(dataset.test.y).tolist() == [1_000] * 10
    # The first labels as the paper's repository shows them.
    assert labels[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
    assert dataset.test.y[:5].tolist() == [9, 2, 1, 1, 6]
