"""How far training is: epoch, bar, steps a second, time left, device; text at four times a second."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

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


class ProgressStrip(QWidget):
    """Shows the progress of training in one row."""

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
        self.bar.setMinimumWidth(60)
        self.bar.setMaximumWidth(220)
        self.words = QLabel("", self)
        self.words.setObjectName("progress_words")
        self.words.setProperty("role", "muted")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.device = QLabel("CPU", self)
        self.device.setObjectName("device")
        self.device.setProperty("role", "muted")
        self.device.setToolTip("The device that TensorFlow trains on.")
        box = QHBoxLayout(self)
        box.setContentsMargins(8, 0, 8, 0)
        box.setSpacing(10)
        box.addWidget(self.epoch)
        box.addWidget(self.bar, 1)
        box.addWidget(self.words, 2)
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
        self.bar.setValue(round(1000 * step / total_steps) if total_steps else 0)
        self.epoch.setText(f"Epoch {epoch}/{epochs}" if total_steps else "")
        if phase in PHASES:
            self.words.setText(PHASES[phase])
            return
        parts = []
        if total_steps:
            parts.append(f"step {step:,} of {total_steps:,}")
        if rate > 0:
            parts.append(f"{rate:,.0f} steps/s")
        if remaining is not None:
            parts.append(f"{duration(remaining)} left")
        if phase == "idle" and total_steps and step >= total_steps:
            parts = [f"finished after {step:,} steps"]
        elif phase == "idle" and step == 0:
            parts = ["ready"]
        self.words.setText("  ·  ".join(parts))
        self.setAccessibleDescription(f"{self.epoch.text()}, {self.words.text()}")
