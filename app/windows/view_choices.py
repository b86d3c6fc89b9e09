"""The choices above the network: from the header to the view, remembered, and told what they offer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.session import Session
from app.settings import Settings
from app.widgets.network_stage import NetworkStage
from app.widgets.view_header import ViewHeader
from nnviz.data.dataset import Dataset
from nnviz.picture.absent import edge_reasons, unit_reasons
from nnviz.picture.look import Look
from nnviz.spec import NetworkSpec
from nnviz.training.records import Snapshot

#: Only layers of more units are offered a way of their own to be shown: narrower ones fit a column.
NARROW = 16


class ViewChoices(QObject):
    """Connects the header with the view and the session.

    Args:
        session: has the network, and the samples that a mean can be over.
        header: where things are chosen.
        stage: shows them.
        settings: where the look is remembered.
    """

    def __init__(self, session: Session, header: ViewHeader, stage: NetworkStage, settings: Settings) -> None:
        super().__init__(header)
        self._session, self._header, self._stage, self._settings = session, header, stage, settings
        self._reasons: tuple[dict[str, str], dict[str, str]] = ({}, {})
        self._spec: NetworkSpec | None = None
        self._reduce_motion: QAction | None = None
        header.look_requested.connect(self._look_chosen)
        stage.view.look_requested.connect(self._look_chosen)  # at the captions of the layers
        stage.pair.look_requested.connect(self._look_chosen)
        header.scope_requested.connect(session.set_scope)
        session.scope_changed.connect(header.set_scope)
        session.dataset_changed.connect(self._dataset_changed)
        session.snapshot_changed.connect(self._snapshot_changed)
        self.set_look(settings.look)

    def set_actions(self, actions: dict[str, QAction]) -> None:
        """Take the actions of the window: reduced motion can be chosen in a menu, too."""
        self._reduce_motion = actions["reduce_motion"]

    def slots(self) -> dict[str, Callable[..., object]]:
        """Return what each action does, by its name in ``app.actions.DESKTOP``."""
        return {"view_options": self._header.toggle_options, "mean": self._header.next_scope}

    def set_look(self, look: Look) -> None:
        """Show the network in a way."""
        self._header.set_look(look)
        self._stage.set_look(look)
        self._session.set_dropout_shown(look.dropout)

    def _look_chosen(self, look: Look) -> None:
        self._settings.look = look
        self.set_look(look)
        if self._reduce_motion is not None:
            self._reduce_motion.setChecked(look.reduce_motion)  # what else moves in the window follows

    def _dataset_changed(self, dataset: Dataset) -> None:
        has_classes = dataset.test.y.ndim == 1
        self._header.set_classes(dataset.class_names if has_classes else ())

    def _snapshot_changed(self, snapshot: Snapshot) -> None:
        reasons = edge_reasons(snapshot), unit_reasons(snapshot)
        if reasons != self._reasons:
            self._reasons = reasons
            self._header.set_reasons(*reasons)
        if snapshot.spec != self._spec:
            self._spec = snapshot.spec
            self._header.options.set_layers(wide_layers(snapshot.spec))
            self._header.options.set_has_dropout(any(layer.dropout for layer in snapshot.spec.layers))


def wide_layers(spec: NetworkSpec) -> tuple[tuple[int, str], ...]:
    """Return index and name of the layers that may be too wide for a column; an image as input is shown as one."""
    last, made = len(spec.layers), []
    for index, size in enumerate(spec.sizes):
        if size <= NARROW or (index == 0 and len(spec.input_shape) == 2):
            continue
        name = "Input" if index == 0 else "Output" if index == last else f"Dense {index}"
        made.append((index, f"{name}, {size:,}"))
    return tuple(made)
