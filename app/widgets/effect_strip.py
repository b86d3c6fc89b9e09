"""What the edits by hand do: answer, accuracy and loss before → after, with the difference, in one row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.hand_words import changes_words
from app.theme import LIGHT, Theme
from nnviz.picture.effect_words import EffectLine

#: Left and right of the strip, and the least it asks for, logical pixels.
MARGIN, MIN_WIDTH = 8, 200
LINES = 3
#: Between a change and its difference, logical pixels.
GAP = 8


class _Cell(QWidget):
    """A title in small letters above before → after."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.title = QLabel("", self)
        self.title.setProperty("role", "small")
        self.text = QLabel("", self)
        self.text.setObjectName(f"{name}_text")
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.difference = QLabel("", self)
        self.difference.setObjectName(f"{name}_difference")
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.text)
        row.addWidget(self.difference)
        row.addStretch(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.title)
        box.addLayout(row)

    def set_line(self, line: EffectLine, theme: Theme) -> None:
        """Show a line; better is green and worse red, and the sign says it too."""
        self.title.setText(line.title)
        self.text.setText(f"{line.before} → {line.after}")
        self.difference.setText(line.difference)
        tone = theme.muted if line.is_better is None else theme.good if line.is_better else theme.bad
        self.difference.setStyleSheet(f"color: {tone}; font-weight: 600;")
        # Said outright: a layout learns of other texts only later, and would squeeze them.
        for label in (self.title, self.text, self.difference):
            label.ensurePolished()
        below = self.text.sizeHint().width() + GAP + self.difference.sizeHint().width()
        self.setMinimumWidth(max(self.title.sizeHint().width(), below))
        words = {None: "", True: ", better", False: ", worse"}[line.is_better]
        self.setAccessibleName(f"{line.title}: {line.before} before, {line.after} after, {line.difference}{words}")
        self.setToolTip(f"{line.title}: {line.text}")


class EffectStrip(QFrame):
    """Hidden until something is edited; stays until all is undone or it is dismissed."""

    #: Everything that was changed by hand shall be as it was.
    let_go_requested = Signal()
    #: The person has seen it: until the next edit it need not be shown.
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("effect_strip")
        self.setAccessibleName("Effect of the edits by hand")
        self._theme = LIGHT
        self._lines: tuple[EffectLine, ...] = ()
        self.heading = QLabel("", self)
        self.heading.setObjectName("effect_heading")
        self.heading.setProperty("role", "heading")
        self.cells = tuple(_Cell(f"effect_{place}", self) for place in range(LINES))
        self.waiting = QLabel("Measuring …", self)
        self.waiting.setProperty("role", "muted")
        self.let_go = QToolButton(self)
        self.let_go.setObjectName("effect_let_go")
        self.let_go.setText("Let it all go")
        self.let_go.setAccessibleName("Let all edits by hand go")
        self.let_go.clicked.connect(self.let_go_requested)
        self.close_button = QToolButton(self)
        self.close_button.setObjectName("effect_dismiss")
        self.close_button.setText("✕")
        self.close_button.setProperty("role", "tiny")
        self.close_button.setAccessibleName("Dismiss the effect")
        self.close_button.setToolTip("Keep the edits and hide this until the next one.")
        self.close_button.clicked.connect(self._dismiss)
        box = self._box = QHBoxLayout(self)
        box.setContentsMargins(14, 6, 8, 6)
        box.setSpacing(14)
        box.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        box.addWidget(self.heading)
        for cell in self.cells:
            box.addWidget(cell)
        box.addWidget(self.waiting)
        box.addStretch(1)
        box.addWidget(self.let_go)
        box.addWidget(self.close_button)
        self.set_changes(0)
        self.set_lines(())
        self.set_theme(LIGHT)
        self.hide()

    @property
    def lines(self) -> tuple[EffectLine, ...]:
        """What is shown."""
        return self._lines

    def set_changes(self, count: int) -> None:
        """Set how much is changed by hand; emits nothing."""
        self.heading.setText(f"By hand: {changes_words(count)}")
        self._fit()
        self.let_go.setToolTip(
            f"Set every weight that you edited to what it was before, take all marks off ({changes_words(count)}); it "
            "can be undone."
        )
        self.setToolTip(
            "Before is the same network with everything that you changed by hand put back; it is measured anew while "
            "training goes on."
        )

    def set_lines(self, lines: Sequence[EffectLine]) -> None:
        """Show what was measured, nothing where it is still being done; emits nothing."""
        self._lines = tuple(lines)[:LINES]
        for place, cell in enumerate(self.cells):
            cell.setVisible(place < len(self._lines))
            if place < len(self._lines):
                cell.set_line(self._lines[place], self._theme)
        self.waiting.setVisible(not self._lines)
        self._fit()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.setStyleSheet(
            f"QFrame#effect_strip {{ background: {theme.raised}; border: 1px solid {theme.border};"
            " border-radius: 6px; margin: 4px 8px 0 8px; }"
        )
        self.set_lines(self._lines)

    def _dismiss(self) -> None:
        self.hide()
        self.dismissed.emit()

    def _fit(self) -> None:
        """Leave out, one after the other, what the numbers need the room of: heading, words of the button, loss."""
        cells = [cell for place, cell in enumerate(self.cells) if place < len(self._lines)]
        steps = [(True, True, len(cells)), (False, True, len(cells)), (False, False, len(cells))]
        steps += [(False, False, count) for count in range(len(cells) - 1, 0, -1)]
        for has_heading, has_words, count in steps:
            self.heading.setVisible(has_heading)
            self.let_go.setText("Let it all go" if has_words else "Let go")
            for place, cell in enumerate(cells):
                cell.setVisible(place < count)
            if self._needed() <= self.width():
                break

    def _needed(self) -> int:
        """Return the width that everything wants that is not hidden."""
        margins = self._box.contentsMargins()
        others = (self.heading, self.waiting, self.let_go, self.close_button)
        widths = [cell.minimumWidth() for cell in self.cells if not cell.isHidden()]
        for widget in others:
            widget.ensurePolished()
            widths += [] if widget.isHidden() else [widget.sizeHint().width()]
        # The stretch has a gap too; the style adds a margin and a hairline.
        return sum(widths) + self._box.spacing() * len(widths) + 2 + margins.left() + margins.right() + 2 * MARGIN

    # -- overrides of Qt -----------------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        """Ask for no width: the picture below must not become wider for it."""
        return QSize(MIN_WIDTH, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose what fits."""
        self._fit()
        super().resizeEvent(event)
