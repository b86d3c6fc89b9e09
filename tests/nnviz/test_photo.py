"""Pictures of digits from elsewhere: dark or light, lit from one side, with grain; and files of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nnviz.data.pen import paint_strokes
from nnviz.data.photo import ink_of_picture, on_canvas
from nnviz.data.picture_file import read_ink
from nnviz.data.reading import read_drawing
from nnviz.digit_reader import DigitReader
from nnviz.errors import FileFormatError
from nnviz.maths.judgement import Limits
from nnviz.storage.bundled import load_bundled
from tests.nnviz.drawn import DIGITS, beside

LABELS = [str(label) for label, _ in DIGITS]


@pytest.fixture(scope="module")
def reader() -> DigitReader:
    spec, parameters, metadata = load_bundled()
    return DigitReader(spec, parameters, Limits.of(metadata))


def said(reader: DigitReader, light: np.ndarray) -> str:
    reading = read_drawing(ink_of_picture(light), judge=reader.sureness)
    return str(reader.answer(reading).judgements[0].first) if reading.is_digit else reading.kind


@pytest.mark.parametrize("dark_on_light", [True, False])
@pytest.mark.parametrize(("contrast", "grain", "slope"), [(1.0, 0.0, 0.0), (0.5, 0.03, 0.0), (0.5, 0.02, 0.35)])
def test_dark_and_light_with_grain_and_a_shadow(
    reader: DigitReader, dark_on_light: bool, contrast: float, grain: float, slope: float
) -> None:
    generator = np.random.default_rng(2)
    found = []
    for _, strokes in DIGITS:
        ink = paint_strokes(strokes, width=16).astype(float) / 255
        ink = np.pad(ink, ((20, 60), (90, 30)))
        light = 0.95 - contrast * ink if dark_on_light else 0.05 + contrast * ink
        shadow = slope * np.linspace(0, 1, ink.shape[1])
        light = light - shadow if dark_on_light else light + shadow
        light = light + generator.normal(0, 1, ink.shape) * grain
        found.append(said(reader, np.clip(light, 0, 1)))
    assert found == LABELS


def test_blank_paper_is_empty_whatever_its_grain() -> None:
    generator = np.random.default_rng(3)
    for level in (0.1, 0.5, 0.9):
        assert read_drawing(ink_of_picture(np.full((80, 90), level))).kind == "empty"
        paper = level + generator.normal(0, 0.01, (200, 150))
        assert read_drawing(ink_of_picture(np.clip(paper, 0, 1))).kind == "empty"


def test_images_of_mnist_are_taken_as_they_are() -> None:
    from nnviz.data.datasets import load_mnist

    for image in load_mnist().test.x[:50].reshape(-1, 28, 28):
        ink = ink_of_picture(image)
        np.testing.assert_allclose(ink / 255, image / image.max(), atol=0.01)


@pytest.mark.parametrize("light", [np.zeros((0, 5)), np.zeros(5), np.full((4, 4), np.nan)])
def test_what_is_no_picture_is_refused(light: np.ndarray) -> None:
    with pytest.raises(ValueError, match="picture must"):
        ink_of_picture(light)


def test_a_picture_fits_the_canvas() -> None:
    ink = np.zeros((500, 900), np.uint8)
    ink[50:450, 700:800] = 255
    paper = on_canvas(ink, 280)
    y, x = np.nonzero(paper)
    assert np.ptp(y) + 1 == pytest.approx(280 * 0.72, abs=2)
    assert np.ptp(x) + 1 == pytest.approx(280 * 0.72 / 4, abs=2)
    assert y.mean() == pytest.approx(139.5, abs=1)
    assert x.mean() == pytest.approx(139.5, abs=1)
    assert not on_canvas(np.zeros((9, 9), np.uint8), 280).any()


def test_files_of_every_kind_are_read(reader: DigitReader, tmp_path: Path) -> None:
    ink = paint_strokes(beside(DIGITS[6][1], DIGITS[11][1], 0.5), width=9)
    gray = Image.fromarray(255 - ink)
    gray.save(tmp_path / "a.png")
    gray.resize((1400, 1400)).convert("RGB").save(tmp_path / "b.jpg", quality=60)
    clear = Image.new("RGBA", gray.size, (10, 10, 60, 0))
    clear.putalpha(Image.fromarray(ink))
    clear.save(tmp_path / "c.png")
    turned = Image.Exif()
    turned[0x0112] = 6  # the camera was turned: to be shown by 90 degrees clockwise
    gray.rotate(90).save(tmp_path / "d.jpg", exif=turned)
    for name in ("a.png", "b.jpg", "c.png", "d.jpg"):
        reading = read_drawing(read_ink(tmp_path / name), judge=reader.sureness)
        assert reader.answer(reading).headline == "4 7", name


def test_damaged_and_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"gone\.png: there is no such file"):
        read_ink(tmp_path / "gone.png")
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    with pytest.raises(FileFormatError, match=r"bad\.png is not a picture"):
        read_ink(tmp_path / "bad.png")
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(FileFormatError, match=r"text\.png"):
        read_ink(tmp_path / "text.png")
