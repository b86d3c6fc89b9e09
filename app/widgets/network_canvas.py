"""Where the picture of a network comes from: values in, the places of the layers, the edges being drawn."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.theme import LIGHT, Theme
from app.widgets.caption_plan import CaptionPlan
from app.widgets.edge_drawer import EdgeDrawer
from app.widgets.edge_pictures import EdgeJob, EdgePictures
from app.widgets.network_captions import plan_of
from app.widgets.network_places import places
from app.widgets.view_text import USUAL_TEXT_PX, usual_text
from nnviz.picture.answers import OutputMeaning
from nnviz.picture.layout import Layout
from nnviz.picture.look import Look
from nnviz.picture.refs import Ref
from nnviz.picture.timeline import Frame, blank, still
from nnviz.training.records import Snapshot

#: Wait after a zoom before the edges are drawn anew; until then the old picture is moved and scaled.
REDRAW_DELAY_MS = 60
#: How long the old picture stays while the edges of a new snapshot are drawn; then units and edges part for a moment.
PATIENCE_MS = 45
#: Turns of the event loop before edges are drawn by this thread: in the first, whatever else tells of the snapshot is
#: painted; in the second, what waited for that is done.
TURNS = 2
#: Words of what is shown, for a screen reader, are renewed at most this often.
DESCRIBING_MS = 200
#: Up to this zoom the captions stand above their layers.
UNZOOMED = 1.001
ANIMATED = ("weight", "contribution", "gradient", "memory", "update", "contribution_after")


class NetworkCanvas(QWidget):
    """Holds a snapshot, the way it is shown, and the pictures of its edges.

    ``NetworkPicture`` paints it, ``NetworkPlayer`` animates it, ``NetworkView`` adds pointer and keys.
    """

    #: A picture of the newest snapshot is on the screen: another may be made.
    snapshot_painted = Signal()
    #: Look: how the person wants the network to be shown.
    look_requested = Signal(object)
    #: A sentence for the window.
    failed = Signal(str)
    #: Zoom or place of the picture are others, by hand.
    viewport_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("network_view")
        self.setAccessibleName("Network")
        self.setToolTip("")
        self.setMinimumSize(320, 240)
        # It fills all of itself: nothing below need be painted first.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = LIGHT
        self._text = USUAL_TEXT_PX
        # None: what suits the size of the view.
        self._wished_text: float | None = None
        self._snapshot: Snapshot | None = None
        # What is painted: the newest as soon as its edges are drawn, so that units and edges are of one moment.
        self._visible: Snapshot | None = None
        # Shown beside this one: both have the same scales, so that colours compare.
        self._peer: Snapshot | None = None
        self._meaning = OutputMeaning()
        self._feature_names: tuple[str, ...] = ()
        self._look = Look()
        self._focus: frozenset[Ref] = frozenset()
        self._output_room: float | None = None
        self._zoom, self._pan = 1.0, QPointF(0, 0)
        self._home: Layout | None = None
        self._placed: tuple[tuple[float, float, float], Layout] | None = None
        self._pictures: EdgePictures | None = None
        self._wanted: EdgeJob | None = None
        # Seconds of the animation, None for the still picture.
        self._time: float | None = None
        self._unpainted = False
        self._wants_edges = False
        self._blank = False
        self._drawer = EdgeDrawer(self)
        self._drawer.drawn.connect(self._take_pictures)
        self._drawer.failed.connect(self.failed)
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.timeout.connect(self._request_edges)
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._turn_over)
        self._turns = 0
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._show_newest)
        self._undescribed = False
        self._describer = QTimer(self)
        self._describer.setSingleShot(True)
        self._describer.setInterval(DESCRIBING_MS)
        self._describer.timeout.connect(self._describe_rest)

    # -- values in ---------------------------------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot | None:
        """The snapshot that is shown."""
        return self._snapshot

    def set_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show a snapshot; an animation in hand goes back to the still picture of it."""
        old = self._snapshot
        self._snapshot = snapshot
        self._unpainted = snapshot is not None
        waits = self._pictures is not None and self._time is None and self.isVisible()
        if snapshot is None:
            self._home, self._pictures = None, None
        elif old is None or old.spec != snapshot.spec:
            self._home, self._pictures = None, None
            self._zoom, self._pan = 1.0, QPointF(0, 0)
        waits = waits and self._pictures is not None
        self._snapshot_taken()
        self._request_edges(by_turn=waits)
        self._picture_changed()
        self._describe_soon()
        if waits:
            if not self._patience.isActive():
                self._patience.start()
        else:
            self._show_newest()

    @property
    def peer(self) -> Snapshot | None:
        """The snapshot that stands beside this one, where it is of a network of the same shape."""
        own = self._snapshot
        return self._peer if self._peer is not None and own is not None and self._peer.spec == own.spec else None

    def set_peer(self, snapshot: Snapshot | None) -> None:
        """Set the snapshot that is shown beside this one and shares its scales; None for none."""
        if snapshot is not self._peer:
            self._peer = snapshot
            # Mostly a snapshot of this view follows at once, with which the edges are drawn.
            self._redraw.start(REDRAW_DELAY_MS)
            self._picture_changed()
            self.update()

    def show_like(self, other: NetworkCanvas) -> None:
        """Take over in place how another view shows its network: colours, words, look, what is looked at, zoom."""
        self._theme, self._meaning, self._feature_names = other._theme, other._meaning, other._feature_names
        self._look, self._blank, self._focus = other._look, other._blank, other._focus
        self._output_room, self._wished_text = other._output_room, other._wished_text
        self._text = self._wished_text or usual_text(self.width(), self.height())
        self._home = None
        self.set_viewport(*other.viewport)

    @property
    def viewport(self) -> tuple[float, float, float]:
        """Zoom, and place of the picture as shares of width and height."""
        return self._zoom, self._pan.x() / max(1, self.width()), self._pan.y() / max(1, self.height())

    def set_viewport(self, zoom: float, x: float, y: float) -> None:
        """Show the part that another view shows, see ``viewport``; emits nothing."""
        self._zoom, self._pan = zoom, QPointF(x * self.width(), y * self.height())
        self._redraw.start(REDRAW_DELAY_MS)
        self._picture_changed()
        self.update()

    def _show_newest(self) -> None:
        self._patience.stop()
        self._visible = self._snapshot
        self.update()

    def set_blank(self, blank: bool) -> None:
        """Show only the weights, for want of an input, instead of a pass; emits nothing."""
        if blank != self._blank:
            self._blank = blank
            self._request_edges()
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._request_edges()
        self.update()

    def set_text_size(self, pixels: float | None) -> None:
        """Set the base text size in logical pixels, None for what suits the size of the view."""
        self._wished_text = pixels
        self._text = pixels or usual_text(self.width(), self.height())
        self._home = None
        self._request_edges()
        self.update()

    def _describe_soon(self) -> None:
        """Tell in words what is shown, a few times a second: nobody hears it for every point of a stroke."""
        self._undescribed = self._describer.isActive()
        if not self._undescribed:
            self._describe()
            self._describer.start()

    def _describe_rest(self) -> None:
        if self._undescribed:
            self._describe_soon()

    @property
    def meaning(self) -> OutputMeaning:
        """What the output units stand for."""
        return self._meaning

    def set_meaning(self, meaning: OutputMeaning) -> None:
        """Set what the output units stand for."""
        self._meaning = meaning
        self._home = None
        self._request_edges()
        self._describe()
        self.update()

    def set_class_names(self, names: tuple[str, ...]) -> None:
        """Let the output units stand for classes of these names."""
        self.set_meaning(OutputMeaning(names=names))

    def set_feature_names(self, names: tuple[str, ...]) -> None:
        """Set the names of inputs that are no image."""
        self._feature_names = names
        self._home = None
        self._request_edges()
        self.update()

    @property
    def look(self) -> Look:
        """How the network is shown outside the animation."""
        return self._look

    def set_look(self, look: Look) -> None:
        """Set how the network is shown; emits nothing."""
        if look == self._look:
            return
        self._look = look
        self._home = None
        self._request_edges()
        self.update()

    @property
    def focus(self) -> frozenset[Ref]:
        """Units and edges that a person looks at; empty for the whole network."""
        return self._focus

    def set_focus(self, refs: Iterable[Ref]) -> None:
        """Draw only the edges of these units and these edges; all of them where there are none. Emits nothing."""
        focus = frozenset(refs)
        if focus != self._focus:
            self._focus = focus
            self._request_edges()
            self.update()

    def set_output_room(self, pixels: float | None) -> None:
        """Set the room for class names and bars in logical pixels, None for what suits the width."""
        if pixels != self._output_room:
            self._output_room = pixels
            self._home = None
            self._request_edges()
            self.update()

    @property
    def frame(self) -> Frame | None:
        """What is shown now."""
        if self._snapshot is None:
            return None
        layers = len(self._snapshot.spec.layers)
        if self._blank:
            return blank(layers)
        return still(layers, self._look.edges, self._look.units)

    # -- what the layers above add -----------------------------------------------------------------------

    def _snapshot_taken(self) -> None:
        """Note that another snapshot is shown from now on."""

    def _picture_changed(self) -> None:
        """Note that places or edges under the pointer are others."""

    def _describe(self) -> None:
        """Say in words what is shown."""

    # -- geometry ----------------------------------------------------------------------------------------

    def layout_now(self) -> Layout | None:
        """Return the places of all layers with zoom and pan applied, in logical pixels, or None."""
        if self._snapshot is None:
            return None
        if self._home is None:
            self._home = places(
                self._snapshot.spec, self.width(), self.height(), self._text, meaning=self._meaning,
                feature_names=self._feature_names, look=self._look, output_room=self._output_room,
            )
            self._placed = None
        key = (self._zoom, self._pan.x(), self._pan.y())
        if self._placed is None or self._placed[0] != key:
            self._placed = (key, self._home.moved(*key))
        return self._placed[1]

    def captions_now(self) -> CaptionPlan | None:
        """Return where the captions of the layers stand, in logical pixels; None where there are none to see."""
        layout = self.layout_now()
        if self._snapshot is None or layout is None or self._zoom > UNZOOMED:
            return None
        return plan_of(
            self._snapshot.spec, layout, self.width(), self.height(), self._text, self._snapshot.count
        )

    def _request_edges(self, *, by_turn: bool = False) -> None:
        """Have the edges drawn by the drawer's thread; little of it in this one at the next turn, if that may be."""
        layout = self.layout_now()
        if self._snapshot is None or layout is None:
            return
        if not self.isVisible():
            self._wants_edges = True
            return
        self._wants_edges = False
        self._redraw.stop()
        quantities = ANIMATED if self._time is not None else (self._look.edges,)
        if self._blank:
            quantities = ("weight",)
        self._wanted = EdgeJob(
            self._snapshot, layout, self.width(), self.height(), self.devicePixelRatioF(),
            self._theme.is_dark, self._look, quantities, self._focus, self.peer,
        )
        if by_turn and self._drawer.takes_here(self._wanted):
            self._turns = TURNS
            self._turn.start()
            return
        self._turn.stop()
        self._drawer.request(self._wanted)

    def _turn_over(self) -> None:
        self._turns -= 1
        if self._turns > 0:
            self._turn.start()
        else:
            self._draw_here()

    def _draw_here(self) -> None:
        if self._wanted is None:
            return
        made = self._drawer.draw_here(self._wanted)
        if made is None:
            self._drawer.request(self._wanted)
        else:
            self._take_pictures(made)

    def _take_pictures(self, pictures: EdgePictures) -> None:
        if self._snapshot is None or pictures.job.snapshot.spec != self._snapshot.spec:
            return  # a stale answer
        if pictures.job is not self._wanted and self._pictures is not None and self._pictures.job is self._wanted:
            return  # on its way from the drawer's thread while this one drew what is newer
        self._pictures = pictures
        if self._visible is not self._snapshot:
            # Units of the same moment as the edges, also where a still newer snapshot is on its way.
            self._visible = pictures.job.snapshot
        if self._visible is self._snapshot:
            self._patience.stop()
        self._picture_changed()
        self.update()

    @property
    def is_settled(self) -> bool:
        """Whether the edges on screen are those of the snapshot on screen."""
        return (
            self._pictures is not None and self._pictures.job.snapshot is self._snapshot
            # What was drawn may still be on its way from the drawer's thread.
            and self._pictures.job is self._wanted
            and not (self._pictures.is_provisional and self._drawer.is_ready)
            and self._visible is self._snapshot and not self._drawer.is_busy and not self._redraw.isActive()
        )

    def close_drawer(self) -> None:
        """Stop timers and the drawing thread; the view is not used afterwards."""
        for timer in (self._redraw, self._patience, self._turn):
            timer.stop()
        self._drawer.close()

    # -- overrides of Qt -----------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place everything anew."""
        self._text = self._wished_text or usual_text(self.width(), self.height())
        self._home = None
        self._redraw.start(REDRAW_DELAY_MS)
        super().resizeEvent(event)

    def showEvent(self, event: QEvent) -> None:
        """Draw the edges that were not needed while hidden."""
        self._request_edges()

    def changeEvent(self, event: QEvent) -> None:
        """Draw anew where the device pixel ratio changed."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._request_edges()
        super().changeEvent(event)
