"""The pages of the data panel: each view filled with what the background made of the data."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.background import Background
from app.theme import Theme
from app.widgets import data_work
from app.widgets.count_bars import CountBars
from app.widgets.data_views import Choices
from app.widgets.fed_in import FedPixels, FedRows
from app.widgets.histogram_rows import HistogramRows
from app.widgets.mean_images import MeanImages
from app.widgets.pixel_picture import PixelPicture
from app.widgets.sample_grid import SampleGrid
from app.widgets.sample_scatter import SampleScatter
from app.widgets.sample_table import SampleTable
from nnviz.data.dataset import Dataset
from nnviz.data.describe import (
    SPLIT_NAMES,
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

T = TypeVar("T")
WORKING = "Working on it …"


class DataPages(QStackedWidget):
    """Shows one view of a data set at a time; computes only what is asked for, and not in the GUI thread."""

    #: A line about what is shown.
    said = Signal(str)
    #: Something that was computed has come: the page can be filled.
    answered = Signal()
    #: Index of a sample in the split that is shown.
    sample_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._choices = Choices()
        self._marked: int | None = None
        self._input: NDArray[np.float32] | None = None
        self._answers: dict[Hashable, object] = {}
        self._drawn: dict[str, tuple[object, ...]] = {}
        self._background = Background(self)
        self._background.done.connect(self._take)
        self._background.failed.connect(self._failed)
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
        for page in (*self._pages.values(), self.table, self.fed_pixels, self.nothing):
            self.addWidget(page)
        for each in (self.grid, self.table, self.scatter):
            each.sample_chosen.connect(self.sample_chosen)

    # -- values in -----------------------------------------------------------------------------------------------

    def set_dataset(self, dataset: Dataset) -> None:
        """Take another data set; nothing is computed before ``refresh``."""
        self._background.clear()
        self._answers.clear()
        self._drawn.clear()
        self._dataset = dataset
        self._input = None
        self._marked = None

    def set_marked(self, index: int | None, choices: Choices) -> None:
        """Mark the sample of the test split that the network shows; None marks none."""
        self._choices = choices
        if index != self._marked:
            self._marked = index
            self._mark()

    def set_input(self, x: NDArray[np.float32]) -> bool:
        """Set what the network gets, (input size,); return whether that is something else than before."""
        if self._input is not None and np.array_equal(x, self._input):
            return False  # while training, the same sample comes again and again
        self._input = x
        return True

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        for widget in (
            self.grid, self.table, self.scatter, self.count_bars, self.target_rows, self.feature_rows,
            self.mean_images, self.fed_pixels, self.fed_rows, self.pixel_map,
        ):
            widget.set_theme(theme)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is being computed."""
        return not self._background.is_busy

    def stop(self) -> None:
        """Wait for the background; nothing is computed any more."""
        self._background.stop()

    def answer(self, *key: object) -> object | None:
        """Return something that was computed, None where it was not."""
        return self._answers.get(key)

    def refresh(self, choices: Choices) -> None:
        """Show the view that is chosen; what it needs and is not there is computed, and ``answered`` follows."""
        dataset = self._dataset
        self._choices = choices
        if dataset is None:
            return
        view = choices.view
        page = self._pages[view]
        if view == "samples" and not is_image(dataset):
            page = self.table
        elif view == "fed" and is_image(dataset):
            page = self.fed_pixels
        if view in choices.splits and not len(dataset.split(choices.split())):
            self.setCurrentWidget(self.nothing)
            self.said.emit("")
            return
        self.setCurrentWidget(page)
        {
            "samples": self._show_samples, "points": self._show_points, "counts": self._show_counts,
            "target": self._show_target, "mean": self._show_mean, "features": self._show_features,
            "fed": self._show_fed,
        }[view](dataset)

    # -- what is computed ----------------------------------------------------------------------------------------

    def _need(self, key: tuple[object, ...], work: Callable[[Stop], T]) -> T | None:
        """Return an answer that is there; have it made where it is not, and return None."""
        if key in self._answers:
            return cast(T, self._answers[key])
        self.said.emit(WORKING)
        self._background.ask(key, work)
        return None

    def _take(self, key: Hashable, answer: object) -> None:
        self._answers[key] = answer
        self.answered.emit()

    def _failed(self, _key: object, text: str) -> None:
        self.said.emit(f"This could not be computed: {text}.")

    # -- the views -----------------------------------------------------------------------------------------------

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
        self.said.emit(f"{before} {text}".strip())

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
            self.said.emit("A sample with several labels counts for each of them." if several else "")

    def _show_target(self, dataset: Dataset) -> None:
        target = min(self._choices.target, len(dataset.target_names) - 1)
        made = self._need(("target", target), lambda _stop: target_histogram(dataset, target))
        if made is not None:
            scaling = dataset.target_scaling
            pair = None if scaling is None else (float(scaling.mean[target]), float(scaling.std[target]))
            self.target_rows.set_histogram(made, dataset.target_names[target], pair, "as the network learns it", -1)
            self.said.emit("Bars are shares of each split; the tallest fills its row.")

    def _show_mean(self, dataset: Dataset) -> None:
        split = self._choices.split()
        made = self._need(("means", split), lambda stop: data_work.means(dataset, split, stop))
        if made is not None:
            if self._is_new("means", split):
                self.mean_images.set_means(made.names, made.counts, made.images)
            self.mean_images.set_groups(self._choices.mean, self._choices.minus)
            self.said.emit("Point at another class to see the difference." if len(made.names) > 1 else "")

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
        self.said.emit(text)

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
                self.said.emit(_image_words(shown_input, spread, split))
            return
        shown = self._need(("fed", split), lambda stop: data_work.fed(dataset, split, stop))
        if spread is None or shown is None:
            return
        if self._is_new("fed", split):
            self.fed_rows.set_features(feature_names(dataset), dataset.scaling, spread, shown)
        self.fed_rows.set_sample(self._input_or_first(dataset))
        if dataset.scaling is None:
            self.said.emit("The values as they are; each feature has a scale of its own.")
        else:
            self.said.emit(
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


def _scrolling(widget: QWidget, name: str) -> QScrollArea:
    """Return a view that scrolls where it is too low for what it shows."""
    area = QScrollArea()
    area.setObjectName(name)
    area.setWidgetResizable(True)
    area.setWidget(widget)
    return area
