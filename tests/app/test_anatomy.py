"""Anatomy of a step: the bar with names, formulas and numbers, the loop, reduced motion, and the age of the picture."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from pytestqt.qtbot import QtBot

from app.motion import platform_reduces_motion, reduces_motion, remember_motion
from app.settings import Settings
from app.theme import DARK, LIGHT
from app.widgets.age_label import AgeLabel, age_text
from app.widgets.formula import typeset
from app.widgets.lesson_stage import LessonStage
from app.widgets.network_stage import NetworkStage
from app.widgets.network_words import OPTIMIZER_RULES, OPTIMIZER_WORDS, stage_name, stage_words
from app.widgets.stage_formulas import MEMORIES, RULES, general_formula
from app.widgets.stage_numbers import stage_formula
from app.windows.desktop import DesktopWindow
from nnviz.maths.losses import BINARY, SPARSE
from nnviz.picture.answers import OutputMeaning
from nnviz.picture.look import Look
from nnviz.picture.quantities import number
from nnviz.picture.timeline import stages_of
from nnviz.spec import ACTIVATIONS, LOSSES, OPTIMIZERS, LayerSpec, NetworkSpec, classifier
from nnviz.training.records import OptimizerStep, Snapshot
from tests.shown import shown
from tests.snapshots import snapshot_of

INSECTS = OutputMeaning(names=("ant", "bee", "cat"))
MEMORY = {"sgd": (), "momentum": ("momentum",), "nesterov": ("momentum",), "adagrad": ("accumulator",),
          "rmsprop": ("v",), "adam": ("m", "v"), "adamw": ("m", "v"), "nadam": ("m", "v")}  # fmt: skip


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[NetworkStage]:
    made = NetworkStage()
    made.set_theme(LIGHT)
    made.set_meaning(INSECTS)
    shown(qtbot, made, 900, 620)
    yield made
    made.view.close_drawer()
    made.close()


def settle(qtbot: QtBot, stage: NetworkStage) -> None:
    qtbot.waitUntil(lambda: stage.view.is_settled, timeout=20_000)


def shot(stage: NetworkStage) -> QImage:
    return stage.view.grab().toImage()


def with_optimizer(snapshot: Snapshot, name: str = "adam", penalty: float = 0.0) -> Snapshot:
    """Return a snapshot with what an optimizer did: memories 0 before and, to keep it simple, the gradient after."""
    assert snapshot.gradients is not None
    gradient = snapshot.gradients.parameters
    nothing = tuple(layer.mapped(lambda w, g: 0 * w, layer) for layer in gradient)
    names = MEMORY[name]
    step = OptimizerStep(
        name, 7, 0.001, (("beta_1", 0.9), ("beta_2", 0.999)), gradient, tuple((n, nothing) for n in names),
        tuple((n, gradient) for n in names),
    )
    return replace(snapshot, optimizer=step)


# -- words and formulas ------------------------------------------------------------------------------------


def snapshots_of_everything() -> Iterator[Snapshot]:
    """Yield a snapshot of every hidden and output activation, loss and optimizer, also means, dropout, penalties."""
    for name in ACTIVATIONS:
        if name != "softmax":
            layers = (LayerSpec(5, name, batch_norm=True), LayerSpec(4, name, use_bias=False), LayerSpec(3, "softmax"))
            yield snapshot_of(NetworkSpec((4,), layers))
    for loss in LOSSES:
        for output in ACTIVATIONS:
            for units in (1, 3):
                if loss == SPARSE and units == 1:
                    continue
                target = None if loss == SPARSE else [1.0, 0.0, 0.0][:units]
                spec = NetworkSpec((4,), (LayerSpec(5, "tanh"), LayerSpec(units, output)))
                made = snapshot_of(spec, loss=loss, target=target)
                yield made
                yield replace(made, count=64, label=None)
    for optimizer in OPTIMIZERS:
        for penalty in (0.0, 0.01):
            layers = (LayerSpec(5, "relu", l1=penalty, l2=penalty, dropout=0.5), LayerSpec(3, "softmax"))
            made = with_optimizer(snapshot_of(NetworkSpec((4,), layers)), optimizer)
            yield replace(made, dropped=(np.array([True, False, True, False, False]), None))


def test_every_stage_of_everything_has_a_name_a_sentence_and_a_formula_that_can_be_set() -> None:
    latex, names = set(), set()
    for snapshot in snapshots_of_everything():
        for one in stages_of(snapshot):
            name = stage_name(snapshot, one.kind, one.layer)
            sentence, plain = stage_words(snapshot, one.kind, one.layer, OutputMeaning())
            made = stage_formula(snapshot, one.kind, one.layer, OutputMeaning())
            assert name
            assert sentence.endswith("."), sentence
            assert plain
            assert made.latex == general_formula(snapshot, one.kind, one.layer)
            assert made.symbols, name
            assert bool(made.filled) == bool(made.of)
            latex.add(made.latex)
            names.add(one.kind)
    assert {"input", "sum", "normalise", "activation", "loss", "output_gradient", "gradient", "da", "dz", "optimizer",
            "update", "after"} == names
    for formula in sorted(latex):
        assert typeset(formula).width > 0
    assert set(OPTIMIZERS) == set(RULES) == set(MEMORIES) == set(OPTIMIZER_RULES) == set(OPTIMIZER_WORDS)


def test_formulas_tell_losses_and_outputs_apart() -> None:
    def formulas(output: str, loss: str, units: int = 1) -> tuple[str, str]:
        target = None if loss == SPARSE else [1.0, 0.0, 0.0][:units]
        spec = NetworkSpec((4,), (LayerSpec(units, output),))
        snapshot = snapshot_of(spec, loss=loss, target=target)
        return general_formula(snapshot, "loss", 1), general_formula(snapshot, "output_gradient", 1)

    assert formulas("softmax", SPARSE, 3) == (r"L = {-}\ln p_y", r"\frac{\partial L}{\partial z_k} = p_k - y_k")
    assert r"y \ln p + (1 - y) \ln (1 - p)" in formulas("sigmoid", BINARY)[0]
    assert formulas("linear", "mean_squared_error")[1].endswith(r"2 (\hat y - y)")
    assert r"\frac{1}{3} \sum_k" in formulas("linear", "mean_squared_error", 3)[0]
    assert r"a (1 - a)" in formulas("sigmoid", "mean_squared_error")[1].replace(r" \, ", " ")


def test_numbers_in_the_formulas_are_those_of_the_network() -> None:
    snapshot = with_optimizer(snapshot_of(NetworkSpec((4,), (LayerSpec(2, "tanh"), LayerSpec(3, "softmax")))))
    x, first = snapshot.sample.astype(np.float64), snapshot.parameters[0]
    z = x @ first.kernel + first.bias
    made = stage_formula(snapshot, "sum", 1, INSECTS)
    unit = int(np.argmax(np.abs(z)))
    assert made.of == f"Dense 1, unit {unit}"
    assert made.filled.endswith(f"{abs(z[unit]):.3f}") or f"{abs(z[unit]):.3g}" in made.filled
    rows = {symbol.sign: symbol for symbol in made.symbols}
    assert rows["W"].shape == "4 × 2"
    assert rows["W"].rms == pytest.approx(np.sqrt(np.mean(first.kernel.astype(float) ** 2)))
    assert rows["z"].largest == pytest.approx(z[unit], rel=1e-5)
    assert snapshot.optimizer is not None
    made = stage_formula(snapshot, "optimizer", 2, INSECTS)
    g = np.concatenate([layer.kernel.ravel() for layer in snapshot.optimizer.gradient])
    rows = {symbol.sign: symbol for symbol in made.symbols}
    assert set(rows) == {"g", "m", "v", "η"}
    assert abs(rows["g"].largest or 0) == pytest.approx(np.abs(g).max())
    assert rows["η"].rms == 0.001
    assert rows["η"].largest is None
    right = stage_formula(snapshot, "activation", 2, INSECTS)
    assert right.of == "Output bee"
    assert f"{snapshot.forward.output[0, 1]:.3f}" in right.filled


def test_words_of_a_mean_say_that_it_is_one() -> None:
    spec = NetworkSpec((4,), (LayerSpec(5, "relu"), LayerSpec(3, "softmax")))
    snapshot = replace(snapshot_of(spec), count=128, label=None)
    for one in stages_of(snapshot):
        sentence, _ = stage_words(snapshot, one.kind, one.layer, INSECTS)
        if one.kind in ("input", "sum", "activation", "loss", "output_gradient", "gradient", "da", "dz", "after"):
            assert "128" in sentence, one.kind
            assert "mean" in sentence.lower(), one.kind
    assert "not the activation of the mean sum" in stage_words(snapshot, "activation", 1, INSECTS)[0]
    assert r"\neq" in general_formula(snapshot, "activation", 1)
    assert "exactly" in stage_words(snapshot, "sum", 1, INSECTS)[0]


def test_words_of_a_pass_with_dropout_count_the_units_that_are_off() -> None:
    spec = NetworkSpec((4,), (LayerSpec(5, "tanh", dropout=0.2), LayerSpec(3, "softmax")))
    snapshot = snapshot_of(spec)
    assert "in training only" in stage_words(snapshot, "activation", 1, INSECTS)[0]
    off = replace(snapshot, dropped=(np.array([True, False, False, True, True]), None))
    assert "switched off 3 of 5" in stage_words(off, "activation", 1, INSECTS)[0]
    assert number(1 / 0.8) in stage_words(off, "activation", 1, INSECTS)[0]
    assert r"1 - 0.2" in general_formula(off, "activation", 1)
    assert r"1 - 0.2" not in general_formula(snapshot, "activation", 1)


# -- the bar -----------------------------------------------------------------------------------------------


def test_the_bar_names_each_stage_and_never_changes_its_height(stage: NetworkStage, qtbot: QtBot) -> None:
    snapshot = with_optimizer(snapshot_of())
    stage.set_snapshot(snapshot)
    bar, names = stage.bar, []
    height, place = bar.height(), bar.formula.geometry()
    for _ in stage.view.plan:
        qtbot.mouseClick(bar.next_button, Qt.MouseButton.LeftButton)
        names.append(bar.name.text())
        assert bar.height() == height
        assert bar.formula.geometry() == place
        assert len(bar.caption.shown) <= 2
    assert names[1] == f"2/{len(names)}  Dense 1 · pre-activation z"
    assert names[-3] == f"{len(names) - 2}/{len(names)}  Optimizer · Adam: m and v"
    assert len(set(names)) == len(names)
    qtbot.keyClick(bar.scrubber, Qt.Key.Key_Left)
    assert bar.name.text() == names[-2]
    assert names[-2].partition("  ")[2] in bar.scrubber.accessibleDescription()


def test_formulas_are_set_off_the_frame_path_and_drawn_in_the_colours_of_the_theme(
    stage: NetworkStage, qtbot: QtBot
) -> None:
    stage.set_snapshot(snapshot_of())
    stage.view.show_stage(1)
    formula = stage.bar.formula
    assert formula.picture is None  # not waited for
    qtbot.waitUntil(lambda: formula.picture is not None, timeout=20_000)

    def extremes() -> tuple[int, int]:
        image = formula.grab().toImage()
        lights = [image.pixelColor(x, y).lightness() for x in range(image.width()) for y in range(image.height())]
        return min(lights), max(lights)

    assert extremes()[0] < 80
    stage.set_theme(DARK)
    assert extremes()[1] > 180
    # The others are prepared meanwhile: at the next stage the formula is there at once.
    wanted = {general_formula(snapshot_of(), one.kind, one.layer) for one in stage.view.plan}
    setter = stage.bar._typesetter
    assert setter is not None
    qtbot.waitUntil(lambda: all(setter.is_known(each) for each in wanted), timeout=20_000)
    stage.next_stage()
    assert formula.picture is not None


def test_pointing_at_a_formula_shows_the_present_numbers_and_leaving_hides_them(
    stage: NetworkStage, qtbot: QtBot
) -> None:
    snapshot = snapshot_of()
    stage.set_snapshot(snapshot)
    stage.view.show_stage(1)
    formula = stage.bar.formula
    assert formula.popup is None
    formula.setFocus()
    qtbot.keyClick(formula, Qt.Key.Key_Return)
    popup = formula.popup
    assert popup is not None
    rows = {row[0]: row for row in popup.rows}
    z = snapshot.forward.pre_activations[0][0]
    assert rows["W"][2] == "36 × 8"
    assert rows["z"][3] == number(float(np.sqrt(np.mean(z.astype(float) ** 2))))
    assert rows["z"][4] == number(float(z[np.argmax(np.abs(z))]))
    qtbot.waitUntil(lambda: popup.filled is not None, timeout=20_000)
    popup.grab()
    stage.next_stage()  # the open numbers follow
    assert {row[0] for row in popup.rows} == {"z", "a"}
    qtbot.keyClick(formula, Qt.Key.Key_Escape)
    assert formula.popup is None


def test_the_numbers_of_loss_and_new_prediction_stand_below_their_formulas(stage: NetworkStage) -> None:
    snapshot = snapshot_of()
    stage.set_snapshot(snapshot)
    assert snapshot.gradients is not None
    kinds = [one.kind for one in stage.view.plan]
    for kind, start in (("loss", "L = −ln p(bee)"), ("after", "ŷ = f(x; W + ΔW, b + Δb)")):
        stage.view.show_stage(kinds.index(kind))
        formula, _, figures = stage.bar.formula.text().partition("    ")
        assert formula == start
        assert number(snapshot.gradients.loss) in figures


def test_long_words_are_cut_and_stand_whole_in_the_tool_tip(stage: NetworkStage) -> None:
    stage.bar.set_words("so many words " * 40, "")
    caption = stage.bar.caption
    assert len(caption.shown) == 2
    assert caption.shown[-1].endswith("…")
    assert caption.toolTip() == caption.text() == "so many words " * 40


# -- movement ----------------------------------------------------------------------------------------------


def test_frames_are_pixel_by_pixel_the_same_played_or_scrubbed(stage: NetworkStage, qtbot: QtBot) -> None:
    stage.set_snapshot(with_optimizer(snapshot_of()))
    view = stage.view
    view.set_time(0.0)
    settle(qtbot, stage)
    view.set_speed(25.0)
    played: dict[float, QImage] = {}

    def keep(t: float) -> None:
        if len(played) < 40:
            played[t] = shot(stage)

    view.time_changed.connect(keep)
    view.play()
    qtbot.waitUntil(lambda: not view.is_playing, timeout=30_000)
    view.time_changed.disconnect(keep)
    settle(qtbot, stage)
    assert len({view.plan.index(one) for t in played for one in view.plan if one.start <= t < one.end}) > 5
    for t in sorted(played, reverse=True):
        view.set_time(t)
        assert shot(stage) == played[t], t
    assert len({image.cacheKey() for image in played.values()}) == len(played)
    different = list(played.values())
    assert different[0] != different[-1]


def test_a_loop_begins_anew_and_takes_the_newest_step(stage: NetworkStage, qtbot: QtBot) -> None:
    stage.set_snapshot(snapshot_of())
    newer = replace(snapshot_of(seed=3), step=50)
    asked: list[str] = []

    def show() -> None:
        asked.append("shown")
        stage.set_snapshot(newer)

    following: list[bool] = []
    stage.newest_wanted.connect(lambda: asked.append("wanted"))
    stage.newest_requested.connect(show)
    stage.following_changed.connect(following.append)
    stage.view.set_speed(60.0)
    with qtbot.waitSignal(stage.looping_changed):
        qtbot.mouseClick(stage.bar.loop_button, Qt.MouseButton.LeftButton)
    assert stage.view.is_playing  # switched on, it begins
    qtbot.waitUntil(lambda: asked.count("shown") >= 2, timeout=20_000)
    assert asked[:2] == ["wanted", "shown"]
    assert stage.view.is_playing
    assert stage.view.snapshot is newer
    assert following == [False]  # never let go in between
    qtbot.mouseClick(stage.bar.loop_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not stage.view.is_playing, timeout=20_000)
    assert stage.view.time == stage.view.plan[-1].end


def test_a_part_of_the_stages_is_looped(stage: NetworkStage, qtbot: QtBot) -> None:
    stage.set_snapshot(snapshot_of())
    scrubber, plan = stage.bar.scrubber, stage.view.plan
    middle = scrubber.height() // 2

    def at(index: int) -> QPoint:
        return QPoint(round(scrubber.x_of((plan[index].start + plan[index].end) / 2)), middle)

    stage.view.set_speed(30.0)
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.mousePress(scrubber, Qt.MouseButton.LeftButton, shift, at(3))
    qtbot.mouseMove(scrubber, at(4))
    qtbot.mouseRelease(scrubber, Qt.MouseButton.LeftButton, shift, at(5))
    scrubber.range_requested.emit(3, 5)  # what the drag to the fifth asks for where no mouse is grabbed
    assert stage.view.range == (3, 5)
    assert stage.bar.loop_button.isChecked()
    reached: list[float] = []
    stage.view.time_changed.connect(reached.append)
    with qtbot.waitSignals([stage.view.looped, stage.view.looped], timeout=20_000):
        pass
    stage.view.pause()
    assert reached
    assert min(reached) >= plan[3].start
    assert max(reached) <= plan[5].end
    # The same by keys.
    stage.view.show_stage(7)
    qtbot.keyClick(scrubber, Qt.Key.Key_BracketRight)
    assert stage.view.range == (3, 7)
    stage.view.show_stage(6)
    qtbot.keyClick(scrubber, Qt.Key.Key_BracketLeft)
    assert stage.view.range == (6, 7)
    qtbot.keyClick(scrubber, Qt.Key.Key_Backspace)
    assert stage.view.range == (0, len(plan) - 1)


def test_handles_of_the_loop_are_dragged(stage: NetworkStage, qtbot: QtBot) -> None:
    stage.set_snapshot(snapshot_of())
    stage.set_looping(True)
    stage.view.pause()
    scrubber, plan = stage.bar.scrubber, stage.view.plan
    low = scrubber.height() - 4
    qtbot.mousePress(scrubber, Qt.MouseButton.LeftButton, pos=QPoint(round(scrubber.x_of(plan[-1].end)) - 1, low))
    assert scrubber._drag == "last"
    target = QPoint(round(scrubber.x_of((plan[4].start + plan[4].end) / 2)), low)
    move = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(target), QPointF(scrubber.mapToGlobal(target)), Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )
    scrubber.mouseMoveEvent(move)
    qtbot.mouseRelease(scrubber, Qt.MouseButton.LeftButton, pos=target)
    assert stage.view.range == (0, 4)
    assert stage.view.time is not None  # the handle was dragged, not the moment


def test_reduced_motion_shows_each_stage_complete(stage: NetworkStage, qtbot: QtBot) -> None:
    stage.set_snapshot(snapshot_of())
    view = stage.view
    view.set_look(Look(reduce_motion=True))
    one = view.plan[3]
    view.set_time(one.start + 0.01)
    settle(qtbot, stage)
    early = shot(stage)
    view.set_time(one.start + 0.7 * one.duration)
    assert shot(stage) == early
    view.set_look(Look())
    settle(qtbot, stage)
    assert shot(stage) != early
    view.set_time(one.rest)
    assert shot(stage) == early
    view.set_look(Look(reduce_motion=True))
    view.set_speed(40.0)
    frames = set()
    view.time_changed.connect(lambda _t: frames.add(view.frame))
    view.set_time(0.0)
    view.play()
    qtbot.waitUntil(lambda: not view.is_playing, timeout=20_000)
    assert len(frames) <= len(view.plan)
    assert all(look.pulse is None for frame in frames if frame for look in frame.edges)


def test_reduced_motion_is_remembered_or_follows_the_platform(qtbot: QtBot) -> None:
    settings = Settings()
    platform = platform_reduces_motion()
    assert reduces_motion(settings) is platform
    remember_motion(settings, not platform)
    assert reduces_motion(settings) is not platform
    remember_motion(settings, platform)
    assert reduces_motion(settings) is platform
    assert settings.text("motion") == "system"  # followed on, whatever it will be


# -- the age of the picture --------------------------------------------------------------------------------


def test_the_picture_says_how_old_it_is(qtbot: QtBot) -> None:
    label = AgeLabel()
    qtbot.addWidget(label)
    assert label.text() == ""
    label.set_shown(12_345)
    assert label.text() == "step 12,345"
    label.set_training(12_400, True)
    assert label.text().startswith("live · step 12,345 · 0.")
    assert not label.isEnabled()
    label.set_shown(12_390, time.monotonic() - 5)
    qtbot.waitUntil(lambda: label.text().startswith("live · step 12,390 · 5."), timeout=3000)
    label.set_following(False)
    assert label.text() == "held · 10 steps behind"
    assert label.isEnabled()
    label.set_training(13_390, False)  # training ended; what is held is still old
    assert label.text() == "held · 1,000 steps behind"
    label.set_following(True)
    assert label.text() == "step 12,390"


def test_a_click_on_the_age_catches_up(stage: NetworkStage, qtbot: QtBot) -> None:
    stage.set_snapshot(snapshot_of())
    stage.set_training(500, True)
    stage.view.show_stage(2)
    stage._show_moment()
    age = stage.bar.age
    assert age.text() == "held · 499 steps behind"
    with qtbot.waitSignal(stage.following_changed) as heard:
        qtbot.mouseClick(age, Qt.MouseButton.LeftButton)
    assert heard.args == [True]
    assert age.text().startswith("live · step 1 · ")
    stage.set_training(500, False)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s ago"), (0.26, "0.3 s ago"), (12.4, "12 s ago"), (200.0, "3 min ago")]
)
def test_ages_have_sensible_digits(seconds: float, text: str) -> None:
    assert age_text(seconds) == text


def test_deep_networks_can_be_gone_through(stage: NetworkStage, qtbot: QtBot) -> None:
    stage.set_snapshot(snapshot_of(classifier((4,), (4,) * 19, 3)))
    assert len(stage.view.plan) > 90
    for index in (0, 50, 90):
        stage.view.show_stage(index)
        assert stage.bar.name.text().startswith(f"{index + 1}/")
    assert stage.view.plan[-1].end <= 25.0 + 1e-9


# -- in the window -----------------------------------------------------------------------------------------


def test_reduced_motion_and_loop_are_in_the_menu_and_by_key(bare_window: DesktopWindow, qtbot: QtBot) -> None:
    window = bare_window
    reduce, loop = window.actions_by_name["reduce_motion"], window.actions_by_name["loop_step"]
    before = reduce.isChecked()
    reduce.trigger()
    assert window.stage.view.look.reduce_motion is not before
    assert window.isAnimated() is before
    assert reduces_motion(window._settings) is not before
    # A choice above the view keeps it.
    with qtbot.waitSignal(window.header.look_requested):
        window.header.edges.activated.emit(window.header.edges.currentIndex())
    assert window.stage.view.look.reduce_motion is not before
    window.stage.set_snapshot(snapshot_of())
    window.stage.view.setFocus()
    qtbot.keyClick(window.stage.view, Qt.Key.Key_L)
    if not loop.isChecked():  # a window that is not active hears no shortcuts
        loop.trigger()
    assert window.stage.bar.loop_button.isChecked()
    assert window.stage.view.is_playing
    qtbot.mouseClick(window.stage.bar.loop_button, Qt.MouseButton.LeftButton)
    assert not loop.isChecked()
    window.stage.show_all()


def test_a_lecture_with_reduced_motion_shows_the_end_of_a_stage(qtbot: QtBot) -> None:
    lesson = shown(qtbot, LessonStage(), 700, 500)
    lesson.set_snapshot(snapshot_of())
    lesson.view.set_look(Look(reduce_motion=True))
    one = lesson.view.plan[2]
    lesson.play(one)
    assert not lesson.is_moving
    assert lesson.view.time == pytest.approx(one.rest)
    lesson.view.set_look(Look())
    lesson.play(one)
    assert lesson.is_moving
    lesson.close_stage()
    lesson.close()
