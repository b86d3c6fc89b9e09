"""The health panel, the signs on network and curves, and the window that trains, finds, mends and undoes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QTabBar
from pytestqt.qtbot import QtBot

from app.theme import DARK, LIGHT, Theme
from app.widgets.curves_view import LossCurve
from app.widgets.health_button import HealthButton
from app.widgets.health_panel import HealthPanel
from app.widgets.layer_marks import LayerMark, LayerMarks
from app.widgets.mark_icons import mark_color, paint_mark
from app.widgets.network_view import NetworkView
from app.widgets.plot_marks import PlotMarks
from app.windows.desktop import DesktopWindow
from nnviz.spec import Plan, TrainingConfig, classifier
from nnviz.training.findings import RULES, Finding, lower_rate
from tests.shown import luminance, shown
from tests.snapshots import snapshot_of

READY_MS = 90_000
PLAN = Plan(classifier(), TrainingConfig(learning_rate=1.0))


def finding(rule: str = "dead_units", layer: int | None = 1, severity: str = "error", last: int = 90) -> Finding:
    units = (0, 1) if layer is not None else None
    fix = lower_rate(PLAN, restart=True)
    return Finding(rule, severity, layer, units, 30, last, (("share of units", 1.0),), "All answer 0.", fix)  # type: ignore[arg-type]


@pytest.fixture
def panel(qtbot: QtBot) -> HealthPanel:
    return shown(qtbot, HealthPanel(), 420, 260)


def test_it_says_when_nothing_is_wrong_and_what_is_watched(panel: HealthPanel) -> None:
    assert "Press Train" in panel.watching.text()
    panel.set_findings((), 1_234)
    assert panel.state.text() == "Nothing wrong in 1,234 steps"
    assert panel.icon.kind == "good"
    for name in RULES.values():
        assert name in panel.watching.text()
    panel.set_findings((finding(),), 1_300)
    assert panel.watching.isHidden()
    assert panel.icon.kind == "error"


def test_a_finding_can_be_read_mended_and_shown_by_mouse_and_keyboard(panel: HealthPanel, qtbot: QtBot) -> None:
    made = finding()
    panel.set_findings((made, finding("overfitting", None, "warning")), 90)
    row = panel.rows[0]
    assert row.title.text() == "Dead ReLU units in layer 1, since step 30"
    assert row.why.text() == made.why
    assert made.fix is not None
    assert made.fix.sentence in row.change.text()
    assert "Learning rate 1 → 0.01" in row.fix_button.toolTip()
    for button in (row.fix_button, row.show_button, panel.undo_button):
        assert button.objectName()
        assert button.accessibleName()
        assert button.toolTip()
    with qtbot.waitSignal(panel.fix_requested) as heard:
        qtbot.mouseClick(row.fix_button, Qt.MouseButton.LeftButton)
    assert heard.args == [made]
    row.fix_button.setFocus()
    qtbot.keyClick(row.fix_button, Qt.Key.Key_Tab)
    qtbot.waitUntil(row.show_button.hasFocus)
    with qtbot.waitSignal(panel.show_requested) as heard:
        qtbot.keyClick(row.show_button, Qt.Key.Key_Space)
    assert heard.args == [made]


def test_rows_stay_come_and_go_with_their_findings(panel: HealthPanel) -> None:
    first, second = finding(), finding("overfitting", None, "warning")
    panel.set_findings((first,), 90)
    row = panel.rows[0]
    row.show_button.setFocus()
    panel.set_findings((replace(second, severity="error"), replace(first, last_step=120, why="Still 0.")), 120)
    assert panel.rows[1] is row, "a row is kept, and with it the focus"
    assert row.why.text() == "Still 0."
    assert [each.finding.rule for each in panel.rows] == ["overfitting", "dead_units"]
    assert panel._column.indexOf(panel.rows[0]) < panel._column.indexOf(row)
    panel.set_findings((), 150)
    assert panel.rows == ()
    assert not panel.watching.isHidden()


def painted(kind: str, theme: Theme) -> QImage:
    image = QImage(32, 32, QImage.Format.Format_ARGB32)
    image.fill(QColor(theme.surface))
    painter = QPainter(image)
    paint_mark(painter, QPointF(16, 16), kind, theme, 12)
    painter.end()
    return image


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_signs_differ_in_shape_and_can_be_seen(theme: Theme) -> None:
    shapes = {}
    for kind in ("error", "warning", "change", "good", "idle"):
        image = painted(kind, theme)
        surface = QColor(theme.surface).rgb()
        shapes[kind] = frozenset((x, y) for x in range(32) for y in range(32) if image.pixel(x, y) != surface)
    for one in shapes:
        for other in shapes:
            if one < other:
                both = shapes[one] | shapes[other]
                # The ring with a tick and the empty one share their outline; all others differ plainly.
                assert len(shapes[one] ^ shapes[other]) > (10 if {one, other} == {"good", "idle"} else 60), (one, other)
                assert both

    for kind in shapes:
        high, low = sorted((luminance(mark_color(kind, theme)), luminance(QColor(theme.surface))), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, kind


def test_marks_of_a_plot_belong_to_their_source_and_share_a_sign_where_they_crowd() -> None:
    marks, area = PlotMarks(), QRectF(50, 0, 200, 100)
    assert marks.set([(10, "dead", "error"), (90, "stuck", "warning")], "health")
    assert marks.set([(12, "lr 1 → 0.1", "change")], "changes")
    assert not marks.set([(12, "lr 1 → 0.1", "change")], "changes")
    assert [[mark.step for mark in group] for _, group in marks.groups(area, 0, 100)] == [[10, 12], [90]]
    assert marks.words_at(50 + 22, area, 0, 100) == "step 10: dead\nstep 12: lr 1 → 0.1"
    assert marks.words_at(50 + 180, area, 0, 100) == "step 90: stuck"
    assert marks.words_at(50 + 100, area, 0, 100) == ""
    assert [[mark.step for mark in group] for _, group in marks.groups(area, 50, 100)] == [[90]]
    marks.set([], "health")
    assert [mark.text for mark in marks.all] == ["lr 1 → 0.1"]


def test_a_mark_is_a_line_across_the_curves(qtbot: QtBot) -> None:
    plot = shown(qtbot, LossCurve(), 480, 260)
    plot.set_training(range(1, 101), [2 - 0.01 * step for step in range(1, 101)])
    plot.flush()
    qtbot.wait(20)
    before = plot.canvas.grab().toImage()
    plot.set_marks([(50, "dead", "error")], "health")
    qtbot.wait(20)
    after = plot.canvas.grab().toImage()
    size = after.size()
    changed = {
        x for x in range(size.width()) for y in range(size.height()) if after.pixel(x, y) != before.pixel(x, y)
    }
    rect, (low, high) = plot.canvas.frame.rect, plot.canvas.x_range
    x = rect.left() + (50 - low) / (high - low) * rect.width()
    assert min(changed) >= x - 8
    assert max(changed) <= x + 8
    column = [y for y in range(after.height()) if after.pixel(int(x), y) != before.pixel(int(x), y)]
    assert min(column) < rect.top() + 12
    assert max(column) > rect.bottom() - 12
    plot.clear()
    assert [mark.step for mark in plot.canvas.marks.all] == [50], "whoever made them takes them away"


def test_layers_are_marked_at_their_captions_and_pointed_out(qtbot: QtBot) -> None:
    view = NetworkView()
    marks = LayerMarks(view)
    view.resize(700, 420)
    view.set_snapshot(snapshot_of())
    shown(qtbot, view)
    qtbot.waitUntil(lambda: view.is_settled, timeout=20_000)
    assert marks.isHidden()
    marks.set_marks((LayerMark(2, "Dead", "error"), LayerMark(2, "Vanishing", "warning")))
    qtbot.waitUntil(marks.isVisible)
    place, layout = marks.place_of(2), view.layout_now()
    assert place is not None
    assert layout is not None
    box = layout.boxes[2]
    assert abs(place.x() - box.x - box.width / 2) < 60
    assert place.y() < box.y
    assert marks.words_at(place) == "Dead\nVanishing"
    assert marks.words_at(QPointF(box.x, box.y + 50)) == ""
    picture = view.grab().toImage()
    assert picture.pixelColor(QPoint(round(place.x()), round(place.y()) + 5)).name() == LIGHT.bad
    marks.point_out(1)
    assert marks.framed == 1
    framed = view.grab().toImage()
    first = layout.boxes[1]
    middle = round(first.y + first.height / 2)
    assert any(
        framed.pixel(x, middle) != picture.pixel(x, middle) for x in range(round(first.x) - 12, round(first.x) - 5)
    )
    marks.set_marks(())
    marks._fading.timeout.emit()
    assert marks.isHidden()
    view.close_drawer()


def test_the_sign_in_the_tool_bar_counts_and_names(qtbot: QtBot) -> None:
    button = HealthButton()
    qtbot.addWidget(button)
    assert button.kind == "idle"
    button.set_findings((), 10)
    assert button.kind == "good"
    assert button.accessibleName() == "Health: nothing wrong"
    button.set_findings((finding(), finding("overfitting", None, "warning")), 90)
    assert (button.kind, button.text()) == ("error", "2")
    assert "Overfitting" in button.toolTip()


def tabs_shown(window: DesktopWindow) -> set[str]:
    bars = [bar for bar in window.findChildren(QTabBar) if bar.isVisible() and bar.geometry().intersects(window.rect())]
    return {bar.tabText(place) for bar in bars for place in range(bar.count())}


def test_the_panel_opens_from_sign_key_and_menu(window: DesktopWindow, qtbot: QtBot) -> None:
    dock = window.docks["health"]
    assert dock.isHidden()
    qtbot.mouseClick(window.health_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.health_panel.visibleRegion().isEmpty())
    assert window.docks["gradients"] in window.tabifiedDockWidgets(dock)
    dock.toggleViewAction().trigger()
    assert dock.isHidden()
    qtbot.keyClick(window, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not window.health_panel.visibleRegion().isEmpty())
    window.resize(1920, 1080)
    window.docks.place()
    qtbot.waitUntil(lambda: not window.gradients.visibleRegion().isEmpty())
    assert not window.health_panel.visibleRegion().isEmpty(), "beside the plots where there is room"
    assert window.tabifiedDockWidgets(dock) == []
    # Qt parks the tab bars it does not need outside of the window.
    qtbot.waitUntil(lambda: tabs_shown(window) == {"Input and answer", "Data"})


@pytest.mark.slow
def test_a_sick_run_is_found_shown_mended_and_brought_back(window: DesktopWindow, qtbot: QtBot) -> None:
    window.start()
    session = window.session
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=READY_MS)
    sick = Plan(session.spec, replace(session.config, optimizer="sgd", learning_rate=10.0, epochs=1))
    session.set_plan(sick.spec, sick.config)
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=READY_MS)
    qtbot.mouseClick(window.tool_bar.buttons["train"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: "dead_units" in {each.rule for each in window.health.watch.findings}, timeout=30_000
    )
    dead = next(each for each in window.health.watch.findings if each.rule == "dead_units")
    assert window.health_button.kind == window.health.watch.findings[0].severity
    assert dead.layer in {mark.layer for mark in window.health.marks.marks}
    for plot in (window.loss, window.gradients):
        assert dead.first_step in {mark.step for mark in plot.canvas.marks.all}
    session.pause()
    qtbot.waitUntil(lambda: session.phase == "idle", timeout=10_000)
    qtbot.mouseClick(window.health_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(window.health_panel.rows), timeout=5_000)
    row = next(each for each in window.health_panel.rows if each.finding.rule == "dead_units")
    qtbot.mouseClick(row.show_button, Qt.MouseButton.LeftButton)
    assert window.health.marks.framed == row.finding.layer
    assert window.loss.cursor_step == row.finding.first_step
    steps = len(session.history)
    qtbot.mouseClick(row.fix_button, Qt.MouseButton.LeftButton)
    assert session.config.learning_rate == 0.1
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=READY_MS)
    assert len(session.history) == 0
    qtbot.waitUntil(lambda: window.health_panel.rows == (), timeout=5_000)
    assert "Learning rate 10 → 0.1" in window.health_panel.applied.text()
    session.train()
    qtbot.waitUntil(lambda: len(session.history) > 400, timeout=30_000)
    session.pause()
    qtbot.waitUntil(lambda: session.phase == "idle", timeout=10_000)
    qtbot.waitUntil(lambda: window.health.watch.is_settled, timeout=10_000)
    assert window.health.watch.findings == ()
    assert window.health_button.kind == "good"
    assert session.history.loss[-50:].mean() < 1.0
    qtbot.mouseClick(window.health_panel.undo_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=READY_MS)
    assert session.config.learning_rate == 10.0
    assert len(session.history) == steps
    qtbot.waitUntil(lambda: bool(window.health_panel.rows), timeout=10_000)


@pytest.mark.slow
def test_a_fix_that_keeps_the_weights_is_made_while_training_runs(window: DesktopWindow, qtbot: QtBot) -> None:
    window.start()
    session = window.session
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=READY_MS)
    session.set_plan(session.spec, replace(session.config, optimizer="sgd", learning_rate=1e-6, epochs=50))
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=READY_MS)
    session.train()
    window.actions_by_name["health"].trigger()
    qtbot.waitUntil(
        lambda: [row.finding.rule for row in window.health_panel.rows] == ["no_progress"], timeout=30_000
    )
    steps = len(session.history)
    qtbot.mouseClick(window.health_panel.rows[0].fix_button, Qt.MouseButton.LeftButton)
    assert session.config.learning_rate == 0.01
    qtbot.waitUntil(lambda: window.health_panel.rows == (), timeout=30_000)
    assert session.is_training
    assert len(session.history) > steps, "the same run goes on"
    assert session.history.step[0] == 1
    qtbot.mouseClick(window.health_panel.undo_button, Qt.MouseButton.LeftButton)
    assert session.config.learning_rate == 1e-6
    assert window.health_panel.undo_button.isHidden() or not window.health_panel.undo_button.isVisible()
    session.pause()
    qtbot.waitUntil(lambda: session.phase == "idle", timeout=10_000)


@pytest.mark.slow
def test_a_run_that_diverges_says_at_which_step_and_what_is_kept(window: DesktopWindow, qtbot: QtBot) -> None:
    window.start()
    session = window.session
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=READY_MS)
    layers = tuple(replace(layer, activation="linear") for layer in session.spec.layers[:-1])
    spec = replace(session.spec, layers=(*layers, session.spec.layers[-1]))
    session.set_plan(spec, replace(session.config, optimizer="sgd", learning_rate=1000.0))
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=READY_MS)
    session.train()
    qtbot.waitUntil(
        lambda: "not_finite" in {each.rule for each in window.health.watch.findings}, timeout=30_000
    )
    found = window.health.watch.findings[0]
    kept = int(dict(found.numbers)["kept step"])
    assert kept < found.first_step
    assert f"step {found.first_step:,}" in found.why
    assert f"step {kept:,}" in found.why
    assert len(session.history) == kept
