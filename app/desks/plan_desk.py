"""Edits of the plan, networks from files, and the way back from a reset."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject

from app.desks.sample_desk import SampleDesk
from app.desks.workbench import Workbench
from app.numpy_answer import fitting_loss
from app.session_values import Network
from nnviz.data.dataset import Dataset
from nnviz.errors import NnvizError, SpecError
from nnviz.maths.parameters import Parameters
from nnviz.spec import NetworkSpec, Plan, TrainingConfig
from nnviz.storage.models import read_model
from nnviz.training.engine import check_trainable


class PlanDesk(QObject):
    """Puts another plan into force and decides what becomes of the weights.

    Args:
        bench: is changed.
        samples: shows the first sample where other data come back.
        parent: Qt's.
    """

    def __init__(self, bench: Workbench, samples: SampleDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._samples = samples

    def edit(self, plan: Plan) -> None:
        """Train a plan from now on: with the weights where they were trained, else from its seed."""
        bench, old = self._bench, self._bench.planned.plan
        if plan == old:
            return
        if bench.dataset is not None:
            try:
                check_trainable(plan.spec, bench.dataset, plan.config)
            except SpecError as error:
                text = str(error)
                bench.complain(f"{text[:1].upper()}{text[1:]}. The plan stays as it was.")
                bench.announce_plan()
                return
        bench.planned.ask(plan)
        if bench.engine.built is not None and bench.has_learnt:
            bench.engine.orders.adapt(plan.spec, plan.config, self._rest_for(old.spec, plan.spec))
        else:
            bench.first_weights = None
            own = bench.own_network
            if own is not None and own.spec != plan.spec:
                bench.show_untrained(own.title)
            bench.build()
        bench.announce_plan()

    def start_over(self, plan: Plan) -> bool:
        """Train a plan from its seed; whether a trained network was put aside for it."""
        bench = self._bench
        if bench.engine.built is None:
            self.edit(plan)
            return False
        bench.engine.orders.pause()
        has_kept = bench.put_aside()
        bench.planned.ask(plan)
        bench.first_weights = None
        if bench.own_network is not None:
            bench.show_untrained(bench.own_network.title)
        bench.build()
        bench.announce_plan()
        return has_kept

    def undo_reset(self) -> None:
        """Bring back the network that was put aside last; the optimizer starts afresh."""
        bench = self._bench
        kept = bench.shelf.take()
        bench.undo_available_changed.emit(False)
        if kept is None:
            return
        bench.planned.put(kept.plan)
        bench.forget_hand()
        bench.engine.forget_network()
        has_other_data = kept.dataset is not bench.dataset
        if has_other_data:
            bench.use_dataset(kept.dataset)
        bench.position.resume(kept.history)
        bench.first_weights = kept.network.parameters
        bench.reference.restore(kept.start)
        bench.show(kept.network)
        if has_other_data:
            self._samples.choose_first()
        bench.build()
        bench.announce_plan()
        bench.history_changed.emit()

    def open_model(self, path: Path) -> None:
        """Show a network from a ``.keras`` file and train on from its weights; a problem becomes a message."""
        bench, dataset = self._bench, self._bench.dataset
        try:
            spec, parameters = read_model(path)
        except NnvizError as error:
            bench.complain(str(error))
            return
        problem = _why_not_shown(path.name, spec, dataset)
        if problem:
            bench.complain(problem)
            return
        bench.put_aside()
        bench.forget_hand()
        spec = NetworkSpec((28, 28) if dataset is None else dataset.input_shape, spec.layers)
        bench.planned.put(Plan(spec, replace(bench.planned.config, loss=fitting_loss(spec, dataset))))
        bench.first_weights = parameters
        bench.reference.begin(parameters, "opening the file")
        bench.restart_curves(len(spec.layers))
        bench.show(Network(spec, parameters, "file", f"Model {path.name}"))
        bench.announce_plan()
        bench.build()

    def adopt_network(self, config: TrainingConfig) -> None:
        """Make the network that is shown the one in training, whichever it is."""
        bench, network = self._bench, self._bench.network
        if network is None:
            return
        bench.planned.put(Plan(network.spec, config))
        bench.first_weights = network.parameters
        bench.reference.begin(network.parameters)
        bench.network = replace(network, origin="yours")
        bench.build()
        bench.announce_plan()

    def _rest_for(self, old: NetworkSpec, new: NetworkSpec) -> Parameters | None:
        """Return weights for what a change adds: those that an earlier change took away, if it is taken back."""
        shelf, network = self._bench.shelf, self._bench.network
        if old != new and network is not None and network.spec == old:
            shelf.keep_weights(old, network.parameters)
        return shelf.weights_of(new)


def _why_not_shown(name: str, spec: NetworkSpec, dataset: Dataset | None) -> str:
    """Return why the network of a file cannot be shown and trained on data (MNIST where there are none yet), or ""."""
    inputs, outputs, title = 784, 10, "MNIST"
    if dataset is not None:
        inputs, outputs, title = dataset.train.x.shape[1], dataset.output_count, dataset.title
    possible = (outputs, 2) if dataset is not None and dataset.task == "binary" else (outputs,)
    units = spec.layers[-1].units
    if spec.input_size != inputs:
        return f"{name} takes {spec.input_size:,} inputs, {title} has {inputs:,}. Open a model made for {title}."
    if units not in possible:
        return f"{name} has {units:,} outputs, {title} needs {outputs:,}. Open a model made for {title}."
    return ""
