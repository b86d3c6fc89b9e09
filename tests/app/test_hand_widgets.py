"""The widgets of editing by hand, each by itself; undo and marks on the curves without a window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.change_marks import ChangeMarks
from app.hand_words import edit_words, saved_marks_words
from app.plan_history import PlanHistory
from app.theme import DARK, LIGHT
from app.widgets.effect_strip import EffectStrip
from app.widgets.hand_editor import HandEditor
from app.widgets.hand_menu import HandMenu, HandTarget
from app.widgets.hand_popover import HandPopover
from nnviz.picture.answers import OutputMeaning
from nnviz.picture.effect_words import effect_lines, points, signed
from nnviz.picture.refs import EdgeRef, UnitRef
from nnviz.spec import Plan, TrainingConfig
from nnviz.training.effect import Effect, Measured
from nnviz.training.hand import HandEdit
from nnviz.training.history import History
from nnviz.training.records import HandMarks, StepRecords
from tests.tiny import small_spec

W = EdgeRef(2, 3, 1)


@pytest.fixture
def editor(qtbot: QtBot) -> HandEditor:
    made = HandEditor()
    qtbot.addWidget(made)
    made.show()
    return made


def _type(qtbot: QtBot, editor: HandEditor, text: str) -> None:
    editor.number.setFocus()
    editor.number.selectAll()
    qtbot.keyClicks(editor.number, text)
    qtbot.keyClick(editor.number, Qt.Key.Key_Return)


# -- the editor --------------------------------------------------------------------------------------------------


def test_a_typed_weight_is_asked_for_as_float32_and_setters_emit_nothing(editor: HandEditor, qtbot: QtBot) -> None:
    asked: list[tuple[object, float]] = []
    editor.value_requested.connect(lambda ref, value: asked.append((ref, value)))
    editor.set_edge(W, "Weight Dense 1 3 → Dense 2 1", 0.25)
    editor.set_value(0.5)
    assert asked == []
    assert editor.number.text() == "0.5"
    _type(qtbot, editor, "-0.1")
    assert asked == [(W, float(np.float32(-0.1)))]
    assert editor.slider.value() == -50  # of 500, which is 1
    _type(qtbot, editor, "2.5")
    assert asked[-1] == (W, 2.5)
    assert editor.slider.value() == editor.slider.maximum()


@pytest.mark.parametrize("text", ["abc", "nan", "inf", "-1e9", "1e400", ""])
def test_an_impossible_value_is_told_beside_the_field_and_nothing_is_asked(
    editor: HandEditor, qtbot: QtBot, text: str
) -> None:
    editor.set_edge(W, "Weight", 0.25)
    editor.value_requested.connect(lambda *_: pytest.fail("asked"))
    if text:
        _type(qtbot, editor, text)
    else:
        editor.number.setFocus()
        editor.number.selectAll()
        qtbot.keyClick(editor.number, Qt.Key.Key_Delete)
        qtbot.keyClick(editor.number, Qt.Key.Key_Return)
    assert editor.number.is_wrong
    assert "weight must be a" in editor.number.message.text()
    assert not editor.number.message.isHidden()
    qtbot.keyClick(editor.number, Qt.Key.Key_Escape)
    assert editor.number.text() == "0.25"
    assert not editor.number.is_wrong


def test_the_slider_asks_while_it_is_dragged_and_says_when_it_is_over(editor: HandEditor, qtbot: QtBot) -> None:
    asked: list[float] = []
    over: list[bool] = []
    editor.value_requested.connect(lambda _ref, value: asked.append(value))
    editor.settled.connect(lambda: over.append(True))
    editor.set_edge(W, "Weight", 0.0, limit=4.0)
    editor.slider.setSliderDown(True)
    for position in (50, 100, 150):
        editor.slider.setSliderPosition(position)
    assert asked == pytest.approx([0.4, 0.8, 1.2])
    assert over == []
    editor.set_value(9.0)  # training goes on meanwhile: the hand has it
    assert editor.number.text() == "1.2"
    editor.slider.setSliderDown(False)
    assert over == [True]
    qtbot.keyClick(editor.slider, Qt.Key.Key_Right)
    assert asked[-1] == pytest.approx(151 / 500 * 4, rel=1e-6)
    assert over == [True, True]


def test_zero_flip_silence_and_freeze_ask_for_what_they_say(editor: HandEditor, qtbot: QtBot) -> None:
    asked: list[object] = []
    editor.value_requested.connect(lambda ref, value: asked.append((ref, value)))
    editor.silence_requested.connect(lambda ref, on: asked.append(("silence", ref, on)))
    editor.freeze_requested.connect(lambda ref, on: asked.append(("freeze", ref, on)))
    unit = UnitRef(2, 4)
    editor.set_unit(unit, "Dense 2, unit 4", -0.75, frozen=True)
    assert (editor.silence.isChecked(), editor.freeze.isChecked()) == (False, True)
    qtbot.mouseClick(editor.flip, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(editor.zero, Qt.MouseButton.LeftButton)
    editor.silence.setFocus()
    qtbot.keyClick(editor.silence, Qt.Key.Key_Space)
    editor.freeze.setFocus()
    qtbot.keyClick(editor.freeze, Qt.Key.Key_Space)
    bias = EdgeRef(2, -1, 4)
    assert asked == [(bias, 0.75), (bias, 0.0), ("silence", unit, True), ("freeze", unit, False)]
    editor.set_unit(unit, "Dense 2, unit 4", None)
    assert editor.edge is None
    assert editor.number.isHidden()
    assert "no bias" in editor.note.text()
    editor.set_unit(UnitRef(3, 0), "Output, unit 0", 0.1, can_silence=False)
    assert not editor.silence.isEnabled()
    assert "cannot be silenced" in editor.note.text()
    editor.set_edge(W, "Weight", 0.1)
    assert editor.freeze.isHidden()


def test_every_control_says_what_it_is(editor: HandEditor) -> None:
    editor.set_unit(UnitRef(1, 0), "Dense 1, unit 0", 0.0)
    for control in (editor.number, editor.slider, editor.zero, editor.flip, editor.silence, editor.freeze):
        assert control.objectName()
        assert control.accessibleName()
        assert control.toolTip().endswith(".")
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_card_stays_inside_the_picture_and_closes_on_escape(qtbot: QtBot) -> None:
    ground = QWidget()
    qtbot.addWidget(ground)
    ground.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    ground.resize(700, 400)
    ground.show()
    card = HandPopover(ground)
    for theme in (LIGHT, DARK):
        card.set_theme(theme)
    card.editor.set_edge(W, "Weight Dense 1 3 → Dense 2 1", 0.25)
    for point in (QPoint(0, 0), QPoint(699, 399), QPoint(350, 200)):
        card.open_at(point)
        assert ground.rect().contains(card.geometry())
        assert not card.geometry().contains(point)
    before = card.pos()
    qtbot.mousePress(card, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    qtbot.mouseMove(card, QPoint(15, 25))
    qtbot.mouseRelease(card, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert card.pos() == before + QPoint(10, 20)
    low = card.height()
    _type(qtbot, card.editor, "nonsense")
    assert card.height() > low
    qtbot.keyClick(card.editor.number, Qt.Key.Key_Escape)  # the first takes back what was typed
    assert not card.isHidden()
    with qtbot.waitSignal(card.closed):
        qtbot.keyClick(card.editor.slider, Qt.Key.Key_Escape)
    assert card.isHidden()


# -- the menu ----------------------------------------------------------------------------------------------------


def _names(menu: HandMenu) -> dict[str, bool]:
    return {action.objectName(): action.isEnabled() for action in menu.actions() if not action.isSeparator()}


def test_the_menu_offers_what_its_target_has(qtbot: QtBot) -> None:
    menu = HandMenu()
    qtbot.addWidget(menu)
    menu.set_target(HandTarget(UnitRef(1, 3), "Dense 1, unit 3", silenced=True, changes=2))
    assert _names(menu) == {
        "hand_heading": False, "hand_silence": True, "hand_freeze": True, "hand_edit": True, "hand_zero": True,
        "hand_flip": True, "hand_let_go": True,
    }  # fmt: skip
    by_name = {action.objectName(): action for action in menu.actions()}
    assert by_name["hand_silence"].isChecked()
    assert not by_name["hand_freeze"].isChecked()
    assert by_name["hand_let_go"].text() == "Let it all go (2 changes)"
    with qtbot.waitSignal(menu.silence_requested) as heard:
        by_name["hand_silence"].trigger()
    assert heard.args == [UnitRef(1, 3), False]
    menu.set_target(HandTarget(UnitRef(3, 0), "Output, unit 0", can_silence=False, has_bias=False))
    assert _names(menu)["hand_silence"] is False
    assert _names(menu)["hand_edit"] is False
    assert _names(menu)["hand_let_go"] is False
    menu.set_target(HandTarget(EdgeRef(1, -1, 0), "Bias of Dense 1, unit 0"))
    assert [a.text() for a in menu.actions() if not a.isSeparator()][1] == "Set bias…"
    menu.set_target(HandTarget(UnitRef(0, 5), "Input, unit 5"))
    assert list(_names(menu)) == ["hand_heading", "hand_nothing", "hand_let_go"]
    menu.set_target(HandTarget(None, changes=1))
    assert list(_names(menu)) == ["hand_let_go"]


# -- the effect --------------------------------------------------------------------------------------------------


def _effect(before: list[float], after: list[float]) -> Effect:
    first, second = np.array(before), np.array(after)
    return Effect(Measured(first, 0.1034, 0.971), Measured(second, 0.2541, 0.934), 1000)


def test_the_effect_of_a_classifier_in_words() -> None:
    meaning = OutputMeaning(names=("cat", "dog", "owl"))
    answer, accuracy, loss = effect_lines(_effect([0.1, 0.8, 0.1], [0.55, 0.4, 0.05]), meaning, "softmax")
    assert (answer.title, answer.text) == ("answer dog", "80.0 % → 40.0 %  −40.0 points, now cat with 55.0 %")
    assert (accuracy.title, accuracy.text) == ("accuracy, 1,000 test samples", "97.1 % → 93.4 %  −3.7 points")
    assert (loss.title, loss.text) == ("loss", "0.103 → 0.254  +0.151")
    assert (answer.is_better, accuracy.is_better, loss.is_better) == (None, False, False)
    same = effect_lines(_effect([0.1, 0.8, 0.1], [0.1, 0.8, 0.1]), meaning, "softmax")[0]
    assert same.text == "80.0 % → 80.0 %  ±0"


def test_the_effect_of_one_output_of_labels_and_of_a_regression_in_words() -> None:
    two = OutputMeaning("binary", ("no", "yes"))
    line = effect_lines(_effect([0.9], [0.2]), two, "sigmoid")[0]
    assert line.text == "90.0 % → 20.0 %  −70.0 points, now no with 80.0 %"
    labels = OutputMeaning("multilabel", ("round", "red"))
    line = effect_lines(_effect([0.9, 0.1], [0.9, 0.7]), labels, "sigmoid")[0]
    assert (line.title, line.text) == ("label red", "10.0 % → 70.0 %  +60.0 points, now yes")
    values = OutputMeaning("regression", ("height",), ("cm",), None, np.array([[150.0, 200.0]]))
    answer, error, _loss = effect_lines(_effect([170.0], [165.5]), values, "linear", 10.0)
    assert answer.text == "170.0 → 165.5 cm  −4.5"
    assert error.title == "mean absolute error, 1,000 test samples, in cm"
    assert error.text == "9.71 → 9.34  −0.370"
    assert error.is_better is True


def test_differences_have_a_sign_and_nan_is_no_improvement() -> None:
    assert (signed(0.0), signed(0.25), signed(-2.0)) == ("±0", "+0.250", "−2.00")
    assert points(0.5, 0.5003) == "+0.030 points"
    broken = Effect(Measured(None, 0.1, 0.9), Measured(None, float("nan"), 0.1), 10)
    loss = effect_lines(broken, OutputMeaning(), "softmax")[1]
    assert loss.after == "NaN"
    assert loss.is_better is None


def test_the_strip_shows_the_lines_and_can_be_dismissed(qtbot: QtBot) -> None:
    strip = EffectStrip()
    qtbot.addWidget(strip)
    strip.set_changes(2)
    strip.resize(1000, 60)
    strip.show()
    assert strip.heading.text() == "By hand: 2 changes"
    assert strip.waiting.isVisible()
    meaning = OutputMeaning(names=("cat", "dog", "owl"))
    strip.set_lines(effect_lines(_effect([0.1, 0.8, 0.1], [0.55, 0.4, 0.05]), meaning, "softmax"))
    assert not strip.waiting.isVisible()
    assert strip.cells[1].text.text() == "97.1 % → 93.4 %"
    assert "worse" in strip.cells[1].accessibleName()
    with qtbot.waitSignal(strip.let_go_requested):
        qtbot.mouseClick(strip.let_go, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(strip.dismissed):
        qtbot.mouseClick(strip.close_button, Qt.MouseButton.LeftButton)
    assert strip.isHidden()


@pytest.mark.parametrize("width", [1400, 900, 760, 640, 480, 320])
def test_what_the_strip_shows_is_never_cut(width: int, qtbot: QtBot) -> None:
    strip = EffectStrip()
    qtbot.addWidget(strip)
    strip.resize(width, 56)
    strip.show()
    strip.set_changes(1234)
    meaning = OutputMeaning(names=("cat", "dog", "owl"))
    strip.set_lines(effect_lines(_effect([0.1, 0.8, 0.1], [0.55, 0.4, 0.05]), meaning, "softmax"))
    assert strip.width() == width
    QApplication.processEvents()
    shown = [label for label in strip.findChildren(QLabel) if label.isVisible()]
    assert shown
    if width >= 480:
        assert [label.text() for label in shown if label.width() < label.sizeHint().width()] == []
    assert strip.cells[0].isVisible()
    assert strip.heading.isVisible() or width < 1400
    assert strip.cells[2].isVisible() or width < 900
    assert strip.rect().contains(strip.close_button.geometry())


# -- undo and the curves -------------------------------------------------------------------------------------------


def _edit(serial: int, before: float, after: float) -> HandEdit:
    return HandEdit(serial, ((W, before, after),))


def test_a_drag_is_one_edit_and_undo_asks_for_the_value_before_it(qtbot: QtBot) -> None:
    plans = PlanHistory()
    plans.set_plan(Plan(small_spec(), TrainingConfig()))
    asked: list[HandEdit] = []
    plans.hand_requested.connect(asked.append)
    for serial, (before, after) in enumerate([(0.1, 0.2), (0.2, 0.3), (0.3, 0.4)], start=1):
        plans.record_hand(_edit(serial, before, after), 7)
    plans.record_hand(_edit(4, 0.4, 0.9), 8)
    assert plans.undo_text == "weight Dense 1 3 → Dense 2 1 from 0.400 to 0.900"
    plans.correct_hand(_edit(1, 0.10000001, 0.2))  # the engine knows better
    plans.correct_hand(_edit(2, 0.5, 0.3))  # in the middle of the drag: nothing to go back to
    plans.undo()
    assert plans.undo_text == "weight Dense 1 3 → Dense 2 1 from 0.100 to 0.400"
    plans.undo()
    plans.redo()
    assert [edit.values for edit in asked] == [((W, 0.4),), ((W, 0.10000001),), ((W, 0.4),)]


def test_edits_of_a_network_that_is_no_more_are_passed_over_and_those_of_the_plan_stay() -> None:
    from dataclasses import replace

    plans = PlanHistory()
    first = Plan(small_spec(), TrainingConfig())
    plans.set_plan(first)
    second = Plan(small_spec(), replace(first.config, batch_size=5))
    plans.announce(second)
    plans.set_plan(second)
    plans.record_hand(_edit(1, 0.1, 0.2), 1)
    silenced = HandMarks(frozenset({(1, 2)}))
    plans.record_hand(HandEdit(2, (), HandMarks(), silenced), 2)
    assert plans.undo_text == "Dense 1, unit 2 silenced"
    asked: list[object] = []
    plans.hand_requested.connect(asked.append)
    plans.plan_requested.connect(asked.append)
    plans.forget_hand()
    assert plans.undo_text == "batch size from 32 to 5"
    plans.undo()
    assert asked == [first]
    assert not plans.can_undo


def test_a_drag_back_to_where_it_began_is_no_edit() -> None:
    plans = PlanHistory()
    plans.set_plan(Plan(small_spec(), TrainingConfig()))
    plans.record_hand(_edit(1, 0.1, 0.2), 1)
    plans.record_hand(_edit(2, 0.2, 0.1), 1)
    assert not plans.can_undo


def _history(steps: int) -> History:
    history = History(3)
    _grow(history, steps)
    return history


def _grow(history: History, steps: int) -> None:
    first, values = len(history) + 1, np.ones(steps, np.float32)
    table = np.ones((steps, 3), np.float32)
    history.append(StepRecords(1, first, 1, values, values, table, table, values))


def test_curves_are_marked_once_for_what_was_edited_between_two_steps() -> None:
    marks, history = ChangeMarks(), _history(10)
    marks.note_hand(_edit(1, 0.1, 0.2), history, 1)
    marks.note_hand(HandEdit(2, (), HandMarks(), HandMarks(frozenset({(1, 2)}))), history, 2)
    assert marks.of(history) == ((11, "1 weight by hand, 1 unit silenced", "change"),)
    marks.note_hand(HandEdit(3, ((W, 0.2, 0.1),), HandMarks(frozenset({(1, 2)})), HandMarks()), history, 3)
    assert marks.of(history) == ()  # all of it undone before the next step
    marks.note_hand(_edit(4, 0.1, 0.2), history, 4)
    _grow(history, 5)
    marks.note_hand(_edit(5, 0.3, 0.4), history, 4)  # a drag while training goes on
    assert marks.of(history) == ((11, "1 weight by hand", "change"),)
    marks.note_hand(_edit(6, 0.4, 0.5), history, 5)
    assert [mark[0] for mark in marks.of(history)] == [11, 16]
    empty = History(3)
    marks.note_hand(_edit(7, 0.1, 0.2), empty, 6)
    assert marks.of(empty) == ()


def test_words_of_edits_and_of_what_a_file_has_of_them() -> None:
    unit = tuple((EdgeRef(1, source, 3), 0.5, 0.0) for source in range(4))
    assert edit_words(HandEdit(1, unit), 3) == "4 weights into Dense 1, unit 3"
    both = HandEdit(1, (), HandMarks(frozenset({(1, 1)})), HandMarks(frozenset(), frozenset({(3, 0)})))
    assert edit_words(both, 3) == "Dense 1, unit 1 no longer silenced, Output, unit 0 frozen"
    assert edit_words(HandEdit(1, ((EdgeRef(3, -1, 2), 0.0, 1.0),)), 3) == "bias of Output, unit 2 from 0 to 1.00"
    assert saved_marks_words(HandMarks()) == ""
    assert "outgoing weights of 0" in saved_marks_words(HandMarks(frozenset({(1, 1)})))


# -- the marks in the picture --------------------------------------------------------------------------------------


@pytest.mark.visual
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_silenced_and_frozen_units_are_painted_otherwise_and_others_are_not(theme: object, qtbot: QtBot) -> None:
    from dataclasses import replace

    from app.widgets.network_view import NetworkView
    from tests.snapshots import snapshot_of

    view = NetworkView()
    qtbot.addWidget(view)
    view.resize(900, 560)
    view.set_theme(theme)  # type: ignore[arg-type]
    plain = snapshot_of()
    pictures = []
    for marks in (HandMarks(), HandMarks(frozenset({(1, 0)}), frozenset({(2, 1)}))):
        view.set_snapshot(replace(plain, hand=marks))
        image = QImage(view.size(), QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        view._paint(painter)
        painter.end()
        pictures.append(np.array(image.constBits()).reshape(560, 900, 4)[..., :3].astype(int))
    changed = np.abs(pictures[0] - pictures[1]).sum(axis=2) > 0
    layout = view.layout_now()
    assert layout is not None
    near = np.zeros_like(changed)
    for layer, unit in ((1, 0), (2, 1)):
        place = layout.boxes[layer].place_of(unit)
        assert place is not None
        x, y, reach = round(place[0]), round(place[1]), round(layout.boxes[layer].radius * 1.8) + 4
        part = (slice(y - reach, y + reach), slice(x - reach, x + reach))
        assert changed[part].sum() > 20
        near[part] = True
    assert not (changed & ~near).any()
    view.close_drawer()
