"""The engine as the desks see it: what can be asked of it, and what it last said of itself."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.engine_messages import Built, EngineState
from app.engine_thread import EngineThread
from nnviz.data.dataset import Dataset
from nnviz.errors import NnvizError
from nnviz.maths.parameters import Parameters
from nnviz.spec import Plan
from nnviz.training.hand import NO_MARKS
from nnviz.training.keras_backend import CPU
from nnviz.training.records import ChangeRecord, HandMarks


class EngineLink(QObject):
    """Holds the engine's thread and remembers its answers.

    Args:
        is_used: whether the thread may be started. Where it may not, nothing is ever built, and what is asked of
            ``orders`` is never done.
        parent: Qt's.

    Attributes:
        orders: the engine, to which commands go; each returns at once.
        built: the network that the engine holds; None while there is none that fits data and plan.
        takes_edits: whether that network is built or will be before anything asked from now on.
        state: what the engine said last of itself, None before its first word.
        devices: where TensorFlow can compute.
        device: the one in use.
    """

    #: TensorFlow is there.
    ready = Signal()
    #: What can be computed on, and what is used.
    devices_changed = Signal(tuple, str)
    #: A network was built or reset: Built.
    network_built = Signal(object)
    #: (EngineState or None before, EngineState now).
    state_changed = Signal(object, object)

    def __init__(self, parent: QObject | None = None, *, is_used: bool) -> None:
        super().__init__(parent)
        self._is_used = is_used
        self._has_tensorflow = False
        self.built: Built | None = None
        self.takes_edits = False
        self.state: EngineState | None = None
        self.devices: tuple[str, ...] = (CPU,)
        self.device = CPU
        self._wanted_device = ""
        self.orders = EngineThread(self)
        self.orders.ready.connect(self._take_ready)
        self.orders.devices_found.connect(self._take_devices)
        self.orders.built.connect(self._take_built)
        self.orders.state_changed.connect(self._take_state)

    @property
    def is_used(self) -> bool:
        """Whether the engine may be started."""
        return self._is_used

    @property
    def has_tensorflow(self) -> bool:
        """Whether TensorFlow is there."""
        return self._has_tensorflow

    def use_now(self) -> None:
        """Start the engine in place although it was not to be used so far; nothing where it is used already."""
        if not self._is_used:
            self._is_used = True
            self.orders.start()

    @property
    def phase(self) -> str:
        """What the engine does; ``"none"`` where it is not used."""
        if not self._is_used:
            return "none"
        return self.state.phase if self.state is not None else "importing"

    @property
    def is_training(self) -> bool:
        """Whether steps are being taken."""
        return self.phase == "training"

    @property
    def generation(self) -> int:
        """Number of the network built, which its records carry; 0, which none carries, while there is none."""
        return self.built.generation if self.built is not None else 0

    def start(self) -> None:
        """Begin to import TensorFlow, where the engine is used."""
        if self._is_used:
            self.orders.start()

    def stop(self) -> bool:
        """Stop the engine for good and wait for its end; True when no thread is left."""
        return self.orders.shutdown()

    def build(
        self, dataset: Dataset | None, plan: Plan, parameters: Parameters | None, marks: HandMarks = NO_MARKS
    ) -> None:
        """Have a network built, from weights or, where they are None, from the seed; some of its units marked by hand.

        Nothing happens while TensorFlow or the data are not there: whoever brings them asks again.
        """
        if not self._has_tensorflow or dataset is None:
            return
        self.forget_network()
        self.orders.load_dataset(dataset)
        self.orders.build(plan.spec, plan.config, parameters, marks)
        self.takes_edits = True

    def forget_network(self) -> None:
        """Note in place that the network that the engine holds is not to be asked: what it still says is dropped."""
        self.built = None
        self.takes_edits = False

    def note_change(self, record: ChangeRecord) -> None:
        """Note in place that the engine went over to another plan and kept what it had learnt."""
        if self.built is not None:
            spec, config = record.after.spec, record.after.config
            self.built = replace(self.built, spec=spec, config=config, parameters=record.parameters)

    def choose_device(self, device: str) -> bool:
        """Compute on another device from the next ``build`` on, which whoever calls must ask for.

        Before TensorFlow is there the wish is only remembered.

        Returns:
            Whether it is another one than before.

        Raises:
            NnvizError: TensorFlow does not find it.
        """
        if not self._has_tensorflow:
            self._wanted_device = device
            return False
        if device not in self.devices:
            known = ", ".join(self.devices)
            raise NnvizError(f"There is no device {device}; TensorFlow finds {known}. {self.device} stays in use.")
        if device == self.device:
            return False
        self.device = device
        self.devices_changed.emit(self.devices, device)
        self.orders.pause()
        self.orders.set_device(device)
        return True

    def take_wanted_device(self) -> str:
        """Return in place, once, the device that was wished for before TensorFlow was there; "" for none."""
        wanted, self._wanted_device = self._wanted_device, ""
        return wanted

    def _take_ready(self, _version: str) -> None:
        self._has_tensorflow = True
        self.ready.emit()

    def _take_devices(self, devices: tuple[str, ...]) -> None:
        self.devices = devices
        self.devices_changed.emit(devices, self.device)

    def _take_built(self, built: Built) -> None:
        self.built = built
        self.network_built.emit(built)

    def _take_state(self, state: EngineState) -> None:
        before, self.state = self.state, state
        self.state_changed.emit(before, state)
