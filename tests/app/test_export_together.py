"""More than one network view in a file: two networks side by side, and a slide with its words."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from app.export.choice import ExportChoice, View
from app.export.pair import GAP_PX, Beside, PairRenderer
from app.export.renderer import FrameRenderer
from app.export.svg import svg_bytes
from app.export.values import Canvas
from app.theme import DARK, LIGHT
from app.widgets.network_painting import Shown
from app.widgets.slide_painting import BAND_PART, SlideWords, foot_height, paint_marks, split_band, words_height
from nnviz.picture.answers import OutputMeaning
from nnviz.picture.look import Look
from tests.snapshots import snapshot_of

SVG = "{http://www.w3.org/2000/svg}"
WIDE, HIGH = Canvas(900, 400, 1.0), Canvas(400, 900, 1.0)


@pytest.fixture
def shown(qapp: object) -> Shown:
    return Shown(snapshot_of(), OutputMeaning(names=("ant", "bee", "cat")), (), Look(edges="weight", top_k=12))


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def inked(image: np.ndarray) -> int:
    return int((np.abs(image - np.array(QColor(LIGHT.surface).getRgb()[:3])).max(axis=-1) > 30).sum())


@pytest.mark.parametrize("canvas", [WIDE, HIGH], ids=["beside", "below"])
def test_two_networks_that_are_the_same_are_painted_the_same_in_both_halves(shown: Shown, canvas: Canvas) -> None:
    made = pixels(PairRenderer(shown, Beside(shown, ("one", "one")), LIGHT, canvas).image(None))
    axis = 1 if canvas is WIDE else 0
    side = int((made.shape[axis] - GAP_PX) / 2)
    end = made.shape[axis]
    first, second = (np.take(made, part, axis) for part in (range(side), range(end - side, end)))
    assert inked(first) > 2000
    assert abs(inked(first) - inked(second)) < 0.03 * inked(first)


def test_the_second_picture_stands_first_where_it_does_in_the_window(shown: Shown) -> None:
    blank = replace(shown, blank=True)  # no bars: its half has less ink
    halves = []
    for is_first in (False, True):
        made = pixels(PairRenderer(shown, Beside(blank, ("a", "b"), is_first), LIGHT, WIDE).image(None))
        halves.append((inked(made[:, :440]), inked(made[:, 460:])))
    assert halves[0][0] > halves[0][1]
    assert halves[1][0] < halves[1][1]


def test_a_band_of_a_pair_is_that_part_of_the_whole(shown: Shown) -> None:
    renderer = PairRenderer(shown, Beside(shown, ("one", "two")), LIGHT, WIDE)
    whole, band = pixels(renderer.image(None)), pixels(renderer.band(None, 120, 90))
    assert float((np.abs(band - whole[120:210]).max(axis=2) > 40).mean()) < 0.01


def test_an_svg_of_a_pair_moves_the_edges_of_the_second(shown: Shown) -> None:
    text = svg_bytes(PairRenderer(shown, Beside(shown, ("one", "two")), LIGHT, WIDE))
    groups = [group for group in ElementTree.fromstring(text).iter(f"{SVG}g") if group.get("class") == "edges"]
    layers = len(shown.snapshot.spec.layers)
    assert len(groups) == 2 * layers
    moves = [float(str(group.get("transform")).split("(")[1].split()[0]) for group in groups[layers:]]
    assert set(moves) == {(900 - GAP_PX) / 2 + GAP_PX}
    lines = [[dict(line.attrib) for line in group] for group in groups]
    assert lines[:layers] == lines[layers:]


def slide_of(shown: Shown) -> SlideWords:
    return SlideWords("Weighted sums", "Each unit adds up what comes in.", (), ((1, 0),), None, "A lesson", "3 / 18")


def test_a_slide_has_the_network_above_and_its_words_below(shown: Shown) -> None:
    canvas = Canvas(960, 540, 1.0)
    made = pixels(FrameRenderer(shown, LIGHT, canvas, slide=slide_of(shown), moving=False).image(None))
    other = replace(slide_of(shown), sentence="Something quite different is said here, and more of it.", units=())
    changed = np.abs(made - pixels(FrameRenderer(shown, LIGHT, canvas, slide=other, moving=False).image(None)))
    text = 540 / 38
    top = 540 - round(words_height(text, 540))
    rows = np.flatnonzero(changed.max(axis=(1, 2)) > 40)
    assert rows.max() < 540 - foot_height(text, 540)
    assert rows[rows >= top].size  # the sentence
    assert rows[rows < top].size  # the ring, which the other has not
    assert 540 - top > BAND_PART * 540


def test_rings_are_where_the_units_are(shown: Shown) -> None:
    renderer = FrameRenderer(shown, LIGHT, Canvas(800, 500, 1.0), moving=False)
    layout = renderer.edges()[0].job.layout
    x, y = layout.boxes[1].place_of(0)
    image = QImage(800, 500, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint_marks(painter, layout, ((1, 0), (99, 0)), None, LIGHT, 14.0)
    painter.end()
    rows, columns = np.nonzero((pixels(image) < 128).all(axis=2))
    assert (columns.mean(), rows.mean()) == pytest.approx((x, y), abs=1.5)


def test_without_formulas_the_words_have_the_whole_band() -> None:
    alone, _ = split_band(1280, 200, 19, formulas=False)
    words, formulas = split_band(1280, 200, 19, formulas=True)
    assert words.width() < 0.5 * alone.width()
    assert words.right() < formulas.left()
    assert formulas.right() == pytest.approx(alone.right())


def test_a_choice_hands_both_on_and_a_film_has_no_slide(shown: Shown) -> None:
    beside = Beside(shown, ("one", "two"))
    view = View(shown, LIGHT, 900, 400, 13.0, (1.0, 0.0, 0.0), None, (), beside=beside)
    job = ExportChoice(theme="dark").job(view)
    assert isinstance(job.renderer(), PairRenderer)
    assert job.renderer().theme == DARK
    assert (job.canvas.width, job.canvas.height) == (1800, 800)
    slide = slide_of(shown)
    view = replace(view, beside=None, slide=slide)
    assert ExportChoice().job(view).slide is slide
    assert ExportChoice(what="film").job(view).slide is None
