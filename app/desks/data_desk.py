"""Data sets and whole runs: read in the background, then taken in place of those in use."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.dataset_loader import DatasetLoader, LoadFailure
from app.desks.sample_desk import SampleDesk
from app.desks.workbench import Workbench
from app.messages import Message
from app.session_values import Network
from nnviz.data.dataset import Dataset, DatasetChoice, Option
from nnviz.data.import_choice import OWN_PREFIX
from nnviz.data.mnist import MNIST
from nnviz.data.own_mixture import MIXTURE
from nnviz.errors import NnvizError
from nnviz.maths.judgement import Limits
from nnviz.maths.parameters import initial_parameters
from nnviz.maths.surgery import carried_parameters
from nnviz.run import Run
from nnviz.spec import LayerSpec
from nnviz.storage.bundled import load_bundled
from nnviz.training.engine import check_trainable
from nnviz.training.hand import carried_marks


class DataDesk(QObject):
    """Loads data sets, renews and takes them, and opens runs.

    Args:
        bench: is changed.
        samples: shows the first sample of what was taken.
        parent: Qt's.
    """

    #: DownloadProgress of data that are being fetched; None when that is over.
    download_changed = Signal(object)

    def __init__(self, bench: Workbench, samples: SampleDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._samples = samples
        self._bundled: Network | None = None
        self._awaited: Run | None = None  # its data are being read
        self._loader = DatasetLoader(self)
        self._loader.loaded.connect(self._take)
        self._loader.failed.connect(self._take_problem)
        self._loader.progressed.connect(self.download_changed)
        self._loader.cancelled.connect(self._cancelled)

    def start(self, *, with_data: bool) -> None:
        """Show the bundled model, and begin to read MNIST if wanted."""
        try:
            spec, parameters, metadata = load_bundled()
        except NnvizError as error:
            self._bench.complain(str(error))
            self._bench.show_untrained("Your network, untrained")
        else:
            accuracy = metadata.get("test_accuracy")
            title = "Bundled digit model"
            if isinstance(accuracy, float):
                title += f", {100 * accuracy:.1f} % on MNIST test"
            self._bundled = Network(spec, parameters, "bundled", title, limits=Limits.of(metadata))
            self._bench.show(self._bundled)
        if with_data:
            self._loader.load("mnist")

    def stop(self) -> None:
        """Stop reading; no thread is left."""
        self._loader.stop()

    # -- wishes --------------------------------------------------------------------------------------------

    def load(self, choice: DatasetChoice) -> None:
        """Read a data set of the registry in the background and take it then; nothing where it is in use."""
        now = self._bench.dataset
        if now is not None and choice.name == now.name and (not choice.options or choice == now.choice):
            return
        self._bench.engine.orders.pause()
        if self._awaited is not None and self._awaited.dataset != choice:
            self._awaited = None  # else it is tried again
        self._loader.load(choice)

    def cancel(self) -> None:
        """Give up the download in hand."""
        self._loader.cancel()

    def renew_toy(self, count: int, noise: float, seed: int, classes: int | None) -> None:
        """Make the points of a toy set anew, see ``Session.set_toy``; nothing where another set is in use."""
        dataset = self._bench.dataset
        if dataset is None or "noise" not in dataset.options:
            return
        options: dict[str, Option] = {"count": count, "noise": noise, "seed": seed}
        if "classes" in dataset.options:
            options["classes"] = dataset.options["classes"] if classes is None else classes
        self._awaited = None
        self._loader.load(DatasetChoice(dataset.name, options))

    def take_own(self, dataset: Dataset) -> None:
        """Learn data that were read elsewhere; what was trained before is put aside."""
        self._bench.engine.orders.pause()
        self._awaited = None
        self._take(dataset)

    def open_run(self, run: Run) -> None:
        """Take a run over, its data first where they are not in use; one that cannot be changes nothing."""
        dataset = self._bench.dataset
        if dataset is None:
            self._bench.inform("The first data are still being read; open the run in a few seconds.")
            return
        self._bench.engine.orders.pause()
        if run.dataset == dataset.choice:
            self._take_run(run, dataset)
        else:
            self._awaited = run
            self._loader.load(run.dataset)

    # -- what the loader brings ----------------------------------------------------------------------------

    def _take(self, dataset: Dataset) -> None:
        self.download_changed.emit(None)
        awaited, self._awaited = self._awaited, None
        before, bench = self._bench.dataset, self._bench
        if awaited is not None:
            self._take_run(awaited, dataset)
            return
        # Own data of the same name may have other columns: they are begun with anew.
        if before is not None and _goes_on(before.name, dataset.name):
            self._renew(before, dataset)
            return
        if before is None and dataset.train.x.shape[1] == bench.planned.spec.input_size:
            bench.samples.dataset = dataset  # a digit drawn meanwhile stays
            bench.dataset_changed.emit(dataset)
        else:
            bench.put_aside()
            bench.engine.forget_network()  # it is one for the data before
            bench.use_dataset(dataset)
            self._begin_with(dataset)
        bench.build()
        self._samples.choose_first()

    def _begin_with(self, dataset: Dataset) -> None:
        """Fit the planned network to other data, and show it as it is before training."""
        bench = self._bench
        bench.planned.suit(dataset)
        if dataset.name == "mnist" and self._bundled is not None:
            bench.first_weights = None
            bench.forget_hand()
            bench.restart_curves(len(bench.planned.spec.layers))
            bench.show(self._bundled)
        else:
            bench.show_untrained()
        bench.announce_plan()
        if not bench.planned.is_recommended:
            bench.inform(
                f"Your own hidden layers and training were kept for {dataset.title}; “Recommended” beside Network sets "
                "what learns these data well."
            )

    def _renew(self, before: Dataset, dataset: Dataset) -> None:
        """Take the same data made anew; the weights stay, and where there are more or fewer classes so do outputs."""
        bench, index = self._bench, self._samples.choice.index
        last = bench.planned.spec.layers[-1]
        bench.samples.take(dataset)
        bench.samples.choose(index)
        if last.units == before.output_count != dataset.output_count:
            self._refit(replace(last, units=dataset.output_count), dataset)
        else:
            bench.dataset_changed.emit(dataset)
            if bench.engine.built is not None:
                bench.engine.orders.change_dataset(dataset)
            else:
                bench.build()
        self._samples.choose(index)

    def _refit(self, output: LayerSpec, dataset: Dataset) -> None:
        """Give the network another output layer, with the weights that have a place in it; training goes on."""
        bench = self._bench
        old, network, seed = bench.planned.spec, bench.network, bench.planned.config.seed
        was_training, has_learnt = bench.engine.is_training, bench.has_learnt
        bench.planned.set_output(output)
        spec = bench.planned.spec
        # Nothing of the older network may be shown with the names of the new outputs.
        bench.engine.forget_network()
        bench.dataset_changed.emit(dataset)
        if network is not None and network.spec == old:
            parameters = initial_parameters(spec, seed)
            if has_learnt:
                parameters = carried_parameters(network.parameters, old, spec, seed)
                bench.train_on_from(parameters)
            marks = carried_marks(network.marks, old, spec)
            bench.show(replace(network, spec=spec, parameters=parameters, marks=marks))
        bench.build()
        bench.announce_plan()
        if was_training:
            bench.engine.orders.train("end")

    def _take_run(self, run: Run, dataset: Dataset) -> None:
        bench = self._bench
        try:
            check_trainable(run.spec, dataset, run.config)
        except NnvizError as error:
            bench.complain(f"The run cannot be opened: {error}")
            self._keep_dataset()
            return
        bench.put_aside()
        bench.planned.ask(run.plan)
        bench.engine.forget_network()  # it is not the one of this run
        if dataset is not bench.dataset:
            bench.use_dataset(dataset)
        bench.show_untrained()
        bench.announce_plan()
        bench.build()
        self._samples.choose_first()
        bench.inform(f"The run was opened: {run.spec.title} on {dataset.title}. Train starts it.")

    def _take_problem(self, failure: LoadFailure) -> None:
        action = "Retry" if failure.may_retry else ""
        self._bench.message.emit(Message("error", failure.text, action=action, wish=failure.choice))
        if not failure.may_retry:
            self._awaited = None
        self._keep_dataset()

    def _cancelled(self) -> None:
        self._bench.inform("The download was cancelled; what was complete is kept.")
        self._awaited = None
        self._keep_dataset()

    def _keep_dataset(self) -> None:
        self.download_changed.emit(None)
        if self._bench.dataset is not None:
            self._bench.dataset_changed.emit(self._bench.dataset)  # whoever showed the wish shows the fact again


def _goes_on(before: str, now: str) -> bool:
    """Whether a network that learns one data set learns the other on: the same made anew, or own digits mixed in."""
    digits = (MNIST.name, MIXTURE.name)
    return (before == now and not now.startswith(OWN_PREFIX)) or (before in digits and now in digits)
