"""Teaching: a person says what a drawing is, and the network that is shown takes a step; every step can be undone."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.desks.sample_desk import SampleDesk
from app.desks.workbench import Workbench
from app.engine_messages import Failure
from app.session_values import Network, counted_steps, plain_title
from app.teach_accuracy import TeachAccuracy
from app.teach_state import TeachState
from nnviz.errors import NnvizError, SpecError
from nnviz.maths.forward import forward
from nnviz.maths.parameters import Parameters
from nnviz.training.teach import (
    MAX_STEPS,
    Taught,
    TeachJob,
    WeightChange,
    change_between,
    check_teachable,
    same_bits,
    teach_step,
    undone,
)

#: Between two steps of "again until right": long enough that each can be seen.
PAUSE_MS = 250
#: Memory for going back, about two hundred steps of the bundled model; older ones are dropped.
MAX_UNDO_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    """One change of the weights that can be taken back, and how many steps had been taught before it."""

    change: WeightChange
    steps_before: int


@dataclass(slots=True, eq=False)
class _Wish:
    """What is being taught."""

    x: NDArray[np.float32]
    label: int
    rate: float
    most: int
    made: int = 0


class TeachDesk(QObject):
    """Teaches the network that is shown one drawing at a time.

    Keras makes the steps where TensorFlow is there; else NumPy makes the same ones at once, so that nobody waits.

    Args:
        bench: has the network.
        samples: has the drawing, and shows the step.
        starts_engine: whether ``load_keras`` may start an engine that is not used so far.
        parent: Qt's.
    """

    #: Taught: a step was made.
    taught = Signal(object)
    #: TeachState.
    changed = Signal(object)
    #: Plan: it became that of the taught network, from which training begins.
    adopted = Signal(object)

    def __init__(
        self, bench: Workbench, samples: SampleDesk, *, starts_engine: bool, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._bench, self._samples, self._starts_engine = bench, samples, starts_engine
        self._base: Network | None = None
        self._base_first: Parameters | None = None
        self._after: Parameters | None = None
        self._stack: list[_Entry] = []
        self._dropped = 0
        self._steps = 0
        self._trained_at = 0
        self._wish: _Wish | None = None
        self._serial = 0
        self._last: Taught | None = None
        self._note = ""
        self._showing = False
        self._before_right: tuple[int, int] | None = None
        self._now_right: tuple[int, int] | None = None
        self._count_serial = 0
        self._no_keras = importlib.util.find_spec("tensorflow") is None
        self._accuracy = TeachAccuracy(self)
        self._accuracy.counted.connect(self._counted)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._go)
        bench.network_changed.connect(self._network_changed)
        bench.history_changed.connect(self._history_changed)
        bench.engine.orders.taught.connect(self._take_from_keras)
        bench.engine.orders.failed.connect(self._failed)
        bench.engine.state_changed.connect(self._engine_changed)
        bench.engine.ready.connect(self._tell)

    # -- what is so ----------------------------------------------------------------------------------------

    @property
    def state(self) -> TeachState:
        """Where teaching stands."""
        wish = self._wish
        return TeachState(
            problem=self._problem(), steps=self._steps, undoable=len(self._stack), dropped=self._dropped,
            is_busy=wish is not None, made=0 if wish is None else wish.made, most=0 if wish is None else wish.most,
            can_forget=self._base is not None and self._steps > 0, last=self._last, engine=self._engine_words(),
            before=self._before_right, now=self._now_right, note=self._note,
        )

    def _engine_words(self) -> str:
        engine = self._bench.engine
        if engine.has_tensorflow:
            return "keras"
        if self._no_keras or not (engine.is_used or self._starts_engine):
            return "missing"
        return "loading" if engine.is_used else "not loaded"

    def _problem(self) -> str:
        """Return why nothing can be taught now, in a sentence; blank where it can."""
        network = self._bench.network
        if network is None:
            return "There is no network yet."
        try:
            check_teachable(network.spec)
        except SpecError as error:
            text = str(error)
            return f"{text[:1].upper()}{text[1:]}."
        if network.marks.count:
            return "Units are silenced or frozen by hand: let them go first, then teach."
        if self._bench.engine.is_training:
            return "Training is running: pause it first, then teach."
        return ""

    # -- wishes --------------------------------------------------------------------------------------------

    def teach(self, label: int, rate: float, *, until_right: bool = False) -> bool:
        """Take a step, or steps until the network says the label; return whether one is being taken.

        Args:
            label: what the drawing is, 0 to 9.
            rate: learning rate.
            until_right: go on until the network says the label, at most ``MAX_STEPS`` steps.
        """
        current, problem = self._bench.samples.current(), self._problem()
        if not problem and (current is None or self._samples.choice.kind != "drawing" or not current[0].any()):
            problem = "Draw a digit first, then say what it is."
        if not problem and self._wish is not None:
            problem = "A step is being made."
        if problem or current is None:
            self._bench.inform(problem)
            return False
        self._begin()
        self._note = ""
        self._wish = _Wish(current[0], label, rate, MAX_STEPS if until_right else 1)
        if until_right and self._says(current[0]) == label:
            self._wish = None
            self._note = f"The network says {label} already; a single step makes it surer."
            self._tell()
            return False
        self._go()
        return True

    def cancel(self) -> None:
        """Make no further step; those that were made stay."""
        if self._wish is not None:
            made = self._wish.made
            self._note = f"Stopped after {counted_steps(made)}."
            self._finish()

    def undo(self) -> None:
        """Take the last step (or the forgetting of all) back, bit for bit."""
        network = self._bench.network
        if not self._stack or network is None or self._wish is not None:
            return
        if not self._is_mine(network):
            self._bench.inform("The network was trained or edited since it was taught: steps cannot be undone now.")
            self._let_go()
            return
        entry = self._stack.pop()
        assert self._after is not None
        self._steps = entry.steps_before
        self._last = None
        self._note = "Undone: the last step." if self._steps else "Undone: nothing is taught."
        self._show(undone(self._after, entry.change))
        self._count()

    def forget(self) -> None:
        """Go back to the network before anything was taught; it can be undone."""
        network, base = self._bench.network, self._base
        if base is None or network is None or self._wish is not None or not self._steps:
            return
        if not self._is_mine(network):
            self._bench.inform("The network was trained or edited since: that it was taught cannot be taken out of it.")
            self._let_go()
            return
        self._push(change_between(network.parameters, base.parameters))
        self._steps = 0
        self._last = None
        self._note = "Everything taught is forgotten; Undo brings it back."
        self._show(base.parameters)
        self._count()

    def settle(self) -> None:
        """Let go in place what could be undone; the network stays as it is."""
        self._let_go()

    def load_keras(self) -> None:
        """Begin to load TensorFlow, where it may be used and is not yet; from then on Keras makes the steps."""
        if self._engine_words() == "not loaded":
            self._bench.engine.use_now()
            self._tell()

    def carry_over(self) -> None:
        """Let training begin in place from a taught network that the engine does not hold, where it fits the plan."""
        bench, network = self._bench, self._bench.network
        if network is None or bench.own_network is not None or not self._steps or not self._is_mine(network):
            return
        differs = network.spec != bench.planned.spec
        if not bench.take_plan_of(network, "what you taught"):
            return
        if differs:
            self.adopted.emit(bench.planned.plan)
        bench.inform(
            f"Training goes on from the {network.spec.title} that you taught; Reset begins again from the seed."
        )
        bench.own(network, f"{network.title}, trained on")
        bench.reference.begin(network.parameters)
        bench.build()
        bench.announce_plan()

    def stop(self) -> None:
        """Give up what is in hand, and wait for the counting thread."""
        self._pause.stop()
        self._wish = None
        self._accuracy.stop()

    # -- a step --------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Note in place from where teaching starts, if it is not going on."""
        network = self._bench.network
        assert network is not None
        if self._base is None or not self._is_mine(network):
            self._let_go()
            self._base, self._after = network, network.parameters
            self._base_first = self._bench.first_weights
            self._trained_at = self._bench.position.steps
            self._accuracy.ask("before", network.spec, network.parameters)

    def _says(self, x: NDArray[np.float32]) -> int | None:
        """Return what the network says now; the snapshot may be of before the last step."""
        network = self._bench.network
        if network is None:
            return None
        return int(forward(network.parameters, network.spec.activations, x[None]).output.argmax())

    def _go(self) -> None:
        wish, network = self._wish, self._bench.network
        if wish is None or network is None:
            return
        self._serial += 1
        if self._bench.engine.has_tensorflow:
            self._tell()
            self._bench.engine.orders.teach(
                TeachJob(
                    self._serial, network.spec, network.parameters, wish.x, wish.label, wish.rate, network.step
                )
            )
            return
        try:
            made = teach_step(
                network.spec, network.parameters, wish.x, wish.label, wish.rate, self._bench.engine.generation,
                network.step,
            )
        except NnvizError as error:
            self._bench.complain(str(error))
            self._finish()
            return
        self._take(made)

    def _take_from_keras(self, serial: int, made: Taught) -> None:
        if serial == self._serial and self._wish is not None:
            generation = self._bench.engine.generation
            self._take(replace(made, snapshot=replace(made.snapshot, generation=generation)))

    def _take(self, made: Taught) -> None:
        wish, network = self._wish, self._bench.network
        if wish is None or network is None or not same_bits(network.parameters, made.snapshot.parameters):
            self._finish()  # another network came meanwhile
            return
        if not all(np.isfinite(array).all() for layer in made.after for array in layer.arrays):
            self._bench.complain(
                f"A step with the learning rate {wish.rate:g} makes weights that are not finite; it was not taken. "
                "Choose a smaller rate."
            )
            self._finish()
            return
        wish.made += 1
        self._push(change_between(network.parameters, made.after))
        self._steps += 1
        self._last = made
        over = wish.most == 1 or made.is_right or wish.made >= wish.most
        if over and wish.most > 1:
            steps = counted_steps(wish.made)
            self._note = (
                f"Right after {steps}." if made.is_right
                else f"Not right after {steps}, which is the most; choose a larger learning rate."
            )
        self._show(made.after, made)
        self.taught.emit(made)
        if over:
            self._finish()
        else:
            self._pause.start()

    def _finish(self) -> None:
        self._pause.stop()
        self._wish = None
        self._serial += 1  # a step that is still being made is not taken
        self._count()

    def _push(self, change: WeightChange) -> None:
        self._stack.append(_Entry(change, self._steps))
        room = MAX_UNDO_BYTES
        for place in reversed(range(len(self._stack))):
            room -= self._stack[place].change.bytes
            if room < 0 and place < len(self._stack) - 1:
                self._dropped += place + 1
                del self._stack[: place + 1]
                return

    def _show(self, parameters: Parameters, made: Taught | None = None) -> None:
        """Show the network with other weights in place, and the step that made them."""
        bench, network, base = self._bench, self._bench.network, self._base
        assert network is not None
        assert base is not None
        self._after = parameters
        is_own = bench.own_network is not None
        title = network.title if is_own else _title(base, self._steps)
        self._showing = True
        try:
            bench.show(replace(network, parameters=parameters, title=title))
        finally:
            self._showing = False
        if is_own:
            if bench.position.steps == 0:
                # Not what the seed draws any more: a plan that is edited now goes on from it.
                bench.first_weights = parameters if self._steps else self._base_first
            if bench.engine.takes_edits:
                bench.weights_on_the_way = parameters
                bench.engine.orders.set_parameters(parameters)
        if made is not None:
            self._samples.show_step(made.snapshot)
        self._tell()

    # -- accuracy ------------------------------------------------------------------------------------------

    def _count(self) -> None:
        """Count anew what the network reads rightly now; what was counted of older weights is dropped."""
        network = self._bench.network
        if self._wish is None and network is not None and self._base is not None:
            self._now_right = self._before_right if self._steps == 0 else None
            self._count_serial += 1
            if self._before_right is None:
                self._accuracy.ask("before", self._base.spec, self._base.parameters)
            if self._now_right is None:
                self._accuracy.ask(f"now {self._count_serial}", network.spec, network.parameters)
        self._tell()

    def _counted(self, key: str, right: int, count: int) -> None:
        if key == "before":
            self._before_right = (right, count)
            if self._steps == 0:
                self._now_right = self._before_right
        elif key == f"now {self._count_serial}":
            self._now_right = (right, count)
        self._tell()

    # -- what others do --------------------------------------------------------------------------------------

    def _is_mine(self, network: Network) -> bool:
        """Whether a network is as teaching left it."""
        return self._after is not None and same_bits(network.parameters, self._after)

    def _let_go(self) -> None:
        """Forget in place what was taught: the network is another one."""
        self._pause.stop()
        self._accuracy.forget()
        self._count_serial += 1
        self._wish, self._base, self._base_first, self._after, self._last = None, None, None, None, None
        self._stack.clear()
        self._note = ""
        self._serial += 1
        self._steps = self._dropped = 0
        self._before_right = self._now_right = None
        self._tell()

    def _network_changed(self, network: Network) -> None:
        if not self._showing:
            if self._base is not None and not self._is_mine(network):
                self._let_go()
            self._tell()

    def _history_changed(self) -> None:
        if self._base is not None and self._bench.position.steps > self._trained_at and self._bench.own_network:
            self._let_go()

    def _engine_changed(self, _before: object, _now: object) -> None:
        self._tell()

    def _failed(self, failure: Failure) -> None:
        if failure.what == "Starting TensorFlow":
            self._no_keras = True
        if failure.what == "Setting the weights":
            self._bench.weights_on_the_way = None
        if failure.what == "Teaching" and self._wish is not None:
            self._finish()
        self._tell()

    def _tell(self) -> None:
        self.changed.emit(self.state)


def _title(base: Network, steps: int) -> str:
    return base.title if not steps else f"{plain_title(base)}, taught {counted_steps(steps)}"
