"""A drawing: what undo brings back, what the network sees of it."""

import numpy as np
import pytest

from nnviz.data.digits import to_image
from nnviz.data.drawing import Drawing
from nnviz.data.pen import PEN_WIDTH


def draw(drawing: Drawing, points, **how) -> None:
    drawing.begin(*points[0], **how)
    for point in points[1:]:
        drawing.extend(*point)
    drawing.end()


ONE = [(140.0, 40.0), (140.0, 140.0), (142.0, 240.0)]
BAR = [(70.0, 140.0), (210.0, 150.0)]


def test_undo_and_redo_go_through_every_state():
    drawing = Drawing()
    states = [drawing.ink.copy()]
    for step in (
        lambda: draw(drawing, ONE), lambda: draw(drawing, BAR),
        lambda: draw(drawing, BAR, width=40, erase=True),
        drawing.clear, lambda: draw(drawing, BAR), drawing.clear, lambda: draw(drawing, ONE),
    ):  # fmt: skip
        step()
        states.append(drawing.ink.copy())
    assert not drawing.can_redo
    for state in reversed(states[:-1]):
        assert drawing.undo()
        np.testing.assert_array_equal(drawing.ink, state)
    assert not drawing.can_undo
    assert not drawing.undo()
    for state in states[1:]:
        assert drawing.redo()
        np.testing.assert_array_equal(drawing.ink, state)
    assert not drawing.redo()


def test_a_new_stroke_forgets_what_was_undone():
    drawing = Drawing()
    draw(drawing, ONE)
    drawing.undo()
    assert drawing.can_redo
    draw(drawing, BAR)
    assert not drawing.can_redo


def test_undo_in_the_middle_of_a_stroke_takes_that_stroke():
    drawing = Drawing()
    draw(drawing, BAR)
    before = drawing.ink.copy()
    drawing.begin(*ONE[0])
    drawing.extend(*ONE[1])
    assert drawing.is_drawing
    drawing.undo()
    assert not drawing.is_drawing
    np.testing.assert_array_equal(drawing.ink, before)


def test_clearing_an_empty_paper_is_nothing_to_undo():
    drawing = Drawing()
    assert not drawing.clear()
    assert not drawing.can_undo


def test_strokes_are_those_since_the_last_clearing():
    drawing = Drawing()
    draw(drawing, BAR)
    drawing.clear()
    draw(drawing, ONE)
    draw(drawing, BAR, erase=True)
    (stroke,) = drawing.strokes
    np.testing.assert_array_equal(stroke, ONE)
    drawing.undo()
    drawing.undo()
    assert drawing.strokes == []


def test_extending_without_a_pen_down_does_nothing():
    drawing = Drawing()
    assert drawing.extend(5, 5) == (0, 0, 0, 0)
    assert drawing.is_empty


def test_the_image_of_a_drawing_is_nearly_that_of_its_ink():
    drawing = Drawing()
    draw(drawing, ONE)
    draw(drawing, BAR)
    # Drawn again with a pen that is a little wider in proportion: the edges differ, the strokes do not.
    difference = np.abs(drawing.image() - to_image(drawing.ink))
    assert difference.mean() < 0.02
    assert difference.max() < 0.5


@pytest.mark.parametrize("scale", [0.2, 0.35, 0.6])
def test_a_loop_drawn_small_stays_open(scale):
    angle = np.linspace(0, 2 * np.pi, 40)
    loop = np.stack([100 + 70 * scale * np.cos(angle), 90 + 100 * scale * np.sin(angle)], axis=1)
    drawing = Drawing()
    draw(drawing, loop.tolist())
    image = drawing.image()
    assert image[13:16, 13:16].max() < 0.1
    assert image.max() == 1
    if scale == 0.2:  # with the pen as wide as it is drawn, the loop is closed
        assert to_image(drawing.ink)[13:16, 13:16].max() > 0.9


def test_a_dot_and_an_empty_paper_have_images():
    drawing = Drawing()
    assert not drawing.image().any()
    draw(drawing, [(30.0, 30.0)])
    image = drawing.image()
    assert image[14, 14] == 1
    assert image.sum() == pytest.approx(np.pi * 100, rel=0.05)
    draw(drawing, [(30.0, 30.0)], width=3 * PEN_WIDTH, erase=True)
    assert drawing.is_empty
    assert not drawing.image().any()
