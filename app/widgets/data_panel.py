"""The data: samples by class, counts, mean images, histograms, and what the network gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QSize, Signal
from PySide6.QtGui import QColor, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import LIGHT, Theme, ui_font
from app.widgets import data_work
from app.widgets.choice_box import ElidedBox
from app.widgets.data_pages import DataPages
from app.widgets.data_views import VIEWS, Choices, views_for
from app.widgets.elided_label import ElidedLabel
from app.widgets.picture_tools import Painted, PictureTools
from app.widgets.plot_export import save_plot
from nnviz.data.dataset import Dataset
from nnviz.data.describe import (
    SPLIT_NAMES,
    SPLITS,
    feature_names,
    is_image,
)

TITLE_PX = 26


class DataPanel(QWidget):
    """Shows a data set in several views; computes only what is in sight, and not in the GUI thread."""

    #: Index of a sample in the test split that the person wants to see in the network.
    sample_requested = Signal(int)
    #: The person wants the picture saved; carries a name for the file.
    save_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data_panel")
        self._theme = LIGHT
        self._dataset: Dataset | None = None
        self._choices = Choices()
        self._active = False
        self._build()

    def _build(self) -> None:
        self.title = ElidedLabel("Data", self)
        self.title.setObjectName("data_title")
        self.title.setProperty("role", "heading")
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.save_button = QToolButton(self)
        self.save_button.setObjectName("save_data_picture")
        self.save_button.setText("Save…")
        self.save_button.setAccessibleName("Save this view as a picture")
        self.save_button.setToolTip("Save this view of the data as PNG or SVG; Ctrl+C copies it.")
        self.save_button.setProperty("role", "segment")
        self.save_button.clicked.connect(self._save)
        self.tools = PictureTools(
            self, "data", "this view of the data", has=lambda: self._dataset is not None, source=self._painted
        )
        self._buttons: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        for name, (text, tip) in VIEWS.items():
            button = QToolButton(self)
            button.setObjectName(f"data_view_{name}")
            button.setText(text)
            button.setAccessibleName(f"Data: {text}")
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setProperty("role", "segment")
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(self._view_clicked)
            group.addButton(button)
            self._buttons[name] = button
        for button in (self.save_button, *self._buttons.values()):
            button.setFocusPolicy(button.focusPolicy().StrongFocus)
        self.split_box = self._box("data_split", "Split", "Which split of the data is shown.")
        for name in SPLITS:
            self.split_box.addItem(SPLIT_NAMES[name], name)
        self.first_box = self._box("data_first_choice", "Class", "")
        self.second_box = self._box("data_second_choice", "Second choice", "")

        self.pages = DataPages(self)
        self.caption = QLabel(self)
        self.caption.setObjectName("data_caption")
        self.caption.setWordWrap(True)
        self.caption.setProperty("role", "small")
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.save_button)
        self._segments = QGridLayout()
        self._segments.setSpacing(3)
        choices = QGridLayout()
        choices.setSpacing(4)
        choices.addWidget(self.split_box, 0, 0)
        choices.addWidget(self.first_box, 0, 1)
        choices.addWidget(self.second_box, 1, 0, 1, 2)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 4, 12, 10)
        outer.setSpacing(6)
        outer.addLayout(head)
        outer.addLayout(self._segments)
        outer.addLayout(choices)
        outer.addWidget(self.pages, 1)
        outer.addWidget(self.caption)
        self.pages.said.connect(self._say)
        self.pages.answered.connect(self._refresh)
        self.pages.sample_chosen.connect(self._sample_chosen)
        self.pages.grid.group_chosen.connect(self._group_chosen)
        self.pages.mean_images.group_chosen.connect(self._mean_chosen)
        self.pages.pixel_map.pixel_chosen.connect(self._pixel_chosen)
        self.split_box.activated.connect(self._split_activated)
        self.first_box.activated.connect(self._first_activated)
        self.second_box.activated.connect(self._second_activated)
        self._arrange_segments()
        self.set_theme(LIGHT)

    def _box(self, name: str, accessible: str, tip: str) -> QComboBox:
        box = ElidedBox(self)
        box.setObjectName(name)
        box.setAccessibleName(accessible)
        box.setToolTip(tip or accessible)
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        box.setMinimumWidth(70)
        return box

    # -- values in -----------------------------------------------------------------------------------------------

    def set_dataset(self, dataset: Dataset) -> None:
        """Show another data set; nothing is computed before the panel is active."""
        if dataset is self._dataset:
            return
        before = self._dataset
        view = self._choices.view
        self._dataset = dataset
        self.pages.set_dataset(dataset)
        views = views_for(dataset)
        # Who looks at the first view looks at the first one again; another that was chosen stays where there is one.
        stays = before is not None and view in views and view != views_for(before)[0]
        self._choices = Choices(view=view if stays else views[0])
        self.title.setText(f"Data: {dataset.title}")
        self.title.setToolTip(dataset.title)
        self._arrange_segments()
        self._refresh()

    def set_active(self, active: bool) -> None:
        """Say whether the panel can be seen; nothing is computed while it cannot."""
        self._active = active
        if active:
            self._refresh()

    def set_marked(self, index: int | None) -> None:
        """Mark the sample of the test split that the network shows; None where it shows none of them."""
        self.pages.set_marked(index, self._choices)

    def set_input(self, x: NDArray[np.float32]) -> None:
        """Set what the network gets now, (input size,): a sample or a drawing."""
        if self.pages.set_input(x) and self._choices.view == "fed":
            self._refresh()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.pages.set_theme(theme)

    @property
    def view(self) -> str:
        """The name of the view that is shown, one of ``VIEWS``."""
        return self._choices.view

    @property
    def is_settled(self) -> bool:
        """Whether nothing is being computed."""
        return self.pages.is_settled

    def stop(self) -> None:
        """Wait for the background; nothing is computed any more."""
        self._active = False
        self.pages.stop()

    def export(self, path: Path) -> None:
        """Save the view as a picture, with a line that says what it shows.

        Args:
            path: ends in .png or .svg.

        Raises:
            SaveError: another suffix, or the file cannot be written.
        """
        size, paint = self._painted()
        save_plot(path, size, self.picture_title(), paint, None)

    def _painted(self) -> Painted:
        """Return the size of the view as a picture with its title, and what paints it."""
        page = self.pages.currentWidget()
        inner = (page.widget() if isinstance(page, QScrollArea) else page) or self
        title, size = self.picture_title(), QSize(inner.width() + 16, inner.height() + TITLE_PX + 8)

        def paint(painter: QPainter) -> None:
            painter.fillRect(0, 0, size.width(), size.height(), QColor(self._theme.surface))
            painter.setFont(ui_font(12, bold=True))
            painter.setPen(QColor(self._theme.text))
            painter.drawText(8, 18, title)
            inner.render(painter, QPoint(8, TITLE_PX))

        return size, paint

    def picture_title(self) -> str:
        """Return what the picture shows, in a line."""
        if self._dataset is None:
            return "Data"
        what = VIEWS[self.view][0]
        where = f", {SPLIT_NAMES[self._choices.split()].lower()} split" if self.view in self._choices.splits else ""
        return f"{self._dataset.title}: {what.lower()}{where}"

    # -- from the person -----------------------------------------------------------------------------------------

    def _save(self) -> None:
        if self._dataset is not None:
            # The name of a person's own data is a path: the title goes into the name of the file.
            title = "".join(letter if letter.isalnum() else "-" for letter in self._dataset.title.lower())
            self.save_requested.emit(f"{title}-{self.view}.png")

    def _view_clicked(self) -> None:
        for name, button in self._buttons.items():
            if button.isChecked():
                self._choices.view = name
        self._refresh()

    def show_view(self, name: str) -> None:
        """Show one of the views that fit the data.

        Raises:
            ValueError: the data have no such view.
        """
        if self._dataset is None or name not in views_for(self._dataset):
            raise ValueError(f"the data have no view {name!r}")
        self._choices.view = name
        self._refresh()

    def _split_activated(self) -> None:
        self._choices.splits[self.view] = str(self.split_box.currentData())
        self._refresh()

    def _first_activated(self) -> None:
        name = {"samples": "group", "points": "across", "mean": "mean", "features": "feature", "target": "target"}
        setattr(self._choices, name[self.view], int(self.first_box.currentData()))
        self._refresh()

    def _second_activated(self) -> None:
        setattr(self._choices, {"points": "up", "mean": "minus"}[self.view], int(self.second_box.currentData()))
        self._refresh()

    def _group_chosen(self, group: int) -> None:
        self._choices.group = group
        self._refresh()

    def _mean_chosen(self, group: int) -> None:
        self._choices.mean = group
        self._refresh()

    def _pixel_chosen(self, pixel: int) -> None:
        self._choices.feature = pixel
        self._refresh()

    def _sample_chosen(self, index: int) -> None:
        if self._choices.split() == "test":
            self.sample_requested.emit(index)

    # -- what is shown -------------------------------------------------------------------------------------------

    def _arrange_segments(self) -> None:
        """Put the buttons of the views into one row where they fit, otherwise into two."""
        views = () if self._dataset is None else views_for(self._dataset)
        wanted = sum(self._buttons[name].sizeHint().width() + 3 for name in views)
        columns = len(views) if self.width() - 24 >= wanted else 3
        for button in self._buttons.values():
            self._segments.removeWidget(button)
        for k, name in enumerate(views):
            self._segments.addWidget(self._buttons[name], k // max(columns, 1), k % max(columns, 1))
        for name, button in self._buttons.items():
            button.setVisible(name in views)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the buttons of the views."""
        super().resizeEvent(event)
        self._arrange_segments()
        self._say(self.caption.text())

    def _say(self, text: str) -> None:
        self.caption.setText(text)
        # The pages have labels that wrap too; together with them the layout would give this one too few lines.
        self.caption.setFixedHeight(max(16, self.caption.heightForWidth(max(40, self.width() - 24))))

    def _refresh(self) -> None:
        if self._active and self._dataset is not None:
            self._buttons[self._choices.view].setChecked(True)
            self._offer(self._dataset)
            self.pages.refresh(self._choices)

    def _offer(self, dataset: Dataset) -> None:
        """Fill the boxes with the choices of the view."""
        view, chosen = self._choices.view, self._choices
        self.split_box.setVisible(view in chosen.splits)
        self.split_box.setCurrentIndex(SPLITS.index(chosen.split()))
        names = () if is_image(dataset) else feature_names(dataset)
        numbered = [(name, k) for k, name in enumerate(names)]
        classes = [(name, k) for k, name in enumerate(dataset.class_names)]
        means = self.pages.answer("means", chosen.split()) if view == "mean" else None
        if isinstance(means, data_work.Means):
            classes = [(name, k) for k, name in enumerate(means.names)]
        first: list[tuple[str, int]] = []
        second: list[tuple[str, int]] = []
        if view == "samples" and classes:
            parts = self.pages.answer("parts", chosen.split())
            groups = [g.name for g in parts.groups] if isinstance(parts, data_work.Parts) else dataset.class_names
            word = "All labels" if dataset.task == "multilabel" else "All classes"
            first = [(word, -1), *((name, k) for k, name in enumerate(groups))]
            _fill(self.first_box, first, chosen.group, "Class of the samples")
        elif view == "points" and len(names) > 2:
            first, second = numbered, [(f"against {name}", k) for name, k in numbered]
            _fill(self.first_box, first, chosen.across, "Feature across")
            _fill(self.second_box, second, chosen.up, "Feature up")
        elif view == "mean" and len(classes) > 1:
            first, second = classes, [("by itself", -1), *((f"less {name}", k) for name, k in classes)]
            _fill(self.first_box, first, chosen.mean, "Class of the mean image")
            _fill(self.second_box, second, chosen.minus, "Class whose mean is subtracted")
        elif view == "features" and not is_image(dataset):
            first = numbered
            _fill(self.first_box, first, max(chosen.feature, 0), "Feature")
        elif view == "target" and len(dataset.target_names) > 1:
            first = [(name, k) for k, name in enumerate(dataset.target_names)]
            _fill(self.first_box, first, chosen.target, "Target")
        self.first_box.setVisible(bool(first))
        self.second_box.setVisible(bool(second))

def _fill(box: QComboBox, items: list[tuple[str, int]], chosen: int, accessible: str) -> None:
    """Offer items in a box, only where they are others than it has: that keeps an open list open."""
    has = [(box.itemText(k), box.itemData(k)) for k in range(box.count())]
    if has != items:
        box.clear()
        for text, data in items:
            box.addItem(text, data)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    box.setAccessibleName(accessible)
    box.setToolTip(accessible)

