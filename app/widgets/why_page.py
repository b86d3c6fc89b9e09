"""The page “Why?”: what the pixels say, the ways through the network, and the training samples most alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QTabBar, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import LIGHT, Theme
from app.widgets.why_paths import PathChoice
from app.widgets.why_pixels import WhyPixels
from app.widgets.why_replay import WhyReplay
from app.widgets.why_samples import WhySamples
from app.widgets.why_search import Nearest, SampleSearch, can_search
from app.widgets.why_work import Explanation, Latest, Question, explain, explains
from nnviz.data.dataset import Dataset
from nnviz.picture.refs import UnitRef
from nnviz.training.records import Snapshot

#: From one explanation to the next at least so long, and from one search to the next.
EXPLAIN_INTERVAL_MS, SEARCH_INTERVAL_MS = 40, 90
#: An explanation that took long is followed by a rest so many times as long, at most so many ms: drawing comes first.
REST, LONGEST_REST_MS = 4.0, 250
#: Activations of 60,000 samples take half a second: while training they are renewed this often.
RENEW_S = 4.0
TABS = (
    ("pixels", "Pixels", "Which pixels of the drawing speak for a class."),
    ("paths", "Paths", "Which ways through the network are strongest, and the pass stage by stage."),
    ("samples", "Alike", "Which training samples are most like the drawing."),
)
NO_DATA = "The training samples are not read yet."


class WhyPage(QWidget):
    """Explains the sample that is shown, while it can be seen; nothing is computed while it cannot.

    ``set_data_words`` and ``set_dataset`` answer ``data_wanted``.

    Args:
        parent: Qt's.
        with_replay: whether it has the buttons of the replay.
        in_drawer: whether it stands in a drawer with margins of its own, as high as the window, instead of a dock.
    """

    #: Explanation whose colours lie on the drawing, None for none.
    overlay_changed = Signal(object)
    #: Chains to be painted solid and hollow in the graph, each a tuple of ``Chain``.
    paths_changed = Signal(object, object)
    #: Whether what is seen of the page speaks of the graph, which should then be in sight.
    graph_wanted = Signal(bool)
    #: Training samples are to be shown and there are none: they should be read.
    data_wanted = Signal()
    #: The words of an error.
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, with_replay: bool = True, in_drawer: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName("why_page")
        self.setAccessibleName("Why?")
        self._snapshot: Snapshot | None = None
        self._shape: tuple[int, int] = (28, 28)
        self._explanation: Explanation | None = None
        self._dataset: Dataset | None = None
        self._search: SampleSearch | None = None
        self._renewed = self._asked = 0.0
        self._active = self._saves = True
        self.tabs = QTabBar(self)
        self.tabs.setObjectName("why_tabs")
        self.tabs.setAccessibleName("Parts of the explanation")
        self.tabs.setToolTip("What is explained: pixels, paths in the graph, or training samples alike.")
        self.tabs.setExpanding(False)
        for number, (_, text, tip) in enumerate(TABS):
            self.tabs.addTab(text)
            self.tabs.setTabToolTip(number, tip)
        self.pixels = WhyPixels(self, in_drawer=in_drawer)
        self.paths = PathChoice(self)
        self.replay = WhyReplay(self)
        self.replay.setVisible(with_replay)
        self.samples = WhySamples(self)
        both = QWidget(self)
        box = QVBoxLayout(both)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(10)
        box.addWidget(self.paths)
        box.addWidget(self.replay)
        box.addStretch(1)
        self._parts = (self.pixels, both, self.samples)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(*((0, 4, 8, 4) if in_drawer else (16, 4, 16, 12)))
        outer.setSpacing(8)
        self.save_button = QToolButton(self)
        self.save_button.setObjectName("why_save")
        self.save_button.setAccessibleName("Save or copy this picture")
        self.save_button.setToolTip("Save this picture, or copy it; so does a right click on it, and Ctrl+C copies.")
        self.save_button.setProperty("role", "tiny")
        self.save_button.clicked.connect(self._open_tools)
        head = QHBoxLayout()
        head.addWidget(self.tabs, 1)
        head.addWidget(self.save_button)
        outer.addLayout(head)
        for part in self._parts:  # hidden ones take no room, so that the page scrolls only where it must
            outer.addWidget(part, 1)
            part.setVisible(part is self.pixels)
        self._work, self._searching = Latest(self), Latest(self)
        self._work.done.connect(self._explained)
        self._searching.done.connect(self._found)
        for worker in (self._work, self._searching):
            worker.failed.connect(self.failed)
        self._soon = self._timer(EXPLAIN_INTERVAL_MS, self._ask)
        self._search_soon = self._timer(SEARCH_INTERVAL_MS, self._ask_samples)
        self.tabs.currentChanged.connect(self._tab_changed)
        self.pixels.choice_changed.connect(self._ask)
        self.pixels.overlay_toggled.connect(self._tell_overlay)
        self.paths.choice_changed.connect(self._tell_paths)
        self.paths.kept_toggled.connect(self._tell_paths)
        self._show_nothing()

    def _timer(self, interval: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval)
        timer.timeout.connect(slot)
        return timer

    # -- values in ---------------------------------------------------------------------------------------------

    def set_classes(self, names: tuple[str, ...]) -> None:
        """Set the names of the classes."""
        for widget in (self.pixels, self.paths, self.samples):
            widget.set_classes(names)

    def set_snapshot(self, snapshot: Snapshot | None, shape: tuple[int, ...] = (28, 28)) -> None:
        """Explain a sample from now on; None, and what is no image in classes, leaves hints.

        Args:
            snapshot: the sample on its way through the network.
            shape: of its image, (height, width).
        """
        self._snapshot = snapshot if explains(snapshot, shape) else None
        if self._snapshot is None:
            self._soon.stop()
            self._search_soon.stop()
            self._work.forget()
            self._searching.forget()
            self._show_nothing()
            return
        self._shape = (shape[0], shape[1])
        self.replay.set_available(True)
        if self._is_wanted and not self._soon.isActive():
            self._soon.start()
        self._want_samples()

    def set_unit(self, unit: UnitRef | None) -> None:
        """Explain a hidden unit from now on; None goes back to a class."""
        self.pixels.set_unit(unit)
        self._ask()

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Set the data whose training samples are searched."""
        if dataset is self._dataset:
            return
        self._dataset = dataset
        self._searching.forget()
        self._search = None
        self._renewed = 0.0
        self._want_samples()

    def set_data_words(self, words: str) -> None:
        """Say why there are no training samples yet."""
        if self._search is None and self._snapshot is not None:
            self.samples.set_nearest(None, words)

    def set_on_paper_available(self, available: bool) -> None:
        """Choose whether it is a drawing that is explained, which colours could lie on, or a sample of the data."""
        self.pixels.set_on_paper_available(available)
        self.samples.set_is_drawing(available)

    def set_theme(self, theme: Theme = LIGHT) -> None:
        """Set the colours."""
        for widget in (self.pixels, self.replay, self.samples):
            widget.set_theme(theme)
        self.save_button.setIcon(icon("save", theme.text))

    def set_active(self, active: bool) -> None:
        """Explain, or sleep: a dock may be behind another one although Qt calls it visible."""
        if active != self._active:
            self._active = active
            self._wake()

    def reset(self) -> None:
        """Forget what was chosen: the page is as at first."""
        self.tabs.setCurrentIndex(0)
        self.pixels.reset()
        self.paths.reset()

    def set_kiosk(self, on: bool) -> None:
        """Offer no files on a public table."""
        self._saves = not on
        for tools in (self.pixels.tools, self.samples.tools):
            tools.set_enabled(not on)
        self.save_button.setVisible(not on)
        self.paths.keep.setVisible(not on)  # the next visitor would not know where they come from

    def set_text_size(self, pixels: float) -> None:
        """Set the size of the text in logical pixels."""
        size = round(pixels)
        self.setStyleSheet(
            "QLabel, QToolButton, QPushButton, QComboBox, QCheckBox, QTabBar::tab, WordsLabel, WhyLegend, SampleTiles"
            f" {{ font-size: {size}px; }}"
            f' QLabel[role="small"] {{ font-size: {size - 1}px; }}'
        )

    @property
    def explanation(self) -> Explanation | None:
        """What is shown."""
        return self._explanation

    @property
    def overlaid(self) -> Explanation | None:
        """What is to lie on the drawing too."""
        shown = self._is_seen and self.tabs.currentIndex() == 0 and self.pixels.on_paper.isChecked()
        return self._explanation if shown else None

    @property
    def shows_graph(self) -> bool:
        """Whether what is seen of the page speaks of the graph: its paths, and the stages of the pass."""
        return self._is_seen and self.tabs.currentIndex() == 1

    @property
    def is_settled(self) -> bool:
        """Whether nothing is being worked out."""
        return not (
            self._soon.isActive() or self._search_soon.isActive() or self._work.is_busy or self._searching.is_busy
        )

    def stop(self) -> None:
        """Wait for the threads; nothing is explained afterwards."""
        self._soon.stop()
        self._search_soon.stop()
        self._work.stop()
        self._searching.stop()

    # -- working out -------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        if self._snapshot is None or not self._is_wanted:
            return
        method, target, minus, unit = self.pixels.choice
        chains = self.paths.keep.isChecked() or self.tabs.currentIndex() == 1
        question = Question(self._snapshot, self._shape, method, target, minus, unit, chains)
        self._asked = time.perf_counter()
        self._work.ask(partial(_explain, question))

    @property
    def _is_wanted(self) -> bool:
        """Whether anybody sees an explanation."""
        return self._is_seen or self.paths.keep.isChecked()

    @property
    def _is_seen(self) -> bool:
        return self._active and self.isVisible()

    def _explained(self, explanation: Explanation) -> None:
        if self._snapshot is None or not self._is_wanted:
            return
        self._explanation = explanation
        took = 1000 * (time.perf_counter() - self._asked)
        self._soon.setInterval(round(min(max(EXPLAIN_INTERVAL_MS, REST * took), LONGEST_REST_MS)))
        self.pixels.set_explanation(explanation)
        self.paths.set_explanation(explanation)
        self._tell_overlay()
        self._tell_paths()

    def _show_nothing(self) -> None:
        self._explanation = None
        self.pixels.set_explanation(None)
        self.paths.set_explanation(None)
        self.samples.set_drawing(None)
        self.replay.set_available(False)
        self._tell_overlay()
        self._tell_paths()

    def _tell_overlay(self) -> None:
        self.overlay_changed.emit(self.overlaid)

    def _tell_paths(self) -> None:
        shown = self.paths.keep.isChecked() or self.shows_graph
        solid, hollow = self.paths.chosen_chains() if shown else ((), ())
        self.paths_changed.emit(solid, hollow)

    # -- samples -----------------------------------------------------------------------------------------------

    def _want_samples(self) -> None:
        if self._is_seen and self.tabs.currentIndex() == 2 and not self._search_soon.isActive():
            self._search_soon.start(SEARCH_INTERVAL_MS)

    def _ask_samples(self) -> None:
        snapshot, dataset = self._snapshot, self._dataset
        if snapshot is None or not self._is_seen or self.tabs.currentIndex() != 2:
            return
        self.samples.set_drawing(snapshot.sample.reshape(self._shape))
        if dataset is None:
            self.samples.set_nearest(None, NO_DATA)
            self.data_wanted.emit()
            return
        if not can_search(dataset, snapshot):
            words = "cannot be compared with this input: they are no images of its size in classes."
            self.samples.set_nearest(None, f"The samples of {dataset.title} {words}")
            return
        if self._search is None:
            self._search = SampleSearch(dataset)
            self.samples.set_nearest(None, f"Searching {self._search.count:,} training and validation samples …")
        now = time.monotonic()
        renew = now - self._renewed >= RENEW_S
        if renew and not self._search.knows(snapshot):
            self._renewed = now
        elif not renew and not self._search.knows(snapshot):
            self._search_soon.start(round(1000 * (RENEW_S - now + self._renewed)))
        self._searching.ask(partial(_search, self._search, snapshot, renew))

    def _found(self, nearest: Nearest | None) -> None:
        if nearest is not None and self._snapshot is not None:
            self.samples.set_nearest(nearest)

    def _open_tools(self) -> None:
        part = self._parts[self.tabs.currentIndex()]
        if part in (self.pixels, self.samples):
            menu = (self.pixels if part is self.pixels else self.samples).tools.menu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.save_button.mapToGlobal(self.save_button.rect().bottomLeft()))

    # -- overrides of Qt -----------------------------------------------------------------------------------

    def _tab_changed(self, index: int) -> None:
        self.save_button.setVisible(self._saves and index != 1)  # the paths are in the graph
        for number, part in enumerate(self._parts):
            part.setVisible(number == index)
        self._wake()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to explain."""
        super().showEvent(event)
        self._wake()

    def hideEvent(self, event: QHideEvent) -> None:
        """Take colours and paths away."""
        super().hideEvent(event)
        self._wake()

    def _wake(self) -> None:
        self.graph_wanted.emit(self.shows_graph)
        self._tell_overlay()
        self._tell_paths()
        self._ask()
        self._want_samples()


def _explain(question: Question, _cancelled: Callable[[], bool]) -> Explanation:
    return explain(question)


def _search(
    search: SampleSearch, snapshot: Snapshot, renew: bool, cancelled: Callable[[], bool]
) -> Nearest | None:
    return search.find(snapshot, cancelled, renew=renew)
