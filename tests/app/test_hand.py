"""Editing by hand in the whole window and in the session: what the answer becomes, undo to the bit, training on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.messages import Message
from app.session import Session
from app.windows.desktop import DesktopWindow
from nnviz.maths.forward import forward
from nnviz.maths.losses import losses
from nnviz.maths.parameters import Parameters
from nnviz.picture.refs import EdgeRef, Ref, UnitRef
from nnviz.spec import LayerSpec, NetworkSpec
from nnviz.training.hand import with_values
from nnviz.training.records import HandMarks

#: What the offscreen platform says of every menu.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def _same(one: Parameters, other: Parameters) -> bool:
    pairs = [(a, b) for x, y in zip(one, other, strict=True) for a, b in zip(x.arrays, y.arrays, strict=True)]
    return all(np.array_equal(a, b) for a, b in pairs)


# -- the window, with the bundled model and no TensorFlow ------------------------------------------------------------


@pytest.fixture
def bundled(bare_window: DesktopWindow, qtbot: QtBot) -> DesktopWindow:
    bare_window.start()
    session = bare_window.session
    qtbot.waitUntil(lambda: session.dataset is not None and session.snapshot is not None, timeout=20_000)
    return bare_window


def _point(window: DesktopWindow, ref: UnitRef) -> QPointF:
    layout = window.stage.view.layout_now()
    assert layout is not None
    place = layout.boxes[ref.layer].place_of(ref.unit)
    assert place is not None
    return QPointF(*place)


def _open_menu(window: DesktopWindow, ref: UnitRef) -> None:
    view, at = window.stage.view, _point(window, ref).toPoint()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.mapToGlobal(at))
    QApplication.sendEvent(view, event)


def _choose(qtbot: QtBot, window: DesktopWindow, ref: UnitRef, name: str) -> None:
    _open_menu(window, ref)
    menu = window.hand.menu
    qtbot.waitUntil(menu.isVisible)
    action = next(action for action in menu.actions() if action.objectName() == name)
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    assert not menu.isVisible()


def _numpy_says(window: DesktopWindow, silenced: frozenset[tuple[int, int]] = frozenset()) -> np.ndarray:
    network, snapshot = window.session.network, window.session.snapshot
    assert network is not None
    assert snapshot is not None
    return forward(network.parameters, network.spec.activations, snapshot.sample[None, :], silenced=silenced).output[0]


def _press(qtbot: QtBot, window: DesktopWindow, key: Qt.Key, shift: bool = False) -> None:
    modifiers = Qt.KeyboardModifier.ControlModifier
    window.activateWindow()  # the offscreen platform does not give the window back what a menu took
    qtbot.waitUntil(window.isActiveWindow)
    window.stage.view.setFocus()
    qtbot.keyClick(window, key, modifiers | Qt.KeyboardModifier.ShiftModifier if shift else modifiers)


def test_a_unit_silenced_by_the_menu_changes_answer_and_effect_to_what_numpy_says(
    bundled: DesktopWindow, qtbot: QtBot
) -> None:
    window, session = bundled, bundled.session
    snapshot = session.snapshot
    assert snapshot is not None
    before = snapshot.forward.output[0].copy()
    # The unit that says most for the answer: silencing it is sure to be seen.
    kernel = snapshot.parameters[2].kernel
    unit = int(np.argmax(snapshot.forward.activations[1][0] * kernel[:, snapshot.predicted]))
    _choose(qtbot, window, UnitRef(2, unit), "hand_silence")
    marks = frozenset({(2, unit)})
    assert session.hand.marks.silenced == marks
    wanted = _numpy_says(window, marks)
    assert session.snapshot is not None
    np.testing.assert_array_equal(session.snapshot.forward.output[0], wanted)
    assert session.snapshot.hand.silenced == marks
    assert not np.array_equal(wanted, before)
    qtbot.waitUntil(lambda: len(window.effect_strip.lines) == 3, timeout=10_000)
    network, dataset = session.network, session.dataset
    assert network is not None
    assert dataset is not None
    x, y = dataset.test.x[:1000], dataset.test.y[:1000]
    shares, means = [], []
    for off in (frozenset(), marks):
        passed = forward(network.parameters, network.spec.activations, x, silenced=off)
        shares.append(float((passed.output.argmax(axis=1) == y).mean()))
        entered = passed.phi_input(2).astype(np.float64)
        means.append(float(losses("sparse_categorical_crossentropy", "softmax", entered, passed.output, y).mean()))
    answer, accuracy, loss = window.effect_strip.lines
    assert accuracy.before == f"{100 * shares[0]:.1f} %"
    assert accuracy.after == f"{100 * shares[1]:.1f} %"
    assert float(loss.after) == pytest.approx(means[1], rel=5e-3)
    assert answer.title == f"answer {int(before.argmax())}"
    assert "edited by hand" in window.header.headline.text()
    assert not window.effect_strip.isHidden()
    _press(qtbot, window, Qt.Key.Key_Z)
    assert session.hand.count == 0
    assert session.snapshot is not None
    np.testing.assert_array_equal(session.snapshot.forward.output[0], before)
    assert window.effect_strip.isHidden()
    _press(qtbot, window, Qt.Key.Key_Z, shift=True)
    np.testing.assert_array_equal(session.snapshot.forward.output[0], wanted)


def test_a_bias_is_typed_in_the_card_and_nonsense_is_told_there(bundled: DesktopWindow, qtbot: QtBot) -> None:
    window, session = bundled, bundled.session
    network = session.network
    assert network is not None
    first = network.parameters
    _choose(qtbot, window, UnitRef(2, 9), "hand_edit")
    editor = window.hand.popover.editor
    assert window.hand.popover.isVisible()
    for text in ("abc", "nan", "1e30"):
        editor.number.selectAll()
        qtbot.keyClicks(editor.number, text)
        qtbot.keyClick(editor.number, Qt.Key.Key_Return)
        assert editor.number.is_wrong
        assert text in editor.number.message.text().replace("1e+30", "1e30")
        assert session.hand.count == 0
    editor.number.selectAll()
    qtbot.keyClicks(editor.number, "3,5")
    qtbot.keyClick(editor.number, Qt.Key.Key_Return)
    assert session.network is not None
    assert _same(session.network.parameters, with_values(first, ((EdgeRef(2, -1, 9), 3.5),)))
    assert session.snapshot is not None
    np.testing.assert_array_equal(session.snapshot.forward.output[0], _numpy_says(window))
    assert window.plans.undo_text.startswith("bias of Dense 2, unit 9 from")
    _press(qtbot, window, Qt.Key.Key_Z)
    assert _same(session.network.parameters, first)
    assert editor.number.text() == f"{float(first[1].bias[9]):.7g}"  # the open card follows


def test_a_drag_is_live_and_one_undo_takes_it_back(bundled: DesktopWindow, qtbot: QtBot) -> None:
    window, session = bundled, bundled.session
    assert session.network is not None
    first, edge = session.network.parameters, EdgeRef(3, 9, 7)
    window.hand.edit(edge)
    slider = window.hand.popover.editor.slider
    answers = []
    slider.setSliderDown(True)
    for position in (100, 200, 300, 400):
        slider.setSliderPosition(position)
        assert session.snapshot is not None
        answers.append(session.snapshot.forward.output[0].copy())
        np.testing.assert_array_equal(answers[-1], _numpy_says(window))
    slider.setSliderDown(False)
    assert session.hand.count == 1
    _press(qtbot, window, Qt.Key.Key_Z)
    assert _same(session.network.parameters, first)
    assert not window.plans.can_undo


def test_all_is_let_go_at_once_and_that_is_undone_at_once(bundled: DesktopWindow, qtbot: QtBot) -> None:
    window, session = bundled, bundled.session
    assert session.network is not None
    first = session.network.parameters
    _choose(qtbot, window, UnitRef(2, 4), "hand_zero")
    assert not session.network.parameters[1].kernel[:, 4].any()
    _choose(qtbot, window, UnitRef(2, 5), "hand_flip")
    np.testing.assert_array_equal(session.network.parameters[1].kernel[:, 5], -first[1].kernel[:, 5])
    _choose(qtbot, window, UnitRef(3, 2), "hand_freeze")
    changed, count = session.network.parameters, session.hand.count
    assert count > 600
    _open_menu(window, UnitRef(0, 3))
    assert any(a.text() == f"Let it all go ({count:,} changes)" for a in window.hand.menu.actions())
    window.hand.menu.close()
    qtbot.mouseClick(window.effect_strip.let_go, Qt.MouseButton.LeftButton)
    assert _same(session.network.parameters, first)
    assert session.hand.count == 0
    _press(qtbot, window, Qt.Key.Key_Z)
    assert _same(session.network.parameters, changed)
    assert session.hand.marks.frozen == {(3, 2)}


def test_the_menu_key_is_about_what_the_keys_act_on(bundled: DesktopWindow, qtbot: QtBot) -> None:
    view, ref = bundled.stage.view, UnitRef(2, 7)
    qtbot.mouseMove(view, _point(bundled, ref).toPoint())
    at = view.rect().center()
    QApplication.sendEvent(view, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, view.mapToGlobal(at)))
    qtbot.waitUntil(bundled.hand.menu.isVisible)
    assert bundled.hand.menu.actions()[0].text() == "Dense 2, unit 7"
    bundled.hand.menu.close()


# -- the session, with the real Keras network ------------------------------------------------------------------------


def _settled(session: Session) -> bool:
    snapshot = session.snapshot
    return snapshot is not None and snapshot.source == "keras" and not session._bench.edits_on_the_way


def _trained(session: Session, qtbot: QtBot, steps: int) -> None:
    wanted = len(session.history) + steps
    session.train(steps)
    qtbot.waitUntil(lambda: len(session.history) == wanted and session.phase == "idle", timeout=30_000)
    qtbot.waitUntil(lambda: session.network is not None and session.network.step == wanted, timeout=10_000)


def test_frozen_and_silenced_units_in_training_and_undo_to_the_bit(session: Session, qtbot: QtBot) -> None:
    _trained(session, qtbot, 30)
    session.step()  # with a snapshot whose update is a difference of float32s, which loses bits
    qtbot.waitUntil(lambda: session.network is not None and session.network.step == 31, timeout=10_000)
    exact: list[object] = []
    session.hand_confirmed.connect(exact.append)
    refs = tuple(EdgeRef(1, source, unit) for source in range(4) for unit in range(16))
    session.edit_by_hand(tuple((ref, 0.125) for ref in refs))
    qtbot.waitUntil(lambda: len(exact) == 1 and _settled(session), timeout=10_000)
    assert session.network is not None
    assert (session.network.parameters[0].kernel == 0.125).all()
    session.edit_by_hand(exact[0].values_before)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: len(exact) == 2 and _settled(session), timeout=10_000)
    assert session.hand.count == 0
    before = session.network.parameters
    heard: list[object] = []
    session.hand_edited.connect(heard.append)
    session.set_hand(HandMarks(frozenset({(1, 3)}), frozenset({(1, 5), (3, 1)})))
    qtbot.waitUntil(lambda: len(heard) == 1 and _settled(session), timeout=10_000)
    assert session.snapshot is not None
    assert session.snapshot.hand.silenced == {(1, 3)}
    assert session.snapshot.forward.activations[0][0, 3] == 0
    _trained(session, qtbot, 40)
    after = session.network.parameters
    np.testing.assert_array_equal(after[0].kernel[:, 5], before[0].kernel[:, 5])
    np.testing.assert_array_equal(after[2].kernel[:, 1], before[2].kernel[:, 1])
    assert after[2].bias[1] == before[2].bias[1]
    assert not np.array_equal(after[2].kernel[:, 0], before[2].kernel[:, 0])
    assert len(session.history) == 71  # the curves go on
    assert session.hand.marks.count == 3


def test_marks_go_with_removed_units_and_with_a_reset_and_come_back_with_its_undo(
    session: Session, qtbot: QtBot
) -> None:
    _trained(session, qtbot, 20)
    session.set_hand(HandMarks(frozenset({(1, 1), (1, 15)}), frozenset({(2, 2)})))
    layers = session.spec.layers
    smaller = NetworkSpec((4,), (replace(layers[0], units=6), *layers[1:]))
    session.set_plan(smaller, session.config)
    qtbot.waitUntil(lambda: session.network is not None and session.network.spec == smaller, timeout=20_000)
    assert session.hand.marks == HandMarks(frozenset({(1, 1)}), frozenset({(2, 2)}))
    deeper = NetworkSpec((4,), (LayerSpec(5), *smaller.layers))
    session.set_plan(deeper, session.config)
    qtbot.waitUntil(lambda: session.network is not None and session.network.spec == deeper, timeout=20_000)
    kept = HandMarks(frozenset({(2, 1)}), frozenset({(3, 2)}))
    assert session.hand.marks == kept
    qtbot.waitUntil(lambda: session.phase == "idle" and _settled(session), timeout=20_000)
    session.set_weight(EdgeRef(1, 0, 0), 2.0)
    forgotten: list[bool] = []
    session.hand_forgotten.connect(lambda: forgotten.append(True))
    session.reset()
    assert forgotten
    assert session.hand.count == 0
    qtbot.waitUntil(lambda: session.network is not None and session.network.step == 0, timeout=20_000)
    qtbot.waitUntil(lambda: session.phase == "idle" and _settled(session), timeout=20_000)
    assert session.snapshot is not None
    assert session.snapshot.hand == HandMarks()
    session.undo_reset()
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=20_000)
    assert session.hand.marks == kept
    qtbot.waitUntil(lambda: _settled(session), timeout=10_000)
    assert session.snapshot.hand == kept
    assert session.snapshot.parameters[0].kernel[0, 0] == 2.0


def test_a_weight_is_set_while_training_which_goes_on_from_there(session: Session, qtbot: QtBot) -> None:
    session.set_plan(session.spec, replace(session.config, epochs=10_000, optimizer="sgd", learning_rate=1e-6))
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=20_000)
    session.train()
    qtbot.waitUntil(lambda: len(session.history) > 50, timeout=20_000)
    heard: list[object] = []
    session.hand_confirmed.connect(heard.append)
    for value in (0.5, 1.0, 1.5):
        session.set_weight(EdgeRef(1, 2, 3), value)
    session.set_hand(HandMarks(frozen=frozenset({(1, 0)})))
    qtbot.waitUntil(lambda: len(heard) == 4, timeout=20_000)
    seen = len(session.history)
    qtbot.waitUntil(lambda: len(session.history) > seen + 20, timeout=20_000)
    assert session.is_training
    assert np.array_equal(session.history.step, np.arange(1, len(session.history) + 1))
    session.pause()
    qtbot.waitUntil(lambda: session.phase == "idle" and _settled(session), timeout=10_000)
    assert session.network is not None
    assert session.network.parameters[0].kernel[2, 3] == pytest.approx(1.5, abs=0.01)


def test_a_network_of_a_file_that_was_edited_is_carried_into_training(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    _trained(session, qtbot, 20)
    texts: list[str] = []
    session.message.connect(lambda message: texts.append(message.text))
    session.set_hand(HandMarks(frozenset({(1, 2)}), frozenset({(2, 0)})))
    session.save(tmp_path / "net.keras")
    qtbot.waitUntil(lambda: any("Saved" in text for text in texts), timeout=10_000)
    assert any("outgoing weights of 0" in text and "Keras freezes whole layers" in text for text in texts)
    session.open_model(tmp_path / "net.keras")
    assert session.hand.count == 0
    assert session.network is not None
    assert not session.network.parameters[1].kernel[2].any()
    session.set_weight(EdgeRef(1, 0, 0), 1.25)  # while the engine builds what the file has
    session.set_hand(HandMarks(frozen=frozenset({(1, 0)})))
    assert session.network.origin == "file"
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=20_000)
    wanted = session.network.parameters
    session.train(10)
    qtbot.waitUntil(lambda: len(session.history) == 10 and session.phase == "idle", timeout=30_000)
    qtbot.waitUntil(lambda: session.network is not None and session.network.step == 10, timeout=10_000)
    assert session.network.origin == "yours"
    assert session.hand.marks.frozen == {(1, 0)}
    np.testing.assert_array_equal(session.network.parameters[0].kernel[:, 0], wanted[0].kernel[:, 0])
    assert session.network.parameters[0].kernel[0, 0] == 1.25
    assert not np.array_equal(session.network.parameters[0].kernel[:, 1], wanted[0].kernel[:, 1])


def test_what_cannot_be_set_is_refused_with_a_sentence_and_changes_nothing(session: Session, qtbot: QtBot) -> None:
    messages: list[Message] = []
    session.message.connect(messages.append)
    assert session.network is not None
    before = session.network
    session.set_weight(EdgeRef(1, 0, 0), float("nan"))
    session.set_weight(EdgeRef(9, 0, 0), 1.0)
    session.set_hand(HandMarks(frozenset({(3, 0)})))
    assert [message.kind for message in messages] == ["error"] * 3
    assert "finite number" in messages[0].text
    assert "Layer must be from 1 to 3, got 9" in messages[1].text
    assert "Silenced must be hidden units" in messages[2].text
    assert session.network is before
    # An untrained network that was edited is more than what its seed draws: a changed plan goes on from it.
    session.set_weight(EdgeRef(1, 0, 0), 3.0)
    session.set_plan(session.spec, replace(session.config, batch_size=7))
    qtbot.waitUntil(lambda: session.phase == "idle" and _settled(session), timeout=20_000)
    assert session.snapshot is not None
    assert session.snapshot.parameters[0].kernel[0, 0] == 3.0


def test_refs_of_every_kind_are_shown_or_refused_by_the_editor(bundled: DesktopWindow) -> None:
    refs: list[tuple[Ref, bool]] = [
        (UnitRef(0, 5), False), (UnitRef(1, -1), False), (UnitRef(1, 3), True), (EdgeRef(3, -1, 2), True),
        (EdgeRef(1, 100, 3), True), (UnitRef(4, 0), False),
    ]  # fmt: skip
    for ref, wanted in refs:
        assert bundled.hand.show_in(bundled.hand.popover.editor, ref) is wanted
