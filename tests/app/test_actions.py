"""The tables of actions: no key means two things."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from app.actions import DESKTOP, DIGITS, ActionSpec
from app.windows.desktop import DesktopWindow


@pytest.mark.parametrize("table", [DESKTOP, DIGITS], ids=["desktop", "digits"])
def test_names_and_keys_are_given_once(table: tuple[ActionSpec, ...]) -> None:
    names = Counter(spec.name for spec in table)
    keys = Counter(key for spec in table for key in spec.keys)
    assert [name for name, count in names.items() if count > 1] == []
    assert [key for key, count in keys.items() if count > 1] == []


def test_no_two_actions_of_the_window_answer_to_one_key(window: DesktopWindow) -> None:
    """Also those that panels and menus bring along: Qt does nothing at all where two shortcuts are alike."""
    found: dict[str, set[QAction]] = {}
    for widget in (window, *window.findChildren(QWidget)):
        for action in widget.actions():
            for key in action.shortcuts():
                found.setdefault(key.toString(), set()).add(action)
    wide = {key: {a for a in actions if a.shortcutContext().name != "WidgetShortcut"} for key, actions in found.items()}
    alike = {key: sorted(a.objectName() for a in actions) for key, actions in wide.items() if len(actions) > 1}
    assert alike == {}
