"""Connects the inspector with what is selected in the network, and brings it in front when something is."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.errors import ErrorBar
from app.session import Session
from app.widgets.inspector import Inspector
from app.widgets.network_view import NetworkView
from app.windows.desktop_docks import DesktopDocks
from app.windows.files import Files
from nnviz.picture.refs import Ref


class InspectorDesk(QObject):
    """Feeds the inspector what the view shows, and the view and the session what the person wants.

    Args:
        session: has data and sample.
        view: where units and edges are selected.
        inspector: explains them.
        docks: one of which holds the inspector.
        files: asks for paths and saves.
        messages: the strip for what went wrong.
    """

    def __init__(
        self, session: Session, view: NetworkView, inspector: Inspector, docks: DesktopDocks, files: Files,
        messages: ErrorBar,
    ) -> None:
        super().__init__(inspector)
        self._view, self._inspector, self._docks, self._files = view, inspector, docks, files
        #: Whether the inspector came in front by itself: then it gives its place back by itself.
        self._came_by_itself = False
        #: Whether the person closed it: then it does not come by itself.
        self._is_unwanted = False
        view.selection_changed.connect(self._selection_changed)
        view.snapshot_painted.connect(self._painted)
        session.dataset_changed.connect(inspector.set_dataset)
        inspector.sample_requested.connect(session.choose_sample)
        inspector.pin_requested.connect(view.toggle_pin)
        inspector.close_requested.connect(self._close_card)
        inspector.save_requested.connect(self._save)
        inspector.failed.connect(messages.show_error)
        docks["inspector"].visibilityChanged.connect(inspector.set_active)
        docks["inspector"].toggleViewAction().triggered.connect(self._toggled)

    def open(self) -> None:
        """Show the inspector because the person asked for it."""
        self._came_by_itself, self._is_unwanted = False, False
        self._docks.open_inspector()
        self._inspector.area.setFocus()

    def _selection_changed(self, selection: tuple[Ref, ...]) -> None:
        dock = self._docks["inspector"]
        if selection and not self._is_unwanted and (dock.isHidden() or dock.visibleRegion().isEmpty()):
            self._came_by_itself = True
            self._docks.open_inspector()
        elif not selection and self._came_by_itself:
            self._came_by_itself = False
            self._docks["input"].raise_()
        self._show()

    def _show(self) -> None:
        self._inspector.set_selection(self._view.selection, self._view.pins)

    def _painted(self) -> None:
        self._inspector.set_snapshot(self._view.snapshot)
        self._show()  # another network may not have all that was selected

    def _close_card(self, ref: Ref) -> None:
        """Take one out of what is selected."""
        view = self._view
        selection = tuple(each for each in view.selection if each != ref)
        view.set_selection(selection, tuple(pin for pin in view.pins if pin != ref))
        self._selection_changed(view.selection)

    def _save(self) -> None:
        path = self._files.ask_save("Save picture of the inspector", "inspector.png", "Picture (*.png)")
        self._files.save(path, self._inspector.export)

    def _toggled(self, shown: bool) -> None:
        self._is_unwanted = not shown
        self._came_by_itself = False
