"""The plan as Keras code: read, copied, saved."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextDocument,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from app.theme import LIGHT, Theme

#: What is coloured, in order of precedence; a comment sign within a string begins no comment.
_TOKEN = re.compile(
    r"""(?P<string>[fr]?"[^"\n]*"|'[^'\n]*')
    |(?P<comment>\#.*)
    |(?P<keyword>\b(?:import|as|from|for|in|if|class|def|return|with|True|False|None)\b)
    |(?P<number>(?<![\w.])\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?\b)""",
    re.VERBOSE,
)


def token_colors(theme: Theme) -> dict[str, str]:
    """Return the colour of each kind of token; all of them can be read on ``theme.raised``."""
    return {"string": theme.good, "comment": theme.muted, "keyword": theme.ramp[1], "number": theme.ramp[0]}


class PythonHighlighter(QSyntaxHighlighter):
    """Colours strings, comments, keywords and numbers of Python without multi-line strings."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}

    def set_theme(self, theme: Theme) -> None:
        """Set the colours and colour everything again."""
        for kind, color in token_colors(theme).items():
            made = QTextCharFormat()
            made.setForeground(QColor(color))
            if kind == "keyword":
                made.setFontWeight(QFont.Weight.DemiBold)
            self._formats[kind] = made
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        for match in _TOKEN.finditer(text):
            if match.lastgroup in self._formats:
                self.setFormat(match.start(), len(match[0]), self._formats[match.lastgroup])


class CodePanel(QWidget):
    """Shows a script; copies it, and asks for it to be saved."""

    #: The whole script is on the clipboard.
    copied = Signal()
    #: The person wants the script saved; carries its text.
    save_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("code_panel")
        self._code = ""
        title = QLabel("As Keras code", self)
        title.setProperty("role", "heading")
        self.copy_button = self._button("copy_code", "Copy", "Copy the whole script to the clipboard.")
        self.save_button = self._button("save_code", "Save…", "Save the script as a Python file.")
        self.view = QPlainTextEdit(self)
        self.view.setObjectName("code")
        self.view.setAccessibleName("Keras code of the network and its training")
        self.view.setToolTip("The network and training as they are set now, as a Python script that runs as it stands.")
        self.view.setReadOnly(True)
        # With the keyboard too: arrow keys move a caret, Shift selects, Tab goes on to the next control.
        self.view.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.view.setTabChangesFocus(True)
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        title.setBuddy(self.view)
        self.problem = QLabel(self)
        self.problem.setObjectName("code_problem")
        self.problem.setAccessibleName("Why there is no Keras code")
        self.problem.setWordWrap(True)
        self.problem.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.problem.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.problem.hide()
        self._highlighter = PythonHighlighter(self.view.document())
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(title, 1)
        head.addWidget(self.copy_button)
        head.addWidget(self.save_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 4, 12, 12)
        box.setSpacing(6)
        box.addLayout(head)
        box.addWidget(self.view, 1)
        box.addWidget(self.problem, 1)
        self.copy_button.clicked.connect(self._copy)
        self.save_button.clicked.connect(self._save)
        self.set_theme(LIGHT)

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setAccessibleName(f"{text.rstrip('…')} the Keras code")
        button.setToolTip(tip)
        # A tool button takes the focus by Tab only where it is told to.
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    @property
    def code(self) -> str:
        """The script that is shown."""
        return self._code

    def set_code(self, text: str) -> None:
        """Show a script; the place scrolled to stays, nothing is emitted."""
        self._has_problem(False)
        if text == self._code:
            return
        self._code = text
        bars = self.view.verticalScrollBar(), self.view.horizontalScrollBar()
        places = [bar.value() for bar in bars]
        self.view.setPlainText(text)
        for bar, place in zip(bars, places, strict=True):
            bar.setValue(place)

    def set_problem(self, text: str) -> None:
        """Say in place of a script why there is none; then there is nothing to copy or save."""
        self._code = ""
        self.view.clear()
        self.problem.setText(text)
        self._has_problem(True)

    def _has_problem(self, has: bool) -> None:
        self.problem.setVisible(has)
        self.view.setVisible(not has)
        self.copy_button.setEnabled(not has)
        self.save_button.setEnabled(not has)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours; the size of the text stays the application's."""
        family = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
        # The application's style sheet names a family for every widget, so setFont would do nothing.
        self.view.setStyleSheet(f'QPlainTextEdit {{ font-family: "{family}", monospace; padding: 4px; }}')
        self._highlighter.set_theme(theme)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._code)
        self.copied.emit()

    def _save(self) -> None:
        self.save_requested.emit(self._code)
