"""The desktop front end: everything reachable, every panel a dock. Wiring only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from app.actions import DESKTOP, make_actions
from app.errors import ErrorBar
from app.messages import Message
from app.plan_history import PlanHistory
from app.session import Session
from app.session_values import Progress
from app.settings import Settings
from app.theme import Theme, ThemeManager
from app.widgets.code_panel import CodePanel
from app.widgets.curves_view import LossCurve, MetricCurve
from app.widgets.data_panel import DataPanel
from app.widgets.effect_strip import EffectStrip
from app.widgets.gradients_view import GradientsView
from app.widgets.health_panel import HealthPanel
from app.widgets.help_text import KeysDialog
from app.widgets.import_dialog import dropped_path
from app.widgets.input_panel import InputPanel
from app.widgets.inspector import Inspector
from app.widgets.network_stage import NetworkStage
from app.widgets.plan_panel import PlanPanel
from app.widgets.toy_panel import ToyPanel
from app.widgets.view_header import ViewHeader
from app.widgets.why_page import WhyPage
from app.windows.answers_shown import AnswersShown
from app.windows.compare_pictures import ComparePictures
from app.windows.curves_desk import CurvesDesk
from app.windows.data_dock import DataDock
from app.windows.dataset_desk import DatasetDesk
from app.windows.desktop_docks import DesktopDocks, padded, scrolling, stacked
from app.windows.desktop_menus import DesktopMenus
from app.windows.digit_extras import DigitExtras
from app.windows.edit_actions import EditActions
from app.windows.export_desk import ExportDesk
from app.windows.export_views import with_second
from app.windows.file_actions import FileActions
from app.windows.files import Files
from app.windows.gradient_desk import GradientDesk
from app.windows.hand_controls import HandControls
from app.windows.headline import Headline
from app.windows.health_desk import HealthDesk
from app.windows.inspector_desk import InspectorDesk
from app.windows.keras_code import KerasCode
from app.windows.movement import Movement
from app.windows.outdated import Outdated
from app.windows.own_data import OwnData
from app.windows.picture_files import PictureFiles
from app.windows.rehearsal import Rehearsal
from app.windows.runs import Runs
from app.windows.session_actions import SessionActions
from app.windows.teaching import Teaching
from app.windows.training_bar import TrainingBar
from app.windows.view_choices import ViewChoices
from app.windows.why_desk import WhyDesk
from nnviz.data.dataset import Dataset
from nnviz.spec import Plan, recommended_plan

#: Actions that need a network in training.
NEED_A_NETWORK = ("train", "step", "step_on_sample", "epoch", "reset", "evaluate", "save_model")


class DesktopWindow(QMainWindow):
    """A student's or engineer's window: network, training, input, curves.

    Args:
        settings: where layout and theme are remembered.
        themes: holds and applies the theme.
        use_engine: whether TensorFlow may be started; without it the bundled model answers and nothing is trained.
    """

    def __init__(self, settings: Settings, themes: ThemeManager, *, use_engine: bool = True) -> None:
        super().__init__()
        self.setObjectName("desktop_window")
        self.setWindowTitle("nnviz")
        self.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
        )
        self.setAcceptDrops(True)
        self._settings = settings
        self._themes = themes
        self._rehearsal: Rehearsal | None = None
        self._has_layout = False
        self.session = Session(self, use_engine=use_engine)
        self._make_panels()
        self._make_actions()
        self._place_center()
        self._compose()
        self._connect()
        self.resize(1440, 900)
        self.setMinimumSize(900, 600)
        self.docks.place()
        self._has_layout = self.docks.restore(settings)
        self._apply_theme(themes.theme)
        self._show_plan(Plan(self.session.spec, self.session.config))
        self._progress_changed(self.session.progress())
        self.stage.view.setFocus()  # at first keys act on the picture

    # -- life ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to load the data and TensorFlow; called once, after the first paint."""
        self.statusBar().showMessage("Loading TensorFlow and MNIST in the background; drawing works already.")
        self.session.start()
        self.teaching.store.changed.connect(self._own_digits_changed)
        self.teaching.start()

    def is_settled(self) -> bool:
        """Whether everything is loaded and drawn and nothing moves any more."""
        return (
            self.session.is_ready and self.session.phase == "idle" and self.session.snapshot is not None
            and self.stage.view.snapshot is self.session.snapshot and self.stage.view.is_settled
            and not self.stage.view.is_playing and (self._rehearsal is None or self._rehearsal.is_over)
            and self.feed.is_settled
        )

    def prepare_screenshot(self) -> None:
        """Learn two epochs and take a step, so that every panel has something true to show."""
        self._rehearsal = Rehearsal(self.session)

    def set_device(self, device: str) -> None:
        """Train on a device, as soon as TensorFlow is there."""
        self.session.set_device(device)

    def show_message(self, message: Message) -> None:
        """Show a problem or a notice in the strip below the tool bar."""
        self.messages.show_message(message)

    # -- building ----------------------------------------------------------------------------------------------

    def _make_panels(self) -> None:
        """Make the widgets that show one thing each; they know nothing of each other."""
        self.header = ViewHeader(self)  # before the stage, as Tab goes
        self.effect_strip = EffectStrip(self)
        self.stage = NetworkStage(self)
        self.messages = ErrorBar(self)
        self.plan_panel = PlanPanel(self)
        self.toy_panel = ToyPanel(self)
        self.input_panel = InputPanel(self)
        self.data_panel = DataPanel(self)
        self.loss, self.metric_curve, self.gradients = LossCurve(self), MetricCurve(self), GradientsView(self)
        self.code_panel = CodePanel(self)
        self.health_panel = HealthPanel(self)
        self.inspector = Inspector(self)
        self.why_page = WhyPage(self, with_replay=False)  # the stage has its own
        # The canvas has the same colours, larger: beside the plots there is room for the words too.
        self.why_page.pixels.picture.set_height(0.26, 170)

    def _make_actions(self) -> None:
        """Make what the actions call, then the actions, and the tool bar that has some of them."""
        canvas = self.input_panel.canvas
        self.files = Files(self, self.messages)
        self.runs = Runs(self, self.session, self.files, self.messages)
        self.file_actions = FileActions(self.files, self.session, canvas)
        self.exports = ExportDesk(
            self, self.stage.view, self.files, self.messages, self._settings, adapt=with_second(self.stage.pair)
        )
        self.session_actions = SessionActions(self.session, self.stage, self.input_panel, self._show_inputs)
        self.digit_extras = DigitExtras(
            self, self.session, self.input_panel, self.files, self.messages, self.session_actions.draw
        )
        self.choices = ViewChoices(self.session, self.header, self.stage, self._settings)
        self.compare = ComparePictures(self.session, self.stage, self.header)
        self.movement = Movement(self, self.session, self.stage, self.header, self._settings)
        self.plans = PlanHistory(self)
        self.edits = EditActions(self.plans, self.plan_panel, canvas, self)
        self.actions_by_name: dict[str, QAction] = make_actions(DESKTOP, self, self._slots())
        self.choices.set_actions(self.actions_by_name)
        self.compare.set_actions(self.actions_by_name)
        self.edits.set_actions(self.actions_by_name["undo"], self.actions_by_name["redo"])
        self.movement.set_actions(self.actions_by_name)
        self.actions_by_name["undo_reset"].setEnabled(False)
        self.actions_by_name["open_data"].setEnabled(False)  # until the first data are read
        bar = self.tool_bar = TrainingBar(self.actions_by_name, self)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)
        self.dataset_box, self.progress, self.health_button = bar.dataset_box, bar.progress, bar.health_button

    def _slots(self) -> dict[str, Callable[..., object]]:
        stage, runs, edits = self.stage, self.runs, self.edits
        return {
            **self.digit_extras.slots(), **self.file_actions.slots(), **self.session_actions.slots(),
            **self.movement.slots(),
            "export_picture": self.exports.open, "open_data": self._open_data, "quit": self.close, "keys": self._keys,
            "open_run": runs.open, "save_run": runs.save, "copy_run": runs.copy, "paste_run": runs.paste,
            "code": self._show_code, "health": self._show_health, "inspector": self._show_inspector,
            "check_gradients": self._check_gradients,
            "undo": edits.undo, "redo": edits.redo, "clear": self.input_panel.canvas.clear,
            "play_step": stage.toggle, "next_stage": stage.next_stage,
            "previous_stage": stage.previous_stage, "fit": stage.view.fit,
            **self.choices.slots(), **self.compare.slots(),
        }

    def _place_center(self) -> None:
        center = QWidget(self)
        center.setObjectName("panel")
        center.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        box = QVBoxLayout(center)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.messages)
        box.addWidget(self.header)
        box.addWidget(self.effect_strip)
        box.addWidget(self.stage, 1)
        self.setCentralWidget(center)

    def _compose(self) -> None:
        """Make the docks, and the objects that keep each panel at the session."""
        session, plots = self.session, (self.loss, self.metric_curve, self.gradients)
        self.own_data = OwnData(self, session, self.dataset_box, self.messages)
        self.data = DataDock(self.data_panel, session, self.files)
        self.code = KerasCode(self.code_panel, self.files, self.messages)
        self.teaching = Teaching(
            session, self.stage.view, self.input_panel.canvas, self.files, self.messages, trains=True, speed=None
        )
        self.docks = DesktopDocks(
            self,
            (
                ("plan", "Network and training", scrolling(stacked(self.toy_panel, self.plan_panel))),
                ("input", "Input and answer", self.input_panel), ("data", "Data", self.data_panel),
                ("loss", "Loss", self.loss), ("metric", "Accuracy", self.metric_curve),
                ("gradients", "Gradients", self.gradients), ("code", "As Keras code", self.code_panel),
                ("health", "Health", self.health_panel), ("inspector", "Inspector", self.inspector),
                ("teach", "Teach me", scrolling(padded(self.teaching.page))),
                ("own_digits", "My digits", scrolling(padded(self.teaching.list_page))),
                ("why", "Why?", scrolling(self.why_page)),
            ),
        )
        self.data.watch(self.docks["data"])
        self.input_panel.teach_requested.connect(self.docks.open_teaching)
        self.teaching.page.set_list_offered(True)
        self.teaching.page.list_requested.connect(self.docks.open_own_digits)
        self.health = HealthDesk(
            session, self.health_panel, self.health_button, self.stage.view, plots, self._plan_edited
        )
        self.inspecting = InspectorDesk(session, self.stage.view, self.inspector, self.docks, self.files, self.messages)
        self.why = WhyDesk(
            self.why_page, session, self.stage.view, self.input_panel.canvas, self.messages, reads_data=False
        )
        self.why.watch(self.docks["why"])
        self.menus = DesktopMenus(
            self, self.actions_by_name, self.tool_bar.run_menu, self.docks, self._themes, self._settings
        )
        self.trust = GradientDesk(self, self.stage.view, session, self.files, self.messages, self._themes)
        self.answers = AnswersShown(session, self.stage, self.input_panel, self.actions_by_name)
        self.curves = CurvesDesk(session, *plots)
        self.feed, self.changes = self.curves.feed, self.curves.changes
        self.hand = HandControls(session, self.stage, self.effect_strip, self.plans, self.curves)
        self.datasets = DatasetDesk(
            session, self.dataset_box, self.own_data, self.toy_panel, self.progress, self.statusBar(),
            self.stage.show_all,
        )
        self.pictures = PictureFiles(self, self.files, self.messages)
        self.teaching.store.changed.connect(self._own_digits_changed)

    def _connect(self) -> None:
        session, stage, progress = self.session, self.stage, self.progress
        session.dataset_changed.connect(self._dataset_changed)
        session.dataset_changed.connect(self.code.set_dataset)
        session.plan_changed.connect(self._show_plan)
        session.progress_changed.connect(self._progress_changed)
        session.message.connect(self.show_message)
        session.devices_changed.connect(progress.device.set_devices)
        session.undo_available_changed.connect(self.actions_by_name["undo_reset"].setEnabled)
        self.headline = Headline(session, self.header, stage.view, self.statusBar())
        progress.device.device_requested.connect(session.set_device)
        self.tool_bar.run_menu.run_requested.connect(self.session_actions.train_steps)
        self.tool_bar.pace.pace_requested.connect(session.set_pace)
        self.plan_panel.plan_edited.connect(self._plan_edited)
        self.plans.plan_requested.connect(self._set_plan)
        self.health_button.clicked.connect(self._show_health)
        self.messages.action_requested.connect(self.datasets.try_again)
        stage.following_changed.connect(session.follow)
        stage.view.snapshot_painted.connect(session.view_is_ready)
        stage.view.failed.connect(self.messages.show_error)
        for plot in (self.loss, self.metric_curve, self.gradients):
            plot.exported.connect(self.files.saved)
            plot.export_failed.connect(self.messages.show_error)
        self.input_panel.drawing_changed.connect(self.feed.give_way)
        stage.view.snapshot_painted.connect(self.feed.answer_painted)
        self._outdated = Outdated(session, self.messages)  # after the messages are shown
        self._themes.changed.connect(self._apply_theme)

    # -- from the session --------------------------------------------------------------------------------------

    def _dataset_changed(self, dataset: Dataset) -> None:
        outputs, samples = dataset.output_count, len(dataset.train)
        self.plan_panel.set_task(dataset.task, outputs)
        self.plan_panel.set_samples(samples, len(dataset.validation))
        self.plan_panel.set_recommended(recommended_plan(dataset.input_shape, outputs, samples, dataset.task))
        self.docks["metric"].setWindowTitle(self.metric_curve.long_title)
        without = "" if len(dataset.input_shape) == 2 else f"{dataset.title} has no images, and no pixels to explain."
        self.why_page.pixels.picture.set_hint(without)
        self.actions_by_name["open_data"].setEnabled(True)

    def _show_plan(self, plan: Plan) -> None:
        for shower in (self.plan_panel, self.plans, self.code):
            shower.set_plan(plan)

    def _progress_changed(self, progress: Progress) -> None:
        self.progress.set_progress(
            progress.phase, progress.epoch, progress.epochs, progress.step, progress.total_steps,
            progress.steps_per_second, progress.remaining,
        )
        ready = self.session.is_ready
        for name in NEED_A_NETWORK:
            self.actions_by_name[name].setEnabled(ready)
        self.tool_bar.set_running(progress.phase == "training")
        if ready and self.statusBar().currentMessage().startswith("Loading"):
            self.statusBar().showMessage("Ready: press Train, or draw a digit.", 8000)

    # -- from the person -----------------------------------------------------------------------------------------

    def _plan_edited(self, plan: Plan) -> None:
        self.plans.announce(plan)
        self._set_plan(plan)

    def _set_plan(self, plan: Plan) -> None:
        self.session.set_plan(plan.spec, plan.config)

    def _own_digits_changed(self) -> None:
        if self.teaching.store.digits:
            self.datasets.offer_mixture()

    def _open_data(self) -> None:
        self.own_data.open()

    def _show_inputs(self) -> None:
        self.docks["input"].show()
        self.docks["input"].raise_()  # it may be behind the data

    def _show_code(self) -> None:
        self.docks.open_code()
        self.code_panel.view.setFocus()

    def _show_health(self) -> None:
        self.docks.open_health()
        self.health_panel.area.setFocus()

    def _show_inspector(self) -> None:
        self.inspecting.open()

    def _check_gradients(self) -> None:
        self.trust.check()

    def _keys(self) -> None:
        KeysDialog(DESKTOP, self).open()

    def _apply_theme(self, theme: Theme) -> None:
        for widget in (self.tool_bar, self.header, self.stage, self.toy_panel, self.plan_panel, self.input_panel,
                       self.loss, self.metric_curve, self.gradients, self.messages, self.code, self.health, self.data,
                       self.docks, self.own_data, self.hand, self.inspector, self.exports, self.digit_extras, self.why,
                       self.teaching, self.pictures):
            widget.set_theme(theme)

    # -- Qt's ------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Share out the docks for the size the window really got, unless a layout was remembered."""
        super().showEvent(event)
        if not self._has_layout:
            self._has_layout = True
            self.docks.place()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End training and threads, remember the layout, close."""
        self.docks.remember(self._settings)
        self.health.close()
        self.exports.stop()
        self.hand.stop()
        self.stage.close_drawers()
        self.inspector.stop()
        self.why.stop()
        self.data_panel.stop()
        self.own_data.stop()
        self.teaching.stop()
        self.digit_extras.stop()
        self.session.stop()
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file of data or a folder of images."""
        path = dropped_path(event)
        if path is not None and OwnData.takes(path) and self.actions_by_name["open_data"].isEnabled():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show what is in the file that was dropped."""
        path = dropped_path(event)
        if path is not None:
            event.acceptProposedAction()
            self.own_data.open(path)
