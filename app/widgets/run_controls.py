"""How fast and how far to train, and on which device: three small controls of the tool bar."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QInputDialog, QMenu, QToolButton, QWidget

from app.widgets.choice_box import ChoiceBox

#: Steps a second that can be chosen; 0 is as many as there can be.
PACES = (0.0, 30.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2)
#: Numbers of steps offered.
RUNS = (10, 100, 1_000)
MAX_RUN = 1_000_000


def pace_words(pace: float) -> str:
    """Write a pace for people: ``Full speed``, ``2 steps/s``, ``1 step in 5 s``."""
    if pace == 0:
        return "Full speed"
    if pace < 1:
        return f"1 step in {1 / pace:g} s"
    return f"{pace:g} step{'s' if pace != 1 else ''}/s"


class PaceBox(ChoiceBox):
    """Chooses between full speed and slow motion."""

    #: Steps a second at most; 0 for as many as there can be.
    pace_requested = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "pace", "Speed of training", "Speed of training: in slow motion every single step is drawn.", parent
        )
        for pace in PACES:
            self.add(pace, pace_words(pace))
        self.activated.connect(self._chosen)

    def set_pace(self, pace: float) -> None:
        """Show a pace of ``PACES``; emits nothing."""
        with QSignalBlocker(self):
            self.setCurrentIndex(PACES.index(pace))

    def _chosen(self) -> None:
        self.pace_requested.emit(float(self.currentData()))

    def minimumSizeHint(self) -> QSize:
        """Return the size in which full speed can be read: a narrow tool bar has no more room."""
        hint = super().minimumSizeHint()
        longest = max(self.fontMetrics().horizontalAdvance(pace_words(pace)) for pace in PACES)
        return QSize(hint.width() - longest + self.fontMetrics().horizontalAdvance(pace_words(0)) + 2, hint.height())


class RunMenu(QMenu):
    """Offers to train a number of steps; hangs below the button that takes one."""

    #: Steps to take, at least 1.
    run_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Run steps", parent)
        self.setObjectName("run_menu")
        self.setAccessibleName("Run a number of steps")
        self._last = 500
        for count in RUNS:
            action = self.addAction(f"Run {count:,} steps")
            action.setObjectName(f"run_{count}")
            action.setData(count)
        self.other = self.addAction("Run N steps…")
        self.other.setObjectName("run_other")
        self.other.setToolTip("Run as many steps as you say.")
        self.triggered.connect(self._triggered)

    def _triggered(self, action: QAction) -> None:
        if action is not self.other:
            self.run_requested.emit(int(action.data()))
            return
        dialog = QInputDialog(self.parentWidget())
        dialog.setObjectName("run_dialog")
        dialog.setInputMode(QInputDialog.InputMode.IntInput)
        dialog.setWindowTitle("Run N steps")
        dialog.setLabelText("Steps to take, one batch each:")
        dialog.setIntRange(1, MAX_RUN)
        dialog.setIntValue(self._last)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.intValueSelected.connect(self._said)
        dialog.open()

    def _said(self, count: int) -> None:
        self._last = count
        self.run_requested.emit(count)


class DeviceButton(QToolButton):
    """Says which device TensorFlow computes on, and lets another one be chosen."""

    #: The name of a device.
    device_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("device")
        self.setProperty("role", "flat")
        self.setAccessibleName("Device")
        self.setToolTip("The device that TensorFlow trains on.")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.setObjectName("device_menu")
        self._group = QActionGroup(self._menu)
        self.setMenu(self._menu)
        self._menu.triggered.connect(self._triggered)
        self.set_devices(("CPU:0",), "CPU:0")

    def set_devices(self, devices: tuple[str, ...], chosen: str) -> None:
        """Set what there is and what is in use; emits nothing."""
        self._menu.clear()
        for device in devices:
            action = self._menu.addAction(device)
            action.setObjectName(f"device_{device.replace(':', '_').lower()}")
            action.setCheckable(True)
            action.setChecked(device == chosen)
            action.setData(device)
            self._group.addAction(action)
        if not any(device.startswith("GPU") for device in devices):
            none = self._menu.addAction("TensorFlow finds no graphics card that it can use")
            none.setEnabled(False)
        # The number only where there is more than one of a kind.
        alone = sum(device.startswith(chosen[:3]) for device in devices) < 2
        self.setText(chosen.partition(":")[0] if alone else chosen)

    def _triggered(self, action: QAction) -> None:
        self.device_requested.emit(str(action.data()))
