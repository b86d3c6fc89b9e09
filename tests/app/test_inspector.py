"""Selecting units and edges in the network, and the inspector's cards of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QImage
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from app.lessons.tex import tex_number
from app.theme import DARK, LIGHT
from app.widgets.edge_card import EdgeCard
from app.widgets.formula import typeset
from app.widgets.inspector import Inspector
from app.widgets.inspector_formulas import activation_lines, edge_lines, fixed, gradient_lines, sum_lines
from app.widgets.network_values import edge_card, said_of
from app.widgets.network_view import NetworkView
from app.widgets.rule_formulas import rule_lines
from app.widgets.unit_card import UnitCard
from app.windows.desktop import DesktopWindow
from nnviz.errors import SaveError
from nnviz.maths.forward import forward
from nnviz.maths.optimizers import CONSTANT_NAMES, apply_rule
from nnviz.maths.parameters import LayerParameters, Parameters, initial_parameters
from nnviz.picture.explain import explain_unit
from nnviz.picture.explain_edge import explain_edge
from nnviz.picture.look import Look
from nnviz.picture.quantities import number
from nnviz.picture.refs import BIAS, EdgeRef, UnitRef
from nnviz.spec import ACTIVATIONS, OPTIMIZERS, LayerSpec, NetworkSpec, classifier
from nnviz.training.optimizer_words import SLOT_WORDS
from nnviz.training.records import OptimizerStep, Snapshot
from tests.shown import shown
from tests.snapshots import snapshot_of
from tests.tiny import blobs

SPEC = NetworkSpec((6,), (LayerSpec(7, "relu"), LayerSpec(5, "tanh"), LayerSpec(3, "softmax")))
CLASSES = ("ant", "bee", "cat")
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[NetworkView]:
    made = NetworkView()
    made.set_theme(LIGHT)
    made.set_class_names(CLASSES)
    made.set_look(Look(edges="weight"))
    shown(qtbot, made, 900, 560)
    generator = np.random.default_rng(8)
    stirred = tuple(
        layer.mapped(lambda v: (v + generator.uniform(-0.1, 0.1, v.shape)).astype(np.float32))
        for layer in initial_parameters(SPEC, 0)
    )
    made.set_snapshot(snapshot_of(SPEC, parameters=stirred))
    qtbot.waitUntil(lambda: made.is_settled, timeout=20_000)
    yield made
    made.close_drawer()
    made.close()


@pytest.fixture
def inspector(qtbot: QtBot) -> Iterator[Inspector]:
    made = Inspector()
    made.set_theme(LIGHT)
    shown(qtbot, made, 360, 900)
    yield made
    made.stop()
    made.close()


def point_of(view: NetworkView, layer: int, unit: int) -> QPoint:
    layout = view.layout_now()
    assert layout is not None
    place = layout.boxes[layer].place_of(unit)
    assert place is not None
    return QPoint(round(place[0]), round(place[1]))


def click(qtbot: QtBot, view: NetworkView, at: QPoint, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, modifier, at)


def settle(qtbot: QtBot, inspector: Inspector) -> None:
    qtbot.waitUntil(lambda: inspector.is_settled, timeout=20_000)


def button(card: UnitCard | EdgeCard, name: str) -> QToolButton:
    found = card.findChild(QToolButton, name)
    assert isinstance(found, QToolButton)
    return found


# -- in the network ------------------------------------------------------------------------------------------


def test_a_click_selects_a_unit_and_one_on_empty_ground_clears(view: NetworkView, qtbot: QtBot) -> None:
    told: list[object] = []
    view.selection_changed.connect(told.append)
    click(qtbot, view, point_of(view, 1, 4))
    assert view.selection == (UnitRef(1, 4),)
    click(qtbot, view, point_of(view, 2, 0))
    assert view.selection == (UnitRef(2, 0),)
    click(qtbot, view, QPoint(3, 3))
    assert view.selection == ()
    assert told == [(UnitRef(1, 4),), (UnitRef(2, 0),), ()]


def test_a_click_on_a_line_selects_the_edge(view: NetworkView, qtbot: QtBot) -> None:
    a, b = point_of(view, 2, 1), point_of(view, 3, 2)
    at = a + (b - a) * 0.6
    click(qtbot, view, at)
    (found,) = view.selection
    assert isinstance(found, EdgeRef)
    c, d = point_of(view, 2, found.source), point_of(view, 3, found.unit)
    way, off = d - c, at - c
    away = abs(way.x() * off.y() - way.y() * off.x()) / np.hypot(way.x(), way.y())
    assert away <= 6  # where lines cross it may be another than from 1 to 2, but it is under the pointer


def test_dragging_pans_and_selects_nothing(view: NetworkView, qtbot: QtBot) -> None:
    at = point_of(view, 1, 4)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseMove(view, at + QPoint(40, 25))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at + QPoint(40, 25))
    assert view.selection == ()
    assert point_of(view, 1, 4) == at + QPoint(40, 25)


def test_pinned_ones_stay_and_escape_lets_go_in_two_steps(view: NetworkView, qtbot: QtBot) -> None:
    click(qtbot, view, point_of(view, 1, 4))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert view.pins == (UnitRef(1, 4),)
    click(qtbot, view, point_of(view, 2, 2), SHIFT)
    click(qtbot, view, point_of(view, 3, 0))
    assert view.selection == (UnitRef(1, 4), UnitRef(2, 2), UnitRef(3, 0))
    click(qtbot, view, point_of(view, 2, 2), CONTROL)
    assert view.pins == (UnitRef(1, 4),)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.selection == (UnitRef(1, 4),)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.selection == ()


def test_shift_click_keeps_what_was_selected_before(view: NetworkView, qtbot: QtBot) -> None:
    click(qtbot, view, point_of(view, 1, 4))
    click(qtbot, view, point_of(view, 1, 5), SHIFT)
    assert view.selection == (UnitRef(1, 4), UnitRef(1, 5))
    assert view.pins == view.selection


def test_arrows_walk_and_shift_arrows_pan(view: NetworkView, qtbot: QtBot) -> None:
    view.setFocus()
    assert view.snapshot is not None
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.selection == (UnitRef(3, view.snapshot.predicted),)
    weights = np.abs(view.snapshot.parameters[2].kernel[:, view.snapshot.predicted])
    qtbot.keyClick(view, Qt.Key.Key_Left)
    at = int(np.argmax(weights))
    assert view.selection == (UnitRef(2, at),)
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.selection == (UnitRef(2, 4),)
    qtbot.keyClick(view, Qt.Key.Key_Home)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.selection == (UnitRef(2, 1),)
    qtbot.keyClick(view, Qt.Key.Key_E)
    source = int(np.argmax(np.abs(view.snapshot.parameters[1].kernel[:, 1])))
    assert view.selection == (EdgeRef(2, source, 1),)
    qtbot.keyClick(view, Qt.Key.Key_E)
    assert view.selection == (UnitRef(2, 1),)
    before = point_of(view, 1, 1)
    qtbot.keyClick(view, Qt.Key.Key_Right, SHIFT)
    assert point_of(view, 1, 1) == before + QPoint(-40, 0)
    assert view.selection == (UnitRef(2, 1),)


def test_the_bias_unit_is_clicked_and_walked_to(view: NetworkView, qtbot: QtBot) -> None:
    view.set_look(Look(edges="weight", bias=True))
    qtbot.waitUntil(lambda: view.is_settled, timeout=20_000)
    layout = view.layout_now()
    assert layout is not None
    place = layout.bias_of(1)
    assert place is not None
    click(qtbot, view, QPoint(round(place.x), round(place.y)))
    assert view.selection == (UnitRef(1, BIAS),)
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.selection == (UnitRef(1, 6),)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.selection == (UnitRef(1, BIAS),)
    assert view.snapshot is not None
    strongest = int(np.argmax(np.abs(view.snapshot.parameters[1].bias)))
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.selection == (UnitRef(2, strongest),)


def test_setters_emit_nothing_and_what_another_network_has_not_is_let_go(view: NetworkView, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(view.selection_changed):
        view.set_selection((UnitRef(1, 6), UnitRef(1, 1)), (UnitRef(1, 6),))
        assert (view.pins, view.current) == ((UnitRef(1, 6),), UnitRef(1, 1))
        view.set_snapshot(snapshot_of(NetworkSpec((6,), (LayerSpec(4), LayerSpec(3, "softmax")))))
    assert view.selection == (UnitRef(1, 1),)


def test_a_screen_reader_hears_name_and_values(
    view: NetworkView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def heard(event: object) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            said.append(event.message())

    monkeypatch.setattr(QAccessible, "updateAccessibility", heard)
    click(qtbot, view, point_of(view, 1, 4))
    assert view.snapshot is not None
    passed = view.snapshot.forward
    z, a = float(passed.pre_activations[0][0, 4]), float(passed.activations[0][0, 4])
    assert said == [f"Dense 1, unit 4: z {number(z)}, a {number(a)}"]
    assert view.accessibleDescription().startswith(said[0])
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert said[-1].endswith(", pinned")
    w = float(view.snapshot.parameters[2].kernel[0, 1])
    words = said_of(view.snapshot, EdgeRef(3, 0, 1), view.meaning)
    assert words.startswith(f"Dense 2, unit 0 → Output “bee”: w {number(w)}, a·w ")


def test_the_focus_is_seen_where_keys_brought_it(view: NetworkView, qtbot: QtBot) -> None:
    def corner() -> list[int]:
        image = view.grab().toImage()
        return [image.pixelColor(x, view.height() // 2).lightness() for x in range(4)]

    view.clearFocus()
    view.setFocus(Qt.FocusReason.OtherFocusReason)
    assert min(corner()) > 200
    view.clearFocus()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    assert min(corner()) < 100


def test_the_selected_unit_is_ringed(view: NetworkView, qtbot: QtBot) -> None:
    def dark_around(layer: int, unit: int) -> int:
        layout = view.layout_now()
        assert layout is not None
        at, image = point_of(view, layer, unit), view.grab().toImage()
        radius = layout.boxes[layer].radius + 3
        turns = np.linspace(0, 6.28, 40)
        # The middle is not on a whole pixel: a pixel further in or out counts too.
        reach = [[at + QPoint(round(r * np.cos(t)), round(r * np.sin(t))) for r in radius + np.arange(-1, 2)]
                 for t in turns]  # fmt: skip
        return sum(min(image.pixelColor(p).lightness() for p in near) < 60 for near in reach)

    before = dark_around(1, 4)
    click(qtbot, view, point_of(view, 1, 4))
    assert dark_around(1, 4) >= 34 > 1.5 * before
    assert dark_around(1, 2) < 20


def test_the_card_of_a_bias_edge(view: NetworkView) -> None:
    assert view.snapshot is not None
    gradients, update = view.snapshot.gradients, view.snapshot.update
    assert gradients is not None
    assert update is not None
    rows = dict(edge_card(view.snapshot, 1, BIAS, 3))
    assert rows["bias b"] == f"{view.snapshot.parameters[1].bias[3]:.7g}".replace("-", "−")
    assert rows["dL/db"] == f"{gradients.parameters[1].bias[3]:.7g}".replace("-", "−")
    assert rows["Δb applied"] == f"{update[1].bias[3]:.7g}".replace("-", "−")


# -- formulas ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_formulas_of_every_activation_hold_the_numbers_and_can_be_set(name: str) -> None:
    spec = NetworkSpec((6,), (LayerSpec(9, "relu", batch_norm=True), LayerSpec(4, name)))
    snapshot = snapshot_of(spec, target=[0, 1, 0, 0], loss="mean_squared_error")
    z = snapshot.forward.layer_input(1)[0].astype(np.float64) @ snapshot.parameters[1].kernel
    a = snapshot.forward.activations[1][0]
    for unit in range(4):
        made = explain_unit(snapshot, UnitRef(2, unit))
        lines = (*sum_lines(made), *activation_lines(made), *gradient_lines(made))
        sums = sum_lines(made)[1].latex
        assert any(sums.endswith(rf"\approx & {fixed(float(z[unit]), places)} \end{{array}}") for places in range(7))
        assert rf"\approx & {tex_number(float(a[unit]))} \end" in activation_lines(made)[0].latex
        for line in lines:
            assert typeset(line.latex).width > 0
    norm = sum_lines(explain_unit(snapshot, UnitRef(1, 0)))[2]
    normalised = snapshot.forward.normalised[0]
    assert normalised is not None
    assert tex_number(float(normalised[0, 0])) in norm.latex
    assert typeset(norm.latex).width > 0


def test_terms_rest_and_bias_are_written_and_make_z() -> None:
    spec = classifier((6, 6), (8,), 3)
    snapshot = snapshot_of(spec)
    made = explain_unit(snapshot, UnitRef(1, 2))
    text = sum_lines(made, 6)[1].latex
    products = snapshot.sample * snapshot.parameters[0].kernel[:, 2]
    first = int(np.argmax(np.abs(products)))
    row, column = divmod(first, 6)
    assert f"x_{{{row},{column}}}" in text
    assert tex_number(float(snapshot.sample[first])) in text
    assert r"\text{31 more}" in text
    rows = text.split(r" \\ ")
    values = [float(each.split("&")[-1].replace("{-}", "-").replace(r"\end{array}", "")) for each in rows]
    assert sum(values[:-1]) == pytest.approx(values[-1], abs=0.01)


def test_a_mean_is_not_said_to_be_phi_of_a_mean() -> None:
    snapshot = replace(snapshot_of(SPEC), count=32)
    made = explain_unit(snapshot, UnitRef(2, 1))
    assert "mean over 32 samples" in sum_lines(made)[0].caption
    assert r"\tanh" not in activation_lines(made)[0].latex
    assert "mean" in activation_lines(made)[0].caption
    edge = edge_lines(explain_edge(snapshot, EdgeRef(2, 1, 1)))
    assert "mean over 32 samples" in edge[1].caption
    assert r"\cdot" not in edge[1].latex  # the gradient is not a·dL/dz then


def optimizer_snapshot(name: str) -> Snapshot:
    """A snapshot whose update is the rule's, with something remembered of every weight."""
    generator = np.random.default_rng(4)
    snapshot = snapshot_of(SPEC)

    def shaped(low: float, high: float) -> Parameters:
        return tuple(
            layer.mapped(lambda v: generator.uniform(low, high, v.shape).astype(np.float32))
            for layer in snapshot.parameters
        )

    constants = {"momentum": 0.9, "rho": 0.9, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "weight_decay": 0.004}
    wanted = {
        each: constants[each]
        for each in (*CONSTANT_NAMES[name], *(("momentum",) if name in ("momentum", "nesterov") else ()))
    }
    gradient = shaped(-0.3, 0.3)
    keep = [word for word, _ in SLOT_WORDS[name]]
    before = {slot: shaped(0.001, 0.2) for slot in keep}
    update, after = [], {slot: [] for slot in keep}
    for k, layer in enumerate(snapshot.parameters):
        made = [
            apply_rule(name, w, g, 0.01, 3, wanted, {slot: before[slot][k].arrays[place] for slot in keep})
            for place, (w, g) in enumerate(zip(layer.arrays, gradient[k].arrays, strict=True))
        ]
        update.append(LayerParameters(*(each.delta.astype(np.float32) for each in made)))
        for slot in keep:
            after[slot].append(LayerParameters(*(each.after[slot].astype(np.float32) for each in made)))
    step = OptimizerStep(
        name, 3, 0.01, tuple(wanted.items()), gradient, tuple(before.items()),
        tuple((slot, tuple(layers)) for slot, layers in after.items()),
    )
    return replace(snapshot, update=tuple(update), update_batch_size=32, optimizer=step)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_rule_of_every_optimizer_is_written_with_its_numbers(name: str) -> None:
    snapshot = optimizer_snapshot(name)
    for ref in (EdgeRef(2, 3, 1), EdgeRef(2, BIAS, 1)):
        edge = explain_edge(snapshot, ref)
        lines = rule_lines(edge)
        text = " ".join(line.latex for line in lines)
        assert edge.rule is not None
        assert edge.delta is not None
        assert edge.new_w is not None
        assert tex_number(edge.rule.gradient) in text
        for remembered in (*edge.rule.before.values(), *edge.rule.after.values()):
            assert tex_number(remembered) in text
        assert tex_number(edge.delta) in text
        last = lines[-1].latex.split("&")[-1].replace("{-}", "-").replace(r"\end{array}", "").strip()
        assert len(last.split(".")[1]) >= 4
        assert float(last) == pytest.approx(edge.new_w, abs=0.6 * 10.0 ** -len(last.split(".")[1]))
        assert (r"\Delta b" in text) == (ref.source == BIAS)
        for line in lines:
            assert typeset(line.latex).width > 0


# -- the inspector -------------------------------------------------------------------------------------------


def test_it_says_at_first_what_will_appear(inspector: Inspector) -> None:
    assert inspector.empty.isVisible()
    assert "Click a unit" in inspector.empty.text()
    assert not inspector.save_button.isEnabled()
    with pytest.raises(SaveError, match="nothing is selected"):
        inspector.export(Path("nothing.png"))


def test_a_unit_card_shows_weights_formula_and_what_excites(inspector: Inspector, qtbot: QtBot) -> None:
    data = blobs()
    snapshot = snapshot_of(SPEC, x=data.test.x[0])
    inspector.set_dataset(data)
    inspector.set_snapshot(snapshot)
    inspector.set_selection((UnitRef(2, 3),))
    (card,) = inspector.cards
    assert isinstance(card, UnitCard)
    settle(qtbot, inspector)
    rows = dict(card.bars.rows)
    assert rows["w"] == pytest.approx(snapshot.parameters[1].kernel[:, 3])
    assert rows["a·w"] == pytest.approx(snapshot.parameters[1].kernel[:, 3] * snapshot.forward.activations[0][0])
    assert card.sum_formulas.shown
    assert "Dense 2, unit 3" in card.title.text()
    outputs = forward(snapshot.parameters, SPEC.activations, data.test.x).activations[1][:, 3]
    qtbot.waitUntil(lambda: card.samples.found is not None)
    found = card.samples.found
    assert found is not None
    assert found.samples.tolist() == np.argsort(-outputs, kind="stable")[:8].tolist()
    with qtbot.waitSignal(inspector.sample_requested) as asked:
        qtbot.mouseClick(card.samples, Qt.MouseButton.LeftButton, pos=card.samples.cell_rect(2).center())
    assert asked.args == [int(found.samples[2])]
    card.samples.setFocus()
    qtbot.keyClick(card.samples, Qt.Key.Key_Down)
    with qtbot.waitSignal(inspector.sample_requested) as asked:
        qtbot.keyClick(card.samples, Qt.Key.Key_Return)
    assert asked.args == [int(found.samples[3])]
    assert str(found.samples[3]) in card.samples.accessibleDescription()


def test_incoming_weights_of_an_image_are_an_image(inspector: Inspector) -> None:
    snapshot = snapshot_of(classifier((6, 6), (8,), 3))
    inspector.set_snapshot(snapshot)
    inspector.set_selection((UnitRef(1, 5),))
    (card,) = inspector.cards
    assert isinstance(card, UnitCard)
    assert card.pictures.isVisible()
    assert not card.bars.isVisible()
    assert card.images["w"].values == pytest.approx(snapshot.parameters[0].kernel[:, 5].reshape(6, 6))
    assert card.images["x"].values == pytest.approx(snapshot.sample.reshape(6, 6))


def test_pins_have_cards_that_can_be_closed(inspector: Inspector, qtbot: QtBot) -> None:
    inspector.set_snapshot(snapshot_of(SPEC))
    inspector.set_selection((UnitRef(1, 1), EdgeRef(2, 1, 0), UnitRef(3, 2)), (UnitRef(1, 1), EdgeRef(2, 1, 0)))
    assert [card.ref for card in inspector.cards] == [UnitRef(3, 2), UnitRef(1, 1), EdgeRef(2, 1, 0)]
    assert [button(card, "card_pin").isChecked() for card in inspector.cards] == [False, True, True]
    with qtbot.waitSignal(inspector.close_requested) as asked:
        button(inspector.cards[2], "card_close").click()
    assert asked.args == [EdgeRef(2, 1, 0)]
    with qtbot.waitSignal(inspector.pin_requested) as asked:
        button(inspector.cards[0], "card_pin").click()
    assert asked.args == [UnitRef(3, 2)]
    kept = inspector.cards[1]
    inspector.set_selection((UnitRef(1, 1),), (UnitRef(1, 1),))
    assert inspector.cards == (kept,)


def test_cards_stand_side_by_side_where_there_is_room(inspector: Inspector, qtbot: QtBot) -> None:
    inspector.set_snapshot(snapshot_of(SPEC))
    inspector.set_selection((UnitRef(1, 1), UnitRef(1, 2)), (UnitRef(1, 1),))
    inspector.resize(360, 700)
    qtbot.waitUntil(lambda: inspector.cards[0].x() == inspector.cards[1].x())
    inspector.resize(760, 700)
    qtbot.waitUntil(lambda: inspector.cards[0].y() == inspector.cards[1].y())


def test_an_edge_card_says_how_to_get_the_optimizers_state(inspector: Inspector, qtbot: QtBot) -> None:
    inspector.set_selection((EdgeRef(2, 3, 1),))
    inspector.set_snapshot(snapshot_of(SPEC, update=False))
    (card,) = inspector.cards
    assert isinstance(card, EdgeCard)
    assert "Press Step (F6)" in card.hint.text()
    assert not card.rule_formulas.isVisible()
    inspector.set_snapshot(optimizer_snapshot("adam"))
    qtbot.waitUntil(card.rule_formulas.isVisible)
    settle(qtbot, inspector)
    assert not card.hint.isVisible()
    assert "Adam" in card.rule_formulas.shown[0].caption
    assert "alpha" in card.rule_formulas.accessibleDescription()


def test_bias_and_input_units_have_cards(inspector: Inspector) -> None:
    snapshot = snapshot_of(SPEC)
    inspector.set_snapshot(snapshot)
    inspector.set_selection((UnitRef(1, BIAS), UnitRef(0, 2)), (UnitRef(1, BIAS),))
    first, second = inspector.cards
    assert isinstance(first, UnitCard)
    assert isinstance(second, UnitCard)
    assert dict(first.bars.rows)["w out"] == pytest.approx(snapshot.parameters[0].kernel[2])
    assert dict(second.bars.rows)["b"] == pytest.approx(snapshot.parameters[1].bias)
    assert second.title.text() == "Bias of Dense 2"


def test_the_picture_holds_all_cards(inspector: Inspector, qtbot: QtBot, tmp_path: Path) -> None:
    inspector.set_snapshot(snapshot_of(SPEC))
    inspector.set_selection((UnitRef(1, 1), UnitRef(1, 2), UnitRef(1, 3)), (UnitRef(1, 1), UnitRef(1, 2)))
    settle(qtbot, inspector)
    inspector.export(tmp_path / "cards.png")
    image = QImage(str(tmp_path / "cards.png"))
    assert image.height() == 2 * inspector.list.height() > 2 * inspector.area.height()
    inspector.set_theme(DARK)
    dark = inspector.picture()
    assert dark.pixelColor(0, 0).lightness() < 60 < image.pixelColor(0, 0).lightness()


# -- in the window -------------------------------------------------------------------------------------------


def test_the_window_shows_what_is_clicked(bare_window: DesktopWindow, qtbot: QtBot) -> None:
    window = bare_window
    view, inspector, dock = window.stage.view, window.inspector, window.docks["inspector"]
    window.start()
    qtbot.waitUntil(lambda: window.session.snapshot is not None and view.is_settled, timeout=20_000)
    assert dock.isHidden()
    click(qtbot, view, point_of(view, 1, 3))
    qtbot.waitUntil(lambda: dock.isVisible() and len(inspector.cards) == 1)
    assert inspector.cards[0].ref == UnitRef(1, 3)
    button(inspector.cards[0], "card_pin").click()
    click(qtbot, view, point_of(view, 3, 4))
    qtbot.waitUntil(lambda: len(inspector.cards) == 2)
    assert view.pins == (UnitRef(1, 3),)
    button(inspector.cards[1], "card_close").click()
    qtbot.waitUntil(lambda: len(inspector.cards) == 1)
    assert view.selection == (UnitRef(3, 4),)
    card = inspector.cards[0]
    assert isinstance(card, UnitCard)
    qtbot.waitUntil(lambda: card.samples.found is not None, timeout=20_000)
    found = card.samples.found
    assert found is not None
    index = int(found.samples[0])
    qtbot.mouseClick(card.samples, Qt.MouseButton.LeftButton, pos=card.samples.cell_rect(0).center())
    qtbot.waitUntil(lambda: window.session.sample.index == index)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: inspector.visibleRegion().isEmpty())  # the input is in front again
    qtbot.keyClick(window, Qt.Key.Key_I, CONTROL)
    qtbot.waitUntil(lambda: inspector.cards == () and inspector.empty.isVisible())
    dock.toggleViewAction().trigger()
    assert dock.isHidden()
    click(qtbot, view, point_of(view, 1, 3))
    assert dock.isHidden()  # it was closed by hand
    qtbot.keyClick(window, Qt.Key.Key_I, CONTROL)
    qtbot.waitUntil(lambda: dock.isVisible() and len(inspector.cards) == 1)
