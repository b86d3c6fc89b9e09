"""Where the training of one network stands: its curves, and what was learnt before the engine began to count."""

from __future__ import annotations

from dataclasses import replace

from nnviz.training.history import History
from nnviz.training.records import ChangeRecord, EpochRecord, StepRecords


class TrainingPosition:
    """Holds the history and counts on from it. Mutable; emits nothing.

    The engine counts the steps of each network that it builds from 1. A network that goes on from weights learnt
    earlier (on another device, or brought back from the shelf) has had steps before: they are added to what the
    engine reports, so that the curves go on.

    Args:
        layers: number of layers of the network.
    """

    def __init__(self, layers: int) -> None:
        self.history = History(layers)
        self._steps_before = 0
        self._epochs_before = 0

    @property
    def steps(self) -> int:
        """Steps that the network in training has had."""
        return self.history.step[-1].item() if len(self.history) else 0

    @property
    def epochs(self) -> int:
        """Epochs that it has had to their end."""
        return len(self.history.epochs)

    @property
    def steps_before(self) -> int:
        """Steps made before the engine began to count."""
        return self._steps_before

    def in_all(self, step: int) -> int:
        """Return the number of a step, from the engine's number of it."""
        return step + self._steps_before

    def restart(self, layers: int, metric_name: str) -> None:
        """Begin in place with an empty history; the one before is left as it is, for whoever keeps it."""
        self.history = History(layers, metric_name)
        self._steps_before, self._epochs_before = 0, 0

    def carry_on(self) -> None:
        """Note in place that the engine begins to count anew, and the curves go on."""
        self._steps_before, self._epochs_before = self.steps, self.epochs

    def resume(self, history: History) -> None:
        """Take in place a history that was put aside; the engine begins to count anew after it."""
        self.history = history
        self.carry_on()

    def take_steps(self, records: StepRecords) -> None:
        """Add the steps of one chunk in place.

        Raises:
            SpecError: they do not follow those that are here, see ``History.append``.
        """
        first, epoch = self.in_all(records.first_step), records.epoch + self._epochs_before
        self.history.append(replace(records, first_step=first, epoch=epoch))

    def take_epoch(self, record: EpochRecord) -> None:
        """Add the end of an epoch in place."""
        step, epoch = self.in_all(record.step), record.epoch + self._epochs_before
        self.history.append_epoch(replace(record, step=step, epoch=epoch))

    def take_change(self, record: ChangeRecord) -> None:
        """Add a change of network or training in place."""
        self.history.append_change(replace(record, step=self.in_all(record.step)))
