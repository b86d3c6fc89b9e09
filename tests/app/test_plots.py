"""Curves through their widgets: what is read, fitted, decimated and shown."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.theme import DARK, LIGHT, ui_font
from app.widgets.curves_view import CurvesView, LossCurve, MetricCurve
from tests.shown import shown

#: The offscreen platform says this of every window with a smallest size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

STEPS = np.arange(1, 20_001)


@pytest.fixture
def losses():
    random = np.random.default_rng(1)
    return (0.05 + 2.2 * np.exp(-STEPS / 900)) * random.gamma(6, 1 / 6, len(STEPS))


@pytest.fixture
def curve(qtbot, losses):
    made = shown(qtbot, LossCurve(), 420, 200)
    made.set_training(STEPS, losses)
    made.set_validation([4000, 8000, 12_000, 16_000, 20_000], [0.3, 0.2, 0.15, 0.12, 0.11])
    made.flush()
    return made


def wheel(canvas, notches, where=None, modifiers=Qt.KeyboardModifier.NoModifier):
    at = QPointF(canvas.frame.rect.center()) if where is None else where
    event = QWheelEvent(
        at,
        canvas.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas.viewport(), event)


def test_crosshair_reads_the_raw_value_of_its_step(curve, losses, qtbot):
    rect = curve.canvas.frame.rect
    with qtbot.waitSignal(curve.cursor_moved):
        qtbot.mouseMove(
            curve.canvas.viewport(), QPoint(int(rect.left() + rect.width() / 3), int(rect.center().y()))
        )
    step = curve.cursor_step
    assert step is not None
    assert step == pytest.approx(20_000 / 3, rel=0.05)
    reading = {r.name: r for r in curve.readings()}
    assert reading["training"].step == step
    assert reading["training"].value == losses[int(step) - 1]
    nearest = min((4000, 8000, 12_000, 16_000, 20_000), key=lambda s: abs(s - step))
    assert reading["validation"].step == nearest
    assert f"step {step:,.0f}" in curve.header.text()


def test_crosshair_moves_by_keys_and_escape_hides_it(curve, losses, qtbot):
    curve.canvas.setFocus()
    qtbot.keyClick(curve.canvas, Qt.Key.Key_Right)
    assert curve.cursor_step == 20_000
    qtbot.keyClick(curve.canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert curve.cursor_step == 19_999
    assert curve.readings()[0].value == losses[19_998]
    qtbot.keyClick(curve.canvas, Qt.Key.Key_Left)
    a_pixel = 20_000 / curve.canvas.frame.rect.width()
    assert a_pixel * 0.9 <= 19_999 - curve.cursor_step <= a_pixel * 1.2 + 1
    qtbot.keyClick(curve.canvas, Qt.Key.Key_Home)
    assert curve.cursor_step == 1
    qtbot.keyClick(curve.canvas, Qt.Key.Key_Left)
    assert curve.cursor_step == 1
    qtbot.keyClick(curve.canvas, Qt.Key.Key_Escape)
    assert curve.cursor_step is None


def test_crosshair_of_a_setter_does_not_emit(curve, qtbot):
    with qtbot.assertNotEmitted(curve.cursor_moved):
        curve.set_cursor(5000)
    assert curve.cursor_step == 5000


def test_zoom_suspends_following_and_fit_returns_it(curve, losses):
    assert curve.canvas.is_following
    assert not curve.fit_button.isVisible()
    wheel(curve.canvas, 3)
    zoomed = curve.canvas.x_range
    assert zoomed[1] - zoomed[0] < 20_000 / 1.5
    assert not curve.canvas.is_following
    assert curve.fit_button.isVisible()
    curve.append_training([30_000], [0.02])
    curve.flush()
    assert curve.canvas.x_range == zoomed
    curve.fit_button.click()
    assert curve.canvas.x_range[0] == 0
    assert curve.canvas.x_range[1] >= 30_000
    assert curve.canvas.is_following
    assert not curve.fit_button.isVisible()


def test_values_follow_the_visible_steps_while_only_steps_are_zoomed(curve, losses):
    curve.canvas.set_x_range(15_000, 16_000)
    low, high = curve.canvas.y_range
    visible = losses[14_999:16_000]
    assert low <= visible.min()
    assert visible.max() <= high < losses.max() / 2


def test_f_and_double_click_fit(curve, qtbot):
    for fit in (
        lambda: qtbot.keyClick(curve.canvas, Qt.Key.Key_F),
        lambda: qtbot.mouseDClick(curve.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, 60)),
    ):
        curve.canvas.set_x_range(100, 200)
        assert not curve.canvas.is_following
        fit()
        assert curve.canvas.is_following


def drag(canvas, start, *moves):
    """Press, move and release with the button held, which QTest's own moves do not tell."""
    port, left, none = canvas.viewport(), Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    for kind, at, button, buttons in (
        (QEvent.Type.MouseButtonPress, start, left, left),
        *((QEvent.Type.MouseMove, at, none, left) for at in moves),
        (QEvent.Type.MouseButtonRelease, moves[-1], left, none),
    ):
        held = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(port, QMouseEvent(kind, at, port.mapToGlobal(at), button, buttons, held))


def test_dragging_pans_by_what_the_pointer_moved(curve):
    canvas = curve.canvas
    canvas.set_x_range(5000, 10_000)
    middle = canvas.frame.rect.center()
    drag(canvas, middle, middle + QPointF(20, 0), middle + QPointF(50, 1))
    moved = 5000 * 50 / canvas.frame.rect.width()
    assert canvas.x_range == pytest.approx((5000 - moved, 10_000 - moved))
    canvas.fit()
    axis = QPointF(8, middle.y())
    before_y = canvas.y_range
    drag(canvas, axis, axis + QPointF(0, 10), axis + QPointF(0, 20))
    shift = (before_y[1] - before_y[0]) * 20 / canvas.frame.rect.height()
    assert canvas.y_range == pytest.approx((before_y[0] + shift, before_y[1] + shift))
    assert not canvas.is_following


def test_wheel_with_ctrl_zooms_values_only(curve):
    before_x, before_y = curve.canvas.x_range, curve.canvas.y_range
    wheel(curve.canvas, 2, modifiers=Qt.KeyboardModifier.ControlModifier)
    assert curve.canvas.x_range == before_x
    assert np.diff(curve.canvas.y_range) < np.diff(before_y)


def test_drawn_points_keep_a_peak_and_are_two_a_column(curve, losses):
    spiky = losses.copy()
    spiky[7777] = 99.0
    curve.set_training(STEPS, spiky)
    curve.flush()
    x, y = curve.curves["raw"].line.getData()
    assert len(x) <= 2 * curve.canvas.width() + 2
    assert y.max() == 99.0
    assert x[np.argmax(y)] == 7778


def test_smoothing_is_stated_and_is_an_average(curve, losses, qtbot):
    assert "smoothed" in " ".join(curve.header.shown_names())
    assert "smoothed over ~100 steps" in curve.header.toolTip()
    ages = 0.99 ** np.arange(12_000)[::-1]
    expected = np.sum(ages * losses[:12_000]) / ages.sum()
    assert curve.curves["smoothed"].y[11_999] == pytest.approx(expected)
    with qtbot.assertNotEmitted(curve.smoothing_changed):
        curve.set_smoothing(1)
    np.testing.assert_array_equal(curve.curves["smoothed"].y, losses)
    assert "not smoothed" in curve.header.toolTip()


@pytest.mark.qt_log_ignore("propagateSizeHints", "raise", "grabbing the keyboard")
def test_the_slider_changes_the_smoothing(curve, qtbot):
    curve.choose_smoothing()
    popup = curve.findChild(object, "smoothing_popup")
    with qtbot.waitSignal(curve.smoothing_changed) as caught:
        popup.slider.setValue(popup.slider.value() + 1)
    assert caught.args == [200]
    assert curve.smoothing == 200
    assert "~200" in curve.header.toolTip()
    popup.close()


def test_appending_equals_setting(curve, losses, qtbot):
    other = LossCurve()
    qtbot.addWidget(other)
    for start in range(0, 20_000, 1234):
        other.append_training(STEPS[start : start + 1234], losses[start : start + 1234])
    np.testing.assert_array_equal(other.curves["raw"].y, losses)
    np.testing.assert_allclose(other.curves["smoothed"].y, curve.curves["smoothed"].y, rtol=1e-9)


def test_steps_that_do_not_rise_are_refused(curve):
    with pytest.raises(ValueError, match="20000"):
        curve.append_training([20_000], [1.0])
    with pytest.raises(ValueError, match="rise"):
        curve.set_training([1, 3, 2], [1.0, 1.0, 1.0])
    with pytest.raises(ValueError, match="one length"):
        curve.set_training([1, 2], [1.0])


def test_empty_says_what_will_come(qtbot):
    made = shown(qtbot, LossCurve(), 300, 180)
    assert made.canvas.is_empty
    assert "Press Train" in made.canvas.empty_text
    blank = made.canvas.empty_text
    with_text = made.grab().toImage()
    made.canvas.empty_text = ""
    assert made.grab().toImage() != with_text, f"{blank!r} was not painted"
    for key in (Qt.Key.Key_Right, Qt.Key.Key_F, Qt.Key.Key_Escape, Qt.Key.Key_Plus):
        qtbot.keyClick(made.canvas, key)
    assert made.cursor_step is None


def test_clear_empties_and_forgets_the_zoom(curve):
    curve.canvas.set_x_range(100, 200)
    curve.set_cursor(150)
    curve.clear()
    curve.flush()
    assert curve.canvas.is_empty
    assert curve.cursor_step is None
    assert curve.canvas.is_following
    curve.set_training([1, 2, 3], [3.0, 2.0, 1.0])
    curve.flush()
    assert curve.canvas.x_range[1] < 10


def test_log_axis_makes_zeros_and_negatives_gaps(curve, qtbot):
    curve.set_training(np.arange(1, 6), [1.0, 0.0, 0.01, -3.0, np.nan])
    curve.set_validation([], [])
    with qtbot.waitSignal(curve.log_changed):
        qtbot.keyClick(curve.canvas, Qt.Key.Key_L)
    curve.flush()
    x, y = curve.curves["raw"].line.getData()
    assert x.tolist() == [1, 2, 3, 4, 5]
    np.testing.assert_array_equal(np.isnan(y), [False, True, False, True, True])
    assert y[2] == pytest.approx(-2)
    assert any("10⁻²" in text for _, text in curve.canvas.frame.y_marks)
    curve.set_cursor(2)
    assert curve.readings()[0].value == 0.0
    curve.grab()


def test_log_axis_with_zeros_alone_still_paints(curve):
    curve.set_training([1, 2, 3], [0.0, 0.0, 0.0])
    curve.set_validation([], [])
    curve.set_log(True)
    curve.flush()
    curve.grab()
    assert np.isfinite(curve.canvas.y_range).all()


@pytest.mark.parametrize("values", [[np.nan] * 3, [np.inf, 1.0, np.nan], [0.5] * 3, [1e30, 1e-30, 1.0]])
def test_odd_values_paint(curve, values):
    curve.set_training([1, 2, 3], values)
    curve.flush()
    curve.grab()
    low, high = curve.canvas.y_range
    assert high > low


def test_accuracy_is_in_percent(qtbot):
    made = shown(qtbot, MetricCurve(), 420, 200)
    made.set_training([1, 2, 3, 4], [0.1, 0.5, 0.9, 1.0])
    made.flush()
    texts = [text for _, text in made.canvas.frame.y_marks]
    assert "100 %" in texts
    assert all(text.endswith(" %") for text in texts)
    assert made.canvas.y_range[1] < 1.05
    made.set_cursor(3)
    assert "90.00 %" in made.header.text()


def test_epoch_ends_are_marked_and_counted(curve):
    assert curve.canvas.epochs == (4000, 8000, 12_000, 16_000, 20_000)
    assert len(curve.canvas.frame.epochs) == 5
    curve.set_cursor(8000)
    assert "epoch 2" in curve.header.text()
    curve.set_cursor(8001)
    assert "epoch 3" in curve.header.text()
    curve.set_epochs([10_000, 20_000])
    assert curve.canvas.epochs == (10_000, 20_000)


@pytest.mark.parametrize("width", [240, 300, 420, 900])
def test_legend_never_leaves_the_panel_nor_overlaps(curve, width, qtbot):
    curve.resize(width, 200)
    QApplication.processEvents()
    header = curve.header
    rows = {}
    for index, x, y, name in header._placed:
        _, wide = header._entry_width(header._entries[index], header._level)
        assert x >= 0
        assert x + wide <= width
        rows.setdefault(y, []).append((x, x + wide))
        assert name
    for row in rows.values():
        row.sort()
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(row))


def test_numbers_change_at_most_four_times_a_second(curve, losses, qtbot):
    qtbot.wait(300)
    curve.append_training([20_001], [0.5])
    curve.flush()
    first = curve.header.text()
    curve.append_training([20_002], [0.7])
    curve.flush()
    assert curve.header.text() == first
    qtbot.waitUntil(lambda: "step 20,002" in curve.header.text(), timeout=2000)


def test_theme_switch_changes_what_is_painted(curve):
    curve.set_theme(LIGHT)
    light = curve.grab().toImage()
    curve.set_theme(DARK)
    dark = curve.grab().toImage()
    corner = QPoint(curve.canvas.width() - 3, curve.height() - 3)
    assert light.pixelColor(corner).name() == LIGHT.surface
    assert dark.pixelColor(corner).name() == DARK.surface


def test_hidden_panel_draws_when_shown(qtbot):
    made = LossCurve()
    made.set_training([1, 2, 3], [3.0, 2.0, 1.0])
    assert made.curves["raw"].line.getData()[0] is None or len(made.curves["raw"].line.getData()[0]) == 0
    shown(qtbot, made, 420, 200)
    assert len(made.curves["raw"].line.getData()[0]) == 3


def test_both_share_crosshair_and_smoothing(qtbot, losses):
    view = shown(qtbot, CurvesView(), 900, 220)
    view.set_training(STEPS, losses, np.clip(1 - losses / 5, 0, 1))
    view.set_validation([20_000], [0.1], [0.97])
    view.flush()
    view.loss.canvas.setFocus()
    qtbot.keyClick(view.loss.canvas, Qt.Key.Key_Home)
    assert view.metric_curve.cursor_step == view.loss.cursor_step == 1
    view.set_smoothing(20)
    assert view.loss.smoothing == view.metric_curve.smoothing == 20
    view.show_only("metric")
    assert view.loss.isHidden()
    assert view.metric_curve.isVisible()
    view.show_only(None)
    assert view.loss.isVisible()
    with pytest.raises(ValueError, match="lozz"):
        view.show_only("lozz")
    view.clear()
    view.flush()
    assert view.loss.canvas.is_empty
    assert view.metric_curve.canvas.is_empty


def test_metric_takes_name_unit_and_scale(qtbot):
    made = shown(qtbot, MetricCurve(), 420, 200)
    made.set_training([1, 2, 3, 4], [0.1, 0.5, 0.9, 1.0])
    made.flush()
    made.set_metric("mean_absolute_error", "points")
    assert made.canvas.is_empty
    assert made.shown_metric == ("mean_absolute_error", "points")
    assert made.long_title == made.accessibleName() == "Mean absolute error"
    assert "lower is better" in made.toolTip()
    made.set_training([1, 2, 3, 4], [92.5, 60.0, 55.0, 48.25])
    made.flush()
    assert made.canvas.frame.unit == "in points · lower is better"
    assert made.canvas.y_range[1] > 92
    assert not any("%" in text for _, text in made.canvas.frame.y_marks)
    made.set_cursor(4)
    assert "48.25" in made.header.text()
    assert made.grab().toImage().height() == 200
    made.canvas.setFocus()
    qtbot.keyClick(made.canvas, Qt.Key.Key_L)
    assert made.canvas.is_log
    made.set_metric("accuracy", "%")
    assert not made.canvas.is_log
    made.set_training([1, 2], [0.25, 0.5])
    made.flush()
    assert any(text.endswith(" %") for _, text in made.canvas.frame.y_marks)
    qtbot.keyClick(made.canvas, Qt.Key.Key_L)
    assert not made.canvas.is_log
    with pytest.raises(ValueError, match="auc"):
        made.set_metric("auc")


def test_the_same_metric_again_keeps_its_points(qtbot):
    made = MetricCurve()
    qtbot.addWidget(made)
    made.set_training([1, 2], [0.25, 0.5])
    made.set_metric("accuracy", "%")
    assert len(made.curves["raw"].x) == 2


def test_learning_rate_appears_when_it_changes_or_is_planned_to(curve, losses):
    assert curve.rate.isHidden()
    curve.append_rates(STEPS[:100], np.full(100, 0.01))
    assert curve.rate.isHidden()
    curve.set_rate_scheduled(True)
    assert curve.rate.isVisible()
    curve.set_rate_scheduled(False)
    assert curve.rate.isHidden()
    curve.append_rates(STEPS[100:], np.linspace(0.01, 0.001, len(STEPS) - 100))
    assert curve.rate.isVisible()
    assert curve.rate.value() == pytest.approx(0.001)
    curve.set_cursor(50)
    assert curve.rate.value() == pytest.approx(0.01)
    names = [name for name, _, _ in curve.table()]
    assert names[-1] == "learning rate"
    curve.clear()
    assert curve.rate.isHidden()
    assert "learning rate" not in [name for name, _, _ in curve.table()]


def test_learning_rate_shares_the_step_axis_and_is_higher_where_it_is_larger(curve):
    rates = np.where(STEPS <= 10_000, 0.01, 0.0025)
    curve.append_rates(STEPS, rates)
    QApplication.processEvents()
    rate = curve.rate
    area = rate._area()
    assert (area.left(), area.right()) == (curve.canvas.frame.rect.left(), curve.canvas.frame.rect.right())
    line = np.array(rate._line(area))
    assert len(line) <= 2 * area.width() + 2
    low, high = curve.canvas.x_range
    fall = area.left() + (10_000 - low) / (high - low) * area.width()
    before, after = line[line[:, 0] < fall - 2], line[line[:, 0] > fall + 2]
    assert np.allclose(before[:, 1], area.top())
    assert np.allclose(after[:, 1], area.bottom() - area.height() / 4)
    curve.resize(420, 140)
    QApplication.processEvents()
    assert rate.height() < 20
    curve.resize(420, 320)
    QApplication.processEvents()
    assert rate.height() > 20
    picture = curve.grab().toImage()
    row = curve.rate.mapTo(curve, QPoint(round(area.left() + 40), 0))
    dark = [y for y in range(rate.height()) if picture.pixelColor(row.x(), row.y() + y).lightness() < 160]
    assert dark


@pytest.mark.parametrize("height", [110, 130, 150, 200, 300])
def test_labels_of_the_value_axis_never_touch(curve, height):
    curve.append_rates(STEPS, np.linspace(0.01, 0.001, len(STEPS)))
    curve.resize(268, height)
    QApplication.processEvents()
    curve.flush()
    ys = sorted(y for y, _ in curve.canvas.frame.y_marks)
    assert all(b - a >= 9 for a, b in itertools.pairwise(ys))


def test_a_small_loss_gets_room_in_the_legend(curve):
    curve.resize(300, 200)
    QApplication.processEvents()
    curve.append_training([20_001], [1.237e-14])
    curve.set_smoothing(1)
    curve.flush()
    header = curve.header
    header.set_values("step 20,001", ["1.237×10⁻¹⁴"] * len(header._entries), strong=False)
    bold = QFontMetricsF(ui_font(11, bold=True))
    for index, x, y, _ in header._placed:
        entry = header._entries[index]
        _, wide = header._entry_width(entry, header._level)
        if entry.widest:
            assert wide > bold.horizontalAdvance("1.237×10⁻¹⁴")
        right = [left for _, left, top, _ in header._placed if top == y and left > x]
        assert x + wide <= min(right, default=curve.width())


def test_the_first_step_can_be_seen(qtbot):
    made = shown(qtbot, LossCurve(), 420, 200)
    made.set_training([1], [0.7])
    made.flush()
    x, y = made.curves["smoothed"].line.getData()
    assert x.min() < 1 < x.max()
    assert set(y) == {0.7}
    assert made.curves["smoothed"].x.tolist() == [1], "what is read and saved is the one point"
