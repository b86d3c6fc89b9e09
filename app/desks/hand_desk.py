"""Edits by hand of the network that is shown: at once by NumPy, then in the engine, and what they all come to."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.desks.sample_desk import SampleDesk
from app.desks.workbench import Workbench
from app.session_values import HandChanges, Network, plain_title
from nnviz.errors import SpecError
from nnviz.picture.refs import EdgeRef
from nnviz.spec import NetworkSpec
from nnviz.training.hand import (
    NO_MARKS,
    HandEdit,
    WeightValues,
    check_edge,
    check_marks,
    value_of,
    weight_value,
    with_values,
)
from nnviz.training.records import HandMarks, HandRecord


class HandDesk(QObject):
    """Changes weights of the network that is shown, silences and freezes its units.

    A network in training is changed in the engine, whose answer says what the weights were to the bit. One that the
    engine does not hold (the bundled one, that of a file, or any before TensorFlow is there) is changed here, and
    carried over when its training begins.

    Args:
        bench: is changed.
        samples: shows what the network answers now.
        parent: Qt's.
    """

    #: HandEdit: it is done, as far as the window can know.
    edited = Signal(object)
    #: HandEdit: the engine did it too; with the exact values before it.
    confirmed = Signal(object)
    #: HandEdit: the engine could not do it.
    refused = Signal(object)
    #: HandChanges.
    changed = Signal(object)
    #: Plan: it became that of the network that was edited, because training begins from that one.
    adopted = Signal(object)

    def __init__(self, bench: Workbench, samples: SampleDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._samples = samples
        self._serial = 0
        # Each weight that was edited with its value before the first edit and the value it was given last.
        self._weights: dict[EdgeRef, tuple[float, float]] = {}
        self._waiting: dict[int, HandEdit] = {}
        self._spec: NetworkSpec | None = None
        self._made_first_weights = False
        self._told = HandChanges()
        bench.hand_forgotten.connect(self._forget)
        bench.network_changed.connect(self._network_changed)

    @property
    def changes(self) -> HandChanges:
        """What is changed by hand now."""
        network = self._bench.network
        weights = tuple((ref, before, now) for ref, (before, now) in self._weights.items())
        return HandChanges(weights, NO_MARKS if network is None else network.marks)

    # -- wishes --------------------------------------------------------------------------------------------

    def edit(self, values: WeightValues, marks: HandMarks | None = None) -> bool:
        """Set weights, and the marks where they are given; whether anything is otherwise now.

        What cannot be set is refused whole, with a message.
        """
        network = self._bench.network
        if network is None:
            self._bench.inform("There is no network yet that could be edited.")
            return False
        wanted = network.marks if marks is None else marks
        try:
            made = {}
            for ref, value in values:
                check_edge(network.spec, ref)
                made[ref] = weight_value(value)
            check_marks(network.spec, wanted)
        except SpecError as error:
            text = str(error)
            self._bench.complain(f"{text[:1].upper()}{text[1:]}. The network stays as it was.")
            return False
        pairs = ((ref, value_of(network.parameters, ref), value) for ref, value in made.items())
        weights = tuple((ref, before, value) for ref, before, value in pairs if before != value)
        self._serial += 1
        edit = HandEdit(self._serial, weights, network.marks, wanted)
        if edit.is_empty:
            return False
        self._apply(network, edit)
        return True

    def let_go(self) -> None:
        """Set every edited weight to what it was before its first edit, and take all marks off."""
        self.edit(tuple((ref, before) for ref, (before, _now) in self._weights.items()), NO_MARKS)

    def carry_over(self) -> None:
        """Let training begin in place from a network that was edited while the engine did not hold it.

        A plan that nobody has edited becomes that of the network; one that was asked for stays, and so does what was
        edited, with the network it was edited in.
        """
        bench, network = self._bench, self._bench.network
        if network is None or bench.own_network is not None or not self.changes.count:
            return
        differs = network.spec != bench.planned.spec
        if not bench.take_plan_of(network, "what was edited by hand"):
            return
        if differs:
            self.adopted.emit(bench.planned.plan)
            bench.inform(
                f"Training goes on from the {network.spec.title} that you edited by hand; Reset begins again from "
                "the seed."
            )
        weights = dict(self._weights)
        bench.own(network, f"{plain_title(network)}, edited by hand and trained on")
        self._weights = weights
        bench.build()
        bench.announce_plan()
        self._tell()

    # -- what the engine says ------------------------------------------------------------------------------

    def take(self, record: HandRecord) -> None:
        """Take in place what the engine made of an edit."""
        bench = self._bench
        bench.edits_on_the_way.discard(record.serial)
        edit = self._waiting.pop(record.serial, None)
        own = bench.own_network
        if own is not None and not bench.edits_on_the_way:
            step = bench.position.in_all(record.step)
            bench.network = replace(own, parameters=record.parameters, marks=record.marks, step=step)
        if edit is None:
            return
        if len(record.before) != len(edit.weights):
            for ref in edit.refs:
                self._weights.pop(ref, None)
            self.refused.emit(edit)
            self._samples.probe()
        else:
            exact = edit.with_before(record.before)
            for (ref, known, _), (_, before, _) in zip(edit.weights, exact.weights, strict=True):
                first = self._weights.get(ref)
                if first is not None and first[0] == known:
                    self._weights[ref] = (before, first[1])
            self.confirmed.emit(exact)
        self._tell()

    # -- how it is done ------------------------------------------------------------------------------------

    def _apply(self, network: Network, edit: HandEdit) -> None:
        bench = self._bench
        for ref, before, now in edit.weights:
            first = self._weights.get(ref, (before, now))[0]
            self._weights[ref] = (first, now)
            if first == now:
                del self._weights[ref]
        parameters = with_values(network.parameters, edit.values)
        bench.network = replace(network, parameters=parameters, marks=edit.marks)
        if bench.own_network is not None:
            if bench.position.steps == 0 and (bench.first_weights is None or self._made_first_weights):
                # Not what the seed draws any more: a plan that is edited now goes on from it.
                self._made_first_weights = self.changes.count > 0
                bench.first_weights = parameters if self._made_first_weights else None
            if bench.engine.takes_edits:
                self._post(edit)
            else:
                bench.first_weights = parameters
        self._samples.probe()
        self.edited.emit(edit)
        self._tell()

    def _post(self, edit: HandEdit) -> None:
        self._waiting[edit.serial] = edit
        self._bench.edits_on_the_way.add(edit.serial)
        self._bench.engine.orders.edit_by_hand(edit)

    def _forget(self) -> None:
        self._weights.clear()
        self._waiting.clear()
        self._made_first_weights = False
        self._tell()

    def _network_changed(self, network: Network) -> None:
        if self._spec != network.spec:
            # The weights that were edited are part of a network of another shape now; marks went with their units.
            self._spec = network.spec
            self._weights.clear()
        self._tell()

    def _tell(self) -> None:
        changes = self.changes
        if changes != self._told:
            self._told = changes
            self.changed.emit(changes)
