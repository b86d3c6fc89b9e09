"""Drawing on the canvas with mouse, pen, finger and keys, as a person would."""

import json

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QInputDevice, QPainter, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.theme import DARK, LIGHT
from app.widgets.canvas_hint import HINT_PERIOD_S, paint_hint
from app.widgets.digit_canvas import DigitCanvas
from nnviz.data.pen import CANVAS_SIZE, PEN_WIDTH, paint_stroke
from nnviz.data.strokes import read_strokes
from nnviz.errors import SaveError
from tests.shown import luminance, shown

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture
def canvas(qtbot):
    widget = DigitCanvas()
    shown(qtbot, widget, 282, 282)  # the paper has 280 pixels, one to an ink pixel
    return widget


def drag(canvas, points, button=LEFT):
    places = [QPoint(round(x), round(y)) for x, y in points]
    QTest.mousePress(canvas, button, Qt.KeyboardModifier.NoModifier, places[0])
    for place in places[1:]:
        # QTest.mouseMove sends no button state to an unfocused widget; the canvas remembers its own.
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, button, Qt.KeyboardModifier.NoModifier, places[-1])


def test_a_stroke_is_painted_where_the_mouse_went(canvas):
    points = [(60, 80), (150, 90), (200, 220)]
    drag(canvas, points)
    expected = np.zeros((CANVAS_SIZE, CANVAS_SIZE), np.uint8)
    paint_stroke(expected, np.array(points) - 1.0, PEN_WIDTH)
    assert np.abs(canvas.ink().astype(int) - expected).mean() < 0.5
    assert len(canvas.strokes) == 1
    np.testing.assert_allclose(canvas.strokes[0], np.array(points) - 1.0)


@pytest.mark.parametrize("size", [(100, 100), (500, 300), (300, 900)])
def test_the_paper_is_square_and_maps_to_the_ink(canvas, size):
    canvas.resize(*size)
    paper = canvas.paper()
    assert paper.width() == paper.height() <= min(size)
    center = paper.center().toPoint()
    drag(canvas, [(center.x(), center.y())])
    (stroke,) = canvas.strokes
    assert np.abs(stroke[0] - CANVAS_SIZE / 2).max() <= CANVAS_SIZE / paper.width()


def test_a_fast_circle_stays_round(canvas):
    angle = np.linspace(0, 2 * np.pi, 33)
    drag(canvas, np.stack([140 + 90 * np.cos(angle), 140 + 90 * np.sin(angle)], axis=1))
    (stroke,) = canvas.strokes
    assert len(stroke) >= 32
    y, x = np.nonzero(canvas.ink() > 127)
    radius = np.hypot(x + 0.5 - 139, y + 0.5 - 139)
    assert radius.min() > 90 - PEN_WIDTH / 2 - 3
    assert radius.max() < 90 + PEN_WIDTH / 2 + 2
    turns = np.histogram(np.arctan2(y - 139, x - 139), bins=36, range=(-np.pi, np.pi))[0]
    assert turns.min() > 0.8 * turns.mean()


def test_undo_redo_and_clear(canvas):
    heard = []
    canvas.undo_available_changed.connect(lambda on: heard.append(("undo", on)))
    canvas.redo_available_changed.connect(lambda on: heard.append(("redo", on)))
    drag(canvas, [(50, 50), (200, 60)])
    one = canvas.ink()
    drag(canvas, [(60, 200), (220, 190)])
    two = canvas.ink()
    assert heard == [("undo", True)]
    canvas.undo()
    np.testing.assert_array_equal(canvas.ink(), one)
    assert heard[1:] == [("redo", True)]
    canvas.redo()
    np.testing.assert_array_equal(canvas.ink(), two)
    canvas.clear()
    assert canvas.is_empty
    assert not canvas.image().any()
    canvas.undo()
    np.testing.assert_array_equal(canvas.ink(), two)
    for _ in range(5):
        canvas.undo()
    assert canvas.is_empty
    assert heard[-1] == ("undo", False)
    assert not canvas.can_undo


def test_the_right_button_and_the_eraser_take_ink_away(canvas):
    drag(canvas, [(50, 140), (230, 140)])
    before = canvas.ink()
    drag(canvas, [(140, 60), (140, 220)], RIGHT)
    erased = canvas.ink()
    assert erased[139, 139] == 0
    assert erased[139, 60] == 255
    canvas.undo()
    np.testing.assert_array_equal(canvas.ink(), before)
    canvas.set_eraser(True)
    drag(canvas, [(140, 60), (140, 220)])
    np.testing.assert_array_equal(canvas.ink(), erased)


def test_a_press_beside_the_paper_draws_nothing_and_a_stroke_may_leave_it(canvas):
    canvas.resize(600, 282)
    drag(canvas, [(20, 100), (300, 100)])
    assert canvas.is_empty
    drag(canvas, [(300, 100), (599, 100), (300, 200)])
    assert canvas.ink()[99, 279] == 255


def test_changes_are_announced_together_and_the_last_always(canvas, qtbot):
    seen = []
    canvas.drawing_changed.connect(lambda: seen.append(int(canvas.ink().sum())))
    QTest.mousePress(canvas, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(40, 40))
    for k in range(200):
        QTest.mouseMove(canvas, QPoint(40 + k, 40 + k // 2))
    QTest.mouseRelease(canvas, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(240, 140))
    final = int(canvas.ink().sum())
    qtbot.waitUntil(lambda: bool(seen) and seen[-1] == final)
    assert len(seen) < 200
    seen.clear()
    canvas.undo()
    qtbot.waitUntil(lambda: seen == [0])


def test_setters_announce_nothing(canvas, qtbot):
    with qtbot.assertNotEmitted(canvas.drawing_changed, wait=60):
        canvas.set_theme(DARK)
        canvas.set_eraser(True)
        canvas.set_pen_width(30)
        canvas.undo()
        canvas.clear()
    assert canvas.pen_width == 30
    with pytest.raises(ValueError, match="from 4 to 80 ink pixels, got 100"):
        canvas.set_pen_width(100)


def test_the_keyboard_draws_too(canvas, qtbot):
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Up)
    assert canvas.is_empty
    qtbot.keyClick(canvas, Qt.Key.Key_Space)
    for _ in range(6):
        qtbot.keyClick(canvas, Qt.Key.Key_Down)
    qtbot.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(canvas, Qt.Key.Key_Space)
    (stroke,) = canvas.strokes
    np.testing.assert_allclose(stroke[[0, -2, -1]], [[140, 128], [140, 200], [143, 200]])
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert len(canvas.strokes) == 1


def tablet(canvas, kind, x, y, pressure, pointer=QPointingDevice.PointerType.Pen):
    place = QPointF(x, y)
    device = QPointingDevice(
        "pen", 7, QInputDevice.DeviceType.Stylus, pointer, QInputDevice.Capability.Pressure, 1, 3
    )
    event = QTabletEvent(
        kind, device, place, canvas.mapToGlobal(place), pressure, 0, 0, 0, 0, 0,
        Qt.KeyboardModifier.NoModifier, LEFT, LEFT,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


def test_a_pen_draws_wider_when_pressed_and_erases_with_its_other_end(canvas):
    kind = QTabletEvent.Type
    areas = []
    for pressure in (0.1, 0.9):
        tablet(canvas, kind.TabletPress, 60, 60, pressure)
        tablet(canvas, kind.TabletMove, 220, 60, pressure)
        tablet(canvas, kind.TabletRelease, 220, 60, 0)
        areas.append(int(canvas.ink().sum()))
        canvas.clear()
    assert 1.4 < areas[1] / areas[0] < 1.8
    tablet(canvas, kind.TabletPress, 60, 60, 0.5)
    tablet(canvas, kind.TabletRelease, 60, 60, 0)
    assert not canvas.is_empty
    tablet(canvas, kind.TabletPress, 60, 60, 0.5, QPointingDevice.PointerType.Eraser)
    tablet(canvas, kind.TabletRelease, 60, 60, 0, QPointingDevice.PointerType.Eraser)
    assert canvas.is_empty


def test_a_finger_draws(canvas):
    device = QTest.createTouchDevice()
    QTest.touchEvent(canvas, device).press(0, QPoint(60, 60), canvas).commit()
    QTest.touchEvent(canvas, device).move(0, QPoint(200, 180), canvas).commit()
    QTest.touchEvent(canvas, device).release(0, QPoint(200, 180), canvas).commit()
    (stroke,) = canvas.strokes
    np.testing.assert_allclose(stroke[[0, -1]], [[59, 59], [199, 179]])


def fingers(canvas, device, kind, places):
    """Send one touch event with a finger at each place; ``kind`` is press, move or release."""
    event = QTest.touchEvent(canvas, device)
    for number, (x, y) in enumerate(places):
        getattr(event, kind)(number, QPoint(round(x), round(y)), canvas)
    event.commit()


def swipe(canvas, device, starts, by):
    fingers(canvas, device, "press", starts)
    for share in (0.3, 0.6, 1.0):
        fingers(canvas, device, "move", [(x + share * by[0], y + share * by[1]) for x, y in starts])
    fingers(canvas, device, "release", [(x + by[0], y + by[1]) for x, y in starts])


def test_two_fingers_undo_and_redo_and_three_clear(canvas):
    device = QTest.createTouchDevice()
    drag(canvas, [(60, 140), (220, 140)])
    ink = canvas.ink()
    swipe(canvas, device, [(180, 100), (200, 160)], (-100, 5))
    assert canvas.is_empty
    swipe(canvas, device, [(80, 100), (90, 160)], (100, -5))
    np.testing.assert_array_equal(canvas.ink(), ink)
    swipe(canvas, device, [(80, 100), (90, 160)], (5, 90))  # two fingers downwards mean nothing
    np.testing.assert_array_equal(canvas.ink(), ink)
    swipe(canvas, device, [(80, 60), (140, 60), (200, 60)], (0, 100))
    assert canvas.is_empty
    canvas.undo()
    np.testing.assert_array_equal(canvas.ink(), ink)
    assert len(canvas.strokes) == 1


def test_the_first_finger_of_a_gesture_leaves_no_ink_but_a_palm_does_not_end_a_stroke(canvas):
    device = QTest.createTouchDevice()
    QTest.touchEvent(canvas, device).press(0, QPoint(100, 100), canvas).commit()
    assert not canvas.is_empty
    QTest.touchEvent(canvas, device).stationary(0).press(1, QPoint(160, 100), canvas).commit()
    assert canvas.is_empty
    fingers(canvas, device, "release", [(100, 100), (160, 100)])
    assert canvas.is_empty
    assert not canvas.can_undo
    QTest.touchEvent(canvas, device).press(0, QPoint(60, 100), canvas).commit()
    QTest.touchEvent(canvas, device).move(0, QPoint(140, 100), canvas).commit()
    QTest.touchEvent(canvas, device).stationary(0).press(1, QPoint(240, 250), canvas).commit()
    QTest.touchEvent(canvas, device).move(0, QPoint(200, 100), canvas).stationary(1).commit()
    QTest.touchEvent(canvas, device).release(0, QPoint(200, 100), canvas).stationary(1).commit()
    QTest.touchEvent(canvas, device).move(1, QPoint(100, 250), canvas).commit()
    QTest.touchEvent(canvas, device).release(1, QPoint(100, 250), canvas).commit()
    (stroke,) = canvas.strokes
    np.testing.assert_allclose(stroke[[0, -1]], [[59, 99], [199, 99]])


def test_a_pen_varies_its_width_within_a_stroke_and_its_barrel_button_erases(canvas):
    kind = QTabletEvent.Type
    tablet(canvas, kind.TabletPress, 40, 140, 0.0)
    for x, pressure in ((100, 0.0), (180, 1.0), (240, 1.0)):
        tablet(canvas, kind.TabletMove, x, 140, pressure)
    tablet(canvas, kind.TabletRelease, 240, 140, 0)
    thick = (canvas.ink() > 127).sum(axis=0)
    assert thick[60] == pytest.approx(0.7 * PEN_WIDTH, abs=1.5)
    assert thick[220] == pytest.approx(1.3 * PEN_WIDTH, abs=1.5)
    place = QPointF(60, 140)
    device = QPointingDevice.primaryPointingDevice()
    for button_kind in (kind.TabletPress, kind.TabletRelease):
        event = QTabletEvent(
            button_kind, device, place, canvas.mapToGlobal(place), 0.5, 0, 0, 0, 0, 0,
            Qt.KeyboardModifier.NoModifier, RIGHT, RIGHT,
        )  # fmt: skip
        QApplication.sendEvent(canvas, event)
    assert canvas.ink()[139, 59] == 0


def test_every_point_counts_while_drawing_and_only_then(canvas):
    joined = Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents
    before = QApplication.testAttribute(joined)
    QTest.mousePress(canvas, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(50, 50))
    assert not QApplication.testAttribute(joined)
    QTest.mouseRelease(canvas, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(60, 60))
    assert QApplication.testAttribute(joined) == before


def test_the_line_is_under_the_pointer_at_once_and_a_loose_end_leaves_nothing(canvas):
    QTest.mousePress(canvas, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(41, 41))
    QTest.mouseMove(canvas, QPoint(201, 41))
    assert canvas.ink()[40, 198] > 0
    QTest.mouseMove(canvas, QPoint(241, 141))
    assert canvas.ink()[138, 239] > 0
    QTest.mouseRelease(canvas, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(241, 141))
    shown = canvas.ink()
    canvas.undo()
    canvas.redo()
    np.testing.assert_array_equal(canvas.ink(), shown)  # painted again from its points


def test_the_next_person_finds_nothing_of_the_last(canvas):
    canvas.set_eraser(True)
    canvas.set_pen_width(40)
    canvas.draw_stroke(np.array([[0.2, 0.2], [0.8, 0.8]]))
    canvas.forget()
    assert canvas.is_empty
    assert not canvas.can_undo
    assert not canvas.eraser
    assert canvas.pen_width == PEN_WIDTH


def test_a_guest_is_shown_until_somebody_draws(canvas):
    image = np.zeros((28, 28), np.float32)
    image[10:18, 10:18] = 1
    paper = canvas.grab().toImage().pixelColor(140, 60)
    canvas.set_guest(image, "a square")
    assert canvas.is_empty
    assert canvas.grab().toImage().pixelColor(140, 140) != paper
    QTest.mousePress(canvas, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(30, 30))
    assert canvas.grab().toImage().pixelColor(140, 140) == paper
    QTest.mouseRelease(canvas, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(30, 30))


def test_the_hint_pulses_only_while_it_is_seen(canvas, qtbot):
    canvas.set_hint_pulse(True)
    pictures = set()
    def changed():
        pictures.add(bytes(canvas.grab().toImage().constBits()))
        return len(pictures) > 2
    qtbot.waitUntil(changed)
    assert canvas._pulse.isActive()
    drag(canvas, [(60, 60), (200, 60)])
    assert not canvas._pulse.isActive()
    canvas.clear()
    assert canvas._pulse.isActive()
    canvas.hide()
    assert not canvas._pulse.isActive()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_ink_stands_out_from_the_paper(canvas, theme):
    canvas.set_theme(theme)
    drag(canvas, [(60, 140), (220, 140)])
    picture = canvas.grab().toImage()
    ratio = picture.devicePixelRatio()
    ink = picture.pixelColor(round(140 * ratio), round(140 * ratio)).lightnessF()
    paper = picture.pixelColor(round(140 * ratio), round(60 * ratio)).lightnessF()
    assert (ink > paper) == theme.is_dark
    assert abs(ink - paper) > 0.6


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_hint_can_be_read_where_it_is_faintest(theme):
    image = QImage(900, 900, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.raised))
    painter = QPainter(image)
    paint_hint(painter, QRectF(0, 0, 900, 900), theme, HINT_PERIOD_S / 2)
    painter.end()
    shades = {image.pixel(x, y) for x in range(200, 700) for y in range(400, 500)}
    paper = luminance(theme.raised)
    ratios = [(max(each, paper) + 0.05) / (min(each, paper) + 0.05) for each in map(luminance, map(QColor, shades))]
    assert 4.5 <= max(ratios) < 7


def test_the_hint_goes_when_drawing_begins(canvas):
    empty = canvas.grab().toImage()
    QTest.mousePress(canvas, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(30, 30))
    begun = canvas.grab().toImage()
    QTest.mouseRelease(canvas, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(30, 30))

    def dark(image: QImage) -> int:
        paper = image.pixelColor(140, 220)
        return sum(image.pixelColor(x, y) != paper for x in range(60, 220) for y in range(125, 155))

    assert dark(empty) > 100
    assert dark(begun) == 0


def test_exports(canvas, tmp_path):
    drag(canvas, [(60, 60), (200, 180)])
    canvas.save_image(tmp_path / "digit.png")
    image = QImage(str(tmp_path / "digit.png"))
    assert image.width() == image.height() == CANVAS_SIZE
    assert image.pixelColor(119, 110).lightness() < 10
    assert image.pixelColor(10, 270).lightness() == 255
    canvas.save_image(tmp_path / "small.png", 56)
    assert QImage(str(tmp_path / "small.png")).width() == 56
    canvas.save_strokes(tmp_path / "digit.json", 4)
    assert json.loads((tmp_path / "digit.json").read_text())["format"] == "strokes-1"
    (digit,) = read_strokes(tmp_path / "digit.json")
    assert digit.label == 4
    np.testing.assert_allclose(digit.strokes[0], canvas.strokes[0], atol=0.01)
    with pytest.raises(SaveError):
        canvas.save_image(tmp_path / "absent" / "digit.png")


def test_a_lost_release_does_not_lock_the_canvas(canvas):
    QTest.mousePress(canvas, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(50, 50))
    QTest.mousePress(canvas, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(200, 200))
    QTest.mouseRelease(canvas, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(200, 200))
    assert len(canvas.strokes) == 2
    QTest.mousePress(canvas, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(50, 200))
    canvas.hide()
    canvas.show()
    assert canvas.can_undo
    drag(canvas, [(100, 20), (150, 20)])
    assert [len(stroke) for stroke in canvas.strokes] == [1, 1, 1, 2]


def test_what_was_read_is_never_older_than_the_ink(canvas):
    def check():
        kept, fresh = canvas.reading(), canvas._drawing.reading()
        assert kept.kind == fresh.kind
        assert len(kept.images) == len(fresh.images)
        assert all(np.array_equal(one, other) for one, other in zip(kept.images, fresh.images, strict=True))
        assert np.array_equal(canvas.image(), canvas._drawing.image())

    generator = np.random.default_rng(5)
    check()
    for stroke in range(6):
        button = Qt.MouseButton.RightButton if stroke == 3 else LEFT
        QTest.mousePress(canvas, button, pos=QPoint(*generator.integers(40, 240, 2).tolist()))
        check()
        for _ in range(8):
            QTest.mouseMove(canvas, QPoint(*generator.integers(40, 240, 2).tolist()))
            check()
        QTest.mouseRelease(canvas, button, pos=QPoint(120, 120))
        check()
    for change in (canvas.undo, canvas.redo, canvas.clear, canvas.undo, canvas.forget):
        change()
        check()


def test_a_judge_is_asked_each_time_as_the_network_learns(canvas):
    asked = []

    def judge(images):
        asked.append(len(images))
        return np.zeros(len(images))

    canvas.set_judge(judge)
    # A 0 close to a 1, or a digit of two strokes: the gap alone does not tell.
    turn = np.linspace(0, 2 * np.pi, 20)
    canvas.draw_stroke(np.stack([0.35 + 0.08 * np.cos(turn), 0.5 + 0.2 * np.sin(turn)], axis=1))
    canvas.draw_stroke(np.stack([np.full(20, 0.51), np.linspace(0.3, 0.7, 20)], axis=1))
    canvas.reading()
    count = len(asked)
    assert count
    canvas.reading()
    assert len(asked) == 2 * count
    minds = ["the network before a step"]
    canvas.set_judge(judge, lambda: minds[-1])
    asked.clear()
    for _ in range(3):
        canvas.reading()
    assert len(asked) == count, "the same network says the same"
    minds.append("the network after it")
    canvas.reading()
    canvas.image()
    assert len(asked) == 2 * count
    canvas.draw_stroke(np.array([[0.2, 0.8], [0.3, 0.8]]))
    canvas.reading()
    assert len(asked) > 2 * count, "other ink"


def test_a_whole_stroke_is_drawn_at_once(canvas):
    canvas.draw_stroke(np.array([[0.25, 0.25], [0.75, 0.5]]))
    (stroke,) = canvas.strokes
    np.testing.assert_allclose(stroke, [[70, 70], [210, 140]])
    assert canvas.ink()[105, 140] == 255
    canvas.undo()
    assert canvas.is_empty


def test_it_has_names_for_those_who_cannot_see_it(canvas):
    assert canvas.objectName()
    assert canvas.accessibleName()
    assert canvas.toolTip()
    assert canvas.focusPolicy() & Qt.FocusPolicy.TabFocus
