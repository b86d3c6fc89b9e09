"""How far training is: epoch, bar, steps a second, time left, device; and how far a download is, with a way out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QWidget

from app.widgets.elided_label import PartsLabel
from app.widgets.run_controls import DeviceButton

PHASES = {
    "importing": "Loading TensorFlow …",
    "compiling": "Compiling the training step …",
    "evaluating": "Measuring …",
    "saving": "Saving …",
    "stopped": "Stopped",
}


def duration(seconds: float) -> str:
    """Write a time for people: ``8 s``, ``1 min 20 s``, ``2 h 05 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def rate_words(rate: float) -> str:
    """Write steps a second: ``1,835 steps/s``, ``1 step/s``, in slow motion ``0.5 steps/s``."""
    digits = 0 if rate >= 10 else 1
    text = f"{rate:,.{digits}f}".removesuffix(".0")
    return f"{text} step/s" if text == "1" else f"{text} steps/s"


class ProgressStrip(QWidget):
    """Shows the progress of training in one row; while data are being downloaded, that of the download."""

    #: The person gives the download up.
    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("progress_strip")
        self.setAccessibleName("Progress of training")
        self.epoch = QLabel("", self)
        self.epoch.setObjectName("progress_epoch")
        self.epoch.setProperty("role", "heading")
        self.bar = QProgressBar(self)
        self.bar.setObjectName("progress_bar")
        self.bar.setAccessibleName("Steps done")
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setMinimumWidth(24)
        self.bar.setMaximumWidth(220)
        self.words = PartsLabel(self)
        self.words.setObjectName("progress_words")
        self.words.setProperty("role", "muted")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.cancel = QToolButton(self)
        self.cancel.setObjectName("cancel_download")
        self.cancel.setText("Cancel")
        self.cancel.setAccessibleName("Cancel the download")
        self.cancel.setToolTip("Give up the download; the data set in use stays.")
        self.cancel.clicked.connect(self.cancel_requested)
        self.cancel.hide()
        self._is_downloading = False
        #: Shows training as it was told last, after a download too.
        self._latest: Callable[[], None] | None = None
        self.device = DeviceButton(self)
        box = QHBoxLayout(self)
        box.setContentsMargins(4, 0, 4, 0)
        box.setSpacing(8)
        box.addWidget(self.epoch)
        box.addWidget(self.bar, 1)
        box.addWidget(self.words, 2)
        box.addWidget(self.cancel)
        box.addWidget(self.device)

    def set_progress(
        self, phase: str, epoch: int, epochs: int, step: int, total_steps: int, rate: float,
        remaining: float | None,
    ) -> None:
        """Show how far training is.

        Args:
            phase: of the engine.
            epoch, epochs: the present one and how many are wanted.
            step, total_steps: steps done and wanted.
            rate: steps a second, 0 when none are taken.
            remaining: seconds left, or None.
        """
        self._latest = partial(self.set_progress, phase, epoch, epochs, step, total_steps, rate, remaining)
        if self._is_downloading:
            return
        self.bar.setValue(round(1000 * step / total_steps) if total_steps else 0)
        self.epoch.setText(f"Epoch {epoch}/{epochs}" if total_steps else "")
        if phase in PHASES:
            self.words.set_parts([PHASES[phase]])
            return
        parts = []
        if total_steps:
            parts.append(f"step {step:,} of {total_steps:,}")
        if rate > 0:
            parts.append(rate_words(rate))
        if remaining is not None:
            parts.append(f"{duration(remaining)} left")
        if phase == "idle" and total_steps and step >= total_steps:
            parts = [f"finished after {step:,} steps"]
        elif phase == "idle" and step == 0:
            parts = ["ready"]
        self.words.set_parts(parts)
        self.words.setToolTip(self.words.text())
        self.setAccessibleDescription(f"{self.epoch.text()}, {self.words.text()}")

    def set_download(self, title: str, share: float, words: str, note: str = "") -> None:
        """Show a download, in place of training, until ``clear_download``.

        Args:
            title: of what.
            share: how much of it is here, 0 to 1.
            words: the same in bytes.
            note: what is being waited for, or "".
        """
        self._is_downloading = True
        self.epoch.setText(f"Downloading {title}")
        self.bar.setAccessibleName("Part of the download that is here")
        self.bar.setValue(round(1000 * min(max(share, 0.0), 1.0)))
        self.words.set_parts([part for part in (note, words) if part])  # what is being waited for comes first
        self.words.setToolTip(self.words.text())
        self.cancel.show()
        self.setAccessibleDescription(f"{self.epoch.text()}, {self.words.text()}")

    def clear_download(self) -> None:
        """Show training again."""
        if not self._is_downloading:
            return
        self._is_downloading = False
        self.bar.setAccessibleName("Steps done")
        self.words.setToolTip("")
        self.cancel.hide()
        if self._latest is None:
            self.bar.setValue(0)
            self.epoch.setText("")
            self.words.set_parts([])
        else:
            self._latest()
