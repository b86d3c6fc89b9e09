"""What the session works on: data, plan, network, curves and the engine, and the steps that every change is made of."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.desks.engine_link import EngineLink
from app.desks.plan_in_force import PlanInForce
from app.desks.reference_point import ReferencePoint
from app.desks.shelf import Shelf
from app.desks.training_position import TrainingPosition
from app.messages import Message
from app.samples import Samples
from app.session_values import OWN_TITLE, Kept, Network, counted_steps
from nnviz.data.dataset import Dataset
from nnviz.maths.parameters import Parameters, initial_parameters
from nnviz.spec import Plan
from nnviz.training.hand import NO_MARKS
from nnviz.training.records import metric_name


class Workbench(QObject):
    """Holds the state that the desks change, and tells the windows of each change.

    Args:
        engine: trains the network of the plan.
        parent: Qt's.

    Attributes:
        samples: the data set and which of its samples is shown.
        planned: network and training that are in force.
        network: the network that is shown and that answers; None before the first.
        position: its curves and how far its training is.
        shelf: what was put aside.
        reference: the earlier weights that changes are measured against.
        first_weights: weights from which training begins in place of those that the seed draws, or None.
    """

    #: Dataset.
    dataset_changed = Signal(object)
    #: Network: another one, or another origin.
    network_changed = Signal(object)
    #: Plan.
    plan_changed = Signal(object)
    #: New steps or epochs are in the history, or it is another one.
    history_changed = Signal()
    #: Whether the shelf has a network that can come back.
    undo_available_changed = Signal(bool)
    #: Edits by hand were of a network that is no more.
    hand_forgotten = Signal()
    #: Message.
    message = Signal(object)

    def __init__(self, engine: EngineLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engine = engine
        self.samples = Samples()
        self.planned = PlanInForce()
        self.network: Network | None = None
        self.position = TrainingPosition(len(self.planned.spec.layers))
        self.shelf = Shelf()
        self.reference = ReferencePoint()
        self.first_weights: Parameters | None = None
        #: Edits by hand that the engine has not answered yet: until then what it says is older than what is shown.
        self.edits_on_the_way: set[int] = set()
        #: Weights that were sent to the engine: pictures of others are older, until one of these comes.
        self.weights_on_the_way: Parameters | None = None

    # -- what is so ----------------------------------------------------------------------------------------

    @property
    def dataset(self) -> Dataset | None:
        """The data, or None while the first are being read."""
        return self.samples.dataset

    @property
    def own_network(self) -> Network | None:
        """The network that is shown, if it is the one in training; None for the bundled one and that of a file."""
        return self.network if self.network is not None and self.network.origin == "yours" else None

    @property
    def has_learnt(self) -> bool:
        """Whether the network in training is more than what its seed draws."""
        return (self.own_network is not None and self.position.steps > 0) or self.first_weights is not None

    # -- what every change is made of ----------------------------------------------------------------------

    def inform(self, text: str) -> None:
        """Tell the person at the window something."""
        self.message.emit(Message("info", text))

    def complain(self, text: str) -> None:
        """Tell the person what cannot be done, and why."""
        self.message.emit(Message("error", text))

    def announce_plan(self) -> None:
        """Tell the windows which plan is in force."""
        self.plan_changed.emit(self.planned.plan)

    def use_dataset(self, dataset: Dataset) -> None:
        """Use other data in place; their first sample comes next, a drawing is forgotten."""
        self.samples.take(dataset)
        self.dataset_changed.emit(dataset)

    def show(self, network: Network) -> None:
        """Show a network in place; curves of one with another number of layers end."""
        self.network = network
        if len(network.spec.layers) != self.position.history.layers:
            self.restart_curves(len(network.spec.layers))
        self.network_changed.emit(network)

    def show_untrained(self, title: str = OWN_TITLE) -> None:
        """Show the planned network in place as its seed draws it, with empty curves; training begins with that."""
        spec = self.planned.spec
        self.first_weights = None
        self.forget_hand()
        self.restart_curves(len(spec.layers))
        first = initial_parameters(spec, self.planned.config.seed)
        self.reference.begin(first)
        self.show(Network(spec, first, "yours", title))

    def show_own(self) -> None:
        """Show the network in training in place, where there is one and another is shown."""
        built, shown = self.engine.built, self.network
        if built is not None and self.own_network is None:
            title = f"{shown.title}, trained on" if shown is not None and shown.origin == "file" else OWN_TITLE
            self.show(Network(built.spec, built.parameters, "yours", title))

    def restart_curves(self, layers: int) -> None:
        """Begin a training in place: empty curves of so many layers, no edits to go back to."""
        task = "multiclass" if self.dataset is None else self.dataset.task
        self.position.restart(layers, metric_name(task))
        self.shelf.forget_weights()
        self.history_changed.emit()

    def take_plan_of(self, network: Network, what: str) -> bool:
        """Make the plan that of the network shown, and return whether it is; else say what stays with that network."""
        if self.planned.take_over(network.spec):
            return True
        self.inform(
            f"Your network is {self.planned.spec.title} and begins from its seed; {what} stays with the "
            f"{network.spec.title} that was shown."
        )
        return False

    def own(self, network: Network, title: str) -> None:
        """Make the network shown in place the one that is trained, from its weights; ``build`` is to follow."""
        self.first_weights = network.parameters
        self.engine.forget_network()
        self.restart_curves(len(network.spec.layers))
        self.show(replace(network, origin="yours", title=title))

    def train_on_from(self, parameters: Parameters) -> None:
        """Let the next network built go on in place from weights and curves; the optimizer starts afresh."""
        self.first_weights = parameters
        self.position.carry_on()

    def forget_hand(self) -> None:
        """Note in place that another network begins: nothing of it is edited by hand."""
        self.edits_on_the_way.clear()
        self.weights_on_the_way = None
        if self.network is not None and self.network.marks.count:
            self.network = replace(self.network, marks=NO_MARKS)
        self.hand_forgotten.emit()

    def put_aside(self) -> bool:
        """Put the network aside in place if it was trained, so that it can come back; whether it was."""
        network, dataset = self.own_network, self.dataset
        if network is None or dataset is None or network.step == 0:
            return False
        self.shelf.put(Kept(network, dataset, self.position.history, self.planned.plan, self.reference.start))
        self.undo_available_changed.emit(True)
        counted = counted_steps(self.position.steps)
        self.inform(f"The network of {counted} was put aside; Undo reset in the menu Training brings it back.")
        return True

    def build(self) -> None:
        """Have the planned network built, as soon as data and TensorFlow are there."""
        self.edits_on_the_way.clear()  # answers to those before are lost with the network that they are of
        self.weights_on_the_way = None
        network, goes_on = self.network, self.first_weights is not None
        is_it = goes_on and network is not None and network.spec == self.planned.spec
        marks = network.marks if is_it and network is not None else NO_MARKS
        self.engine.build(self.dataset, self.planned.plan, self.first_weights, marks)

    def put_plan(self, plan: Plan) -> None:
        """Put a plan into force in place and tell the windows; the epochs that were asked for stay."""
        self.planned.put(plan)
        self.announce_plan()
