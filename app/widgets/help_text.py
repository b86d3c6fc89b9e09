"""The keys of a window, from its table of actions."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from app.actions import ActionSpec

POINTER = (
    ("Wheel, + and −", "zoom the network"),
    ("Drag, Shift+arrow keys", "move it"),
    ("Double click beside the units, 0", "show all of it"),
    ("Point at a unit or line", "its exact values"),
    ("Click on a unit or line", "inspect it, and see its lines only"),
    ("Arrow keys, Page Up, Page Down, Home, End", "in the network: walk from unit to unit and layer to layer"),
    ("E", "in the network: from a unit to its strongest line, and back"),
    ("Enter, Shift+click, Ctrl+click", "pin what is selected, so that it stays, or let it go"),
    ("Escape, click on empty ground", "select nothing"),
    ("Right click, menu key", "on a unit or line: set a weight, silence or freeze a unit"),
    ("Ctrl+Shift+Up, Ctrl+Shift+Down", "in a layer's row: move the layer"),
    ("Ctrl+Shift+D, Ctrl+Shift+Delete", "in a layer's row: duplicate the layer, remove it"),
    ("Ctrl+Shift+N", "in the panel of the network: add a layer"),
    ("Right click on a plot", "log scale, smoothing, export"),
    ("Right click, menu key, Ctrl+C on a picture", "save it; copy it"),
)

DIGITS_POINTER = (
    ("Left button, finger, pen", "draw; a pen draws wider the harder it is pressed"),
    ("Right button, other end of the pen", "erase"),
    ("Two fingers to the left", "undo; to the right: redo"),
    ("Three fingers, any way", "clear"),
    ("Arrow keys, Space", "on the paper: move the pen, put it down and lift it"),
    ("Wheel, + and −", "zoom the network; drag moves it, a double click shows all of it"),
    ("Point at a unit or line", "its exact values"),
    ("Right click, menu key, Ctrl+C on a picture of Why? and How sure?", "save it; copy it"),
)


def keys_html(
    specs: Iterable[ActionSpec], pointer: Iterable[tuple[str, str]] = POINTER, *, columns: int = 1
) -> str:
    """Return the keys of a table of actions, and what the pointer does, as HTML, a row each, in so many columns."""
    rows = [(", ".join(spec.keys), spec.tip) for spec in specs if spec.keys]
    rows += [(keys, f"{what[0].upper()}{what[1:]}.") for keys, what in pointer]
    cells = [
        f"<tr><td style='padding:3px 16px 3px 0'><b>{escape(keys)}</b></td>"
        f"<td style='padding:3px 0'>{escape(tip)}</td></tr>"
        for keys, tip in rows
    ]
    high = -(-len(cells) // columns)
    tables = [f"<table>{''.join(cells[k : k + high])}</table>" for k in range(0, len(cells), high)]
    if columns == 1:
        return "".join(tables)
    across = "".join(f"<td valign='top' style='padding-right:24px'>{table}</td>" for table in tables)
    return f"<table width='100%'><tr>{across}</tr></table>"


#: Keys stand in two columns over a window so wide; sizes in logical pixels.
TWO_COLUMNS_FROM_PX, WIDEST_PX, ROOM_PX = 860, 1080, 640


class KeysDialog(QDialog):
    """Lists what keys and pointer do."""

    def __init__(
        self, specs: Iterable[ActionSpec], parent: QWidget | None = None,
        pointer: Iterable[tuple[str, str]] = POINTER,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("keys_dialog")
        self.setWindowTitle("Keyboard and mouse")
        self.text = QTextBrowser(self)
        self.text.setObjectName("keys_text")
        self.text.setAccessibleName("Keyboard and mouse")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        room = QSize(ROOM_PX, ROOM_PX) if parent is None else parent.size()
        columns = 2 if room.width() >= TWO_COLUMNS_FROM_PX else 1
        self.text.setHtml(keys_html(specs, pointer, columns=columns))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addWidget(self.text)
        box.addWidget(buttons)
        wide = min(WIDEST_PX if columns == 2 else 620, room.width() - 24)
        # As high as the words are, where the window below is so high; measured apart, for the browser has no font yet.
        self.ensurePolished()
        self.text.ensurePolished()
        words = QTextDocument()
        words.setDefaultFont(self.text.font())
        words.setHtml(self.text.toHtml())
        words.setTextWidth(wide - 48)
        self.resize(wide, min(round(words.size().height()) + 88, max(320, room.height() - 24)))
