"""The keys of the lecture, which are also those that presenter remotes send: one table for acting and telling."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

_K = Qt.Key


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        name: what the window calls it.
        keys: the keys that give it.
        shown: the keys as people read them.
        text: what it does.
    """

    name: str
    keys: tuple[Qt.Key, ...]
    shown: str
    text: str


COMMANDS = (
    Command("next", (_K.Key_PageDown, _K.Key_Right, _K.Key_Down, _K.Key_Space, _K.Key_Return, _K.Key_Enter),
            "→   Page Down   Space   Enter", "next slide; during a movement: to its end"),
    Command("previous", (_K.Key_PageUp, _K.Key_Left, _K.Key_Up, _K.Key_Backspace),
            "←   Page Up   Backspace", "previous slide, at rest"),
    Command("first", (_K.Key_Home,), "Home", "first slide"),
    Command("last", (_K.Key_End,), "End", "last slide"),
    Command("play", (_K.Key_P,), "P", "play, pause or play again the movement"),
    Command("sample", (_K.Key_N,), "N", "another image"),
    Command("contents", (_K.Key_S,), "S, or a number and Enter", "choose a lesson or a slide"),
    Command("black", (_K.Key_B, _K.Key_Period), "B   .", "black screen"),
    Command("white", (_K.Key_W, _K.Key_Comma), "W   ,", "white screen"),
    Command("theme", (_K.Key_T,), "T", "light or dark"),
    Command("larger", (_K.Key_Plus, _K.Key_Equal), "+", "larger text"),
    Command("smaller", (_K.Key_Minus,), "−", "smaller text"),
    Command("fit", (_K.Key_F,), "F", "whole network again, after zooming with the wheel"),
    Command("full_screen", (_K.Key_F11, _K.Key_F5), "F11   F5", "full screen, and back"),
    Command("leave", (_K.Key_Escape,), "Esc", "close what is open, or leave full screen"),
    Command("help", (_K.Key_Question, _K.Key_F1, _K.Key_H), "?", "these keys"),
)
#: What the window itself listens to, for people: (keys, what they do).
WITH_CONTROL = (
    ("Ctrl+E", "save the slide as a picture or a film"), ("Ctrl+C", "copy a picture of the slide"),
    ("Ctrl+Q", "end the lecture"),
)
_BY_KEY = {int(key): command.name for command in COMMANDS for key in command.keys}


def command_of(event: QKeyEvent) -> str:
    """Return the name of the command that a key gives, or ""; keys with Ctrl, Alt or Meta give none."""
    modifiers = Qt.KeyboardModifier
    if event.modifiers() & (
        modifiers.ControlModifier | modifiers.AltModifier | modifiers.MetaModifier
    ):
        return ""
    return _BY_KEY.get(int(event.key()), "")


def overview() -> tuple[tuple[str, str], ...]:
    """Return (keys, what they do) for people."""
    rows = tuple((command.shown, command.text) for command in COMMANDS)
    return (*rows[:-1], *WITH_CONTROL, rows[-1])
