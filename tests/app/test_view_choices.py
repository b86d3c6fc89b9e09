"""The choices above the network, chosen as a person does, remembered, and told why something cannot be shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QSlider, QSpinBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.settings import Settings
from app.theme import ThemeManager
from app.widgets.view_header import ViewHeader
from app.windows.desktop import DesktopWindow
from app.windows.view_choices import wide_layers
from nnviz.picture.look import Look
from nnviz.picture.means import Scope
from nnviz.picture.quantities import EDGE_QUANTITIES, UNIT_QUANTITIES
from nnviz.spec import LayerSpec, NetworkSpec, classifier
from tests.shown import shown
from tests.snapshots import snapshot_of

LEFT = Qt.MouseButton.LeftButton
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def header(qtbot: QtBot) -> Iterator[ViewHeader]:
    made = shown(qtbot, ViewHeader(), 1200, 48)
    yield made
    made.options.hide()
    made.close()


def open_options(qtbot: QtBot, header: ViewHeader) -> None:
    qtbot.mouseClick(header.view_button, LEFT)
    qtbot.waitUntil(header.options.isVisible)


def choose(qtbot: QtBot, box: QComboBox, text: str) -> None:
    """Choose an entry by typing its name, as a combo box takes it."""
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    for _ in range(box.count()):
        if box.currentText() == text:
            return
        qtbot.keyClick(box, Qt.Key.Key_Down)
    raise AssertionError(f"no {text} in {box.objectName()}")


def test_all_quantities_are_offered_and_told(header: ViewHeader, qtbot: QtBot) -> None:
    assert [header.edges.itemData(k) for k in range(header.edges.count())] == list(EDGE_QUANTITIES)
    assert [header.units.itemData(k) for k in range(header.units.count())] == list(UNIT_QUANTITIES)
    wishes: list[Look] = []
    header.look_requested.connect(wishes.append)
    choose(qtbot, header.edges, EDGE_QUANTITIES["gradient"])
    choose(qtbot, header.units, UNIT_QUANTITIES["z"])
    assert (wishes[-1].edges, wishes[-1].units) == ("gradient", "z")
    header.set_look(Look(edges="weight"))
    assert header.edges.key() == "weight"
    assert wishes[-1].edges == "gradient", "a setter emitted"


def test_every_choice_can_be_named_reached_and_explains_itself(header: ViewHeader, qtbot: QtBot) -> None:
    header.options.set_layers(((1, "Dense 1, 128"),))
    for kind in (QAbstractButton, QComboBox, QSlider, QSpinBox):
        for widget in header.findChildren(kind):
            if widget.objectName().startswith("qt_"):
                continue
            assert widget.objectName(), widget
            assert widget.accessibleName(), widget.objectName()
            assert widget.toolTip().endswith("."), widget.objectName()
            assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, widget.objectName()


def test_panel_stays_while_choosing_and_closes_on_escape(header: ViewHeader, qtbot: QtBot) -> None:
    wishes: list[Look] = []
    header.look_requested.connect(wishes.append)
    open_options(qtbot, header)
    options = header.options
    assert header.view_button.isChecked()
    choose(qtbot, options.top_k, "strongest 2,000")
    assert wishes[-1].top_k == 2000
    choose(qtbot, options.top_k, "all edges")
    assert wishes[-1].top_k is None
    options.count.setFocus()
    options.count.selectAll()
    qtbot.keyClicks(options.count, "77")
    qtbot.keyClick(options.count, Qt.Key.Key_Return)
    assert wishes[-1].top_k == 77
    assert options.top_k.currentText() == "another number"
    options.threshold.setFocus()
    for _ in range(12):
        qtbot.keyClick(options.threshold, Qt.Key.Key_Right)
    assert wishes[-1].threshold == pytest.approx(0.12)
    assert options.threshold_text.text() == "below 12 %"
    choose(qtbot, options.scale, "all layers together")
    choose(qtbot, options.mapping, "logarithmic")
    qtbot.keyClick(options.reduce_motion, Qt.Key.Key_Space)
    qtbot.mouseClick(options.bias, LEFT, pos=QPoint(8, options.bias.height() // 2))
    assert wishes[-1] == Look(top_k=77, threshold=0.12, scale="global", mapping="log", bias=True, reduce_motion=True)
    assert options.isVisible()
    qtbot.keyClick(options, Qt.Key.Key_Escape)
    assert not options.isVisible()
    assert not header.view_button.isChecked()
    open_options(qtbot, header)
    qtbot.mouseClick(options.reset, LEFT)
    assert wishes[-1] == Look()
    assert not options.reset.isEnabled()


def test_a_layer_may_differ_from_the_rest(header: ViewHeader, qtbot: QtBot) -> None:
    wishes: list[Look] = []
    header.look_requested.connect(wishes.append)
    spec = classifier((28, 28), (128, 16, 64), 10)
    assert wide_layers(spec) == ((1, "Dense 1, 128"), (3, "Dense 3, 64"))
    table = NetworkSpec((40,), (LayerSpec(3, "softmax"),))
    assert wide_layers(table) == ((0, "Input, 40"),)
    header.options.set_layers(wide_layers(spec))
    open_options(qtbot, header)
    choose(qtbot, header.options.folds[3], "only both ends")
    assert [wishes[-1].fold_of(layer) for layer in (1, 3)] == ["grid", "elided"]
    choose(qtbot, header.options.fold, "only both ends")
    assert wishes[-1] == Look(fold="elided")
    assert header.options.folds[3].currentText() == "as all"
    choose(qtbot, header.options.folds[1], "folded into a grid")
    assert wishes[-1].fold_of(1) == "grid"
    choose(qtbot, header.options.folds[1], "as all")
    assert wishes[-1].folds == ()


def test_what_cannot_be_shown_says_why(header: ViewHeader) -> None:
    header.set_look(Look(edges="update"))
    header.set_reasons({"update": "none yet; press Step"}, {})
    entry = header.edges.itemData(header.edges.findData("update"), Qt.ItemDataRole.ToolTipRole)
    assert "Not now: none yet; press Step." in entry
    assert "Not now" in header.edges.toolTip()
    header.set_reasons({}, {})
    assert "Not now" not in header.edges.toolTip()


@pytest.mark.parametrize("text_px", [12, 13, 16, 20])
@pytest.mark.parametrize("width", [1300, 740, 620, 520, 420, 320])
def test_headline_and_choices_have_room(qtbot: QtBot, width: int, text_px: int) -> None:
    themes = ThemeManager()
    header = ViewHeader()
    themes.set_text_size(text_px)
    text = "784-128-64-10  ·  test 97.30 %, loss 0.089 at step 17,190  ·  step 8,595"
    header.set_headline(text)
    window = QWidget()
    box = QVBoxLayout(window)
    box.setContentsMargins(0, 0, 0, 0)
    box.addWidget(header)
    box.addStretch(1)
    shown(qtbot, window, 1200, 200)
    window.resize(width, 200)
    widgets = [header.headline, header.edges, header.units, header.scope, header.compare_button, header.view_button]

    def has_room() -> None:
        areas = [w.rect().translated(w.mapTo(header, QPoint(0, 0))) for w in widgets]
        for k, area in enumerate(areas):
            assert header.rect().contains(area), widgets[k].objectName()
            assert not any(area.intersects(other) for other in areas[:k]), widgets[k].objectName()
        if width >= 740 and text_px <= 13:
            assert header.headline.fontMetrics().horizontalAdvance(text) <= header.headline.width()

    qtbot.waitUntil(has_room)
    assert window.width() <= max(width, 24 * text_px), "the choices ask for too wide a window"


def test_scopes_have_the_classes_of_the_data(header: ViewHeader, qtbot: QtBot) -> None:
    asked: list[Scope] = []
    header.scope_requested.connect(asked.append)
    header.set_classes(("ant", "bee"))
    choose(qtbot, header.scope, "mean of 32")
    choose(qtbot, header.scope, "mean of all “bee”")
    assert asked[-1] == Scope("class", label=1)
    assert Scope("batch", 32) in asked
    header.next_scope()
    assert asked[-1] == Scope()
    header.set_scope(Scope())
    header.next_scope()
    assert asked[-1] == Scope("batch", 128)


def test_dropout_is_offered_where_there_is_some(bare_window: DesktopWindow, qtbot: QtBot) -> None:
    window, options = bare_window, bare_window.header.options
    spec = NetworkSpec((28, 28), (LayerSpec(8, dropout=0.5), LayerSpec(10, "softmax")))
    plain = classifier((28, 28), (8,), 10)
    for wanted in (plain, spec):
        window.choices._snapshot_changed(snapshot_of(wanted))
        assert options.dropout.isEnabled() is (wanted is spec)
    open_options(qtbot, window.header)
    qtbot.keyClick(options.dropout, Qt.Key.Key_Space)
    assert window.session.is_dropout_shown
    assert window._settings.look.dropout
    qtbot.mouseClick(options.reset, LEFT)
    assert not window.session.is_dropout_shown
    # Reduced motion is the same choice here and in the menu.
    qtbot.keyClick(options.reduce_motion, Qt.Key.Key_Space)
    assert window.actions_by_name["reduce_motion"].isChecked() is options.reduce_motion.isChecked()
    window.actions_by_name["reduce_motion"].trigger()
    assert window.actions_by_name["reduce_motion"].isChecked() is options.reduce_motion.isChecked()
    options.hide()


def test_look_is_remembered(bare_window: DesktopWindow, qtbot: QtBot, tmp_path: Path) -> None:
    header = bare_window.header
    qtbot.keyClick(bare_window.stage.view, Qt.Key.Key_V)
    qtbot.waitUntil(header.options.isVisible)
    choose(qtbot, header.options.top_k, "strongest 1,000")
    qtbot.keyClick(header.options, Qt.Key.Key_Escape)
    assert bare_window.stage.view.look == Look(top_k=1000)
    kept = Settings(tmp_path / "settings.ini")
    bare_window._settings.sync()
    assert kept.look == Look(top_k=1000)
    kept.set("look", '{"edges": "no such"}')
    assert kept.look == Look()
