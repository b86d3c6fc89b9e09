"""Data of the person's own, opened, looked at, set up and imported as a person would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from app.file_importer import FileImporter
from app.theme import DARK, LIGHT
from app.widgets.import_dialog import ImportDialog
from app.windows.desktop import DesktopWindow
from nnviz.data import csv_reader
from nnviz.data.dataset import Dataset
from nnviz.data.files import ImportChoice, inspect
from tests.shown import shown


@pytest.fixture
def dialog(qtbot: QtBot) -> Iterator[ImportDialog]:
    made = shown(qtbot, ImportDialog())
    yield made
    made.close()


def table(path: Path, rows: int = 60, bad: str = "") -> Path:
    random = np.random.default_rng(0)
    lines = ["width,height,colour,kind"]
    for k, (a, b) in enumerate(random.normal(5, 1, (rows, 2))):
        first = bad if bad and k == 20 else f"{a + 3 * (k % 3):.3f}"
        lines.append(f"{first},{b:.3f},{'red' if k % 2 else 'blue'},{('tulip', 'rose', 'lily')[k % 3]}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    return table(tmp_path / "flowers.csv")


def row_of(dialog: ImportDialog, name: str) -> int:
    model = dialog.columns.model
    return next(row for row in range(model.rowCount()) if model.column(row).name == name)


def select(qtbot: QtBot, dialog: ImportDialog, *names: str) -> None:
    view = dialog.columns.table
    for place, name in enumerate(names):
        index = dialog.columns.model.index(row_of(dialog, name), 0)
        view.scrollTo(index)
        key = Qt.KeyboardModifier.ControlModifier if place else Qt.KeyboardModifier.NoModifier
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, key, view.visualRect(index).center())


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def choose(qtbot: QtBot, box: QComboBox, data: str) -> None:
    """Choose an entry with the keys."""
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    for _ in range(box.findData(data)):
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.currentData() == data


def write(qtbot: QtBot, line: QLineEdit, text: str) -> None:
    line.selectAll()
    qtbot.keyClicks(line, text)


def said(dialog: ImportDialog) -> list[str]:
    return [dialog.problems.item(row).text() for row in range(dialog.problems.count())]


def mime(path: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return data


# -- the dialog alone ----------------------------------------------------------------------------------------------


def test_without_a_file_nothing_can_be_imported(dialog: ImportDialog) -> None:
    assert dialog.empty.isVisible()
    assert not dialog.columns.isVisible()
    assert not dialog.import_button.isEnabled()
    assert dialog.status.text() == "Choose a file or a folder first."
    assert dialog.choice is None


def test_every_control_can_be_named_and_explains_itself(dialog: ImportDialog, flowers: Path) -> None:
    dialog.set_preview(inspect(flowers))
    for kind in (QAbstractButton, QComboBox, QLineEdit):
        for widget in dialog.findChildren(kind):
            if widget.objectName().startswith("qt_") or type(widget).__name__ == "QAbstractButton":
                continue  # Qt's own: the corner of a table
            assert widget.objectName(), widget
            assert widget.accessibleName(), widget.objectName()
            assert widget.toolTip(), widget.objectName()


def test_a_preview_shows_columns_rows_and_counts(dialog: ImportDialog, flowers: Path) -> None:
    dialog.set_preview(inspect(flowers))
    model = dialog.columns.model
    shown = [[model.data(model.index(row, column)) for column in range(4)] for row in range(model.rowCount())]
    assert shown == [
        ["width", "Input", "numbers", "none"], ["height", "Input", "numbers", "none"],
        ["colour", "Input", "2 categories", "none"], ["kind", "Target", "target", "none"],
    ]
    head = dialog.head.model()
    assert head.rowCount() == 50
    assert [head.headerData(k, Qt.Orientation.Horizontal) for k in range(4)] == ["width", "height", "colour", "kind"]
    assert head.data(head.index(1, 3)) == "rose"
    assert dialog.summary.text() == "60 rows, 4 columns  ·  4 inputs of the network"
    assert dialog.settings.task.itemText(0) == "From target: multiclass"
    assert dialog.import_button.isEnabled()


def test_roles_are_given_to_the_columns_selected(qtbot: QtBot, dialog: ImportDialog, flowers: Path) -> None:
    dialog.set_preview(inspect(flowers))
    buttons = dialog.columns.role_buttons
    assert not buttons["target"].isEnabled()
    select(qtbot, dialog, "kind")
    click(qtbot, buttons["ignore"])
    assert said(dialog)[0] == "✕  flowers.csv: choose at least one column as target: what the network is to learn."
    assert not dialog.import_button.isEnabled()
    assert dialog.status.text().startswith("Import waits: flowers.csv: choose at least one column as target")
    assert dialog.import_button.toolTip() == dialog.status.text()
    select(qtbot, dialog, "width", "height")
    click(qtbot, buttons["target"])
    assert dialog.choice is not None
    assert (dialog.choice.inputs, dialog.choice.targets) == (("colour",), ("width", "height"))
    assert dialog.choice.categories == ("colour",)
    assert dialog.settings.task.itemText(0) == "From target: regression"
    select(qtbot, dialog, "colour")
    click(qtbot, dialog.columns.numbers_button)
    words = "✕  flowers.csv: column 'colour' holds texts, no numbers. Ignore it, or read it as categories."
    assert words in said(dialog)
    click(qtbot, dialog.columns.categories_button)
    assert dialog.choice is not None


def test_the_form_goes_into_the_choice(qtbot: QtBot, dialog: ImportDialog, flowers: Path) -> None:
    dialog.set_preview(inspect(flowers))
    form = dialog.settings
    choose(qtbot, form.task, "multiclass")
    choose(qtbot, form.missing, "median")
    choose(qtbot, form.unreadable, "missing")
    qtbot.mouseClick(form.standardise, Qt.MouseButton.LeftButton, pos=QPoint(8, form.standardise.height() // 2))
    write(qtbot, form.train, "60")
    write(qtbot, form.validation, "25")
    write(qtbot, form.rows, "40")
    write(qtbot, form.seed, "7")
    choice = dialog.choice
    assert choice is not None
    assert (choice.task, choice.missing, choice.unreadable) == ("multiclass", "median", "missing")
    assert choice.standardise is False
    assert (choice.shares, choice.max_rows, choice.seed) == ((60, 25, 15), 40, 7)
    with qtbot.waitSignal(dialog.import_requested) as asked:
        click(qtbot, dialog.import_button)
    assert asked.args == [choice]


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("train", "30", "the share to train must be a whole number from 40 to 90, got '30'"),
        ("validation", "28", "must leave at least 5 % for the test, got 2 %"),
        ("rows", "many", "Rows at most must be a whole number from 0"),
        ("seed", "-1", "Seed must be a whole number from 0 to 2,147,483,647, got '-1'"),
    ],
)
def test_a_wrong_field_is_named(
    qtbot: QtBot, dialog: ImportDialog, flowers: Path, field: str, text: str, words: str
) -> None:
    dialog.set_preview(inspect(flowers))
    write(qtbot, getattr(dialog.settings, field), text)
    assert words in said(dialog)[0]
    assert not dialog.import_button.isEnabled()


def test_another_delimiter_is_looked_at_again(qtbot: QtBot, dialog: ImportDialog, flowers: Path) -> None:
    dialog.set_preview(inspect(flowers))
    with qtbot.waitSignal(dialog.inspect_requested) as asked:
        choose(qtbot, dialog.settings.delimiter, ";")
        dialog.settings.delimiter.activated.emit(1)
    path, reading = asked.args
    assert (path, reading.delimiter, reading.header, reading.decimal) == (flowers, ";", True, ".")
    dialog.set_preview(inspect(path, reading))
    assert dialog.columns.model.rowCount() == 1


def test_fields_are_those_of_the_kind_of_file(dialog: ImportDialog, tmp_path: Path, flowers: Path) -> None:
    form = dialog.settings
    dialog.set_preview(inspect(flowers))
    assert form.delimiter.isVisible()
    assert not form.height_box.isVisible()
    np.savez(tmp_path / "a.npz", x=np.random.default_rng(0).normal(size=(30, 2)), y=np.arange(30) % 2)
    dialog.set_preview(inspect(tmp_path / "a.npz"))
    assert not form.delimiter.isVisible()
    assert form.standardise.isVisible()
    np.savez(tmp_path / "b.npz", x=np.zeros((30, 4, 4), np.uint8), y=np.arange(30) % 2)
    dialog.set_preview(inspect(tmp_path / "b.npz"))
    assert not form.standardise.isVisible()


def test_arrays_get_their_roles_too(qtbot: QtBot, dialog: ImportDialog, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    np.savez(tmp_path / "a.npz", first=random.normal(size=(30, 2)), second=np.arange(30) % 2, third=np.arange(30) % 3)
    dialog.set_preview(inspect(tmp_path / "a.npz"))
    assert "✕  a.npz: choose one array as input and one as target." in said(dialog)
    select(qtbot, dialog, "first")
    click(qtbot, dialog.columns.role_buttons["input"])
    for name in ("second", "third"):
        select(qtbot, dialog, name)
        click(qtbot, dialog.columns.role_buttons["target"])
    assert dialog.choice is not None
    # An array takes the place of another.
    assert (dialog.choice.inputs, dialog.choice.targets) == (("first",), ("third",))


def test_images_get_the_size_that_is_typed(qtbot: QtBot, dialog: ImportDialog, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for k in range(12):
            Image.new("L", (20, 20), 10 * k).save(tmp_path / name / f"{k}.png")
    dialog.set_preview(inspect(tmp_path))
    write(qtbot, dialog.settings.height_box, "8")
    write(qtbot, dialog.settings.width_box, "16")
    assert dialog.choice is not None
    assert dialog.choice.image_size == (8, 16)
    assert "24 samples  ·  128 inputs of the network  ·  2 classes: a 12, b 12" in dialog.summary.text()
    write(qtbot, dialog.settings.width_box, "1000")
    assert "the width of the images must be a whole number from 1 to 256, got '1000'" in said(dialog)[0]


def test_reading_shows_progress_and_can_be_cancelled(qtbot: QtBot, dialog: ImportDialog, flowers: Path) -> None:
    dialog.set_preview(inspect(flowers))
    click(qtbot, dialog.import_button)
    dialog.set_progress(250, 1000)
    assert (dialog.progress.isVisible(), dialog.progress.value(), dialog.progress.maximum()) == (True, 250, 1000)
    assert dialog.status.text() == "Reading, 25 %"
    dialog.set_progress(1000, 1000)
    assert dialog.status.text() == "Scaling and dividing …"
    assert not dialog.import_button.isEnabled()
    assert not dialog.settings.isEnabled()
    with qtbot.waitSignal(dialog.cancel_requested):
        click(qtbot, dialog.cancel_button)
    assert dialog.isVisible()
    assert dialog.import_button.isEnabled()
    assert not dialog.progress.isVisible()
    with qtbot.assertNotEmitted(dialog.cancel_requested):
        click(qtbot, dialog.cancel_button)
    assert not dialog.isVisible()


def test_a_failure_is_shown_and_can_be_tried_again(dialog: ImportDialog, qtbot: QtBot, flowers: Path) -> None:
    dialog.open_path(flowers)
    dialog.set_failure("flowers.csv is empty.")
    assert said(dialog) == ["✕  flowers.csv is empty."]
    assert not dialog.import_button.isEnabled()
    dialog.set_preview(inspect(flowers))
    click(qtbot, dialog.import_button)
    dialog.set_failure("flowers.csv: row 3 is bad.")
    assert said(dialog) == ["✕  flowers.csv: row 3 is bad."]
    assert dialog.import_button.isEnabled()


def test_a_path_can_be_typed_or_dropped(qtbot: QtBot, dialog: ImportDialog, flowers: Path) -> None:
    with qtbot.waitSignal(dialog.inspect_requested) as asked:
        write(qtbot, dialog.path, str(flowers))
        qtbot.keyClick(dialog.path, Qt.Key.Key_Return)
    assert asked.args == [flowers, None]
    data = mime(flowers)
    args = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(5, 5), *args)
    dialog.dragEnterEvent(enter)
    assert enter.isAccepted()
    with qtbot.waitSignal(dialog.inspect_requested) as asked:
        dialog.dropEvent(QDropEvent(QPoint(5, 5).toPointF(), *args))
    assert asked.args == [flowers, None]


def test_both_themes_color_the_problems(dialog: ImportDialog, tmp_path: Path) -> None:
    for theme in (LIGHT, DARK):
        dialog.set_preview(inspect(table(tmp_path / "bad.csv", bad="abc")))
        dialog.set_theme(theme)
        assert said(dialog)[0].startswith("✕  bad.csv: row 22, column 'width': 'abc' is no number.")
        assert dialog.problems.item(0).foreground().color().name() == theme.bad


# -- the reading -----------------------------------------------------------------------------------------------------


def test_the_importer_looks_and_reads_in_the_background(qtbot: QtBot, flowers: Path) -> None:
    importer = FileImporter()
    with qtbot.waitSignal(importer.inspected) as seen:
        importer.inspect(flowers)
    preview = seen.args[0]
    told: list[tuple[int, int]] = []
    importer.progressed.connect(lambda done, total: told.append((done, total)))
    with qtbot.waitSignal(importer.loaded) as read:
        importer.load(preview.choice)
    assert isinstance(read.args[0], Dataset)
    assert told[-1] == (1000, 1000)
    with qtbot.waitSignal(importer.failed) as failed:
        importer.inspect(flowers.with_name("none.csv"))
    assert "none.csv is not there" in failed.args[0]
    importer.stop()


def test_the_answer_of_a_wish_that_was_overtaken_does_not_come(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_reader, "BLOCK_BYTES", 10_000)
    large, small = table(tmp_path / "large.csv", 20_000), table(tmp_path / "small.csv")
    importer = FileImporter()
    got: list[Dataset] = []
    importer.loaded.connect(got.append)
    choice = inspect(large).choice
    importer.load(choice)
    with qtbot.waitSignal(importer.loaded):
        importer.load(inspect(small).choice)
    importer.load(choice)
    importer.cancel()
    importer.stop()
    qtbot.wait(20)
    assert [dataset.title for dataset in got] == ["small"]
    assert not importer.is_busy


# -- the window ------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_data(loaded_window: DesktopWindow) -> DesktopWindow:
    return loaded_window


def imported(window: DesktopWindow, qtbot: QtBot, path: Path) -> ImportDialog:
    window.actions_by_name["open_data"].trigger()
    dialog = window.own_data.dialog
    assert dialog is not None
    write(qtbot, dialog.path, str(path))
    qtbot.keyClick(dialog.path, Qt.Key.Key_Return)
    qtbot.waitUntil(dialog.import_button.isEnabled)
    click(qtbot, dialog.import_button)
    qtbot.waitUntil(lambda: not dialog.isVisible())
    return dialog


def test_own_data_are_learnt_and_stay_in_the_list(with_data: DesktopWindow, qtbot: QtBot, flowers: Path) -> None:
    window = with_data
    imported(window, qtbot, flowers)
    dataset = window.session.dataset
    assert dataset is not None
    assert (dataset.title, dataset.task, dataset.input_shape) == ("flowers", "multiclass", (4,))
    assert window.session.spec.sizes[0] == 4
    assert window.dataset_box.currentText() == "flowers"
    assert str(flowers) in window.dataset_box.toolTip()
    run = window.session.run
    assert run is not None
    assert ImportChoice.from_json(str(run.dataset.options["import"])).path == str(flowers)
    # Another data set, and back, by the box.
    name = dataset.name
    window.dataset_box.dataset_requested.emit("iris")
    qtbot.waitUntil(lambda: window.session.dataset is not None and window.session.dataset.name == "iris")
    assert window.dataset_box.findData(name) >= 0
    window.dataset_box.dataset_requested.emit(name)
    qtbot.waitUntil(lambda: window.session.dataset is not None and window.session.dataset.name == name)
    assert window.dataset_box.currentText() == "flowers"
    # The run brings the file back, too.
    window.dataset_box.dataset_requested.emit("iris")
    qtbot.waitUntil(lambda: window.session.dataset is not None and window.session.dataset.name == "iris")
    window.session.open_run(run)
    qtbot.waitUntil(lambda: window.session.dataset is not None and window.session.dataset.name == name)


def test_the_same_file_with_other_columns_begins_anew(with_data: DesktopWindow, qtbot: QtBot, flowers: Path) -> None:
    window = with_data
    dialog = imported(window, qtbot, flowers)
    window.actions_by_name["open_data"].trigger()
    select(qtbot, dialog, "height", "colour")
    click(qtbot, dialog.columns.role_buttons["ignore"])
    click(qtbot, dialog.import_button)
    qtbot.waitUntil(lambda: not dialog.isVisible())
    assert window.session.dataset is not None
    assert window.session.dataset.feature_names == ("width",)
    assert window.session.spec.sizes[0] == 1


def test_a_file_that_is_gone_leaves_the_data_as_they_are(with_data: DesktopWindow, qtbot: QtBot, flowers: Path) -> None:
    window = with_data
    imported(window, qtbot, flowers)
    name = window.dataset_box.currentData()
    window.dataset_box.dataset_requested.emit("iris")
    qtbot.waitUntil(lambda: window.session.dataset is not None and window.session.dataset.name == "iris")
    flowers.unlink()
    window.dataset_box.setCurrentIndex(window.dataset_box.findData(name))
    with qtbot.waitSignal(window.own_data.importer.failed) as failed:
        window.dataset_box.dataset_requested.emit(name)
    assert "flowers.csv is not there any more" in failed.args[0]
    assert window.dataset_box.currentData() == "iris"


def test_a_file_dropped_on_the_window_opens_the_dialog(with_data: DesktopWindow, qtbot: QtBot, flowers: Path) -> None:
    window = with_data
    args = (Qt.DropAction.CopyAction, mime(flowers), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(5, 5), *args)
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    window.dropEvent(QDropEvent(QPoint(5, 5).toPointF(), *args))
    dialog = window.own_data.dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.import_button.isEnabled)
    assert dialog.path.text() == str(flowers)
    other = mime(flowers.with_name("song.mp3"))
    enter = QDragEnterEvent(QPoint(5, 5), args[0], other, args[2], args[3])
    enter.ignore()
    window.dragEnterEvent(enter)
    assert not enter.isAccepted()


def test_data_can_be_opened_once_the_first_are_read(window: DesktopWindow) -> None:
    action = window.actions_by_name["open_data"]
    assert not action.isEnabled()
    assert action.shortcut().toString() == "Ctrl+D"


@pytest.mark.slow
def test_a_table_is_learnt_through_the_window(window: DesktopWindow, qtbot: QtBot, flowers: Path) -> None:
    """The real engine learns to tell flowers apart whose widths lie three deviations from each other."""
    window.start()
    qtbot.waitUntil(lambda: window.session.is_ready and window.session.phase == "idle", timeout=90_000)
    imported(window, qtbot, flowers)
    qtbot.waitUntil(lambda: window.session.is_ready and window.session.phase == "idle", timeout=30_000)
    click(qtbot, window.tool_bar.buttons["train"])
    state = window.session
    qtbot.waitUntil(lambda: len(state.history.epochs) == state.config.epochs, timeout=60_000)
    assert float(state.history.metric[-10:].mean()) > 0.85
