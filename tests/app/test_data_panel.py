"""The data panel driven as a person would, held against the arrays of the data sets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QComboBox, QDockWidget, QMainWindow, QToolButton
from pytestqt.qtbot import QtBot
from scipy import ndimage

from app.background import Background
from app.errors import ErrorBar
from app.session import Session
from app.theme import DARK, LIGHT
from app.widgets.data_panel import DataPanel
from app.widgets.data_views import VIEWS, views_for
from app.widgets.fed_in import short
from app.windows.data_dock import DataDock
from app.windows.desktop import DesktopWindow
from app.windows.files import Files
from nnviz.data.dataset import Split
from nnviz.data.datasets import load
from nnviz.errors import SaveError
from tests.shown import shown

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[DataPanel]:
    made = shown(qtbot, DataPanel(), 300, 640)
    yield made
    made.stop()


def show(qtbot: QtBot, panel: DataPanel, name: str, view: str | None = None) -> None:
    """Show a data set, and press the button of a view."""
    panel.set_dataset(load(name))
    panel.set_active(True)
    if view is not None:
        button = panel.findChild(QToolButton, f"data_view_{view}")
        assert button is not None
        assert button.isVisible()
        qtbot.mouseClick(button, LEFT)
        assert panel.view == view
    settle(qtbot, panel)


def settle(qtbot: QtBot, panel: DataPanel) -> None:
    qtbot.waitUntil(lambda: panel.is_settled, timeout=10_000)


def choose(qtbot: QtBot, box: QComboBox, text: str) -> None:
    """Choose an entry with the keyboard."""
    place = box.findText(text)
    assert place >= 0, [box.itemText(k) for k in range(box.count())]
    box.setFocus()
    while box.currentIndex() != place:
        qtbot.keyClick(box, Qt.Key.Key_Down if place > box.currentIndex() else Qt.Key.Key_Up)


def middle(rect: object) -> QPoint:
    return rect.center()  # type: ignore[attr-defined,no-any-return]


# -- samples ---------------------------------------------------------------------------------------------------


def test_nothing_is_computed_before_the_panel_can_be_seen(qtbot: QtBot, panel: DataPanel) -> None:
    panel.set_dataset(load("digits-8x8"))
    qtbot.wait(30)
    assert panel.is_settled
    assert panel.pages.grid.accessibleDescription() == ""
    panel.set_active(True)
    settle(qtbot, panel)
    test = load("digits-8x8").test
    assert f"3: {int((test.y == 3).sum())}" in panel.pages.grid.accessibleDescription()


def test_a_click_on_an_image_asks_for_that_sample(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "digits-8x8")
    test = load("digits-8x8").test
    for section in (0, 1):
        rights = np.flatnonzero(test.y == section)
        with qtbot.waitSignal(panel.sample_requested) as asked:
            qtbot.mouseClick(panel.pages.grid.viewport(), LEFT, pos=middle(panel.pages.grid.cell_rect(section, 2)))
        assert asked.args == [rights[2]]


def test_the_grid_paints_the_pixels_of_the_samples(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "digits-8x8")
    grid, test = panel.pages.grid, load("digits-8x8").test
    panel.set_theme(LIGHT)
    picture = grid.viewport().grab().toImage()
    rect = grid.cell_rect(0, 1)
    sample = test.x[np.flatnonzero(test.y == 0)[1]].reshape(8, 8)
    zoom = rect.width() // 8
    seen = [
        [picture.pixelColor(rect.left() + c * zoom + 1, rect.top() + r * zoom + 1).red() for c in range(8)]
        for r in range(8)
    ]
    # Paper is 255 and ink 16 in the light theme.
    np.testing.assert_allclose(seen, 255 + sample * (16 - 255), atol=1.6)


def test_the_arrow_keys_walk_and_enter_chooses(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "digits-8x8")
    y = load("digits-8x8").test.y
    panel.pages.grid.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(panel.pages.grid, key)
    with qtbot.waitSignal(panel.sample_requested) as asked:
        qtbot.keyClick(panel.pages.grid, Qt.Key.Key_Return)
    assert asked.args == [np.flatnonzero(y == 0)[2]]
    for _ in range(40):  # through the rows of 0 into those of another class
        qtbot.keyClick(panel.pages.grid, Qt.Key.Key_Down)
    with qtbot.waitSignal(panel.sample_requested) as asked:
        qtbot.keyClick(panel.pages.grid, Qt.Key.Key_Space)
    assert y[asked.args[0]] == 9


def test_a_heading_shows_its_class_whole_and_the_box_says_so(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "digits-8x8")
    members = np.flatnonzero(load("digits-8x8").test.y == 1)
    heading = panel.pages.grid.cell_rect(1, 0).topLeft() - QPoint(0, 10)
    qtbot.mouseClick(panel.pages.grid.viewport(), LEFT, pos=heading)
    assert panel.first_box.currentText() == "1"
    panel.pages.grid.verticalScrollBar().setValue(panel.pages.grid.verticalScrollBar().maximum())
    last = panel.pages.grid.cell_rect(0, len(members) - 1)
    with qtbot.waitSignal(panel.sample_requested) as asked:
        qtbot.mouseClick(panel.pages.grid.viewport(), LEFT, pos=middle(last))
    assert asked.args == [members[-1]]
    choose(qtbot, panel.first_box, "All classes")
    assert panel.pages.grid.cell_at(QPointF(middle(panel.pages.grid.cell_rect(0, 0)))) == (0, 0)


def test_samples_of_other_splits_are_shown_but_cannot_be_asked_for(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "digits-8x8")
    choose(qtbot, panel.split_box, "Training")
    settle(qtbot, panel)
    y = load("digits-8x8").train.y
    assert f"0: {int((y == 0).sum())}" in panel.pages.grid.accessibleDescription()
    with qtbot.assertNotEmitted(panel.sample_requested):
        qtbot.mouseClick(panel.pages.grid.viewport(), LEFT, pos=middle(panel.pages.grid.cell_rect(0, 0)))
    assert "test split" in panel.caption.text()
    # Each view keeps the split that was chosen in it.
    qtbot.mouseClick(panel.findChild(QToolButton, "data_view_counts"), LEFT)
    qtbot.mouseClick(panel.findChild(QToolButton, "data_view_samples"), LEFT)
    assert panel.split_box.currentText() == "Training"


def test_the_table_has_the_units_of_the_table_and_sorts(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "iris")
    dataset, model = load("iris"), panel.pages.table.samples
    assert dataset.scaling is not None
    raw = np.round(dataset.scaling.original(dataset.test.x), 6)
    assert model.rowCount() == len(dataset.test)
    for row in range(3):
        assert [float(str(model.data(model.index(row, c)))) for c in range(2, 6)] == raw[row].tolist()
        assert model.data(model.index(row, 1)) == dataset.class_names[dataset.test.y[row]]
    header = panel.pages.table.horizontalHeader()
    at = QPoint(header.sectionViewportPosition(2) + 20, header.height() // 2)
    qtbot.mouseClick(header.viewport(), LEFT, pos=at)
    column = [float(str(model.data(model.index(row, 2)))) for row in range(model.rowCount())]
    assert column in (sorted(column), sorted(column, reverse=True))
    with qtbot.waitSignal(panel.sample_requested) as asked:
        cell = panel.pages.table.visualRect(model.index(4, 1))
        qtbot.mouseClick(panel.pages.table.viewport(), LEFT, pos=middle(cell))
    assert raw[asked.args[0], 0] == column[4]
    choose(qtbot, panel.first_box, "Iris virginica")
    assert model.rowCount() == int((dataset.test.y == 2).sum())
    panel.pages.table.setFocus()
    panel.set_marked(int(np.flatnonzero(dataset.test.y == 2)[1]))
    with qtbot.waitSignal(panel.sample_requested) as asked:
        qtbot.keyClick(panel.pages.table, Qt.Key.Key_Return)
    assert asked.args == [np.flatnonzero(dataset.test.y == 2)[1]]


def test_points_lie_where_their_features_are_and_a_click_asks_for_one(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "iris", "points")
    choose(qtbot, panel.first_box, "petal length (cm)")
    choose(qtbot, panel.second_box, "against petal width (cm)")
    settle(qtbot, panel)
    test = load("iris").test
    places = panel.pages.scatter.places()
    for axis, feature, sign in ((0, 2, 1), (1, 3, -1)):
        slope = np.polyfit(test.x[:, feature], places[:, axis], 1)
        np.testing.assert_allclose(places[:, axis], np.polyval(slope, test.x[:, feature]), atol=1e-3)
        assert slope[0] * sign > 0
    far = np.argmax(test.x[:, 2])
    with qtbot.waitSignal(panel.sample_requested) as asked:
        qtbot.mouseClick(panel.pages.scatter, LEFT, pos=QPointF(*places[far].tolist()).toPoint())
    assert np.allclose(test.x[asked.args[0], 2:], test.x[far, 2:])
    panel.pages.scatter.setFocus()
    qtbot.mouseMove(panel.pages.scatter, QPoint(2, 2))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(panel.pages.scatter, key)
    with qtbot.waitSignal(panel.sample_requested) as asked:
        qtbot.keyClick(panel.pages.scatter, Qt.Key.Key_Return)
    assert test.x[asked.args[0], 2] == test.x[:, 2].min()


def test_many_points_are_a_part_by_chance_and_it_is_said(qtbot: QtBot, panel: DataPanel) -> None:
    dataset = load("spiral")
    rng = np.random.default_rng(0)
    big = Split(rng.normal(size=(5000, 2)).astype(np.float32), rng.integers(0, 2, 5000).astype(np.int32))
    panel.set_dataset(replace(dataset, test=big))
    panel.set_active(True)
    settle(qtbot, panel)
    assert len(panel.pages.scatter.places()) == 2000
    assert "2,000 of 5,000" in panel.caption.text()


# -- counts, means, features, what is fed in -------------------------------------------------------------------


def test_counts_are_said_with_their_shares(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "breast-cancer", "counts")
    dataset = load("breast-cancer")
    count = int((dataset.train.y == 1).sum())
    assert f"training {count} ({100 * count / len(dataset.train):.1f} %)" in panel.pages.count_bars.words(1)


def test_the_mean_image_and_the_difference_of_two(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "digits-8x8", "mean")
    train = load("digits-8x8").train

    def mean(k: int) -> np.ndarray:
        columns = [ndimage.mean(train.x[:, j].astype(float), train.y, index=k) for j in range(64)]
        return np.array(columns).reshape(8, 8)

    images = panel.pages.mean_images
    np.testing.assert_allclose(images.picture.values, mean(0), atol=1e-9)
    qtbot.mouseClick(images.strip, LEFT, pos=middle(images.strip.place_of(3)))
    np.testing.assert_allclose(images.picture.values, mean(3), atol=1e-9)
    assert panel.first_box.currentText() == "3"
    qtbot.mouseMove(images.strip, middle(images.strip.place_of(5)))
    np.testing.assert_allclose(images.picture.values, mean(3) - mean(5), atol=1e-9)
    assert "less mean of 5" in images.caption.text()
    qtbot.mouseMove(images.strip, middle(images.strip.place_of(3)))
    np.testing.assert_allclose(images.picture.values, mean(3), atol=1e-9)
    choose(qtbot, panel.second_box, "less 8")
    np.testing.assert_allclose(images.picture.values, mean(3) - mean(8), atol=1e-9)


def test_a_feature_has_a_histogram_in_both_units(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "diabetes", "features")
    choose(qtbot, panel.first_box, "body mass index")
    settle(qtbot, panel)
    dataset = load("diabetes")
    assert dataset.scaling is not None
    raw = dataset.scaling.original(dataset.train.x)[:, 2]
    rows = panel.pages.feature_rows
    words = rows.bin_words(QPointF(12.0, rows.height() / 2 - 40))
    assert words is not None
    low = float(words.split(", ")[1].split(" to ")[0])
    assert low == pytest.approx(raw.min(), abs=0.05)
    assert f"from {raw.min():.4g}"[:8] in rows.accessibleDescription()


def test_a_pixel_chosen_on_the_picture_has_its_own_histogram(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "digits-8x8", "features")
    train = load("digits-8x8").train
    most = int(train.x.std(axis=0).argmax())
    assert f"row {most // 8}, column {most % 8}" in panel.pages.feature_rows.accessibleDescription()
    frame = panel.pages.pixel_map.frame()
    at = frame.topLeft() + QPoint(round(frame.width() * 5.5 / 8), round(frame.height() * 2.5 / 8))
    qtbot.mouseClick(panel.pages.pixel_map, LEFT, pos=at)
    settle(qtbot, panel)
    assert "row 2, column 5" in panel.pages.feature_rows.accessibleDescription()
    qtbot.keyClick(panel.pages.pixel_map, Qt.Key.Key_Down)
    settle(qtbot, panel)
    assert "row 3, column 5" in panel.pages.feature_rows.accessibleDescription()


def test_what_is_fed_in_has_mean_0_and_deviation_1(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "breast-cancer", "fed")
    assert "mean 0.00, deviation 1.00" in panel.pages.fed_rows.words(7)
    choose(qtbot, panel.split_box, "Test")
    settle(qtbot, panel)
    column = load("breast-cancer").test.x[:, 7].astype(float)
    assert f"{column.mean():.2f}".replace("-", "−") in panel.pages.fed_rows.words(7)
    assert f"deviation {column.std():.2f}" in panel.pages.fed_rows.words(7)


def test_an_image_is_fed_in_as_its_numbers(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "digits-8x8", "fed")
    dataset = load("digits-8x8")
    panel.set_input(dataset.test.x[4])
    x = dataset.test.x[4].astype(float)
    assert f"64 numbers from 0 (paper) to 1 (ink): mean {x.mean():.3f}, deviation {x.std():.3f}" in panel.caption.text()
    every = dataset.train.x.astype(float)
    assert f"Training split: mean {every.mean():.3f}, deviation {every.std():.3f}" in panel.caption.text()
    assert [short(v) for v in (0.0, 1.0, 0.5, 0.999, 0.07, -1.25)] == ["0", "1", ".50", "1.0", ".07", "−1.2"]


def test_targets_of_a_regression_take_the_place_of_counts(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "diabetes", "target")
    assert not panel.findChild(QToolButton, "data_view_counts").isVisible()
    assert "training: 309, validation: 67, test: 66" in panel.pages.target_rows.accessibleDescription()


# -- every kind of data ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["digits-8x8", "iris", "breast-cancer", "diabetes", "discs", "reg-gauss", "own"])
def test_every_view_of_every_kind_of_data_paints_something_in_both_themes(
    qtbot: QtBot, panel: DataPanel, name: str
) -> None:
    dataset = load("wine" if name == "own" else name)
    if name == "own":  # no scaling, no names, and a split without samples
        none = Split(dataset.test.x[:0], dataset.test.y[:0])
        dataset = replace(dataset, scaling=None, feature_names=(), validation=none)
    panel.set_dataset(dataset)
    panel.set_active(True)
    for view in views_for(dataset):
        panel.show_view(view)
        settle(qtbot, panel)
        for theme in (LIGHT, DARK):
            panel.set_theme(theme)
            image = panel.pages.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
            rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
            assert rows[:, : image.width()].std() > 3, (view, theme.name)
        assert "computed" not in panel.caption.text()
        if panel.split_box.isVisible():
            choose(qtbot, panel.split_box, "Validation")
            settle(qtbot, panel)
            assert (panel.pages.currentWidget() is panel.pages.nothing) == (name == "own")


def test_every_control_can_be_named_and_explains_itself(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "digits-8x8")
    for widget in (*panel.findChildren(QToolButton), *panel.findChildren(QComboBox)):
        assert widget.objectName()
        assert widget.accessibleName()
        assert widget.toolTip()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    pages = panel.pages
    for page in (
        pages.grid, pages.table, pages.scatter, pages.pixel_map, pages.mean_images.strip, pages.fed_pixels,
        pages.fed_rows, pages.count_bars, pages.feature_rows,
    ):
        assert page.accessibleName()
        assert page.toolTip()
    with pytest.raises(ValueError, match="no view 'points'"):
        panel.show_view("points")
    assert set(views_for(load("diabetes"))) < set(VIEWS)


def test_a_view_is_saved_with_what_it_shows(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    show(qtbot, panel, "iris", "counts")
    with qtbot.waitSignal(panel.save_requested) as asked:
        qtbot.mouseClick(panel.save_button, LEFT)
    assert asked.args == ["iris-counts.png"]
    panel.export(tmp_path / "counts.png")
    image = QImage(str(tmp_path / "counts.png"))
    assert image.width() == 2 * (panel.pages.count_bars.width() + 16)
    panel.export(tmp_path / "counts.svg")
    text = (tmp_path / "counts.svg").read_text()
    assert "Iris: counts" in text
    assert "Iris setosa" in text
    with pytest.raises(SaveError, match=r"must end in \.png or \.svg"):
        panel.export(tmp_path / "counts.csv")


# -- background and window -------------------------------------------------------------------------------------


def test_the_background_works_elsewhere_newest_first_and_tells_errors(qtbot: QtBot) -> None:
    background = Background()
    here, gate, threads, done, failed = threading.get_ident(), threading.Event(), [], [], []
    background.done.connect(lambda key, answer: done.append((key, answer)))
    background.failed.connect(lambda key, text: failed.append((key, text)))

    def work(answer: int) -> Callable[[object], int]:
        def run(_stop: object) -> int:
            threads.append(threading.get_ident())
            gate.wait(5)
            return answer
        return run

    def bad(_stop: object) -> None:
        raise ValueError("no such feature")

    background.ask("a", work(1))
    background.ask("b", work(2))
    background.ask("c", work(3))
    background.ask("a", work(4))
    gate.set()
    qtbot.waitUntil(lambda: not background.is_busy)
    assert done == [("a", 1), ("c", 3), ("b", 2)]
    assert here not in threads
    background.ask("d", bad)
    qtbot.waitUntil(lambda: not background.is_busy)
    assert failed == [("d", "ValueError: no such feature")]
    gate.clear()
    background.ask("e", work(5))
    background.clear()
    gate.set()
    background.stop()
    qtbot.wait(20)
    assert len(done) == 3


def test_another_data_set_drops_the_answers_of_the_one_before(qtbot: QtBot, panel: DataPanel) -> None:
    show(qtbot, panel, "digits-8x8", "mean")
    show(qtbot, panel, "iris")
    assert panel.view == "samples"  # a table has no mean image
    assert panel.pages.currentWidget() is panel.pages.table
    assert panel.title.text() == "Data: Iris"
    show(qtbot, panel, "spiral")
    assert panel.view == "points"
    show(qtbot, panel, "discs", "fed")
    show(qtbot, panel, "diabetes")
    assert panel.view == "fed"
    assert len(load("diabetes").feature_names) == 10
    assert "blood sugar" in panel.pages.fed_rows.accessibleDescription()


def test_a_sample_chosen_in_the_panel_is_shown_by_the_session(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    bar = ErrorBar(window)
    session = Session(window, use_engine=False)
    panel = DataPanel(window)
    dock = QDockWidget("Data", window)
    dock.setWidget(panel)
    other = QDockWidget("Other", window)
    for each in (other, dock):
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, each)
    window.tabifyDockWidget(other, dock)
    made = DataDock(panel, session, Files(window, bar))
    made.watch(dock)
    window.resize(700, 600)
    other.raise_()
    window.show()
    qtbot.waitExposed(window)
    with qtbot.waitSignal(session.dataset_changed, timeout=20_000):
        session.set_dataset("digits-8x8")
    qtbot.wait(30)
    assert panel.pages.grid.accessibleDescription() == ""  # behind the other: asleep
    dock.raise_()
    qtbot.waitUntil(lambda: panel.pages.grid.accessibleDescription() != "")
    settle(qtbot, panel)
    rights = np.flatnonzero(load("digits-8x8").test.y == 0)
    qtbot.mouseClick(panel.pages.grid.viewport(), LEFT, pos=middle(panel.pages.grid.cell_rect(0, 2)))
    assert session.sample.index == rights[2]
    assert session.sample.kind == "test"
    panel.stop()
    session.stop()
    window.close()


def test_the_dock_stands_behind_the_input(window: DesktopWindow, qtbot: QtBot) -> None:
    data, inputs = window.docks["data"], window.docks["input"]
    assert data in window.tabifiedDockWidgets(inputs)
    qtbot.waitUntil(lambda: not inputs.visibleRegion().isEmpty())
    assert data.visibleRegion().isEmpty()
    data.raise_()
    qtbot.waitUntil(lambda: not data.visibleRegion().isEmpty())
