"""The data: samples by class, counts, mean images, histograms, and what the network gets."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import LIGHT, Theme, ui_font
from app.widgets import data_work
from app.widgets.background import Background
from app.widgets.count_bars import CountBars
from app.widgets.data_views import VIEWS, Choices, views_for
from app.widgets.fed_in import FedPixels, FedRows
from app.widgets.histogram_rows import HistogramRows
from app.widgets.mean_images import MeanImages
from app.widgets.pixel_picture import PixelPicture
from app.widgets.plot_export import save_plot
from app.widgets.sample_grid import SampleGrid
from app.widgets.sample_scatter import SampleScatter
from app.widgets.sample_table import SampleTable
from app.widgets.view_header import ElidedLabel
from nnviz.data.dataset import Dataset
from nnviz.data.describe import (
    SPLIT_NAMES,
    SPLITS,
    Histogram,
    Stop,
    Summary,
    answer_words,
    counts,
    feature_names,
    is_image,
    table_number,
    target_histogram,
)
from nnviz.errors import SaveError

T = TypeVar("T")
TITLE_PX = 26
WORKING = "Working on it …"


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
        self._marked: int | None = None
        self._input: NDArray[np.float32] | None = None
        self._answers: dict[Hashable, object] = {}
        self._drawn: dict[str, tuple[object, ...]] = {}
        self._background = Background(self)
        self._background.done.connect(self._take)
        self._background.failed.connect(self._failed)
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
        self.save_button.setToolTip("Save this view of the data as PNG or SVG.")
        self.save_button.setProperty("role", "segment")
        self.save_button.clicked.connect(self._save)
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

        self.grid, self.table, self.scatter = SampleGrid(self), SampleTable(self), SampleScatter(self)
        self.count_bars, self.target_rows, self.feature_rows = CountBars(self), HistogramRows(self), HistogramRows(self)
        self.target_rows.setObjectName("target_rows")
        self.mean_images, self.fed_pixels, self.fed_rows = MeanImages(self), FedPixels(self), FedRows(self)
        self.pixel_map = PixelPicture(self)
        self.pixel_map.setObjectName("pixel_map")
        self.pixel_map.setAccessibleName("Deviation of each pixel")
        self.pixel_map.setToolTip("How much each pixel varies. Click one, or use the arrow keys, for its histogram.")
        features = QWidget(self)
        box = QVBoxLayout(features)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.pixel_map, 1)
        feature_scroll = _scrolling(self.feature_rows, "feature_scroll")
        box.addWidget(feature_scroll, 2)
        self._pages: dict[str, QWidget] = {
            "samples": self.grid, "points": self.scatter, "counts": _scrolling(self.count_bars, "count_scroll"),
            "target": _scrolling(self.target_rows, "target_scroll"), "mean": self.mean_images, "features": features,
            "fed": self.fed_rows,
        }
        self.nothing = QLabel("There are no samples in this split.", self)
        self.nothing.setObjectName("no_samples")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setProperty("role", "muted")
        self.stack = QStackedWidget(self)
        for page in (*self._pages.values(), self.table, self.fed_pixels, self.nothing):
            self.stack.addWidget(page)
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
        outer.addWidget(self.stack, 1)
        outer.addWidget(self.caption)
        for each in (self.grid, self.table, self.scatter):
            each.sample_chosen.connect(self._sample_chosen)
        self.grid.group_chosen.connect(self._group_chosen)
        self.mean_images.group_chosen.connect(self._mean_chosen)
        self.pixel_map.pixel_chosen.connect(self._pixel_chosen)
        self.split_box.activated.connect(self._split_activated)
        self.first_box.activated.connect(self._first_activated)
        self.second_box.activated.connect(self._second_activated)
        self._arrange_segments()
        self.set_theme(LIGHT)

    def _box(self, name: str, accessible: str, tip: str) -> QComboBox:
        box = QComboBox(self)
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
        self._background.clear()
        self._answers.clear()
        self._drawn.clear()
        self._dataset = dataset
        self._input = None
        self._marked = None
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
        if index == self._marked:
            return
        self._marked = index
        self._mark()

    def set_input(self, x: NDArray[np.float32]) -> None:
        """Set what the network gets now, (input size,): a sample or a drawing."""
        if self._input is not None and np.array_equal(x, self._input):
            return  # while training, the same sample comes again and again
        self._input = x
        if self._choices.view == "fed":
            self._refresh()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        for widget in (
            self.grid, self.table, self.scatter, self.count_bars, self.target_rows, self.feature_rows,
            self.mean_images, self.fed_pixels, self.fed_rows, self.pixel_map,
        ):
            widget.set_theme(theme)

    @property
    def view(self) -> str:
        """The name of the view that is shown, one of ``VIEWS``."""
        return self._choices.view

    @property
    def is_settled(self) -> bool:
        """Whether nothing is being computed."""
        return not self._background.is_busy

    def stop(self) -> None:
        """Wait for the background; nothing is computed any more."""
        self._active = False
        self._background.stop()

    def export(self, path: Path) -> None:
        """Save the view as a picture, with a line that says what it shows.

        Args:
            path: ends in .png or .svg.

        Raises:
            SaveError: another suffix, or the file cannot be written.
        """
        if path.suffix.lower() == ".csv":
            raise SaveError(f"Cannot save {path}: a picture of the data must end in .png or .svg, got '.csv'.")
        page = self.stack.currentWidget()
        inner = (page.widget() if isinstance(page, QScrollArea) else page) or self
        title = self.picture_title()

        def paint(painter: QPainter) -> None:
            size = QSize(inner.width() + 16, inner.height() + TITLE_PX + 8)
            painter.fillRect(0, 0, size.width(), size.height(), QColor(self._theme.surface))
            painter.setFont(ui_font(12, bold=True))
            painter.setPen(QColor(self._theme.text))
            painter.drawText(8, 18, title)
            inner.render(painter, QPoint(8, TITLE_PX))

        save_plot(path, QSize(inner.width() + 16, inner.height() + TITLE_PX + 8), title, paint, ())

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

    def _need(self, key: tuple[object, ...], work: Callable[[Stop], T]) -> T | None:
        """Return an answer that is there; have it made where it is not, and return None."""
        if key in self._answers:
            return cast(T, self._answers[key])
        self._say(WORKING)
        self._background.ask(key, work)
        return None

    def _take(self, key: Hashable, answer: object) -> None:
        self._answers[key] = answer
        self._refresh()

    def _failed(self, _key: object, text: str) -> None:
        self._say(f"This could not be computed: {text}.")

    def _refresh(self) -> None:
        dataset = self._dataset
        if not self._active or dataset is None:
            return
        view = self._choices.view
        self._buttons[view].setChecked(True)
        self._offer(dataset)
        page = self._pages[view]
        if view == "samples" and not is_image(dataset):
            page = self.table
        elif view == "fed" and is_image(dataset):
            page = self.fed_pixels
        if view in self._choices.splits and not len(dataset.split(self._choices.split())):
            self.stack.setCurrentWidget(self.nothing)
            self._say("")
            return
        self.stack.setCurrentWidget(page)
        {
            "samples": self._show_samples, "points": self._show_points, "counts": self._show_counts,
            "target": self._show_target, "mean": self._show_mean, "features": self._show_features,
            "fed": self._show_fed,
        }[view](dataset)

    def _offer(self, dataset: Dataset) -> None:
        """Fill the boxes with the choices of the view."""
        view, chosen = self._choices.view, self._choices
        self.split_box.setVisible(view in chosen.splits)
        self.split_box.setCurrentIndex(SPLITS.index(chosen.split()))
        names = () if is_image(dataset) else feature_names(dataset)
        numbered = [(name, k) for k, name in enumerate(names)]
        classes = [(name, k) for k, name in enumerate(dataset.class_names)]
        means = self._answers.get(("means", chosen.split())) if view == "mean" else None
        if isinstance(means, data_work.Means):
            classes = [(name, k) for k, name in enumerate(means.names)]
        first: list[tuple[str, int]] = []
        second: list[tuple[str, int]] = []
        if view == "samples" and classes:
            parts = self._answers.get(("parts", chosen.split()))
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

    def _parts(self, dataset: Dataset) -> data_work.Parts | None:
        split = self._choices.split()
        return self._need(("parts", split), lambda _stop: data_work.parts(dataset, split))

    def _is_new(self, view: str, *key: object) -> bool:
        """Whether a view is to show something else than it does; what it shows already keeps its place."""
        if self._drawn.get(view) == key:
            return False
        self._drawn[view] = key
        return True

    def _sample_words(self, dataset: Dataset) -> Callable[[int], str]:
        name = self._choices.split()
        split = dataset.split(name)
        return lambda index: f"{SPLIT_NAMES[name]} sample {index:,}: {answer_words(dataset, split, index)}"

    def _say_where_to(self, before: str = "") -> None:
        can = self._choices.split() == "test"
        text = "Click a sample to see it in the network." if can else "The network shows samples of the test split."
        self._say(f"{before} {text}".strip())

    def _show_samples(self, dataset: Dataset) -> None:
        made = self._parts(dataset)
        if made is None:
            return
        split, group = dataset.split(self._choices.split()), self._choices.group
        group = group if group < len(made.groups) else -1
        if is_image(dataset):
            rows, columns = dataset.input_shape
            if self._is_new("samples", self._choices.split()):
                self.grid.set_samples(split.x, (rows, columns), made.groups, self._sample_words(dataset))
            self.grid.set_group(None if group < 0 else group)
        elif self._is_new("rows", self._choices.split(), group):
            shown = made.groups[group].members if group >= 0 else np.arange(len(split), dtype=np.int64)
            regression = dataset.task == "regression"
            answer = {"regression": ", ".join(dataset.target_names), "multilabel": "labels"}.get(dataset.task, "class")
            self.table.set_samples(
                split.x, shown, feature_names(dataset), dataset.scaling, answer, _answers_of(dataset, split.y),
                split.y[:, 0] if regression else made.codes, None if regression else made.codes,
                len(made.combinations),
            )
        self._mark()
        self._say_where_to()

    def _show_points(self, dataset: Dataset) -> None:
        made = self._parts(dataset)
        split, across, up = self._choices.split(), self._choices.across, self._choices.up
        last = int(np.prod(dataset.input_shape)) - 1
        across, up = min(across, last), min(up, last)
        places = self._need(
            ("points", split, across, up), lambda _stop: data_work.points(dataset, split, across, up)
        )
        if made is None or places is None:
            return
        if self._is_new("points", split, across, up):
            names = feature_names(dataset)
            target = None
            if dataset.task == "regression":
                ends = np.array([[-2.0], [2.0]])
                ends = ends * np.ones((1, len(dataset.target_names)))
                ends = ends if dataset.target_scaling is None else dataset.target_scaling.original(ends)
                target = dataset.target_names[0], dataset.split(split).y[:, 0], float(ends[0, 0]), float(ends[1, 0])
            self.scatter.set_samples(
                places, (names[across], names[up]), made.combinations, self._sample_words(dataset), target
            )
        self._mark()
        self._say_where_to(f"{self.scatter.shown_words}.")

    def _show_counts(self, dataset: Dataset) -> None:
        made = self._need(("counts",), lambda _stop: counts(dataset))
        if made is not None:
            names, table = made
            totals = len(dataset.train), len(dataset.validation), len(dataset.test)
            self.count_bars.set_counts(names, table, totals)
            several = dataset.task == "multilabel"
            self._say("A sample with several labels counts for each of them." if several else "")

    def _show_target(self, dataset: Dataset) -> None:
        target = min(self._choices.target, len(dataset.target_names) - 1)
        made = self._need(("target", target), lambda _stop: target_histogram(dataset, target))
        if made is not None:
            scaling = dataset.target_scaling
            pair = None if scaling is None else (float(scaling.mean[target]), float(scaling.std[target]))
            self.target_rows.set_histogram(made, dataset.target_names[target], pair, "as the network learns it", -1)
            self._say("Bars are shares of each split; the tallest fills its row.")

    def _show_mean(self, dataset: Dataset) -> None:
        split = self._choices.split()
        made = self._need(("means", split), lambda stop: data_work.means(dataset, split, stop))
        if made is not None:
            if self._is_new("means", split):
                self.mean_images.set_means(made.names, made.counts, made.images)
            self.mean_images.set_groups(self._choices.mean, self._choices.minus)
            self._say("Point at another class to see the difference." if len(made.names) > 1 else "")

    def _spread(self, dataset: Dataset) -> Summary | None:
        split = self._choices.split()
        return self._need(("spread", split), lambda stop: data_work.spread(dataset, split, stop))

    def _show_features(self, dataset: Dataset) -> None:
        image = is_image(dataset)
        self.pixel_map.setVisible(image)
        index, split = self._choices.feature, self._choices.split()
        if image:
            spread = self._spread(dataset)
            if spread is None:
                return
            if index < 0:
                index = self._choices.feature = int(np.nan_to_num(spread.std).argmax())
            deviation = spread.std.reshape(dataset.input_shape)
            if self._is_new("deviation", split):
                most = float(np.nanmax(deviation)) if np.isfinite(deviation).any() else 1.0
                self.pixel_map.set_values(deviation / (most or 1.0))
            self.pixel_map.set_chosen(index)
        index = max(index, 0)
        made = self._need(("feature", split, index), lambda _stop: data_work.feature(dataset, split, index))
        parts = self._parts(dataset)
        if made is not None and parts is not None:
            self._show_feature(dataset, index, made, len(parts.combinations))

    def _show_feature(self, dataset: Dataset, index: int, made: Histogram, colors: int) -> None:
        scaling = dataset.scaling
        pair = None if scaling is None else (float(scaling.mean[index]), float(scaling.std[index]))
        name = feature_names(dataset)[index]
        unit = f"value at {name}" if is_image(dataset) else name
        self.feature_rows.set_histogram(made, unit, pair, "as fed in", colors)
        of = "each class" if len(made.names) > 1 else "all samples"
        text = f"Bars are shares of {of}; the tallest fills its row."
        if is_image(dataset):
            text = f"Above: how much each pixel varies. {text}"
        self._say(text)

    def _input_or_first(self, dataset: Dataset) -> NDArray[np.float32] | None:
        """Return what the network gets; before it gets anything that fits, the first sample of the test split."""
        if self._input is not None and self._input.size == int(np.prod(dataset.input_shape)):
            return self._input
        return dataset.test.x[self._marked or 0] if len(dataset.test) else None

    def _show_fed(self, dataset: Dataset) -> None:
        split = self._choices.split()
        spread = self._spread(dataset)
        if is_image(dataset):
            shown_input = self._input_or_first(dataset)
            rows, columns = dataset.input_shape
            self.fed_pixels.set_values(None if shown_input is None else shown_input.reshape(rows, columns))
            if spread is not None:
                self._say(_image_words(shown_input, spread, split))
            return
        shown = self._need(("fed", split), lambda stop: data_work.fed(dataset, split, stop))
        if spread is None or shown is None:
            return
        if self._is_new("fed", split):
            self.fed_rows.set_features(feature_names(dataset), dataset.scaling, spread, shown)
        self.fed_rows.set_sample(self._input_or_first(dataset))
        if dataset.scaling is None:
            self._say("The values as they are; each feature has a scale of its own.")
        else:
            self._say(
                "x = (value − mean) / deviation of the training split, whose x thus have mean 0 and deviation 1. "
                "The mark is the sample shown."
            )

    def _mark(self) -> None:
        shown = self._marked if self._choices.split() == "test" else None
        for each in (self.grid, self.table, self.scatter):
            each.set_marked(shown)


def _answers_of(dataset: Dataset, y: NDArray[np.generic]) -> Callable[[int], str]:
    """Return a function that says what is to be learnt of a sample, in few letters."""
    scaling = dataset.target_scaling
    if dataset.task != "regression":
        split = next(s for s in (dataset.train, dataset.validation, dataset.test) if s.y is y)
        return lambda index: answer_words(dataset, split, index)

    def targets(index: int) -> str:
        row = np.asarray(y[index], np.float64)
        return ", ".join(table_number(float(v)) for v in (row if scaling is None else scaling.original(row)))

    return targets


def _image_words(x: NDArray[np.float32] | None, spread: Summary, split: str) -> str:
    """Return mean and deviation of one image and of all numbers of a split, in words."""
    mean = float(spread.mean.mean())
    # Of all numbers together: the variance within pixels and that between them.
    deviation = float(np.sqrt(np.square(spread.std).mean() + spread.mean.var()))
    words = f"{SPLIT_NAMES[split]} split: mean {mean:.3f}, deviation {deviation:.3f}."
    if x is None:
        return f"Grey levels divided by the largest: 0 paper, 1 ink. {words}"
    return (
        f"{x.size:,} numbers from 0 (paper) to 1 (ink): mean {float(x.mean()):.3f}, deviation {float(x.std()):.3f}. "
        f"{words}"
    )


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


def _scrolling(widget: QWidget, name: str) -> QScrollArea:
    """Return a view that scrolls where it is too low for what it shows."""
    area = QScrollArea()
    area.setObjectName(name)
    area.setWidgetResizable(True)
    area.setWidget(widget)
    return area
