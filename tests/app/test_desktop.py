"""The desktop window driven as a person would, with the real Keras engine and the real MNIST."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QScrollArea, QSlider, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from app.settings import Settings
from app.theme import ThemeManager
from app.windows.desktop import DesktopWindow
from nnviz.data.datasets import load
from nnviz.maths.forward import forward
from nnviz.storage.bundled import load_bundled

READY_MS = 90_000


@pytest.fixture
def ready(window: DesktopWindow, qtbot: QtBot) -> DesktopWindow:
    window.start()
    qtbot.waitUntil(lambda: window.session.is_ready and window.session.phase == "idle", timeout=READY_MS)
    return window


def click(qtbot: QtBot, window: DesktopWindow, name: str) -> None:
    qtbot.mouseClick(window.tool_bar.buttons[name], Qt.MouseButton.LeftButton)


def draw_seven(qtbot: QtBot, canvas: QWidget) -> None:
    side = min(canvas.width(), canvas.height())
    left, top = (canvas.width() - side) // 2, (canvas.height() - side) // 2
    corners = [(0.3, 0.22), (0.7, 0.22), (0.45, 0.82)]
    points = [QPoint(left + round(side * x), top + round(side * y)) for x, y in corners]
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=points[0])
    for a, b in itertools.pairwise(points):
        for i in range(1, 13):
            qtbot.mouseMove(canvas, a + (b - a) * i / 12)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=points[-1])


def test_every_control_can_be_named_and_explains_itself(window: DesktopWindow) -> None:
    kinds = (QAbstractButton, QComboBox, QLineEdit, QSlider)
    for kind in kinds:
        for widget in window.findChildren(kind):
            if widget.objectName().startswith("qt_") or type(widget.parent()).__name__ in ("QTabBar", "QComboBox"):
                continue
            where = f"{type(widget).__name__} {widget.objectName()!r}"
            if type(widget).__module__.startswith("PySide6") and not widget.objectName():
                # Qt's own: the extension button of the tool bar, the arrows of the menu.
                assert widget.parent() is not None
                continue
            assert widget.objectName(), where
            assert widget.accessibleName(), where
            assert widget.toolTip(), where


def test_drawing_is_answered_before_tensorflow_is_there(bare_window: DesktopWindow, qtbot: QtBot) -> None:
    window = bare_window
    window.start()
    window.actions_by_name["draw"].trigger()
    draw_seven(qtbot, window.input_panel.canvas)
    qtbot.waitUntil(lambda: window.input_panel.bars.winner == 7, timeout=5_000)
    snapshot = window.session.snapshot
    assert snapshot is not None
    network = window.session.network
    assert network is not None
    assert network.origin == "bundled"
    image = window.input_panel.canvas.image().reshape(1, -1)
    wanted = forward(network.parameters, network.spec.activations, image).output[0]
    assert np.allclose(snapshot.forward.output[0], wanted, atol=1e-6)
    assert window.stage.view.snapshot is snapshot
    qtbot.mouseClick(window.input_panel.clear_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.input_panel.canvas.is_empty)
    window.session.stop()


def test_window_comes_without_tensorflow() -> None:
    code = (
        "import sys; from app.application import create_application, create_window; from app.settings import Settings;"
        "from app.theme import ThemeManager; a = create_application(); t = ThemeManager(a); t.apply();"
        "w = create_window('desktop', Settings(), t); w.show(); a.processEvents();"
        "print([m for m in ('tensorflow', 'keras', 'numba', 'ziamath') if m in sys.modules]); w.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_train_pause_step_epoch_reset(ready: DesktopWindow, qtbot: QtBot) -> None:
    session = ready.session
    assert session.network is not None
    assert session.network.origin == "bundled"
    assert "Bundled digit model" in ready.header.headline.text()
    click(qtbot, ready, "train")
    qtbot.waitUntil(lambda: len(session.history) > 60, timeout=30_000)
    assert session.network.origin == "yours"
    qtbot.waitUntil(lambda: ready.tool_bar.buttons["train"].text() == "Pause")
    click(qtbot, ready, "train")
    qtbot.waitUntil(lambda: session.phase == "idle", timeout=10_000)
    qtbot.wait(100)
    steps = len(session.history)
    assert session.history.step.tolist() == list(range(1, steps + 1)), "a step was lost"
    first, last = session.history.loss[:20].mean(), session.history.loss[-20:].mean()
    assert last < first
    qtbot.waitUntil(lambda: ready.loss.curves["raw"].x.size == steps)  # each plot in its turn
    click(qtbot, ready, "step")
    qtbot.waitUntil(lambda: session.snapshot is not None and session.snapshot.update is not None, timeout=20_000)
    snapshot = session.snapshot
    assert snapshot is not None
    assert snapshot.source == "keras"
    assert snapshot.update_batch_size == 32
    qtbot.waitUntil(lambda: len(session.history) == steps + 1)
    # What the view shows is what NumPy computes from the same weights.
    oracle = forward(snapshot.parameters, snapshot.spec.activations, snapshot.sample[None, :])
    assert np.allclose(snapshot.forward.output, oracle.output, atol=1e-5)
    assert ready.stage.view.plan[-1].kind == "after"
    click(qtbot, ready, "reset")
    qtbot.waitUntil(lambda: len(session.history) == 0, timeout=20_000)
    assert ready.loss.curves["raw"].x.size == 0
    assert ready.actions_by_name["undo_reset"].isEnabled()
    ready.actions_by_name["undo_reset"].trigger()
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=30_000)
    assert len(session.history) == steps + 1
    qtbot.waitUntil(lambda: ready.loss.curves["raw"].x.size == steps + 1, timeout=5_000)
    # The network that came back learns on from where it was, and counts on.
    click(qtbot, ready, "step")
    qtbot.waitUntil(lambda: len(session.history) == steps + 2, timeout=20_000)
    assert session.history.step.tolist() == list(range(1, steps + 3))
    qtbot.waitUntil(lambda: ready.loss.curves["raw"].x.size == steps + 2, timeout=5_000)
    assert session.snapshot is not None
    assert session.snapshot.step == steps + 1


@pytest.mark.slow
def test_after_the_last_epoch_train_goes_on(ready: DesktopWindow, qtbot: QtBot) -> None:
    session = ready.session
    for name, text in (("batch_size", "5000"), ("epochs", "2")):
        field = ready.plan_panel.findChild(QLineEdit, name)
        assert field is not None
        field.selectAll()
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=30_000)
    for epochs in (2, 4):
        click(qtbot, ready, "train")
        qtbot.waitUntil(
            lambda wanted=epochs: len(session.history.epochs) == wanted and session.phase == "idle", timeout=30_000
        )
        assert ready.plan_panel.epochs.text() == str(epochs)
    assert session.history.step.tolist() == list(range(1, 4 * 11 + 1))
    assert ready.messages.current is None
    click(qtbot, ready, "reset")
    qtbot.waitUntil(lambda: len(session.history) == 0, timeout=20_000)
    assert ready.plan_panel.epochs.text() == "2"


@pytest.mark.slow
def test_another_data_set_is_learnt_and_the_first_network_comes_back(ready: DesktopWindow, qtbot: QtBot) -> None:
    session, box = ready.session, ready.dataset_box
    click(qtbot, ready, "step")
    qtbot.waitUntil(lambda: len(session.history) == 1, timeout=30_000)
    box.setFocus()
    qtbot.keyClicks(box, "Iris")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: session.dataset is not None and session.dataset.name == "iris" and session.is_ready
        and session.phase == "idle", timeout=30_000,
    )  # fmt: skip
    assert session.spec.sizes == (4, 16, 8, 3)
    assert not ready.input_panel.draw_button.isEnabled()
    dataset = session.dataset
    assert dataset is not None
    assert dataset.scaling is not None
    value = float(dataset.scaling.original(dataset.test.x[0])[0])
    assert f"{value:.2f}" in ready.input_panel.sample_table.text()
    click(qtbot, ready, "train")
    qtbot.waitUntil(lambda: len(session.history.epochs) == 60 and session.phase == "idle", timeout=60_000)
    with qtbot.waitSignal(session.evaluated, timeout=30_000) as heard:
        ready.actions_by_name["evaluate"].trigger()
    assert f"{100 * heard.args[0].metric:.2f} %" in ready.statusBar().currentMessage()
    assert heard.args[0].metric > 0.9
    # Back to MNIST, and back again to the network that was put aside, with its data.
    qtbot.keyClicks(box, "MNIST")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: session.dataset is not None and session.dataset.name == "mnist" and session.is_ready
        and session.phase == "idle", timeout=30_000,
    )  # fmt: skip
    assert session.network is not None
    assert session.network.origin == "bundled"
    assert session.spec.sizes == (784, 128, 64, 10)
    ready.actions_by_name["undo_reset"].trigger()
    qtbot.waitUntil(
        lambda: session.dataset is not None and session.dataset.name == "iris" and session.is_ready
        and session.phase == "idle", timeout=30_000,
    )  # fmt: skip
    assert len(session.history.epochs) == 60
    assert box.currentText() == "Iris"


@pytest.mark.slow
def test_editing_the_network_builds_another_and_bad_paths_are_said(
    ready: DesktopWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    session = ready.session
    field = ready.plan_panel.findChild(QLineEdit, "layer_1_units")
    assert field is not None
    field.selectAll()
    qtbot.keyClicks(field, "12")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.is_ready and session.spec.sizes == (784, 12, 64, 10), timeout=30_000)
    click(qtbot, ready, "step")
    qtbot.waitUntil(
        lambda: session.snapshot is not None and session.snapshot.spec.sizes == (784, 12, 64, 10), timeout=20_000
    )
    session.save(tmp_path / "no such folder" / "model.keras")
    qtbot.waitUntil(lambda: ready.messages.current is not None and "no such folder" in ready.messages.current.text,
                    timeout=20_000)
    assert session.phase == "idle"
    path = tmp_path / "model.keras"
    session.save(path)
    qtbot.waitUntil(path.exists, timeout=20_000)
    kept = path.read_bytes()
    broken = tmp_path / "broken.keras"
    broken.write_bytes(kept[: len(kept) // 2])
    ready.messages.clear()
    before = session.network
    session.open_model(broken)
    assert ready.messages.current is not None
    assert "broken.keras" in ready.messages.current.text
    assert session.network is before
    session.open_model(path)
    assert session.network is not None
    assert session.network.origin == "file"


def test_bundled_model_is_evaluated_without_tensorflow_and_is_not_saved_by_mistake(
    bare_window: DesktopWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window, session = bare_window, bare_window.session
    window.start()
    qtbot.waitUntil(lambda: session.dataset is not None, timeout=20_000)
    with qtbot.waitSignal(session.evaluated, timeout=60_000) as heard:
        session.evaluate("test")
    evaluation = heard.args[0]
    assert evaluation.count == 10_000
    _, _, metadata = load_bundled()
    assert evaluation.metric == pytest.approx(metadata["test_accuracy"], abs=1e-4)
    assert f"{100 * evaluation.metric:.2f} %" in window.header.headline.text()
    session.save(tmp_path / "model.keras")
    assert not (tmp_path / "model.keras").exists()
    assert window.messages.current is not None
    assert "Bundled digit model" in window.messages.current.text
    session.stop()


@pytest.mark.slow
def test_only_wrong_samples_are_wrong(ready: DesktopWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(ready.input_panel.only_wrong, Qt.MouseButton.LeftButton)
    seen = set()
    for _ in range(3):
        qtbot.mouseClick(ready.input_panel.next_button, Qt.MouseButton.LeftButton)
        snapshot = ready.session.snapshot
        assert snapshot is not None
        assert snapshot.predicted != snapshot.label
        seen.add(ready.session.sample.index)
    assert len(seen) == 3


@pytest.mark.slow
def test_closing_in_the_middle_of_training_ends_cleanly(ready: DesktopWindow, qtbot: QtBot) -> None:
    click(qtbot, ready, "train")
    qtbot.waitUntil(lambda: len(ready.session.history) > 10, timeout=30_000)
    start = time.monotonic()
    ready.close()
    assert time.monotonic() - start < 2
    assert not ready.session.engine.orders.is_running


def test_layout_is_remembered_and_can_be_restored(qtbot: QtBot, tmp_path: Path) -> None:
    themes = ThemeManager()
    settings = Settings(tmp_path / "settings.ini")
    first = DesktopWindow(settings, themes)
    qtbot.addWidget(first)
    first.show()
    first.docks["gradients"].hide()
    first.close()
    second = DesktopWindow(settings, themes)
    qtbot.addWidget(second)
    second.show()
    assert second.docks["gradients"].isHidden()
    second.findChild(object, "action_restore_layout").trigger()
    assert not second.docks["gradients"].isHidden()
    second.close()


def parked(bar: QTabBar, window: DesktopWindow) -> bool:
    """Whether Qt does not need a bar of tabs: it puts those outside of the window."""
    return not bar.isVisible() or not bar.geometry().intersects(window.rect())


def test_the_first_layout_leaves_no_tabs_of_what_is_closed(window: DesktopWindow, qtbot: QtBot) -> None:
    for size in ((1280, 720), (1440, 900)):
        window.actions_by_name["code"].trigger()
        assert window.docks["input"] in window.tabifiedDockWidgets(window.docks["code"])
        window.resize(*size)
        window.docks.place()
        assert window.docks["code"].isHidden()
        qtbot.waitUntil(
            lambda: all(
                parked(bar, window) or "As Keras code" not in [bar.tabText(i) for i in range(bar.count())]
                for bar in window.findChildren(QTabBar)
            )
        )


def test_panels_opened_from_the_menu_take_their_own_place(window: DesktopWindow) -> None:
    window.resize(1280, 720)
    window.docks.place()
    for name, place in (("code", "input"), ("health", "gradients")):
        window.docks[name].toggleViewAction().trigger()
        assert not window.docks[name].isHidden()
        assert window.docks[place] in window.tabifiedDockWidgets(window.docks[name])


def test_the_choices_of_the_view_come_before_it_and_the_picture_has_the_keys_first(window: DesktopWindow) -> None:
    assert window.focusWidget() is window.stage.view
    chain, each = [], window.dataset_box.nextInFocusChain()
    while each is not window.dataset_box:
        chain.append(each)
        each = each.nextInFocusChain()
    panel = window.plan_panel
    wanted = [window.tool_bar.pace, panel.optimizer, window.header.edges, window.header.view_button, window.stage.view,
              window.input_panel.sample_button, window.loss.canvas]
    places = [chain.index(widget) for widget in wanted]
    assert places == sorted(places)


def test_in_a_narrow_window_the_network_has_the_width_and_no_panel_covers_another(
    window: DesktopWindow, qtbot: QtBot
) -> None:
    window.resize(960, 600)
    window.docks.place()
    qtbot.waitUntil(lambda: window.stage.width() > 960 * 0.6)
    assert not window.plan_panel.visibleRegion().isEmpty(), "the plan is in front"
    window.docks["input"].raise_()
    qtbot.waitUntil(lambda: not window.input_panel.visibleRegion().isEmpty())
    where = {name: window.docks[name].geometry() for name in ("input", "loss", "metric", "gradients")}
    where["center"] = window.centralWidget().geometry()
    for a, b in itertools.combinations(where, 2):
        assert not where[a].intersects(where[b]), (a, b)
    window.resize(1440, 900)
    window.docks.place()
    qtbot.waitUntil(lambda: window.docks["input"].x() > window.stage.width())


def test_progress_and_health_stay_in_the_bar_of_a_narrow_window(window: DesktopWindow, qtbot: QtBot) -> None:
    step = window.tool_bar.buttons["step"]
    assert step.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    window.resize(960, 600)
    qtbot.waitUntil(lambda: step.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly)
    for widget in (window.progress, window.health_button):
        qtbot.waitUntil(lambda widget=widget: not widget.visibleRegion().isEmpty())
    assert step.accessibleName() == "Step"
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: step.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon)


def test_in_the_smallest_window_no_part_is_cut(bare_window: DesktopWindow, qtbot: QtBot) -> None:
    window = bare_window
    window.resize(window.minimumSize())
    window.docks.place()
    qtbot.waitUntil(lambda: window.width() == 900 and window.stage.width() > 500)
    for _ in range(2):
        area = window.stage.pair
        view = QRect(window.stage.view.mapTo(area, QPoint()), window.stage.view.size())
        assert area.rect().contains(view)
        assert area.geometry().bottom() < window.stage.bar.geometry().top()
        qtbot.waitUntil(lambda: window.tool_bar.rect().contains(window.health_button.geometry()))
        window.messages.show_error("A cell is no number. " * 8)
        qtbot.waitUntil(lambda: window.messages.height() > 50)


def test_drawing_comes_to_the_front_where_the_data_were(bare_window: DesktopWindow, qtbot: QtBot) -> None:
    window = bare_window
    window.docks["data"].raise_()
    qtbot.waitUntil(lambda: window.input_panel.visibleRegion().isEmpty())
    window.actions_by_name["draw"].trigger()
    qtbot.waitUntil(lambda: not window.input_panel.canvas.visibleRegion().isEmpty())


def test_images_and_drawings_are_no_higher_than_wide(bare_window: DesktopWindow, qtbot: QtBot) -> None:
    panel = bare_window.input_panel
    bare_window.resize(1600, 1100)
    for mode, shown in (("sample", panel.sample_image), ("draw", panel.canvas)):
        panel.set_mode(mode)
        qtbot.waitUntil(lambda shown=shown: 0.8 * shown.width() < shown.height() < 1.15 * shown.width())


def test_all_features_of_a_table_are_seen_where_there_is_room(bare_window: DesktopWindow, qtbot: QtBot) -> None:
    panel = bare_window.input_panel
    bare_window.resize(1440, 900)
    for count in (3, 12):  # more rows than at first
        names = tuple(f"feature {k}" for k in range(count))
        panel.set_features(names, tuple("1.00" for _ in names), "what it is")
        area = panel.findChild(QScrollArea, "sample_table_area")
        assert area is not None
        qtbot.waitUntil(lambda area=area: area.viewport().height() >= panel.sample_table.sizeHint().height())
        assert not area.verticalScrollBar().isVisible()


def test_words_in_an_empty_field_are_as_readable_as_others(bare_window: DesktopWindow) -> None:
    fields = [field for field in bare_window.plan_panel.findChildren(QLineEdit) if field.placeholderText()]
    assert fields
    for field in fields:
        field.ensurePolished()
        tone = field.palette().color(QPalette.ColorRole.PlaceholderText)
        assert (tone.name(), tone.alpha()) == (bare_window._themes.theme.muted, 255)


def test_a_sample_beside_those_alike_is_not_called_a_drawing(bare_window: DesktopWindow) -> None:
    caption = bare_window.why_page.samples.captions["drawing"]
    for is_drawing, words in ((False, "This sample"), (True, "Drawing")):
        bare_window.why_page.set_on_paper_available(is_drawing)
        assert caption.text() == words


def test_why_asks_for_no_digit_where_the_data_are_no_images(bare_window: DesktopWindow) -> None:
    picture = bare_window.why_page.pixels.picture
    digit = picture.hint
    for name, has_pixels in (("iris", False), ("digits-8x8", True)):
        bare_window._dataset_changed(load(name))
        assert (picture.hint == digit) == has_pixels, name


def test_a_click_on_a_caption_folds_that_layer_in_the_picture(bare_window: DesktopWindow, qtbot: QtBot) -> None:
    window = bare_window
    window.start()
    window.actions_by_name["draw"].trigger()
    draw_seven(qtbot, window.input_panel.canvas)
    view = window.stage.view
    qtbot.waitUntil(lambda: view.snapshot is not None and view.captions_now() is not None, timeout=5_000)
    plan = view.captions_now()
    assert plan is not None
    assert view.look.fold_of(1) == "grid"
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=plan.areas[1].center().toPoint())
    assert view.look.fold_of(1) == "elided"
    assert view.look.fold_of(2) == "grid"
    layout = view.layout_now()
    assert layout is not None
    assert layout.boxes[1].hidden_count > 0
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=plan.areas[1].center().toPoint())
    assert view.look.fold_of(1) == "grid"
