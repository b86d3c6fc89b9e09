"""The export dialog: what is chosen is what is written, and what is said is so."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app.errors import ErrorBar
from app.export.choice import ExportChoice, View
from app.export.job import ExportJob, ExportThread
from app.export.progress import Progress
from app.export.renderer import plan_of
from app.export.values import Canvas, FilmSettings
from app.settings import Settings
from app.theme import DARK, LIGHT
from app.widgets.choice_box import ChoiceBox
from app.widgets.export_dialog import ExportDialog, progress_words
from app.widgets.network_painting import Shown
from app.widgets.network_view import NetworkView
from app.windows.desktop import DesktopWindow
from app.windows.export_desk import KEY, ExportDesk
from app.windows.files import Files
from nnviz.errors import NnvizError
from nnviz.picture.answers import OutputMeaning
from nnviz.picture.look import Look
from nnviz.picture.stage_names import stage_key
from tests.shown import shown
from tests.snapshots import snapshot_of


def view_of(*, update: bool = True, label: int | None = 1) -> View:
    snapshot = snapshot_of(update=update, label=label)
    shown = Shown(snapshot, OutputMeaning(names=("ant", "bee", "cat")), (), Look(top_k=20))
    return View(shown, LIGHT, 640, 401, 13.0, (1.0, 0.0, 0.0), None, plan_of(snapshot))


@pytest.fixture
def dialog(qtbot: QtBot) -> Iterator[ExportDialog]:
    made = ExportDialog()
    made.set_theme(LIGHT)
    made.set_view(view_of())
    shown(qtbot, made)
    yield made
    made.stop()
    made.close()


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[ExportDesk]:
    window = QWidget()
    view = NetworkView(window)
    view.set_look(Look(top_k=20))
    view.resize(640, 401)
    shown(qtbot, window, 700, 450)
    view.set_snapshot(snapshot_of())
    messages = ErrorBar(window)
    made = ExportDesk(window, view, Files(window, messages), messages, Settings(tmp_path / "settings.ini"))
    yield made
    made.stop()
    view.close_drawer()
    window.close()


def choose(box: ChoiceBox, key: object) -> None:
    """Choose an entry as a person does: by the keyboard, from the first one on."""
    place = box.findData(key)
    assert place >= 0
    box.setCurrentIndex(place)
    box.activated.emit(place)


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(10, button.height() // 2))


# -- the choice ----------------------------------------------------------------------------------------------


def test_what_is_chosen_is_told_and_remembered(dialog: ExportDialog, qtbot: QtBot) -> None:
    told: list[ExportChoice] = []
    dialog.choice_edited.connect(told.append)
    click(qtbot, dialog.form.film_button)
    choose(dialog.form.format, "mp4")
    choose(dialog.form.size_box, "1280x720")
    choose(dialog.form.fps, 30.0)
    choose(dialog.form.theme, "dark")
    dialog.form.speed.setValue(2.0)
    click(qtbot, dialog.form.caption)
    assert told[-1] == ExportChoice(
        what="film", film="mp4", size="1280x720", fps=30.0, theme="dark", speed=2.0, caption=False
    )
    assert dialog.choice == told[-1]
    assert ExportChoice.from_json(told[-1].to_json()) == told[-1]


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"what": "song"}', '{"fps": 1e9}', '{"fps": "20"}', '{"x": 1}',
                                  '{"width": true}', '{"caption": 1}'])
def test_a_choice_that_cannot_be_read_is_the_first_one(text: str) -> None:
    assert ExportChoice.from_json(text) == ExportChoice()


def test_sizes_of_the_view_and_others() -> None:
    view = view_of()
    assert ExportChoice(scale=3.0).canvas(view) == Canvas(1920, 1203, 3.0, 13.0)
    assert ExportChoice(what="film", film="mp4", scale=1.0).canvas(view) == Canvas(640, 400, 1.0, 13.0)
    assert ExportChoice(what="film", film="gif", scale=1.0).canvas(view) == Canvas(640, 401, 1.0, 13.0)
    made = ExportChoice(size="3840x2160").canvas(view)
    assert (made.width, made.height, made.logical) == (3840, 2160, (960, 540))
    custom = ExportChoice(size="custom", width=500, height=300, scale=2.0).canvas(view)
    assert (custom.width, custom.height, custom.logical) == (500, 300, (250, 150))


def test_a_stage_range_is_kept_for_networks_that_have_it() -> None:
    view = view_of()
    keys = [stage_key(stage) for stage in view.plan]
    settings = ExportChoice(what="film", first="sum-2", last="loss").film_settings(view.plan)
    assert (keys[settings.first], keys[settings.last]) == ("sum-2", "loss")
    forward = view_of(update=False, label=None).plan
    settings = ExportChoice(what="film", first="sum-2", last="update").film_settings(forward)
    assert (settings.first, settings.last) == (keys.index("sum-2"), len(forward) - 1)


def test_moving_one_end_of_the_range_takes_the_other_along(dialog: ExportDialog, qtbot: QtBot) -> None:
    click(qtbot, dialog.form.film_button)
    keys = [dialog.form.first.itemData(place) for place in range(dialog.form.first.count())]
    choose(dialog.form.last, keys[3])
    choose(dialog.form.first, keys[5])
    assert (dialog.form.first.currentIndex(), dialog.form.last.currentIndex()) == (5, 5)
    choose(dialog.form.last, keys[2])
    assert (dialog.form.first.currentIndex(), dialog.form.last.currentIndex()) == (2, 2)


# -- what the dialog says ------------------------------------------------------------------------------------


def test_it_says_size_and_length(dialog: ExportDialog, qtbot: QtBot) -> None:
    assert "1,280 × 802 pixels" in dialog.summary.text()
    click(qtbot, dialog.form.film_button)
    job = dialog.job()
    assert job is not None
    assert job.film is not None
    plan = view_of().plan
    assert f"{round(plan[-1].end * 20) + 1 + 20:,} frames, {plan[-1].end + 1.05:.1f} s" in dialog.summary.text()
    choose(dialog.form.format, "mp4")
    assert "MP4 needs even sides: 640 × 401 loses a pixel" in dialog.summary.text()
    assert "640 × 400 pixels" in dialog.summary.text()


def test_what_cannot_be_exported_is_said_and_cannot_be_started(dialog: ExportDialog) -> None:
    choose(dialog.form.size_box, "custom")
    dialog.form.width_box.setValue(32_000)
    dialog.form.height_box.setValue(32_000)
    assert "million pixels" in dialog.summary.text()
    assert not dialog.export_button.isEnabled()
    dialog.form.width_box.setValue(1000)
    dialog.form.height_box.setValue(800)
    assert dialog.export_button.isEnabled()
    assert "1,000 × 800 pixels" in dialog.summary.text()


def test_only_what_matters_can_be_chosen(dialog: ExportDialog, qtbot: QtBot) -> None:
    form = dialog.form
    assert not form.fps.isVisible()
    assert not dialog.moment.isVisible()
    assert form.transparent.isVisible()
    assert not form.width_box.isEnabled()
    click(qtbot, form.film_button)
    assert form.fps.isVisible()
    assert dialog.moment.isVisible()
    assert not form.transparent.isVisible()
    choose(form.size_box, "custom")
    assert form.width_box.isEnabled()
    assert 60.0 not in [form.fps.itemData(place) for place in range(form.fps.count())]  # browsers slow such GIFs down
    choose(form.format, "mp4")
    assert 60.0 in [form.fps.itemData(place) for place in range(form.fps.count())]


def test_a_network_without_stages_cannot_be_filmed(dialog: ExportDialog, qtbot: QtBot) -> None:
    click(qtbot, dialog.form.film_button)
    dialog.set_view(replace(view_of(), plan=()))
    assert not dialog.form.film_button.isEnabled()
    assert not dialog.choice.is_film


def test_the_preview_shows_what_is_exported(dialog: ExportDialog, qtbot: QtBot) -> None:
    def preview() -> tuple[float, float]:
        """Return the lightness of the paper, and the share of the width to the height."""
        qtbot.waitUntil(lambda: dialog.preview.is_settled and dialog.preview.image is not None, timeout=20_000)
        image = dialog.preview.image
        assert image is not None
        return image.pixelColor(2, 2).lightnessF(), image.width() / image.height()

    lightness, shape = preview()
    assert lightness == 1
    assert shape == pytest.approx(640 / 401, abs=0.01)
    choose(dialog.form.theme, "dark")
    choose(dialog.form.size_box, "1920x1080")
    qtbot.waitUntil(lambda: preview()[0] < 0.2, timeout=20_000)
    assert preview()[1] == pytest.approx(16 / 9, abs=0.01)
    click(qtbot, dialog.form.film_button)
    preview()
    first = dialog.preview.image
    dialog.moment.setValue(dialog.moment.maximum() // 2)
    qtbot.waitUntil(lambda: dialog.preview.is_settled and dialog.preview.image != first, timeout=20_000)


def test_progress_is_told_in_words() -> None:
    quarter = progress_words(Progress(50, 200, 1_000_000), 75.0, film=True)
    assert quarter == "50 of 200 frames, 1 min 15 s left, about 4.0 MB"
    assert progress_words(Progress(200, 200, 123_000), 0.0, film=True) == "200 of 200 frames, 0 s left, 123 kB"
    assert progress_words(Progress(2, 17, 0), None, film=False) == "2 of 17 parts"
    assert progress_words(Progress(0, 0), None, film=False) == "Drawing the edges"


def test_every_control_has_a_name_and_says_what_it_does(dialog: ExportDialog) -> None:
    form = dialog.form
    for widget in (
        form.picture_button, form.film_button, form.format, form.size_box, form.width_box, form.height_box, form.scale,
        form.fps, form.speed, form.first, form.last, form.theme, form.caption, form.transparent, dialog.moment,
        dialog.close_button, dialog.cancel_button, dialog.export_button,
    ):
        assert widget.objectName()
        assert widget.accessibleName()
        assert widget.toolTip()
        # Of the two kinds Tab reaches the one that is chosen, and the arrow keys the other.
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus or widget is form.film_button


# -- writing -------------------------------------------------------------------------------------------------


def opened(desk: ExportDesk) -> ExportDialog:
    desk.open()
    assert desk.dialog is not None
    return desk.dialog


def test_a_picture_is_written_where_the_person_says(
    desk: ExportDesk, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_given: (str(path), ""))
    dialog = opened(desk)
    dialog.form.scale.setValue(1.5)
    click(qtbot, dialog.export_button)
    qtbot.waitUntil(lambda: not desk.is_busy, timeout=30_000)
    with Image.open(path.with_suffix(".png")) as image:
        assert image.size == (960, 602)
    assert not dialog.isVisible()
    assert "Saved to" in desk._messages.current.text  # type: ignore[union-attr]
    assert ExportChoice.from_json(desk._settings.text(KEY)).scale == 1.5


def test_a_film_shows_how_far_it_is_and_can_be_cancelled(desk: ExportDesk, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(desk)
    click(qtbot, dialog.form.film_button)
    assert dialog.view is not None
    path = tmp_path / "step.gif"
    desk.start(dialog.choice, dialog.view, path)
    qtbot.waitUntil(lambda: dialog.progress.value() > 2, timeout=30_000)
    assert dialog.progress.isVisible()
    assert "frames" in dialog.status.text()
    assert not dialog.form.isEnabled()
    assert not dialog.export_button.isVisible()
    click(qtbot, dialog.cancel_button)
    qtbot.waitUntil(lambda: not desk.is_busy, timeout=30_000)
    assert not path.exists()
    assert not list(tmp_path.glob(".*"))
    assert dialog.form.isEnabled()
    assert not dialog.progress.isVisible()
    assert dialog.messages.current is None  # the person knows


def test_an_export_goes_on_while_the_dialog_is_closed(desk: ExportDesk, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(desk)
    assert dialog.view is not None
    choice = ExportChoice(what="film", size="custom", width=400, height=240, last="input", fps=10.0)
    desk.start(choice, dialog.view, tmp_path / "step.gif")
    dialog.close()
    qtbot.waitUntil(lambda: not desk.is_busy, timeout=30_000)
    assert (tmp_path / "step.gif").stat().st_size > 1000
    assert "Saved to" in desk._messages.current.text  # type: ignore[union-attr]


def test_a_path_that_cannot_be_written_is_said_in_the_dialog(desk: ExportDesk, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(desk)
    assert dialog.view is not None
    for path, words in (
        (tmp_path / "no folder" / "x.png", "does not exist"), (tmp_path / "x.gif", "must end in .png"),
        (tmp_path, "must end in .png"),
    ):
        desk.start(ExportChoice(), dialog.view, path)
        assert not desk.is_busy
        assert dialog.messages.current is not None
        assert words in dialog.messages.current.text
        dialog.messages.clear()
    if os.name == "posix" and os.geteuid() != 0:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o500)
        desk.start(ExportChoice(), dialog.view, closed / "x.png")
        assert dialog.messages.current is not None
        assert "permission" in dialog.messages.current.text


def test_what_fails_on_the_way_is_said_in_the_window_where_the_dialog_is_closed(
    desk: ExportDesk, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: ExportJob, _report: object) -> None:
        raise NnvizError("Cannot save x.png: no space left on device.")

    monkeypatch.setattr(ExportJob, "run", full)
    dialog = opened(desk)
    assert dialog.view is not None
    dialog.close()
    desk.start(ExportChoice(), dialog.view, tmp_path / "x.png")
    qtbot.waitUntil(lambda: not desk.is_busy, timeout=10_000)
    assert "no space" in desk._messages.current.text  # type: ignore[union-attr]


def test_closing_the_window_ends_an_export_and_leaves_nothing(desk: ExportDesk, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(desk)
    assert dialog.view is not None
    desk.start(ExportChoice(what="film"), dialog.view, tmp_path / "step.gif")
    qtbot.waitUntil(lambda: dialog.progress.value() > 0, timeout=30_000)
    desk.stop()
    assert not desk.is_busy
    assert not list(tmp_path.glob("*step*"))


def test_a_file_is_the_same_from_the_thread_and_beside_it(qapp: object, tmp_path: Path) -> None:
    view = view_of()
    film = FilmSettings(fps=5.0, speed=3.0, hold=0.0)
    job = ExportJob(tmp_path / "here.gif", view.shown, DARK, Canvas(400, 240, 0.6), film=film)
    job.run(lambda _progress: True)
    thread = ExportThread(replace(job, path=tmp_path / "there.gif"))
    thread.start()
    end = time.monotonic() + 30
    while thread.isRunning() and time.monotonic() < end:
        time.sleep(0.01)
    assert thread.wait(1000)
    assert thread.error is None
    assert (tmp_path / "here.gif").read_bytes() == (tmp_path / "there.gif").read_bytes()


def test_ctrl_e_opens_the_dialog(bare_window: DesktopWindow, qtbot: QtBot) -> None:
    window = bare_window
    window.actions_by_name["export_picture"].trigger()
    assert "no network" in window.messages.current.text  # type: ignore[union-attr]
    window.stage.set_snapshot(snapshot_of())
    window.actions_by_name["export_picture"].trigger()
    dialog = window.exports.dialog
    assert dialog is not None
    assert dialog.isVisible()
    assert not dialog.isModal()
    qtbot.waitUntil(dialog.isActiveWindow)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
