"""The image that the network sees, and the bars of its answer."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from app.theme import DARK, LIGHT
from app.widgets.probability_bars import ProbabilityBars
from app.widgets.seen_image import SeenImage

#: What the offscreen platform says of tool tips and of resizing; no other platform does.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

SOME = np.array([0.02, 0.003, 0.5, 0.1, 0.0004, 0.05, 0.25, 0.02, 0.05, 0.0066])


@pytest.fixture
def seen(qtbot):
    widget = SeenImage()
    qtbot.addWidget(widget)
    widget.resize(28 * 6, 28 * 6)
    widget.show()
    return widget


@pytest.fixture
def bars(qtbot):
    widget = ProbabilityBars()
    qtbot.addWidget(widget)
    widget.resize(240, 240)
    widget.show()
    return widget


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_pixels_are_exact_squares_in_the_order_of_their_values(seen, theme):
    image = np.zeros((28, 28), np.float32)
    image[3] = np.linspace(0, 1, 28)
    seen.set_theme(theme)
    seen.set_image(image)
    picture = seen.grab().toImage()
    assert picture.devicePixelRatio() == 1
    row = [picture.pixelColor(6 * column + 3, 6 * 3 + 3).lightness() for column in range(28)]
    assert row == sorted(row, reverse=not theme.is_dark)
    assert len(set(row)) == 28
    for column in range(1, 27):  # the outermost squares are under the frame
        colors = {picture.pixelColor(6 * column + x, 6 * 3 + y).rgb() for x in range(6) for y in range(6)}
        assert len(colors) == 1


def test_pointing_at_a_pixel_tells_its_value(seen):
    image = np.zeros((28, 28), np.float32)
    image[5, 9] = 0.25
    seen.set_image(image)
    assert seen.pixel_at(QPointF(9 * 6 + 2, 5 * 6 + 4)) == (5, 9)
    assert seen.pixel_at(QPointF(-1, 5)) is None
    place = QPoint(9 * 6 + 2, 5 * 6 + 4)
    QApplication.sendEvent(seen, QHelpEvent(QEvent.Type.ToolTip, place, seen.mapToGlobal(place)))
    assert QToolTip.text() == "Row 5, column 9: 0.250"
    QToolTip.hideText()


def test_arrow_keys_walk_over_the_pixels(seen, qtbot):
    image = np.zeros((28, 28), np.float32)
    image[13, 15] = 0.75
    seen.set_image(image)
    qtbot.keyClick(seen, Qt.Key.Key_Up)
    qtbot.keyClick(seen, Qt.Key.Key_Right)
    assert seen.accessibleDescription() == "Row 13, column 15: 0.750"
    QToolTip.hideText()


def test_the_shown_image_is_a_copy_and_may_be_taken_away(seen):
    image = np.ones((28, 28), np.float32)
    seen.set_image(image)
    image[:] = 0
    assert seen.describe_pixel(0, 0).endswith("1.000")
    seen.set_image(None)
    seen.set_caption("nothing yet")
    assert seen.pixel_at(QPointF(50, 50)) is None
    assert not seen.grab().isNull()
    with pytest.raises(ValueError, match=r"got shape \(3,\)"):
        seen.set_image(np.zeros(3))


@pytest.mark.parametrize("size", [(56, 56), (120, 90), (1000, 700), (20, 20)])
def test_the_image_keeps_its_shape_inside_the_widget(seen, size):
    seen.setMinimumSize(1, 1)
    seen.set_caption("seen")
    seen.resize(*size)
    seen.set_image(np.random.default_rng(0).random((28, 28)))
    frame = seen.frame()
    assert abs(frame.width() - frame.height()) <= 1
    assert frame.left() >= 0
    assert frame.right() < size[0]
    assert not seen.grab().isNull()


@pytest.mark.parametrize("size", [(120, 130), (160, 180), (240, 240), (900, 1000), (1600, 300)])
def test_bars_are_as_long_as_the_probabilities(bars, size):
    bars.resize(*size)
    bars.set_probabilities(np.eye(10)[0])
    full = bars.bar(0).width()
    assert full >= 0.15 * size[0]
    assert bars.bar(1).width() == 0
    bars.set_probabilities(SOME)
    np.testing.assert_allclose([bars.bar(k).width() / full for k in range(10)], SOME, atol=1e-9)
    tops = [bars.bar(k).top() for k in range(10)]
    assert tops == sorted(tops)
    assert tops[0] >= 0
    assert bars.bar(9).bottom() <= size[1]
    assert not bars.grab().isNull()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_winner_stands_out(bars, theme):
    bars.set_theme(theme)
    bars.set_probabilities(SOME)
    assert bars.winner == 2
    picture = bars.grab().toImage()

    def contrast(number: int) -> float:
        place = bars.bar(number).center().toPoint()
        background = bars.palette().color(bars.backgroundRole()).lightnessF()
        track = picture.pixelColor(round(bars.bar(0).left() + 0.9 * 130), place.y()).lightnessF()
        assert abs(track - background) < 1
        return abs(picture.pixelColor(place).lightnessF() - track)

    assert contrast(2) > contrast(6) > 0.1


def pixels_of(bars, color):
    picture = bars.grab().toImage()
    wanted = color.lstrip("#")
    return sum(
        picture.pixelColor(x, y).name()[1:] == wanted
        for x in range(picture.width()) for y in range(picture.height())
    )  # fmt: skip


def test_the_right_class_is_marked_and_the_mark_tells_right_from_wrong(bars):
    bars.set_probabilities(SOME)
    assert pixels_of(bars, LIGHT.good) == pixels_of(bars, LIGHT.bad) == 0
    bars.set_label(2)
    assert pixels_of(bars, LIGHT.good) > 5
    assert pixels_of(bars, LIGHT.bad) == 0
    bars.set_label(6)
    assert pixels_of(bars, LIGHT.good) == 0
    assert pixels_of(bars, LIGHT.bad) > 5
    bars.set_label(None)
    assert pixels_of(bars, LIGHT.bad) == 0


def test_the_best_two_are_told_in_words(bars):
    assert bars.accessibleDescription() == "No prediction yet."
    bars.set_probabilities(SOME)
    assert bars.accessibleDescription() == "2 50.0 %, 6 25.0 %"
    bars.set_label(6)
    assert bars.accessibleDescription() == "2 50.0 %, 6 25.0 %; right class: 6"
    bars.set_probabilities(None)
    assert bars.accessibleDescription() == "No prediction yet; right class: 6"


def test_a_diverged_network_is_shown_as_it_is(bars):
    bars.set_probabilities(np.full(10, np.nan))
    assert "not a number" in bars.accessibleDescription()
    assert [bars.bar(k).width() for k in range(10)] == [0] * 10
    assert not bars.grab().isNull()


def test_other_classes(bars):
    bars.set_probabilities(SOME)
    bars.set_label(9)
    long_name = "an iris of a very long name indeed, longer than the widget"
    bars.set_class_names(["setosa", "versicolor", long_name])
    assert bars.winner is None
    bars.set_probabilities(np.array([0.0, 1.0, 0.0]))
    assert bars.accessibleDescription() == "versicolor 100.0 %, setosa 0.0 %"
    assert bars.bar(1).width() > 20
    assert not bars.grab().isNull()
    with pytest.raises(ValueError, match="expected 3 probabilities"):
        bars.set_probabilities(SOME)
    with pytest.raises(ValueError, match="from 0 to 2, got 9"):
        bars.set_label(9)


def test_nearly_certain_is_not_called_certain(bars):
    bars.set_probabilities(np.array([0.99996] + [0.00004] + [0.0] * 8))
    assert bars.accessibleDescription() == "0 >99.9 %, 1 <0.1 %"


def test_displays_have_names_for_those_who_cannot_see_them(seen, bars):
    for widget in (seen, bars):
        assert widget.objectName()
        assert widget.accessibleName()
        assert widget.toolTip()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
