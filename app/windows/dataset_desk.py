"""Which data are learnt: the list of data sets, the points of toy sets, downloads, and trying again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QStatusBar

from app.messages import Message
from app.session import Session
from app.widgets.dataset_box import DatasetBox, DatasetEntry
from app.widgets.progress_strip import ProgressStrip
from app.widgets.toy_panel import ToyPanel, ToyValues
from app.windows.own_data import OwnData
from nnviz.data.dataset import Dataset, DatasetChoice
from nnviz.data.datasets import REGISTRY, info_of
from nnviz.data.download import DownloadProgress
from nnviz.data.own_mixture import MIXTURE


class DatasetDesk(QObject):
    """Connects box, toy panel and progress with the session.

    Args:
        session: learns the data.
        box: where they are chosen.
        own_data: reads the person's own again.
        toy_panel: how toy sets are made.
        progress: shows a download.
        status: says what is being read.
        show_all: shows the whole network, when other data are chosen.
    """

    def __init__(
        self, session: Session, box: DatasetBox, own_data: OwnData, toy_panel: ToyPanel, progress: ProgressStrip,
        status: QStatusBar, show_all: Callable[[], object],
    ) -> None:
        super().__init__(session)
        self._session, self._box, self._own_data, self._toy_panel = session, box, own_data, toy_panel
        self._progress, self._status, self._show_all = progress, status, show_all
        self.list_datasets()
        box.setEnabled(False)  # until the first is read
        box.dataset_requested.connect(self.request)
        toy_panel.values_requested.connect(self._toy_requested)
        progress.cancel_requested.connect(session.cancel_loading)
        own_data.importer.failed.connect(status.clearMessage)
        session.dataset_changed.connect(self._dataset_changed)
        session.download_changed.connect(self._download_changed)

    def list_datasets(self) -> None:
        """Say of each data set what it is, and whether it has to be downloaded first."""
        entries = []
        for info in REGISTRY.values():
            note = f"download, {info.download.size_text}" if info.download is not None and not info.is_here() else ""
            entries.append(DatasetEntry(info.name, info.title, info.about, info.group, note))
        self._box.set_datasets(tuple(entries))

    def offer_mixture(self) -> None:
        """Offer MNIST with own digits, now that there are some."""
        self._box.add_dataset(DatasetEntry(MIXTURE.name, MIXTURE.title, MIXTURE.about, MIXTURE.group))

    def request(self, name: str) -> None:
        """Learn a data set of the box, of the registry or the person's own."""
        self._show_all()
        if self._own_data.choice_of(name) is not None:
            self._status.showMessage("Reading your data …")
            self._own_data.load_again(name)
            return
        self._status.showMessage(f"Reading {info_of(name).title} …")
        self._session.set_dataset(name)

    def try_again(self, message: Message) -> None:
        """Do what the button of a message offers: read the data set again whose download failed."""
        if isinstance(message.wish, DatasetChoice):
            self.request(message.wish.name)

    def _toy_requested(self, values: ToyValues) -> None:
        self._session.set_toy(values.count, values.noise, values.seed, values.classes)

    def _dataset_changed(self, dataset: Dataset) -> None:
        self._toy_panel.set_choice(dataset.choice)
        if dataset.name == MIXTURE.name:  # a run can bring it too
            self.offer_mixture()
        self._box.set_dataset(dataset.name)
        self._box.setEnabled(True)
        self._status.clearMessage()

    def _download_changed(self, progress: DownloadProgress | None) -> None:
        if progress is None:
            self._progress.clear_download()
            self.list_datasets()  # it may be here now
        else:
            share = progress.done / max(progress.total, 1)
            self._progress.set_download(progress.title, share, progress.words, progress.note)
