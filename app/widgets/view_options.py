"""All choices of how the network is shown that do not stand above it: a panel that stays while they change."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.theme import LIGHT, Theme
from app.widgets.choice_box import ChoiceBox
from app.widgets.field_form import roomy
from nnviz.picture.look import Look

TOP_K: tuple[tuple[str, int | None], ...] = (
    ("strongest 100", 100), ("strongest 300", 300), ("strongest 1,000", 1000), ("strongest 2,000", 2000),
    ("all edges", None),
)
#: What stands in the box of the edges drawn for a number of the person's own.
OTHER = "another number"
#: More edges than the largest pair of layers can have.
MOST_EDGES = 20_000_000
#: The threshold goes up to this share of the scale, in per cent.
MOST_THRESHOLD = 50
SCALES = (
    ("layer", "each layer by itself", "the strongest edge of each pair of layers is drawn full."),
    ("global", "all layers together", "the strongest edge of the whole network is drawn full, so layers compare."),
)
MAPPINGS = (
    ("linear", "linear", "opacity and width grow with the magnitude."),
    ("log", "logarithmic", "opacity and width grow with the order of magnitude: small values are seen, too."),
)
FOLDS = (
    ("grid", "folded into a grid", "all units, in rows."),
    ("elided", "only both ends", "the first and the last units, and how many are left out between."),
)
#: In a list of one layer: as all others.
AS_ALL = "as all"
DROPOUT_TIP = (
    "Shows a pass as in training, with the units that dropout switches off; without it a pass is the network's answer."
)
WIDTH = 408
#: Room for the names left of the choices.
NAME_PX = 88
#: Rows of layers that are seen without scrolling.
LAYERS_SEEN = 4


class ViewOptions(QFrame):
    """Groups of choices; Escape or a click elsewhere closes them, a choice does not."""

    #: Look.
    look_requested = Signal(object)
    #: The panel is not shown any more.
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("view_options")
        self.setAccessibleName("How the network is shown")
        self._look = Look()
        self._layers: tuple[tuple[int, str], ...] = ()
        self.folds: dict[int, ChoiceBox] = {}
        self._make_edges()
        self._make_layers()
        self._make_rest()
        self.setFixedWidth(WIDTH)
        self.set_look(self._look)
        self.set_layers(())
        self.set_theme(LIGHT)

    # -- building ----------------------------------------------------------------------------------------------

    def _make_edges(self) -> None:
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(16, 12, 16, 12)
        self._box.setSpacing(6)
        grid = self._group("Edges")
        self.top_k = ChoiceBox(
            "top_k", "Edges drawn", "How many edges between two layers are drawn, the strongest first; more show "
            "more, slower.", self,
        )
        for name, count in TOP_K:
            self.top_k.add(-1 if count is None else count, name)
        self.top_k.add(0, OTHER)
        self.count = roomy(QSpinBox(self))
        self.count.setObjectName("top_k_number")
        self.count.setAccessibleName("Number of edges drawn between two layers")
        self.count.setToolTip("Any number of edges between two layers, the strongest; 0 is all of them.")
        self.count.setRange(0, MOST_EDGES)
        self.count.setSpecialValueText("all")
        self.count.setGroupSeparatorShown(True)
        self.count.setKeyboardTracking(False)
        self.count.setFixedWidth(96)
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._row(grid, "Drawn", self.top_k, self.count)
        self.threshold = QSlider(Qt.Orientation.Horizontal, self)
        self.threshold.setObjectName("edge_threshold")
        self.threshold.setAccessibleName("Threshold of edges in per cent of the scale")
        self.threshold.setToolTip("Edges weaker than this share of the strongest are left out; more leaves fewer.")
        self.threshold.setRange(0, MOST_THRESHOLD)
        self.threshold.setPageStep(5)
        self.threshold_text = QLabel("", self)
        self.threshold_text.setProperty("role", "number")
        self.threshold_text.setFixedWidth(96)
        self._row(grid, "Threshold", self.threshold, self.threshold_text)
        self.scale = self._choice(
            "edge_scale", "Scale of the edges", "Over what the scale of the edges goes.", SCALES
        )
        self._row(grid, "Scale", self.scale)
        self.mapping = self._choice(
            "edge_mapping", "Mapping of the edges", "How a magnitude becomes opacity and width.", MAPPINGS
        )
        self._row(grid, "Mapping", self.mapping)
        self.top_k.chosen.connect(self._top_k_chosen)
        self.count.valueChanged.connect(self._count_chosen)
        self.threshold.valueChanged.connect(self._threshold_chosen)
        self.scale.chosen.connect(self._scale_chosen)
        self.mapping.chosen.connect(self._mapping_chosen)

    def _make_layers(self) -> None:
        grid = self._group("Layers")
        self.fold = self._choice(
            "wide_layers", "Wide layers", "How layers are shown that are too wide for a column.", FOLDS
        )
        self._row(grid, "Wide ones", self.fold)
        self.fold.chosen.connect(self._fold_chosen)
        self.layer_area = QScrollArea(self)
        self.layer_area.setObjectName("layer_folds")
        self.layer_area.setWidgetResizable(True)
        self.layer_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._box.addWidget(self.layer_area)

    def _make_rest(self) -> None:
        self._group("Units and movement")
        self.bias = self._check(
            "bias_units", "Bias as a unit of its own", "Draws the bias of each layer as a unit that is always 1, with "
            "its weights.",
        )
        self.dropout = self._check(
            "dropout_shown", "Dropout in this pass", DROPOUT_TIP
        )
        self.reduce_motion = self._check(
            "reduce_motion", "Reduce motion", "Shows the stages of a step one after the other, without movement."
        )
        for box in (self.bias, self.dropout, self.reduce_motion):
            self._box.addWidget(box)
            box.toggled.connect(self._checked)
        self.reset = QPushButton("Reset to defaults", self)
        self.reset.setObjectName("reset_look")
        self.reset.setAccessibleName("Reset to defaults")
        self.reset.setToolTip("Shows the network as at the first start.")
        self.reset.setAutoDefault(False)
        self.reset.clicked.connect(self._reset)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.reset)
        self._box.addSpacing(2)
        self._box.addLayout(row)

    def _group(self, title: str) -> QGridLayout:
        if self._box.count():
            self._box.addSpacing(6)
        heading = QLabel(title, self)
        heading.setProperty("role", "heading")
        self._box.addWidget(heading)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, NAME_PX)
        grid.setColumnStretch(1, 1)
        self._box.addLayout(grid)
        return grid

    def _row(self, grid: QGridLayout, name: str, *widgets: QWidget) -> None:
        label = QLabel(name, self)
        label.setProperty("role", "muted")
        row = grid.rowCount()
        grid.addWidget(label, row, 0)
        for column, widget in enumerate(widgets, start=1):
            grid.addWidget(widget, row, column, 1, 3 - column if len(widgets) == 1 else 1)

    def _choice(
        self, name: str, accessible: str, tip: str, entries: tuple[tuple[str, str, str], ...]
    ) -> ChoiceBox:
        box = ChoiceBox(name, accessible, tip, self)
        for key, text, entry_tip in entries:
            box.add(key, text, entry_tip)
        return box

    def _check(self, name: str, text: str, tip: str) -> QCheckBox:
        box = QCheckBox(text, self)
        box.setObjectName(name)
        box.setAccessibleName(text)
        box.setToolTip(tip)
        return box

    # -- values in -----------------------------------------------------------------------------------------------

    def set_look(self, look: Look) -> None:
        """Show how the network is shown; emits nothing."""
        self._look = look
        known = {-1 if count is None else count for _, count in TOP_K}
        key = -1 if look.top_k is None else look.top_k
        self.top_k.set_key(key if key in known else 0)
        with QSignalBlocker(self.count):
            self.count.setValue(look.top_k or 0)
        with QSignalBlocker(self.threshold):
            self.threshold.setValue(round(100 * look.threshold))
        percent = f"{100 * look.threshold:.0f} %"
        self.threshold_text.setText("none left out" if look.threshold == 0 else f"below {percent}")
        self.threshold.setAccessibleDescription(percent)
        self.scale.set_key(look.scale)
        self.mapping.set_key(look.mapping)
        self.fold.set_key(look.fold)
        for layer, box in self.folds.items():
            box.set_key(dict(look.folds).get(layer, ""))
        for check, value in (
            (self.bias, look.bias), (self.dropout, look.dropout), (self.reduce_motion, look.reduce_motion),
        ):
            with QSignalBlocker(check):
                check.setChecked(value)
        self.reset.setEnabled(look != Look())

    def set_layers(self, layers: tuple[tuple[int, str], ...]) -> None:
        """Set the layers that can be shown otherwise than the rest: index (0 the input) and name of each."""
        if layers == self._layers and self.layer_area.widget() is not None:
            return
        self._layers, self.folds = layers, {}
        inner = QWidget(self.layer_area)
        grid = QGridLayout(inner)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, NAME_PX)
        grid.setColumnStretch(1, 1)
        height = 0
        for row, (index, name) in enumerate(layers):
            label = QLabel(name, inner)
            label.setProperty("role", "muted")
            box = ChoiceBox(
                f"fold_layer_{index}", f"How {name} is shown", f"How {name} is shown where it is too wide.", inner
            )
            box.add("", AS_ALL)
            for key, text, tip in FOLDS:
                box.add(key, text, tip)
            box.set_key(dict(self._look.folds).get(index, ""))
            box.chosen.connect(self._folds_chosen)
            grid.addWidget(label, row, 0)
            grid.addWidget(box, row, 1)
            self.folds[index] = box
            height = box.sizeHint().height() + 4
        self.layer_area.setWidget(inner)
        self.layer_area.setFixedHeight(height * min(len(layers), LAYERS_SEEN))
        self.layer_area.setVisible(bool(layers))

    def set_has_dropout(self, has: bool) -> None:
        """Say whether the network has dropout that could be shown."""
        self.dropout.setEnabled(has)
        self.dropout.setToolTip(DROPOUT_TIP if has else f"{DROPOUT_TIP} This network has none.")

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.setStyleSheet(
            f"QFrame#view_options {{ background: {theme.surface}; border: 1px solid {theme.border}; }}"
            "QScrollArea#layer_folds, QScrollArea#layer_folds > QWidget, QScrollArea#layer_folds > QWidget > QWidget "
            f"{{ background: {theme.surface}; }}"
        )

    def open_below(self, button: QWidget) -> None:
        """Open under a button, its right edges flush, as far as the screen has room."""
        self.adjustSize()
        corner = button.mapToGlobal(QPoint(button.width() - self.width(), button.height() + 2))
        screen = button.screen().availableGeometry()
        x = min(max(corner.x(), screen.left()), screen.right() - self.width())
        y = min(max(corner.y(), screen.top()), max(screen.top(), screen.bottom() - self.height()))
        self.move(x, y)
        self.show()
        self.top_k.setFocus(Qt.FocusReason.PopupFocusReason)

    # -- from the person -----------------------------------------------------------------------------------------

    def _wish(self, look: Look) -> None:
        self.set_look(look)
        self.look_requested.emit(look)

    def _top_k_chosen(self, key: object) -> None:
        if key == 0:
            self.count.setFocus()
            self.count.selectAll()
            return
        self._wish(replace(self._look, top_k=None if key == -1 else int(str(key))))

    def _count_chosen(self, count: int) -> None:
        self._wish(replace(self._look, top_k=count or None))

    def _threshold_chosen(self, percent: int) -> None:
        self._wish(replace(self._look, threshold=percent / 100))

    def _scale_chosen(self, key: object) -> None:
        self._wish(replace(self._look, scale=str(key)))

    def _mapping_chosen(self, key: object) -> None:
        self._wish(replace(self._look, mapping=str(key)))

    def _fold_chosen(self, key: object) -> None:
        self._wish(self._look.with_fold_everywhere(str(key)))

    def _folds_chosen(self, _key: object) -> None:
        present = set(self.folds)
        chosen = {layer: str(box.key()) for layer, box in self.folds.items() if box.key()}
        kept = [pair for pair in self._look.folds if pair[0] not in present]  # of a larger network
        self._wish(replace(self._look, folds=tuple(sorted([*kept, *chosen.items()]))))

    def _checked(self, _on: bool) -> None:
        self._wish(replace(
            self._look, bias=self.bias.isChecked(), dropout=self.dropout.isChecked(),
            reduce_motion=self.reduce_motion.isChecked(),
        ))

    def _reset(self) -> None:
        self._wish(Look())
        self.top_k.setFocus()

    # -- Qt's ----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that the panel is closed."""
        super().hideEvent(event)
        self.closed.emit()
