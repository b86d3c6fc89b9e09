"""The inspector: a card for each unit and edge that is selected."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QRegion, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from app.png import png_bytes
from app.theme import LIGHT, Theme
from app.widgets.edge_card import EdgeCard
from app.widgets.formula import Typesetter
from app.widgets.network_values import name_of
from app.widgets.sample_search import SampleSearch
from app.widgets.unit_card import UnitCard
from nnviz.data.dataset import Dataset
from nnviz.errors import SaveError
from nnviz.picture.answers import OutputMeaning, meaning_of
from nnviz.picture.excite import Excitement
from nnviz.picture.refs import BIAS, Ref, UnitRef, fits
from nnviz.storage.atomic import write_bytes_atomically
from nnviz.training.records import Snapshot

Card = UnitCard | EdgeCard

#: While training brings snapshot after snapshot the cards are brought up to date this often: setting formulas
#: holds the interpreter's lock that training needs too, and numbers that change faster cannot be read.
LIVE_MS = 2000
#: When no newer snapshot has come for so long, the last one is shown.
QUIET_MS = 250
#: Cards stand side by side where each has this width.
CARD_WIDTH = 300
PICTURE_SCALE = 2
EMPTY = (
    "Click a unit or an edge of the network: its formula with the numbers filled in appears here.\n\n"
    "Shift+click pins several. With the keyboard: arrow keys walk from unit to unit, E goes to an edge, Enter pins."
)


class Inspector(QWidget):
    """Explains what is selected, as far as a snapshot tells; asks for samples, pins and closing."""

    #: Index of a sample of the test set that the person wants to see.
    sample_requested = Signal(int)
    #: The person wants a card pinned, or no longer; its ref.
    pin_requested = Signal(object)
    #: The person wants a card away; its ref.
    close_requested = Signal(object)
    #: The person wants a picture of all cards in a file.
    save_requested = Signal()
    #: A sentence for the window.
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setAccessibleName("Inspector")
        self._theme = LIGHT
        self._snapshot: Snapshot | None = None
        self._dataset: Dataset | None = None
        self._meaning = OutputMeaning()
        self._selection: tuple[Ref, ...] = ()
        self._pins: tuple[Ref, ...] = ()
        self._cards: dict[Ref, Card] = {}
        self._columns = 0
        self.typesetter = Typesetter(self)
        self.typesetter.done.connect(self._formula_set)
        self.typesetter.failed.connect(self._formula_failed)
        self.search = SampleSearch(self)
        self.search.found.connect(self._take_found)
        self.search.failed.connect(self.failed)
        #: Runs while the cards are fresh enough for numbers that still change.
        self._live = QTimer(self)
        self._live.setInterval(LIVE_MS)
        self._quiet = QTimer(self)
        self._quiet.setInterval(QUIET_MS)
        for timer in (self._live, self._quiet):
            timer.setSingleShot(True)
            timer.timeout.connect(self._refresh_due)
        self._is_stale = False
        self._is_active = True
        self._build()
        self._show_state()

    def _build(self) -> None:
        title = QLabel("Inspector", self)
        title.setProperty("role", "heading")
        self.moment = QLabel("", self)
        self.moment.setObjectName("inspector_moment")
        self.moment.setProperty("role", "small")
        self.save_button = QToolButton(self)
        self.save_button.setObjectName("inspector_save")
        self.save_button.setText("PNG…")
        self.save_button.setAccessibleName("Save a picture of the inspector")
        self.save_button.setToolTip("Save a picture of all cards, of twice the size.")
        self.copy_button = QToolButton(self)
        self.copy_button.setObjectName("inspector_copy")
        self.copy_button.setText("Copy")
        self.copy_button.setAccessibleName("Copy a picture of the inspector")
        self.copy_button.setToolTip("Put a picture of all cards on the clipboard.")
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(title)
        head.addWidget(self.moment, 1)
        for button in (self.copy_button, self.save_button):
            button.setProperty("role", "flat")
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            head.addWidget(button)
        self.empty = QLabel(EMPTY, self)
        self.empty.setObjectName("inspector_empty")
        self.empty.setProperty("role", "muted")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.list = QWidget(self)
        self.list.setObjectName("inspector_cards")
        self._grid = QGridLayout(self.list)
        self._grid.setContentsMargins(0, 0, 4, 0)
        self._grid.setSpacing(8)
        self.area = QScrollArea(self)
        self.area.setObjectName("inspector_area")
        self.area.setAccessibleName("Cards")
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self.list)
        self.list.setAutoFillBackground(False)  # the area turned it on; pictures have the theme's ground
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 4, 4, 8)
        box.setSpacing(6)
        box.addLayout(head)
        box.addWidget(self.empty, 1)
        box.addWidget(self.area, 1)
        self.save_button.clicked.connect(self.save_requested)
        self.copy_button.clicked.connect(self.copy_picture)

    # -- values in -----------------------------------------------------------------------------------------

    @property
    def cards(self) -> tuple[Card, ...]:
        """The cards from above."""
        return tuple(self._cards[ref] for ref in self._order() if ref in self._cards)

    @property
    def is_settled(self) -> bool:
        """Whether all that is selected is shown with the newest numbers."""
        return not (self._is_stale or self.search.is_busy) and all(
            formulas.shown == formulas.lines for card in self.cards for formulas in card.formula_lists
        )

    def set_snapshot(self, snapshot: Snapshot | None) -> None:
        """Set what the numbers are of; they are brought up to date at once, or soon where that was a moment ago."""
        if snapshot is self._snapshot:
            return
        old = self._snapshot
        self._snapshot = snapshot
        if snapshot is None or old is None or old.spec != snapshot.spec:
            self._live.stop()
        self._want_refresh()

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Set the data whose test split is searched for what excites a unit."""
        self._dataset = dataset
        self._meaning = OutputMeaning() if dataset is None else meaning_of(dataset)
        self.search.clear()
        for card in self._cards.values():
            if isinstance(card, UnitCard):
                card.set_dataset(dataset)
        self._want_refresh()

    def set_selection(self, selection: tuple[Ref, ...], pins: tuple[Ref, ...] = ()) -> None:
        """Set what is selected, and what of it is pinned; emits nothing."""
        if (selection, pins) == (self._selection, self._pins):
            return
        self._selection, self._pins = selection, pins
        self._refresh()

    def set_active(self, active: bool) -> None:
        """Say whether the dock is open and in front: else nothing is worked out."""
        self._is_active = active
        if active and self._is_stale:
            self._refresh()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        for card in self._cards.values():
            card.set_theme(theme)

    def stop(self) -> None:
        """End the threads; nothing is used afterwards."""
        self._live.stop()
        self._quiet.stop()
        self.search.stop()
        self.typesetter.close()

    # -- out of the window -----------------------------------------------------------------------------------

    def picture(self) -> QImage:
        """Return all cards, also those that are scrolled out of sight, ``PICTURE_SCALE`` pixels for a logical one."""
        widget = self.list if self._cards else self.empty
        size = widget.size()
        image = QImage(size * PICTURE_SCALE, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(PICTURE_SCALE)
        image.fill(QColor(self._theme.surface))
        painter = QPainter(image)
        widget.render(painter, QPoint(0, 0), QRegion(), QWidget.RenderFlag.DrawChildren)
        painter.end()
        return image

    def export(self, path: Path) -> None:
        """Save a picture of all cards as PNG.

        Raises:
            SaveError: nothing is selected, or the file cannot be written; an older one is untouched.
        """
        if not self._cards:
            raise SaveError(f"Cannot save {path}: nothing is selected. Click a unit or an edge of the network first.")
        write_bytes_atomically(Path(path), png_bytes(self.picture()))

    def copy_picture(self) -> None:
        """Put a picture of all cards on the clipboard."""
        QGuiApplication.clipboard().setImage(self.picture())

    # -- cards ---------------------------------------------------------------------------------------------

    def _order(self) -> tuple[Ref, ...]:
        """Return what is selected, the current one first: it is what was asked for last."""
        free = tuple(ref for ref in self._selection if ref not in self._pins)
        return (*free, *self._pins)

    def _want_refresh(self) -> None:
        if self._is_seen() and not self._live.isActive():
            self._refresh()
            return
        self._is_stale = True
        self._quiet.start()

    def _refresh_due(self) -> None:
        if self._is_stale:
            self._refresh()

    def _is_seen(self) -> bool:
        return self._is_active and self.isVisible()

    def _refresh(self) -> None:
        if not self._is_seen():
            self._is_stale = True
            return
        self._is_stale = False
        self._quiet.stop()
        self._live.start()
        snapshot = self._snapshot
        wanted = [] if snapshot is None else [ref for ref in self._order() if fits(snapshot.spec, ref)]
        if list(self._cards) != wanted:
            if wanted and wanted[0] not in self._cards:
                self.area.verticalScrollBar().setValue(0)  # what was selected last stands above
            self._make_cards(wanted)
        if snapshot is not None:
            for ref, card in self._cards.items():
                self._fill(card, ref, snapshot)
        self._show_state()
        self._typeset()
        self._look_for_samples()

    def _make_cards(self, wanted: list[Ref]) -> None:
        for ref in self._cards.keys() - set(wanted):
            card = self._cards.pop(ref)
            card.hide()
            card.deleteLater()
        self._cards = {ref: self._cards.get(ref) or self._made(ref) for ref in wanted}
        self._place_cards()

    def _made(self, ref: Ref) -> Card:
        card: Card
        if isinstance(ref, UnitRef):
            card = UnitCard(ref, self.typesetter, self.list)
            card.set_dataset(self._dataset)
            card.sample_requested.connect(self.sample_requested)
        else:
            card = EdgeCard(ref, self.typesetter, self.list)
        card.set_theme(self._theme)
        card.pin_requested.connect(self.pin_requested)
        card.close_requested.connect(self.close_requested)
        return card

    def _place_cards(self) -> None:
        self._columns = max(1, min(len(self._cards), self.area.viewport().width() // CARD_WIDTH))
        while self._grid.count():
            self._grid.takeAt(0)
        for place, card in enumerate(self._cards.values()):
            row, column = divmod(place, self._columns)
            self._grid.addWidget(card, row, column, Qt.AlignmentFlag.AlignTop)
            card.show()
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < self._columns else 0)
        rows = -(-len(self._cards) // self._columns)
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 1 if row == rows else 0)

    def _fill(self, card: Card, ref: Ref, snapshot: Snapshot) -> None:
        names = () if self._dataset is None else self._dataset.feature_names
        card.set_name(name_of(snapshot, ref, self._meaning, names))
        card.set_pinned(ref in self._pins)
        if isinstance(card, UnitCard):
            card.set_snapshot(snapshot, names)
        else:
            card.set_snapshot(snapshot)

    def _show_state(self) -> None:
        has = bool(self._cards)
        self.empty.setVisible(not has)
        self.moment.setText(f"after {self._snapshot.step:,} steps" if has and self._snapshot is not None else "")
        self.area.setVisible(has)
        self.save_button.setEnabled(has)
        self.copy_button.setEnabled(has)

    # -- formulas --------------------------------------------------------------------------------------------

    def _typeset(self) -> None:
        lists = [formulas for card in self._cards.values() for formulas in card.formula_lists]
        self.typesetter.want([latex for formulas in lists for latex in formulas.formulas()])
        for formulas in lists:
            formulas.refresh()

    def _formula_set(self, latex: str) -> None:
        for card in self._cards.values():
            for formulas in card.formula_lists:
                if latex in formulas.formulas():
                    formulas.refresh()

    def _formula_failed(self, sentence: str) -> None:
        for card in self._cards.values():
            for formulas in card.formula_lists:
                formulas.refresh()
        self.failed.emit(sentence)

    # -- what excites a unit ---------------------------------------------------------------------------------

    def _look_for_samples(self) -> None:
        units = tuple(ref for ref in self._cards if isinstance(ref, UnitRef) and ref.unit != BIAS)
        self.search.look(units, self._snapshot, self._dataset)

    def _take_found(self, found: Excitement) -> None:
        card = self._cards.get(found.ref)
        if isinstance(card, UnitCard) and card.samples.found is not found:
            card.set_found(found)

    # -- Qt --------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put cards side by side where there is room."""
        super().resizeEvent(event)
        columns = max(1, min(len(self._cards), self.area.viewport().width() // CARD_WIDTH))
        if self._cards and columns != self._columns:
            self._place_cards()

    def showEvent(self, event: QShowEvent) -> None:
        """Bring the numbers up to date that changed while nobody saw them."""
        super().showEvent(event)
        if self._is_stale:
            self._refresh()

    def minimumSizeHint(self) -> QSize:
        """Return a size in which a card can be read by scrolling."""
        return QSize(240, 160)

    def sizeHint(self) -> QSize:
        """Return a comfortable size for a dock."""
        return QSize(340, 600)
