"""The list of data sets, the strip that shows a download, and the button beside a message."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.errors import ErrorBar
from app.messages import Message
from app.widgets.dataset_box import DatasetBox, DatasetEntry
from app.widgets.progress_strip import ProgressStrip
from tests.shown import shown

ENTRIES = (
    DatasetEntry("mnist", "MNIST", "Digits.", "Images"),
    DatasetEntry("far", "Far away", "Clothes.", "Images", "download, 31 MB"),
    DatasetEntry("iris", "Iris", "Flowers.", "Tables"),
)


@pytest.fixture
def box(qtbot: QtBot) -> DatasetBox:
    made = DatasetBox()
    made.set_datasets(ENTRIES)
    made.set_dataset("mnist")
    shown(qtbot, made)
    return made


def test_headings_stand_above_their_groups_and_cannot_be_chosen(box: DatasetBox, qtbot: QtBot) -> None:
    assert [box.itemText(i) for i in range(box.count())] == ["Images", "MNIST", "Far away", "Tables", "Iris"]
    flags = [box.model().index(i, 0).flags() for i in range(box.count())]
    assert [bool(flag & Qt.ItemFlag.ItemIsSelectable) for flag in flags] == [False, True, True, False, True]
    box.setFocus()
    with qtbot.waitSignal(box.dataset_requested) as heard:
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert heard.args == ["far"]
    with qtbot.waitSignal(box.dataset_requested) as heard:
        qtbot.keyClick(box, Qt.Key.Key_Down)  # over the heading
    assert heard.args == ["iris"]


def test_typing_a_name_finds_an_entry_though_a_heading_begins_alike(box: DatasetBox, qtbot: QtBot) -> None:
    box.setFocus()
    qtbot.keyClicks(box, "Iris")
    assert box.currentData() == "iris"


def test_the_note_stands_in_the_list_and_the_words_are_the_tool_tip(box: DatasetBox) -> None:
    index = box.model().index(2, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Far away, download, 31 MB"
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "Clothes."
    view = box.view()
    needed = view.fontMetrics().horizontalAdvance("Far away  (download, 31 MB)")
    assert view.minimumWidth() >= needed
    box.set_datasets((ENTRIES[0], ENTRIES[1]._replace(note="")))
    assert box.currentData() == "mnist"  # a new list keeps the choice
    assert box.toolTip().endswith("Digits.")
    assert box.itemText(2) == "Far away"


def test_a_download_takes_the_strip_until_it_is_over(qtbot: QtBot) -> None:
    strip = ProgressStrip()
    qtbot.addWidget(strip)
    strip.resize(900, 40)
    strip.show()
    strip.set_progress("training", 2, 5, 100, 200, 50.0, 2.0)
    assert not strip.cancel.isVisible()
    strip.set_download("Fashion-MNIST", 0.25, "7.7 of 30.9 MB", "trying again in 2 s")
    strip.set_progress("idle", 2, 5, 150, 200, 0.0, None)
    assert strip.epoch.text() == "Downloading Fashion-MNIST"
    assert strip.bar.value() == 250
    assert strip.words.text() == "trying again in 2 s  ·  7.7 of 30.9 MB"
    with qtbot.waitSignal(strip.cancel_requested):
        qtbot.mouseClick(strip.cancel, Qt.MouseButton.LeftButton)
    strip.clear_download()
    assert not strip.cancel.isVisible()
    assert (strip.epoch.text(), strip.bar.value()) == ("Epoch 2/5", 750)  # what came meanwhile
    strip.hide()


def test_the_button_of_a_message_does_it_once(qtbot: QtBot) -> None:
    bar = ErrorBar()
    qtbot.addWidget(bar)
    bar.resize(800, 60)
    bar.show_error("Something else.")
    assert not bar._action_button.isVisible()
    wish = object()
    bar.show_message(Message("error", "It did not come.", action="Retry", wish=wish))
    assert bar._action_button.text() == bar._action_button.accessibleName() == "Retry"
    with qtbot.waitSignal(bar.action_requested) as heard:
        qtbot.mouseClick(bar._action_button, Qt.MouseButton.LeftButton)
    assert heard.args[0].wish is wish
    assert bar.current is not None
    assert bar.current.text == "Something else."
    assert not bar._action_button.isVisible()
    bar.clear()


def test_after_a_download_the_strip_shows_training_as_before(qtbot: QtBot) -> None:
    strip = ProgressStrip()
    qtbot.addWidget(strip)
    strip.set_progress("idle", 1, 60, 0, 1200, 0.0, None)
    before = (strip.epoch.text(), strip.words.text(), strip.bar.value())
    strip.set_download("California housing", 0.5, "221 of 442 kB")
    strip.clear_download()  # nothing came meanwhile: it failed at once
    assert (strip.epoch.text(), strip.words.text(), strip.bar.value()) == before == ("Epoch 1/60", "ready", 0)


@pytest.mark.parametrize(
    ("rate", "words"),
    [(1835.4, "1,835 steps/s"), (30.2, "30 steps/s"), (1.0, "1 step/s"), (0.98, "1 step/s"), (0.2, "0.2 steps/s"),
     (4.96, "5 steps/s")],
)
def test_slow_motion_is_not_zero_steps_a_second(qtbot: QtBot, rate: float, words: str) -> None:
    strip = ProgressStrip()
    qtbot.addWidget(strip)
    strip.set_progress("training", 1, 5, 10, 200, rate, None)
    assert strip.words.text().endswith(f"  ·  {words}")
