"""When training ends before its last epoch: at an accuracy, or when the validation loss no longer falls.

Source of early stopping: L. Prechelt, "Early stopping - but when?", in Neural Networks: Tricks of the Trade (1998).
"""

from __future__ import annotations

import math

from nnviz.maths.parameters import Parameters
from nnviz.spec import TrainingConfig
from nnviz.training.keras_backend import KerasBackend


class StopWatch:
    """Watches validation from epoch to epoch; it remembers the best epoch since it was made."""

    def __init__(self) -> None:
        self._loss, self._epoch = math.inf, 0
        self._parameters: Parameters | None = None

    def reason(self, backend: KerasBackend, epoch: int, loss: float, accuracy: float | None) -> str:
        """Return why training stops after this epoch, in a sentence; blank where it goes on.

        Where the configuration wants the best weights back, they are put into the network.

        Args:
            backend: the network and its configuration.
            epoch: the epoch that is over, from 1.
            loss: of validation; NaN where there is none.
            accuracy: of validation, in [0, 1]; None where the task has none.
        """
        config = backend.config
        if config.target_accuracy > 0 and accuracy is not None and accuracy >= config.target_accuracy:
            return (
                f"Stopped after epoch {epoch}: validation accuracy {100 * accuracy:.2f} % has reached "
                f"{100 * config.target_accuracy:.2f} %."
            )
        return self._patience_is_over(backend, config, epoch, loss) if config.patience else ""

    def _patience_is_over(self, backend: KerasBackend, config: TrainingConfig, epoch: int, loss: float) -> str:
        if loss < self._loss:  # never true of NaN
            self._loss, self._epoch = loss, epoch
            self._parameters = backend.parameters() if config.restore_best else None
            return ""
        if epoch - self._epoch < config.patience:
            return ""
        if self._epoch == 0:
            self._epoch = epoch  # no validation loss at all yet: wait from here
            return ""
        reason = (
            f"Stopped early after epoch {epoch}: the validation loss has not fallen below {self._loss:.4f} "
            f"of epoch {self._epoch} for {config.patience} epochs."
        )
        if self._parameters is not None:
            backend.set_parameters(self._parameters)
            reason += f" The weights of epoch {self._epoch} are back."
        return reason
