"""Folders of images by class, written with Pillow and read by nnviz."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nnviz.data import image_folder
from nnviz.data.files import check, inspect, load, load_with_notes
from nnviz.data.image_folder import read_image
from nnviz.data.import_choice import ImportCancelledError
from nnviz.errors import FileFormatError


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    """Twelve dark and twelve light images of several formats and sizes."""
    folder = tmp_path / "shapes"
    for name, level in (("dark", 40), ("light", 220)):
        (folder / name).mkdir(parents=True)
        for k in range(12):
            suffix, mode = [("png", "L"), ("jpg", "RGB"), ("bmp", "RGB"), ("png", "RGBA")][k % 4]
            pixels = np.full((20 + k, 30, {"L": 1, "RGB": 3, "RGBA": 4}[mode]), level, np.uint8)
            pixels[..., -1] = 255 if mode == "RGBA" else pixels[..., -1]
            pixels[: 5 + k] //= 2
            if mode == "RGBA":
                pixels[..., 3] = 255
            Image.fromarray(pixels.squeeze()).save(folder / name / f"{k:02}.{suffix}")
    return folder


def test_classes_are_the_folders(shapes: Path) -> None:
    preview = inspect(shapes)
    assert preview.class_counts == (("dark", 12), ("light", 12))
    assert preview.row_count == 24
    assert preview.head[0] == ("dark", "00.png", "30 × 20 grey")
    assert preview.head[3] == ("light", "01.jpg", "30 × 21 colour")
    choice = replace(preview.choice, image_size=(8, 12))
    told: list[tuple[int, int]] = []
    dataset = load(choice, lambda done, total: told.append((done, total)))
    assert (dataset.task, dataset.class_names, dataset.input_shape) == ("binary", ("dark", "light"), (8, 12))
    assert told[-1] == (24, 24)
    for part in (dataset.train, dataset.validation, dataset.test):
        assert part.x.shape[1] == 96
        means = part.x.mean(axis=1)
        assert ((means > 0.3) == part.y).all(), "light images are of the class light"
    # The last row of a picture is as bright as it was painted.
    assert np.allclose(dataset.train.x[dataset.train.y == 0][:, -12:], 40 / 255, atol=0.02)


def test_colours_become_grey_transparency_white_and_16_bits_8(tmp_path: Path) -> None:
    def read(pixels: np.ndarray, mode: str | None = None) -> int:
        image = Image.fromarray(pixels)
        if mode:
            image = image.convert(mode)
        image.save(tmp_path / "a.png")
        return int(read_image(tmp_path / "a.png", (2, 2))[0, 0])

    colour = np.zeros((4, 4, 3), np.uint8)
    colour[..., 1] = 200
    assert read(colour) == round(0.587 * 200)
    assert read(np.zeros((4, 4, 4), np.uint8)) == 255
    assert read(np.full((4, 4), 65535 // 2, np.uint16)) in (127, 128)
    assert read(np.full((4, 4), 255, np.uint8), "1") == 255


def test_an_average_is_taken_where_an_image_shrinks(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    wanted = pixels.reshape(4, 2, 4, 2).mean(axis=(1, 3))
    assert np.abs(read_image(tmp_path / "a.png", (4, 4)) - wanted).max() <= 1


def test_a_damaged_image_is_named_or_left_out(shapes: Path) -> None:
    (shapes / "dark" / "03.png").write_bytes(b"no image")
    preview = inspect(shapes)
    with pytest.raises(FileFormatError, match=r"dark/03\.png cannot be read: it is no image of a kind that is known"):
        load(preview.choice)
    whole = (shapes / "light" / "01.jpg").read_bytes()
    (shapes / "light" / "01.jpg").write_bytes(whole[: len(whole) // 2])
    imported = load_with_notes(replace(preview.choice, unreadable="missing"))
    assert imported.notes == ("2 images that cannot be read were left out.",)
    assert sum(len(imported.dataset.split(name)) for name in ("train", "validation", "test")) == 22


def test_an_image_that_claims_too_many_pixels_is_not_unpacked(shapes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_folder, "MAX_PIXELS", 500)
    with pytest.raises(FileFormatError, match=r"has 600 pixels; at most 500 can be read"):
        load(inspect(shapes).choice)


def test_folders_that_do_not_do_are_explained(tmp_path: Path, shapes: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FileFormatError, match=r"empty holds no images. The folder must hold one folder for each class"):
        inspect(empty)
    (empty / "cat").mkdir()
    with pytest.raises(FileFormatError, match=r"empty: its folders hold no images"):
        inspect(empty)
    with pytest.raises(FileFormatError, match=r"dark holds images, but no folders"):
        inspect(shapes / "dark")
    with pytest.raises(FileFormatError, match=r"its images lie one folder deeper; open the folder 'shapes'"):
        inspect(tmp_path)


def test_loose_images_and_empty_folders_are_said(shapes: Path) -> None:
    Image.new("L", (4, 4)).save(shapes / "stray.png")
    (shapes / "medium").mkdir()
    (shapes / ".hidden").mkdir()
    texts = [problem.text for problem in inspect(shapes).problems]
    assert any("1 images beside the folders" in text for text in texts)
    assert any("the folder 'medium' has no images" in text for text in texts)
    assert not any("hidden" in text for text in texts)


def test_one_class_and_few_images(shapes: Path) -> None:
    for path in (shapes / "light").iterdir():
        path.unlink()
    preview = inspect(shapes)
    assert any("one class only, 'dark'" in problem.text for problem in check(preview, preview.choice))
    with pytest.raises(FileFormatError, match="one class only"):
        load(preview.choice)
    Image.new("L", (4, 4)).save(shapes / "light" / "a.png")
    preview = inspect(shapes)
    assert any("class 'light' has 1 sample" in problem.text for problem in check(preview, preview.choice))
    with pytest.raises(FileFormatError, match=r"'light' \(1\)"):
        load(preview.choice)


def test_a_few_of_each_class_and_cancelling(shapes: Path) -> None:
    choice = replace(inspect(shapes).choice, max_rows=6)
    dataset = load(choice)
    assert sum(len(dataset.split(name)) for name in ("train", "validation", "test")) == 12
    told: list[int] = []
    with pytest.raises(ImportCancelledError):
        load(choice, lambda done, total: told.append(done), lambda: len(told) == 5)
    assert told == [1, 2, 3, 4, 5]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(shapes: Path) -> None:
    (shapes / "dark").chmod(0)
    with pytest.raises(FileFormatError, match="cannot be read"):
        inspect(shapes)
    (shapes / "dark").chmod(0o700)
