"""The panel of points, moved as a person does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.theme import ThemeManager
from app.widgets.toy_panel import ToyPanel, ToyValues
from nnviz.data.dataset import DatasetChoice

XOR = DatasetChoice("xor", {"count": 1_000, "noise": 0.1, "seed": 0})
BLOBS = DatasetChoice("blobs", {"count": 300, "noise": 0.2, "seed": 4, "classes": 5})


@pytest.fixture
def panel(qtbot: QtBot) -> ToyPanel:
    made = ToyPanel()
    qtbot.addWidget(made)
    made.set_choice(XOR)
    qtbot.waitExposed(made)
    return made


def test_it_is_shown_for_points_only_and_setting_emits_nothing(panel: ToyPanel, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(panel.values_requested, wait=300):
        assert panel.isVisible()
        assert not panel.classes.isVisible()
        assert (panel.count.value(), panel.noise.value(), panel.seed.value()) == (1_000, 10, 0)
        panel.set_choice(BLOBS)
        assert panel.classes.isVisible()
        assert panel.classes.value() == 5
        assert panel.noise_value.text() == "0.20"
        panel.set_choice(DatasetChoice("iris"))
        assert not panel.isVisible()
        panel.set_choice(None)
        assert not panel.isVisible()
    panel.hide()


def test_keys_move_the_noise_and_one_wish_follows(panel: ToyPanel, qtbot: QtBot) -> None:
    wishes: list[ToyValues] = []
    panel.values_requested.connect(wishes.append)
    panel.noise.setFocus()
    for _ in range(5):
        qtbot.keyClick(panel.noise, Qt.Key.Key_Right)
    assert panel.noise_value.text() == "0.15"
    qtbot.waitUntil(lambda: bool(wishes))
    assert wishes == [ToyValues(1_000, 0.15, 0)]
    qtbot.keyClick(panel.noise, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: len(wishes) == 2)
    assert wishes[-1].noise == 0.5


@pytest.mark.parametrize(("typed", "wanted"), [("2500", 2_500), ("99", 1_000), ("100", 100)])
def test_a_number_counts_when_it_is_whole_and_entered(
    panel: ToyPanel, qtbot: QtBot, typed: str, wanted: int
) -> None:
    wishes: list[ToyValues] = []
    panel.values_requested.connect(wishes.append)
    panel.count.setFocus()
    panel.count.selectAll()
    qtbot.keyClicks(panel.count, typed)
    qtbot.wait(200)
    assert wishes == []  # half typed, it is not meant
    qtbot.keyClick(panel.count, Qt.Key.Key_Return)
    if typed != "99":
        qtbot.waitUntil(lambda: bool(wishes))
        assert [wish.count for wish in wishes] == [wanted]
    assert panel.count.value() in (wanted, 100)


def test_new_points_are_the_next_seed_and_classes_are_those_of_blobs(panel: ToyPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.values_requested) as heard:
        qtbot.mouseClick(panel.new_button, Qt.MouseButton.LeftButton)
    assert heard.args[0] == ToyValues(1_000, 0.1, 1, None)
    panel.set_choice(BLOBS)
    panel.classes.setFocus()
    with qtbot.waitSignal(panel.values_requested) as heard:
        qtbot.keyClick(panel.classes, Qt.Key.Key_Up)
    assert heard.args[0] == ToyValues(300, 0.2, 4, 6)


def test_data_made_meanwhile_do_not_move_what_the_person_moves(panel: ToyPanel, qtbot: QtBot) -> None:
    panel.noise.setFocus()
    with qtbot.waitSignal(panel.values_requested):
        qtbot.keyClick(panel.noise, Qt.Key.Key_Right)
    qtbot.keyClick(panel.noise, Qt.Key.Key_Right)
    panel.set_choice(DatasetChoice("xor", {"count": 1_000, "noise": 0.11, "seed": 0}))
    assert panel.noise_value.text() == "0.12"
    qtbot.waitSignal(panel.values_requested)
    # Another set is another matter.
    qtbot.keyClick(panel.noise, Qt.Key.Key_Right)
    with qtbot.assertNotEmitted(panel.values_requested, wait=250):
        panel.set_choice(BLOBS)
    assert panel.noise_value.text() == "0.20"


def test_the_numbers_can_be_read_in_the_theme_of_the_application(panel: ToyPanel, qtbot: QtBot) -> None:
    themes = ThemeManager()
    themes.set_choice("light")
    panel.set_choice(BLOBS)
    panel.resize(200, panel.sizeHint().height())
    qtbot.waitUntil(lambda: panel.count.width() > 60)
    for box in (panel.count, panel.seed, panel.classes):
        edit = box.lineEdit()
        assert edit.width() >= edit.fontMetrics().horizontalAdvance("100,000")
