"""What a network says, wherever it is shown: bars, scales, input panel, outputs, cards and words of the graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QFontMetricsF, QImage
from pytestqt.qtbot import QtBot

from app.theme import DARK, LIGHT, ui_font
from app.widgets.input_panel import InputPanel
from app.widgets.network_captions import extra_caption, fitting_extra, has_extra_row, main_caption
from app.widgets.network_stage import NetworkStage
from app.widgets.network_values import unit_card
from app.widgets.network_words import stage_words, summary
from app.widgets.probability_bars import ProbabilityBars
from app.widgets.target_scales import TargetScales
from nnviz.maths.activations import FUNCTIONS
from nnviz.picture.answers import OutputMeaning, answer_of, meaning_of, read_output
from nnviz.picture.look import Look
from nnviz.picture.timeline import stages
from nnviz.spec import LayerSpec, NetworkSpec
from tests.shown import shown
from tests.snapshots import snapshot_of
from tests.tasks import KINDS, case

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", "propagateSizeHints")

SCENE = OutputMeaning("multilabel", ("beach", "sunset", "urban"))


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[NetworkStage]:
    made = NetworkStage()
    made.set_theme(LIGHT)
    shown(qtbot, made, 900, 560)
    yield made
    made.view.close_drawer()
    made.close()


def show(stage: NetworkStage, qtbot: QtBot, kind: str) -> tuple[OutputMeaning, object]:
    dataset, meaning, snapshot = case(kind)
    stage.set_meaning(meaning)
    stage.set_feature_names(dataset.feature_names)
    stage.set_snapshot(snapshot)
    qtbot.waitUntil(lambda: stage.view.is_settled, timeout=20_000)
    return meaning, snapshot


def count(image: QImage, color: str, left: int = 0) -> int:
    wanted = QColor(color).rgb()
    return sum(image.pixel(x, y) == wanted for x in range(left, image.width()) for y in range(image.height()))


def first_column(image: QImage, color: str, left: int) -> float:
    """Return the mean x of the pixels of a colour right of ``left``."""
    wanted = QColor(color).rgb()
    found = [x for x in range(left, image.width()) for y in range(image.height()) if image.pixel(x, y) == wanted]
    assert found
    return float(np.mean(found))


# -- bars --------------------------------------------------------------------------------------------------


def test_several_labels_stand_out_and_are_marked(qtbot: QtBot) -> None:
    bars = ProbabilityBars()
    qtbot.addWidget(bars)
    bars.resize(240, 120)
    bars.set_answer(read_output(SCENE, np.array([0.9, 0.7, 0.1]), np.array([1.0, 1.0, 0.0]), "sigmoid"))
    assert bars.accessibleDescription() == "beach 90.0 %, sunset 70.0 %; right: beach, sunset"
    right = bars.grab().toImage()
    assert count(right, LIGHT.good) > 10
    assert count(right, LIGHT.bad) == 0
    bars.set_answer(read_output(SCENE, np.array([0.9, 0.7, 0.1]), np.array([1.0, 0.0, 1.0]), "sigmoid"))
    wrong = bars.grab().toImage()
    assert count(wrong, LIGHT.bad) > 50  # the bar of what is wrongly said, the mark of what is missed
    assert 0 < count(wrong, LIGHT.good) < count(right, LIGHT.good)


def test_where_it_is_decided_is_a_line_on_the_bar(qtbot: QtBot) -> None:
    bars = ProbabilityBars()
    qtbot.addWidget(bars)
    bars.resize(240, 80)
    meaning = OutputMeaning("binary", ("no", "yes"))
    bars.set_answer(read_output(meaning, np.array([0.3]), None, "sigmoid"))
    assert bars.accessibleDescription() == "no 70.0 %, yes 30.0 %"
    track = bars._track(1)
    above = QPoint(round(track.left() + track.width() / 2), round(track.top() - 1.5))
    image = bars.grab().toImage()
    assert image.pixelColor(above).name() == LIGHT.text
    assert image.pixelColor(above + QPoint(8, 0)).name() != LIGHT.text
    bars.set_answer(read_output(meaning, np.array([0.3, 0.7]), None, "softmax"))
    assert bars.grab().toImage().pixelColor(above).name() != LIGHT.text


def test_bars_refuse_values_and_scales_refuse_classes(qtbot: QtBot) -> None:
    bars, scales = ProbabilityBars(), TargetScales()
    for widget in (bars, scales):
        qtbot.addWidget(widget)
    _, meaning, snapshot = case("regression")
    with pytest.raises(ValueError, match="regression"):
        bars.set_answer(answer_of(meaning, snapshot))
    with pytest.raises(ValueError, match="multilabel"):
        scales.set_answer(read_output(SCENE, np.array([0.9, 0.7, 0.1]), None, "sigmoid"))
    bars.set_answer(None)
    assert bars.winner is None


# -- scales ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("size", [(248, 200), (120, 110), (700, 400)])
def test_prediction_and_truth_stand_where_their_values_are(qtbot: QtBot, theme: object, size: tuple[int, int]) -> None:
    scales = TargetScales()
    qtbot.addWidget(scales)
    scales.resize(*size)
    scales.set_theme(theme)  # type: ignore[arg-type]
    meaning = OutputMeaning("regression", ("age",), ("years",), None, np.array([[0.0, 100.0]]))
    scales.set_meaning(meaning)
    assert scales.accessibleDescription() == "No prediction yet."
    scales.grab()
    scales.set_answer(read_output(meaning, np.array([25.0]), np.array([75.0]), "linear"))
    assert scales.accessibleDescription() == "The network predicts 25 years, truth 75 years."
    image, track = scales.grab().toImage(), scales.track(0)
    ground = QColor(theme.surface)  # type: ignore[attr-defined]
    ring = image.pixelColor(round(track.left() + 0.25 * track.width()), round(track.center().y()))
    assert ring.name() == QColor(theme.accent).name()  # type: ignore[attr-defined]
    assert ring != ground
    top = round(track.center().y() - 0.4 * track.height() - 3)
    at = [x for x in range(image.width()) if image.pixelColor(x, top).name() == QColor(theme.good).name()]  # type: ignore[attr-defined]
    assert np.mean(at) == pytest.approx(track.left() + 0.75 * track.width(), abs=1.5)
    between = image.pixelColor(round(track.left() + 0.5 * track.width()), round(track.center().y()))
    assert between.name() == QColor(theme.bad).name()  # type: ignore[attr-defined]


def test_many_targets_each_have_their_scale(qtbot: QtBot) -> None:
    scales = TargetScales()
    qtbot.addWidget(scales)
    scales.resize(248, 300)
    _, meaning, snapshot = case("regression of three")
    scales.set_meaning(meaning)
    scales.set_answer(answer_of(meaning, snapshot))
    tops = [scales.track(k).top() for k in range(3)]
    assert tops == sorted(tops)
    assert scales.track(2).bottom() < 300
    assert not scales.grab().isNull()


# -- input panel -------------------------------------------------------------------------------------------


def test_the_panel_shows_scales_for_values_and_says_why_none_is_wrong(qtbot: QtBot) -> None:
    panel = InputPanel()
    qtbot.addWidget(panel)
    panel.resize(272, 640)
    panel.show()
    _, meaning, snapshot = case("regression")
    panel.set_only_wrong(True)
    with qtbot.assertNotEmitted(panel.only_wrong_toggled):
        panel.set_meaning(meaning)
    panel.set_answer(answer_of(meaning, snapshot))
    assert panel.scales.isVisible()
    assert not panel.bars.isVisible()
    assert panel.scales.answer is not None
    assert not panel.only_wrong.isEnabled()
    assert not panel.only_wrong.isChecked()
    assert "regression" in panel.only_wrong.toolTip()
    for kind in ("binary", "multilabel", "multiclass"):
        _, meaning, snapshot = case(kind)
        panel.set_meaning(meaning)
        panel.set_answer(answer_of(meaning, snapshot))
        assert panel.bars.isVisible()
        assert panel.only_wrong.isEnabled()
        assert "wrongly" in panel.only_wrong.toolTip()
        assert panel.bars.accessibleDescription() != "No prediction yet."


# -- the graph ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_graph_says_the_answer_in_words(stage: NetworkStage, qtbot: QtBot, kind: str) -> None:
    meaning, snapshot = show(stage, qtbot, kind)
    answer = answer_of(meaning, snapshot)  # type: ignore[arg-type]
    words = stage.bar.caption.text()
    assert answer.said in words
    assert answer.truth in words or "rightly" in words
    assert f"predicts {answer.said}" in stage.view.accessibleDescription()


def test_a_better_prediction_stands_nearer_to_the_truth(stage: NetworkStage, qtbot: QtBot) -> None:
    _, meaning, snapshot = case("regression")
    layout_right = 600
    apart = []
    truth = float(snapshot.target[0])  # type: ignore[index]
    for share in (0.9, 0.5, 0.1):
        output = np.array([[truth + share]], np.float32)
        passed = replace(snapshot.forward, activations=(*snapshot.forward.activations[:-1], output))
        stage.set_meaning(meaning)
        stage.set_snapshot(replace(snapshot, forward=passed))
        qtbot.waitUntil(lambda: stage.view.is_settled, timeout=20_000)
        image = stage.view.grab().toImage().copy(0, 60, 900, 330)
        box = stage.view.layout_now().boxes[-1]  # type: ignore[union-attr]
        left = round(box.x + box.width + 8)
        assert left < layout_right + 300
        apart.append(count(image, LIGHT.bad, left))
        assert count(image, LIGHT.good, left) > 0
    assert apart == sorted(apart, reverse=True)
    assert apart[0] > apart[2]


def test_hovering_a_layer_with_everything_shows_what_it_has(stage: NetworkStage, qtbot: QtBot) -> None:
    hidden = (LayerSpec(6, "prelu", use_bias=False, batch_norm=True, dropout=0.3), LayerSpec(4))
    _, meaning, snapshot = case("regression", hidden=hidden)
    rows = dict(unit_card(snapshot, 1, 2, meaning))
    assert "bias b" not in rows
    assert rows["dropout"] == "0.3, in training only"
    z, n = snapshot.forward.pre_activations[0][0, 2], snapshot.forward.normalised[0][0, 2]  # type: ignore[index]
    assert float(rows["z = x·W"].replace("−", "-")) == pytest.approx(float(z), rel=1e-6)
    assert float(rows["n, z normalised"].replace("−", "-")) == pytest.approx(float(n), rel=1e-6)
    a = float(rows["a = PReLU(n)"].replace("−", "-"))
    slope = float(rows["slope α"].replace("−", "-"))
    assert a == pytest.approx(float(n) if n > 0 else slope * float(n), rel=1e-5)
    output = dict(unit_card(snapshot, 3, 0, meaning))
    assert output["predicts"].endswith(" points")
    assert output["truth"].endswith(" points")
    assert float(output["target y"].replace("−", "-")) == pytest.approx(float(snapshot.target[0]), rel=1e-6)  # type: ignore[index]
    stage.set_meaning(meaning)
    stage.set_snapshot(snapshot)
    qtbot.waitUntil(lambda: stage.view.is_settled, timeout=20_000)
    place = stage.view.layout_now().boxes[3].place_of(0)  # type: ignore[union-attr]
    assert place is not None
    with qtbot.waitSignal(stage.view.hovered) as heard:
        qtbot.mouseMove(stage.view, QPoint(round(place[0]), round(place[1])))
    assert heard.args[0][0][0] == "Output “disease progression”"


@pytest.mark.parametrize("kind", KINDS)
def test_every_stage_has_a_sentence_and_a_formula(kind: str) -> None:
    hidden = (
        LayerSpec(5, "prelu", use_bias=False, batch_norm=True, dropout=0.3), LayerSpec(4, "step"), LayerSpec(4, "elu"),
    )
    _, meaning, snapshot = case(kind, hidden=hidden)
    plan = stages(len(snapshot.spec.layers))
    for one in plan:
        sentence, formula = stage_words(snapshot, one.kind, one.layer, meaning)
        assert sentence[-1] in ".)", sentence
        assert formula
    assert "x·W + b" not in stage_words(snapshot, "sum", 1, meaning)[1]
    sentence, formula = stage_words(snapshot, "activation", 1, meaning)
    assert "normalised" in sentence
    assert "30 %" in sentence
    assert "n > 0" in formula
    assert "slope is 0" in stage_words(snapshot, "back", 2, meaning)[0]
    assert "γ and β" in stage_words(snapshot, "update", 1, meaning)[0]
    assert summary(snapshot, meaning).endswith("to watch how it got there.")


def test_captions_tell_what_a_layer_has() -> None:
    layer = LayerSpec(64, "relu", batch_norm=True, dropout=0.3, use_bias=False)
    assert main_caption(layer) == "64 ReLU"
    assert extra_caption(layer) == "BN · dropout 0.3 · no bias"
    assert extra_caption(LayerSpec(64)) == ""
    metrics = QFontMetricsF(ui_font(12))
    for room in range(20, 300, 10):
        text = fitting_extra(layer, metrics, room)
        assert text == "…" or metrics.horizontalAdvance(text) <= room
        assert "0.3" in text or "dropout" not in text
    assert fitting_extra(layer, metrics, 300) == extra_caption(layer)
    spec = NetworkSpec((6,), (layer, LayerSpec(3, "softmax")))
    assert not has_extra_row(spec, 1400, 13)
    assert has_extra_row(spec, 500, 13)
    assert not has_extra_row(NetworkSpec((6,), (LayerSpec(64), LayerSpec(3, "softmax"))), 100, 13)


def test_a_third_row_of_captions_does_not_reach_the_units(stage: NetworkStage, qtbot: QtBot) -> None:
    plain = NetworkSpec((6,), (LayerSpec(16), LayerSpec(16), LayerSpec(16), LayerSpec(3, "softmax")))
    more = tuple(replace(layer, batch_norm=True, dropout=0.3) for layer in plain.layers[:3])
    rich = replace(plain, layers=(*more, plain.layers[3]))
    tops = []
    for spec in (plain, rich):
        stage.set_snapshot(snapshot_of(spec))
        layout = stage.view.layout_now()
        assert layout is not None
        tops.append(min(box.y for box in layout.boxes))
    assert tops[1] > tops[0]


@pytest.mark.parametrize(
    ("hidden", "words"),
    [((4,), "all edges"), ((60, 60), "strongest 300 of each layer"), ((40, 60), "strongest 300 of larger layers")],
)
def test_the_legend_counts_edges_truly(hidden: tuple[int, ...], words: str, stage: NetworkStage, qtbot: QtBot) -> None:
    from app.widgets.network_legend import _how_many
    from app.widgets.network_scene import Scene

    inputs = 6 if hidden[0] == 40 else 60
    layers = (*(LayerSpec(units) for units in hidden), LayerSpec(10, "softmax"))
    stage.view.set_look(Look(edges="weight"))  # none of them is 0, and what is 0 is not drawn
    stage.set_snapshot(snapshot_of(NetworkSpec((inputs,), layers)))
    qtbot.waitUntil(lambda: stage.view.is_settled, timeout=20_000)
    view = stage.view
    scene = Scene(view.snapshot, view.layout_now(), view.frame, view._pictures, LIGHT, view.meaning, 900, 560, 13)  # type: ignore[arg-type]
    text = _how_many(scene)
    assert view._pictures is not None
    most = [min(300, n_in * n_out) for n_in, n_out in zip((inputs, *hidden), (*hidden, 10), strict=True)]
    assert [len(view._pictures.get(k, "weight").lines) for k in range(len(most))] == most  # type: ignore[union-attr]
    assert text == f", {words}"


def test_every_activation_of_a_unit_is_that_of_its_sum() -> None:
    for name, function in FUNCTIONS.items():
        if name in ("softmax", "prelu"):
            continue
        snapshot = snapshot_of(NetworkSpec((5,), (LayerSpec(3, name), LayerSpec(2, "softmax"))))
        rows = unit_card(snapshot, 1, 1)
        shown = next(value for key, value in rows if key.startswith("a = "))
        z = snapshot.forward.pre_activations[0][:, 1]
        assert float(shown.replace("−", "-")) == pytest.approx(float(function(z)[0]), rel=1e-5, abs=1e-7)


def test_an_answer_stays_when_the_same_targets_are_told_of_again(qtbot: QtBot) -> None:
    dataset, meaning, snapshot = case("regression")
    scales = TargetScales()
    qtbot.addWidget(scales)
    scales.set_meaning(meaning)
    scales.set_answer(answer_of(meaning, snapshot))
    said = scales.accessibleDescription()
    scales.set_meaning(meaning_of(dataset))
    assert scales.accessibleDescription() == said
    scales.set_meaning(replace(meaning, names=tuple(f"other {name}" for name in meaning.names)))
    assert scales.accessibleDescription() != said
