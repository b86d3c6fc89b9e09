"""Pictures are saved and copied with mouse and keyboard: tools of one widget, and those that each window has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.theme import DARK
from app.widgets.picture_tools import MARGIN_PX, PictureTools
from app.widgets.pixel_picture import PixelPicture
from app.windows.desktop import DesktopWindow
from nnviz.errors import SaveError

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", "propagateSizeHints")


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[QWidget]:
    """A page with one black picture, and another widget that does not belong to it."""
    made = QWidget()
    qtbot.addWidget(made)
    box = QVBoxLayout(made)
    picture = PixelPicture(made)
    picture.set_values(np.ones((4, 4)))
    box.addWidget(picture)
    box.addWidget(QWidget(made), 1)
    made.resize(200, 400)
    made.show()
    qtbot.waitExposed(made)
    yield made
    QApplication.clipboard().clear()


def picture_in(page: QWidget) -> PixelPicture:
    found = page.findChild(PixelPicture)
    assert isinstance(found, PixelPicture)
    return found


def test_ctrl_c_on_a_part_copies_the_parts_and_nothing_else(page: QWidget, qtbot: QtBot) -> None:
    picture = picture_in(page)
    tools = PictureTools(page, "why", "what the pixels say", parts=(picture,))
    tools.set_theme(DARK)
    picture.setFocus()
    with qtbot.waitSignal(tools.copied) as copied:
        qtbot.keyClick(picture, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert copied.args == ["what the pixels say"]
    image = QApplication.clipboard().image()
    assert image.width() == 2 * (picture.width() + 2 * MARGIN_PX)
    assert image.height() == 2 * (picture.height() + 2 * MARGIN_PX)
    assert image.pixelColor(2, 2) == QColor(DARK.surface)
    assert image.pixelColor(image.width() // 2, 2 * MARGIN_PX + 40) != QColor(DARK.surface)


def test_what_is_not_there_is_not_copied_and_switched_off_nothing_is(page: QWidget, qtbot: QtBot) -> None:
    picture, there = picture_in(page), []
    tools = PictureTools(page, "why", "what the pixels say", has=lambda: bool(there))
    picture.setFocus()
    QApplication.clipboard().setText("before")
    qtbot.keyClick(picture, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "before"
    assert not any(action.isEnabled() for action in tools.menu().actions())
    there.append(1)
    tools.set_enabled(False)
    qtbot.keyClick(picture, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "before"


def test_the_menu_opens_by_mouse_and_key_and_asks_to_save(page: QWidget, qtbot: QtBot) -> None:
    picture = picture_in(page)
    tools = PictureTools(page, "why", "what the pixels say")
    for reason in (QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard):
        QApplication.sendEvent(picture, QContextMenuEvent(reason, picture.rect().center(), page.pos()))
        menu = QApplication.activePopupWidget()
        assert menu is not None
        with qtbot.waitSignal(tools.save_requested) as asked:
            menu.actions()[0].trigger()
        assert asked.args == ["why.png"]
        menu.close()
        qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None)


def test_files_are_png_and_svg_and_others_are_refused(page: QWidget, tmp_path: Path) -> None:
    tools = PictureTools(page, "why", "what the pixels say")
    tools.save(tmp_path / "a.png")
    assert QImage(str(tmp_path / "a.png")).width() == 2 * (page.width() + 2 * MARGIN_PX)
    tools.save(tmp_path / "a.svg")
    assert QSvgRenderer(str(tmp_path / "a.svg")).isValid()
    with pytest.raises(SaveError, match=r"png or \.svg"):
        tools.save(tmp_path / "a.csv")
    assert not (tmp_path / "a.csv").exists()


def test_every_picture_of_the_desktop_has_its_tools_and_a_copy_is_told(
    bare_window: DesktopWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    window = bare_window
    window.start()
    qtbot.waitUntil(lambda: window.session.snapshot is not None, timeout=30_000)
    for name in ("why_pixels", "why_samples", "seen_image", "sample_image", "data_panel", "rate_preview"):
        widget = window.findChild(QWidget, name)
        assert widget is not None, name
        assert widget.findChildren(PictureTools, options=Qt.FindChildOption.FindDirectChildrenOnly), name
    image = window.input_panel.sample_image
    image.setFocus()
    qtbot.keyClick(image, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert window.messages.current is not None
    assert "the sample" in window.messages.current.text
    path = tmp_path / "sample.svg"
    monkeypatch.setattr(window.files, "ask_save", lambda *_: path)
    tools = image.findChild(PictureTools)
    assert isinstance(tools, PictureTools)
    tools.menu().actions()[0].trigger()
    assert QSvgRenderer(str(path)).isValid()
    QApplication.clipboard().clear()
