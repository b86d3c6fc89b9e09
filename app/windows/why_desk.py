"""Connects the page “Why?” with what is shown: sample, graph, drawing and training data."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, QTimer
from PySide6.QtWidgets import QDockWidget

from app.dataset_loader import DatasetLoader, LoadFailure
from app.errors import ErrorBar
from app.session import Session
from app.theme import LIGHT, Theme
from app.widgets.digit_canvas import DigitCanvas
from app.widgets.network_view import NetworkView
from app.widgets.network_words import stage_name, stage_words
from app.widgets.stage_panel import WordsLabel
from app.widgets.why_marks import PAPER_CELL, overlay_image, palette_of, part_of
from app.widgets.why_page import WhyPage
from app.widgets.why_paths import PathOverlay, edges_of
from app.widgets.why_work import Explanation
from nnviz.data.dataset import Dataset
from nnviz.data.image_map import image_map
from nnviz.maths.chains import Chain
from nnviz.picture.refs import Ref, UnitRef
from nnviz.picture.timeline import stage_index
from nnviz.training.records import Snapshot

#: The data set that the bundled model learnt; it is read when its samples are looked at.
DIGITS = "mnist"
#: A slow replay: about ten seconds for the forward pass of a network of three layers.
SLOW = 0.6
#: So long after the last change of paths their edges are drawn.
FOCUS_DELAY_MS = 120


class WhyDesk(QObject):
    """Feeds the page what session and graph have, and graph and drawing what the page says.

    Args:
        page: explains; it belongs to a window.
        session: has the sample, and the data where the window reads them.
        view: the graph.
        canvas: the drawing.
        messages: the strip for what went wrong.
        reads_data: whether training data are read when they are wanted; a window that has its own reads none.
    """

    def __init__(
        self, page: WhyPage, session: Session, view: NetworkView, canvas: DigitCanvas, messages: ErrorBar, *,
        reads_data: bool,
    ) -> None:
        super().__init__(page)
        self._page, self._session, self._view, self._canvas = page, session, view, canvas
        self._theme = LIGHT
        self._reads_data = reads_data
        # A window that reads no data for the page has a bar of its own for the stages.
        self._has_strip = reads_data
        self._focused = False
        self._told: tuple[object, ...] = ()
        self.overlay = PathOverlay(view)
        self._focus_soon = QTimer(self)
        self._focus_soon.setSingleShot(True)
        self._focus_soon.setInterval(FOCUS_DELAY_MS)
        self._focus_soon.timeout.connect(self._focus)
        # The stage in words where the page, which has them too, cannot be seen; windows place it.
        self.strip = WordsLabel("why_stage_strip", 2, view)
        self.strip.hide()
        self._loader = DatasetLoader(self)
        self._loader.loaded.connect(self._loaded)
        self._loader.failed.connect(self._load_failed)
        session.snapshot_changed.connect(self._snapshot_changed)
        session.dataset_changed.connect(page.set_dataset)
        canvas.drawing_changed.connect(self._drawing_changed)
        view.selection_changed.connect(self._selection_changed)
        view.playing_changed.connect(self._playing_changed)
        view.time_changed.connect(self._time_changed)
        view.snapshot_painted.connect(self._show_stage)  # another one ends the animation
        page.overlay_changed.connect(self._show_overlay)
        page.paths_changed.connect(self._show_paths)
        page.data_wanted.connect(self._read_data)
        page.failed.connect(messages.show_error)
        page.replay.toggle_requested.connect(self._replay)
        page.replay.stage_requested.connect(self._move_stage)
        page.replay.still_requested.connect(self._show_whole)

    def watch(self, dock: QDockWidget) -> None:
        """Explain only while this dock is open and, where it shares its place, in front."""
        self._page.set_active(False)
        dock.visibilityChanged.connect(self._page.set_active)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._page.set_theme(theme)
        self.overlay.set_theme(theme)
        self.strip.set_theme(theme)
        self._show_overlay(self._page.overlaid)

    def stop(self) -> None:
        """Wait for the threads."""
        self._focus_soon.stop()
        self._loader.stop()
        self._page.stop()

    # -- what is shown -----------------------------------------------------------------------------------------

    def _snapshot_changed(self, snapshot: Snapshot) -> None:
        self._page.set_classes(self._names(snapshot))
        is_drawing = self._session.sample.kind == "drawing"
        self._page.set_on_paper_available(is_drawing)
        if is_drawing and self._canvas.is_empty:
            self._page.set_snapshot(None)
        else:
            self._page.set_snapshot(snapshot, snapshot.spec.input_shape)

    def _drawing_changed(self) -> None:
        if self._canvas.is_empty and self._session.sample.kind == "drawing":
            self._page.set_snapshot(None)

    def _names(self, snapshot: Snapshot) -> tuple[str, ...]:
        outputs = len(snapshot.forward.output[0])
        return tuple(self._view.meaning.name(index) for index in range(outputs))

    def _selection_changed(self, selection: tuple[Ref, ...]) -> None:
        snapshot = self._session.snapshot
        layers = 0 if snapshot is None else len(snapshot.spec.layers)
        units = [ref for ref in selection if isinstance(ref, UnitRef) and 0 < ref.layer < layers and ref.unit >= 0]
        self._page.set_unit(units[-1] if units else None)
        if self._focused and not selection:
            self._show_paths(*self.overlay.chains)

    # -- on drawing and graph ----------------------------------------------------------------------------------

    def _show_overlay(self, explanation: Explanation | None) -> None:
        """Lay the colours over the drawing, where the network sees it."""
        self._show_strip()  # the page came or went
        canvas = self._canvas
        if explanation is None or self._session.sample.kind != "drawing" or canvas.is_empty:
            canvas.set_overlay(None)
            return
        image = explanation.question.image
        found = image_map(canvas.digit_ink(), image)
        if found is None:
            canvas.set_overlay(None)
            return
        (left, top), (right, bottom) = found.on_paper(0, 0), found.on_paper(image.shape[1], image.shape[0])
        palette = palette_of(explanation.is_blame, self._theme.is_dark)
        picture = overlay_image(explanation.values, explanation.scale, palette, PAPER_CELL)
        # The image of one of several digits reaches over its neighbours, of which the colours say nothing.
        canvas.set_overlay(*part_of(picture, QRectF(left, top, right - left, bottom - top), canvas.digit_room))

    def _show_paths(self, solid: tuple[Chain, ...], hollow: tuple[Chain, ...]) -> None:
        """Paint chains over the graph, and leave only their edges in it unless units are selected there."""
        self.overlay.set_chains(solid, hollow)
        chains = (*solid, *hollow)
        if self._view.selection:
            self._focused = bool(chains)
        elif chains or self._focused:
            self._focused = bool(chains)
            if chains:  # the lines follow the drawing; the edges below them are drawn anew when it rests
                self._focus_soon.start()
            else:
                self._focus_soon.stop()
                self._view.set_focus(())

    def _focus(self) -> None:
        solid, hollow = self.overlay.chains
        if self._focused and not self._view.selection:
            self._view.set_focus(edges_of((*solid, *hollow)))

    # -- replay ------------------------------------------------------------------------------------------------

    def _replay(self) -> None:
        if self._session.snapshot is not None:
            self._view.set_speed(SLOW)
            self._view.toggle()
            self._show_stage()

    def _move_stage(self, by: int) -> None:
        if by > 0:
            self._view.next_stage()
        else:
            self._view.previous_stage()
        self._show_stage()

    def _show_whole(self) -> None:
        self._view.pause()
        self._view.set_time(None)
        self._show_stage()

    def _playing_changed(self, playing: bool) -> None:
        self._page.replay.set_playing(playing)
        self._show_stage()

    def _time_changed(self, _t: float) -> None:
        self._show_stage()

    def _show_stage(self) -> None:
        view = self._view
        snapshot, plan, t = view.snapshot, view.plan, view.time
        if snapshot is None or not plan or t is None:
            self._told = ()
            self._show_strip()
            self._page.replay.set_stage("", "", moving=False)
            return
        stage = stage_index(plan, t)
        told = (snapshot, plan, stage)
        if all(a is b for a, b in zip(told[:2], self._told[:2], strict=False)) and self._told[2:] == told[2:]:
            return  # every frame asks
        self._told = told
        kind, layer = plan[stage].kind, plan[stage].layer
        name = f"{stage + 1}/{len(plan)}  {stage_name(snapshot, kind, layer)}"
        words, _ = stage_words(snapshot, kind, layer, view.meaning)
        self._page.replay.set_stage(name, words, moving=True)
        self.strip.set_text(f"{name}.  {words}")
        self._show_strip()

    def _show_strip(self) -> None:
        self.strip.setVisible(self._has_strip and bool(self._told) and not self._page.shows_graph)

    # -- data --------------------------------------------------------------------------------------------------

    def _read_data(self) -> None:
        if self._session.dataset is not None:
            self._page.set_dataset(self._session.dataset)
        elif self._reads_data:
            self._page.set_data_words("Reading the training samples of MNIST …")
            if not self._loader.is_loading:
                self._loader.load(DIGITS)
        else:
            self._page.set_data_words("The training samples are being read …")

    def _loaded(self, dataset: Dataset) -> None:
        self._page.set_dataset(dataset)

    def _load_failed(self, failure: LoadFailure) -> None:
        self._page.set_data_words(failure.text)
