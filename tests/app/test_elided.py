"""Words that have too little room: parts are left out, the rest is cut with an ellipsis."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from app.widgets.choice_box import ElidedBox
from app.widgets.elided_label import ElidedLabel, PartsLabel
from app.widgets.health_panel import summary
from app.widgets.plot_header import LegendEntry, PlotHeader, Stroke


def test_a_label_ends_in_an_ellipsis(qtbot: QtBot) -> None:
    label = ElidedLabel("sepal length (cm)")
    qtbot.addWidget(label)
    label.resize(label.sizeHint())
    assert label.shown_text() == "sepal length (cm)"
    label.resize(60, 20)
    assert label.shown_text().endswith("…")


def test_the_last_parts_are_left_out_first(qtbot: QtBot) -> None:
    label = PartsLabel()
    qtbot.addWidget(label)
    label.set_parts(["step 6,751 of 8,595", "498 steps/s", "4 s left"])
    assert label.text() == "step 6,751 of 8,595  ·  498 steps/s  ·  4 s left"
    wide = label.fontMetrics().horizontalAdvance
    shown = set()
    for width in range(wide(label.text()) + 4, 0, -1):
        label.resize(width, 20)
        text = label.shown_text()
        assert wide(text) <= width
        shown.add(text if "…" not in text else "…")
    assert shown == {
        label.text(), "step 6,751 of 8,595  ·  498 steps/s", "step 6,751 of 8,595", "…", "",
    }


def test_a_closed_box_does_not_cut_a_letter(qtbot: QtBot) -> None:
    box = ElidedBox()
    qtbot.addWidget(box)
    box.addItem("sepal length (cm)")
    box.resize(box.sizeHint().width() - 30, box.sizeHint().height())
    box.show()
    seen = box.grab().toImage()
    cut = box.fontMetrics().elidedText(box.currentText(), Qt.TextElideMode.ElideRight, box.text_room())
    assert cut.endswith("…")
    box.setItemText(0, cut)  # the same words, which fit
    assert seen.convertToFormat(QImage.Format.Format_RGB32) == box.grab().toImage().convertToFormat(
        QImage.Format.Format_RGB32
    )


@pytest.mark.parametrize(("width", "name"), [(300, "smoothed ~100"), (150, "~100")])
def test_where_no_line_has_room_a_name_keeps_its_last_word(qtbot: QtBot, width: int, name: str) -> None:
    header = PlotHeader()
    qtbot.addWidget(header)
    header.set_title("Accuracy")
    header.set_legend_visible(True)
    stroke = Stroke(lambda theme: QColor(theme.text))
    header.set_entries([LegendEntry(("smoothed ~100",), (stroke,), ("a",), "100.00 %")])
    header.resize(width, header.height())
    header.show()
    assert header.shown_names() == [name]


def test_one_step_is_no_steps() -> None:
    assert summary((), 1) == "Nothing wrong in 1 step"
    assert summary((), 2_000) == "Nothing wrong in 2,000 steps"
