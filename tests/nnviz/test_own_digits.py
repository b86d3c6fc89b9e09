"""Own digits: both formats there and back, bad files, the file that is kept, and the mixture with MNIST."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nnviz.data.datasets import DatasetChoice, load
from nnviz.data.mnist import load_mnist
from nnviz.data.own_digits import (
    MAX_ARCHIVE_BYTES,
    OwnDigit,
    held_out,
    own_digit,
    read_own,
    to_npz,
    to_strokes_json,
)
from nnviz.data.own_mixture import load_mixture, varied
from nnviz.data.strokes import read_strokes
from nnviz.errors import FileFormatError, NnvizError, SaveError, SpecError
from nnviz.storage.own_digits import load_own_digits, own_digits_path, save_own_digits


def digit(label: int, seed: int = 0, strokes: int = 2) -> OwnDigit:
    generator = np.random.default_rng((label, seed))
    image = np.zeros((28, 28))
    image[6:22, 8:20] = generator.random((16, 12))
    lines = [generator.uniform(0, 280, (5 + k, 2)) for k in range(strokes)]
    return own_digit(image, label, lines, "test", 1_700_000_000 + seed)


def test_the_archive_gives_back_what_was_put_in(tmp_path: Path) -> None:
    digits = [digit(3), digit(7, 1, strokes=0), digit(0, 2, strokes=1)]
    path = tmp_path / "mine.npz"
    path.write_bytes(to_npz(digits))
    back = read_own(path)
    for one, other in zip(back, digits, strict=True):
        assert one.image.tobytes() == other.image.tobytes()
        assert (one.label, one.taught_at, one.source, one.key) == (
            other.label, other.taught_at, other.source, other.key
        )
        assert len(one.strokes) == len(other.strokes)
        for a, b in zip(one.strokes, other.strokes, strict=True):
            assert a.tobytes() == b.tobytes()
    with np.load(path) as plain:  # any program reads it as it reads MNIST
        assert plain["x"].dtype == np.uint8
        assert plain["x"].shape == (3, 28, 28)
        assert plain["y"].tolist() == [3, 7, 0]


def test_strokes_go_out_in_the_common_format_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(to_strokes_json([digit(3), digit(7, 1, strokes=0)]))
    assert json.loads(path.read_text())["format"] == "strokes-1"
    assert [each.label for each in read_strokes(path)] == [3]  # one has no strokes
    back = read_own(path)
    assert [each.label for each in back] == [3]
    assert back[0].strokes[1] == pytest.approx(digit(3).strokes[1], abs=0.005)
    assert back[0].image.max() == 255


def test_a_foreign_archive_with_pixels_from_0_to_1_is_read(tmp_path: Path) -> None:
    path = tmp_path / "foreign.npz"
    x = np.linspace(0, 1, 2 * 784, dtype=np.float32).reshape(2, 784)
    np.savez(path, x=x, y=np.array([1, 9], np.uint8))
    back = read_own(path)
    assert [each.label for each in back] == [1, 9]
    assert back[1].image[27, 27] == 255
    assert back[0].strokes == ()


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": np.zeros((2, 28, 28), np.uint8)}, "y is missing"),
        ({"x": np.zeros((2, 27, 28), np.uint8), "y": np.zeros(2, int)}, r"\(2, 27, 28\)"),
        ({"x": np.zeros((2, 28, 28), np.uint8), "y": np.array([1, 12])}, r"digit 2: label .* got 12"),
        ({"x": np.zeros((2, 28, 28), np.uint8), "y": np.zeros(3, int)}, r"y must be 2 whole numbers, got int64 \(3,\)"),
        ({"x": np.full((2, 28, 28), 1.5), "y": np.zeros(2, int)}, r"digit 1: a pixel must be in \[0, 1\], got 1.5"),
        ({"x": np.full((1, 28, 28), np.nan), "y": np.zeros(1, int)}, "digit 1: a pixel .* got nan"),
        ({"x": np.zeros((1, 28, 28), np.int32), "y": np.zeros(1, int)}, "x must be uint8.* got int32"),
        ({"x": np.zeros((2001, 28, 28), np.uint8), "y": np.zeros(2001, int)}, "2,000 own digits are kept, got 2,001"),
        (
            {"x": np.zeros((1, 28, 28), np.uint8), "y": np.zeros(1, int), "points": np.zeros((3, 2)),
             "stroke_points": np.array([2]), "digit_strokes": np.array([1])},
            "do not add up: 3 points for 2",
        ),
    ],
)  # fmt: skip
def test_bad_archives_are_named_with_entry_and_value(
    tmp_path: Path, arrays: dict[str, np.ndarray], words: str
) -> None:
    path = tmp_path / "bad.npz"
    np.savez(path, **arrays)
    with pytest.raises(FileFormatError, match=words) as error:
        read_own(path)
    assert "bad.npz" in str(error.value)


def test_other_bad_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    whole = to_npz([digit(3)])
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileFormatError, match=r"mine\.npz is damaged"):
        read_own(path)
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_own(tmp_path / "absent.npz")
    path.write_text('{"format": "strokes-1", "digits": [{"label": 4, "strokes": [[[1, 2]]]}, {"strokes": [[[1, 2]]]}]}')
    with pytest.raises(FileFormatError, match=r"digit 2: label must be .* got none"):
        read_own(path)
    path.write_text('{"format": "strokes-1", "digits": [{"label": 11, "strokes": [[[1, 2]]]}]}')
    with pytest.raises(FileFormatError, match=r"digit 1: label must be .* got 11"):
        read_own(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", bytes(MAX_ARCHIVE_BYTES + 1))
    with pytest.raises(FileFormatError, match="at most 64 MiB unpacked"):
        read_own(path)


def test_values_of_a_digit_are_checked() -> None:
    with pytest.raises(ValueError, match="28x28"):
        own_digit(np.zeros((27, 28)), 3)
    with pytest.raises(ValueError, match=r"in \[0, 1\], got 0 to 2"):
        own_digit(np.linspace(0, 2, 784), 3)
    with pytest.raises(ValueError, match="from 0 to 9, got 10"):
        own_digit(np.zeros(784), 10)


def test_the_file_survives_and_a_damaged_one_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "own_digits.npz"
    assert load_own_digits(path) == ((), "")
    save_own_digits(path, [digit(3), digit(4)])
    kept, problem = load_own_digits(path)
    assert [each.label for each in kept] == [3, 4]
    assert problem == ""
    content = path.read_bytes()[:300]
    path.write_bytes(content)
    kept, problem = load_own_digits(path)
    assert kept == ()
    assert not path.exists()
    aside = [each for each in path.parent.iterdir() if "damaged" in each.name]
    assert [each.read_bytes() for each in aside] == [content]
    assert str(aside[0]) in problem
    save_own_digits(path, [digit(3)])
    save_own_digits(path, [])
    assert not path.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SaveError, match="Cannot save"):
        save_own_digits(tmp_path / "file" / "own_digits.npz", [digit(1)])


def test_every_fifth_digit_of_a_class_is_held_out() -> None:
    digits = [digit(label, k) for k in range(11) for label in (1, 2)]
    digits += [digit(3, k) for k in range(4)]
    out = held_out(digits)
    assert [d.taught_at - 1_700_000_000 for d, o in zip(digits, out, strict=True) if o and d.label == 1] == [4, 9]
    assert out.sum() == 4


def test_the_mixture_has_mnist_and_the_digits_so_often() -> None:
    digits = [digit(5, k) for k in range(6)]
    save_own_digits(own_digits_path(), digits)
    mixed = load(DatasetChoice("mnist+own", {"repeat": 3, "vary": False}))
    mnist = load_mnist()
    assert len(mixed.train) == 55_000 + 5 * 3  # the fifth is held out
    assert mixed.test.x.tobytes() == mnist.test.x.tobytes()
    assert len(mixed.validation) == 5_000
    keys = {digit.x.tobytes(): k for k, digit in enumerate(digits)}
    found = [keys[row.tobytes()] for row in mixed.train.x if row.tobytes() in keys]
    assert sorted(found) == sorted([0, 1, 2, 3, 5] * 3)
    assert np.bincount(mixed.train.y, minlength=10)[5] == np.bincount(mnist.train.y, minlength=10)[5] + 15
    places = [k for k, row in enumerate(mixed.train.x) if row.tobytes() in keys]
    assert max(places) - min(places) > 10_000  # at random places


def test_varied_digits_stay_like_themselves() -> None:
    ring = np.zeros((28, 28), np.float32)
    y, x = np.mgrid[0:28, 0:28]
    ring[np.abs(np.hypot(y - 14, x - 14) - 8) < 1.5] = 1
    made = varied(np.repeat(ring.reshape(1, -1), 8, axis=0), np.random.default_rng(0)).reshape(-1, 28, 28)
    assert made.min() >= 0
    assert made.max() == 1
    for image in made:
        assert np.corrcoef(image.ravel(), ring.ravel())[0, 1] > 0.5
        mass = image.sum()
        assert (image.sum(axis=1) * np.arange(28)).sum() / mass == pytest.approx(14, abs=0.51)
    assert len({image.tobytes() for image in made}) == 8


def test_a_mixture_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NnvizError, match="no digits of your own yet"):
        load(DatasetChoice("mnist+own"))
    path = tmp_path / "many.npz"
    save_own_digits(path, [digit(5, k) for k in range(200)])
    with pytest.raises(SpecError, match="160 own digits times 500 are 80,000"):
        load_mixture(500, path=path)
    with pytest.raises(SpecError, match="from 1 to 500, got 0"):
        load_mixture(0, path=path)
