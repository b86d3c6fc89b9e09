"""The desktop front end: everything reachable, every panel a dock. Wiring only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QMessageBox, QToolBar, QToolButton, QVBoxLayout, QWidget

from app.actions import DESKTOP, make_actions
from app.change_marks import CHANGES, ChangeMarks
from app.errors import ErrorBar
from app.icons import icon
from app.messages import Message
from app.plan_history import PlanHistory
from app.session import Session
from app.session_values import OWN_TITLE, Network, Progress, SampleChoice
from app.settings import Settings
from app.theme import Theme, ThemeManager
from app.widgets.code_panel import CodePanel
from app.widgets.curves_view import LossCurve, MetricCurve
from app.widgets.data_panel import DataPanel
from app.widgets.dataset_box import DatasetBox, DatasetEntry
from app.widgets.gradients_view import GradientsView
from app.widgets.health_button import HealthButton
from app.widgets.health_panel import HealthPanel
from app.widgets.help_text import KeysDialog
from app.widgets.import_dialog import dropped_path
from app.widgets.input_panel import InputPanel
from app.widgets.network_stage import NetworkStage
from app.widgets.plan_panel import PlanPanel
from app.widgets.progress_strip import ProgressStrip
from app.widgets.run_controls import PaceBox, RunMenu
from app.widgets.toy_panel import ToyPanel, ToyValues
from app.widgets.view_header import ViewHeader
from app.windows.data_dock import DataDock
from app.windows.desktop_docks import DesktopDocks, scrolling
from app.windows.edit_actions import EditActions
from app.windows.files import Files
from app.windows.health_desk import HealthDesk
from app.windows.history_feed import HistoryFeed
from app.windows.keras_code import KerasCode
from app.windows.own_data import OwnData
from app.windows.rehearsal import Rehearsal
from app.windows.runs import Runs
from nnviz import __version__
from nnviz.data.datasets import REGISTRY, Dataset, DatasetChoice
from nnviz.data.download import DownloadProgress
from nnviz.picture.answers import answer_of, meaning_of, metric_unit
from nnviz.picture.quantities import number
from nnviz.spec import Plan, recommended_plan
from nnviz.training.records import Evaluation, Snapshot, metric_name


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
        self._settings = settings
        self._themes = themes
        self.session = Session(self, use_engine=use_engine)
        self.stage = NetworkStage(self)
        self.plan_panel = PlanPanel(self)
        self.toy_panel = ToyPanel(self)
        self.input_panel = InputPanel(self)
        self.loss = LossCurve(self)
        self.metric_curve = MetricCurve(self)
        self.gradients = GradientsView(self)
        self.feed = HistoryFeed(self.loss, self.metric_curve, self.gradients, self._is_graph_due)
        self.progress = ProgressStrip(self)
        self.messages = ErrorBar(self)
        self.header = ViewHeader(self)
        self.files = Files(self, self.messages)
        self.runs = Runs(self, self.session, self.files, self.messages)
        self.data_panel = DataPanel(self)
        self.data = DataDock(self.data_panel, self.session, self.files)
        self.code_panel = CodePanel(self)
        self.health_panel = HealthPanel(self)
        self.health_button = HealthButton(self)
        self.code = KerasCode(self.code_panel, self.files, self.messages)
        self.plans = PlanHistory(self)
        self.edits = EditActions(self.plans, self.plan_panel, self.input_panel.canvas, self)
        self.actions_by_name: dict[str, QAction] = make_actions(DESKTOP, self, self._slots())
        self.edits.set_actions(self.actions_by_name["undo"], self.actions_by_name["redo"])
        self.changes = ChangeMarks()
        self._evaluation: Evaluation | None = None
        self._rehearsal: Rehearsal | None = None
        self._has_layout = False
        self._build_tool_bar()
        self._build_center()
        self.own_data = OwnData(self, self.session, self.dataset_box, self.messages)
        self.own_data.importer.failed.connect(self.statusBar().clearMessage)
        self.actions_by_name["open_data"].setEnabled(False)  # until the first data are read
        self.setAcceptDrops(True)
        self.docks = DesktopDocks(
            self,
            (
                ("plan", "Network and training", scrolling(_stacked(self.toy_panel, self.plan_panel))),
                ("input", "Input and answer", self.input_panel), ("data", "Data", self.data_panel),
                ("loss", "Loss", self.loss), ("metric", "Accuracy", self.metric_curve),
                ("gradients", "Gradients", self.gradients), ("code", "As Keras code", self.code_panel),
                ("health", "Health", self.health_panel),
            ),
        )
        self.data.watch(self.docks["data"])
        self.health = HealthDesk(
            self.session, self.health_panel, self.health_button, self.stage.view,
            (self.loss, self.metric_curve, self.gradients), self._plan_edited,
        )
        self._build_menus()
        self._connect()
        self.resize(1440, 900)
        self.setMinimumSize(900, 600)
        self.docks.place()
        self._has_layout = self.docks.restore(settings)
        self._apply_theme(themes.theme)
        plan = Plan(self.session.spec, self.session.config)
        self.plan_panel.set_plan(plan)
        self.plans.set_plan(plan)
        self.code.set_plan(plan)
        self._plan_changed(plan)
        self._set_running(False)
        self._progress_changed(self.session.progress())

    # -- life ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to load the data and TensorFlow; called once, after the first paint."""
        self.statusBar().showMessage("Loading TensorFlow and MNIST in the background; drawing works already.")
        self.session.start()

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
        self.stage.view.close_drawer()
        self.data_panel.stop()
        self.own_data.stop()
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

    # -- building ----------------------------------------------------------------------------------------------

    def _slots(self) -> dict[str, Callable[..., object]]:
        session, stage, canvas = self.session, self.stage, self.input_panel.canvas
        return {
            "open_model": self._open_model, "open_data": self._open_data, "save_model": self._save_model,
            "open_run": self.runs.open, "save_run": self.runs.save, "copy_run": self.runs.copy,
            "paste_run": self.runs.paste,
            "export_picture": self._export_picture, "export_history": self._export_history,
            "export_drawing": self._export_drawing, "export_window": self._export_window, "keys": self._keys,
            "code": self._show_code, "health": self._show_health, "quit": self.close,
            "train": self._toggle_training, "step": self._step, "step_on_sample": self._step_on_sample,
            "epoch": self._train_epoch, "reset": session.reset, "undo_reset": session.undo_reset,
            "evaluate": self._evaluate, "next_sample": self._next_sample,
            "previous_sample": self._previous_sample, "random_sample": self._random_sample,
            "only_wrong": self._only_wrong, "draw": self._draw,
            "undo": self.edits.undo, "redo": self.edits.redo, "clear": canvas.clear,
            "play_step": stage.toggle, "next_stage": stage.next_stage,
            "previous_stage": stage.previous_stage, "show_all": stage.show_all, "fit": stage.view.fit,
        }

    def _build_tool_bar(self) -> None:
        bar = QToolBar("Training", self)
        bar.setObjectName("training_bar")
        bar.setMovable(False)
        bar.setIconSize(QSize(16, 16))
        self.dataset_box = DatasetBox(bar)
        self._list_datasets()
        self.dataset_box.setEnabled(False)  # until the first is read
        bar.addWidget(self.dataset_box)
        self._tool_buttons: dict[str, QToolButton] = {}
        for name in ("train", "step", "epoch", "reset", "evaluate"):
            button = QToolButton(bar)
            button.setObjectName(f"{name}_button")
            button.setDefaultAction(self.actions_by_name[name])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setAccessibleName(self.actions_by_name[name].text())
            if name == "train":
                button.setProperty("role", "primary")
                button.setMinimumWidth(88)
            bar.addWidget(button)
            self._tool_buttons[name] = button
        self.run_menu = RunMenu(self)
        self._tool_buttons["step"].setMenu(self.run_menu)
        self._tool_buttons["step"].setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.pace = PaceBox(bar)
        bar.addWidget(self.pace)
        bar.addWidget(self.progress)
        bar.addWidget(self.health_button)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)
        self.tool_bar = bar

    def _list_datasets(self) -> None:
        """Say of each data set what it is, and whether it has to be downloaded first."""
        entries = []
        for info in REGISTRY.values():
            note = f"download, {info.download.size_text}" if info.download is not None and not info.is_here() else ""
            entries.append(DatasetEntry(info.name, info.title, info.about, info.group, note))
        self.dataset_box.set_datasets(tuple(entries))

    def _build_center(self) -> None:
        center = QWidget(self)
        center.setObjectName("panel")
        center.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        box = QVBoxLayout(center)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.messages)
        box.addWidget(self.header)
        box.addWidget(self.stage, 1)
        self.setCentralWidget(center)

    def _build_menus(self) -> None:
        bar = self.menuBar()
        menus: dict[str, QMenu] = {}
        for spec in DESKTOP:
            if spec.menu not in menus:
                menus[spec.menu] = bar.addMenu(spec.menu)
            menus[spec.menu].addAction(self.actions_by_name[spec.name])
            if spec.name == "step":
                menus[spec.menu].addMenu(self.run_menu)
        view = menus["View"]
        view.addSeparator()
        panels = view.addMenu("Panels")
        panels.addActions(self.docks.actions())
        restore = view.addAction("Restore the first layout")
        restore.setObjectName("action_restore_layout")
        restore.triggered.connect(self.docks.place)
        theme = view.addMenu("Theme")
        self._theme_actions: dict[str, QAction] = {}
        for choice, text in (("system", "As the system"), ("light", "Light"), ("dark", "Dark")):
            action = theme.addAction(text)
            action.setObjectName(f"action_theme_{choice}")
            action.setCheckable(True)
            action.setData(choice)
            action.setChecked(choice == self._themes.choice)
            self._theme_actions[choice] = action
        theme.triggered.connect(self._theme_chosen)
        about = menus["Help"].addAction("About nnviz")
        about.setObjectName("action_about")
        about.triggered.connect(self._about)

    def _connect(self) -> None:
        session, stage, inputs = self.session, self.stage, self.input_panel
        session.dataset_changed.connect(self._dataset_changed)
        session.network_changed.connect(self._network_changed)
        session.snapshot_changed.connect(self._snapshot_changed)
        session.sample_changed.connect(self._sample_changed)
        session.plan_changed.connect(self.plan_panel.set_plan)
        session.plan_changed.connect(self.plans.set_plan)
        session.plan_changed.connect(self._plan_changed)
        session.plan_changed.connect(self.code.set_plan)
        session.dataset_changed.connect(self.code.set_dataset)
        session.history_changed.connect(self._history_changed)
        session.progress_changed.connect(self._progress_changed)
        session.message.connect(self.show_message)
        self.run_menu.run_requested.connect(self._run_steps)
        self.pace.pace_requested.connect(session.set_pace)
        session.devices_changed.connect(self.progress.device.set_devices)
        self.progress.device.device_requested.connect(session.set_device)
        session.evaluated.connect(self._evaluated)
        session.undo_available_changed.connect(self.actions_by_name["undo_reset"].setEnabled)
        self.actions_by_name["undo_reset"].setEnabled(False)
        self.plan_panel.plan_edited.connect(self._plan_edited)
        self.plans.plan_requested.connect(self._set_plan)
        self.health_button.clicked.connect(self._show_health)
        self.dataset_box.dataset_requested.connect(self._dataset_requested)
        self.toy_panel.values_requested.connect(self._toy_requested)
        session.download_changed.connect(self._download_changed)
        self.progress.cancel_requested.connect(session.cancel_loading)
        self.messages.action_requested.connect(self._message_action)
        stage.following_changed.connect(session.follow)
        stage.view.snapshot_painted.connect(session.view_is_ready)
        stage.view.failed.connect(self.messages.show_error)
        inputs.next_requested.connect(session.next_sample)
        inputs.previous_requested.connect(session.previous_sample)
        inputs.random_requested.connect(session.random_sample)
        inputs.only_wrong_toggled.connect(self.actions_by_name["only_wrong"].setChecked)
        inputs.drawing_changed.connect(session.set_drawing)
        inputs.mode_changed.connect(self._mode_changed)
        self.header.edge_quantity_chosen.connect(stage.view.set_edge_quantity)
        self.header.top_k_chosen.connect(stage.view.set_top_k)
        self.header.unit_quantity_chosen.connect(stage.view.set_unit_quantity)
        self.header.wide_chosen.connect(stage.view.set_wide)
        for plot in (self.loss, self.metric_curve, self.gradients):
            plot.exported.connect(self.files.saved)
            plot.export_failed.connect(self.messages.show_error)
        self._themes.changed.connect(self._apply_theme)

    # -- from the session --------------------------------------------------------------------------------------

    def _dataset_changed(self, dataset: Dataset) -> None:
        meaning = meaning_of(dataset)
        self.stage.set_meaning(meaning)
        self.input_panel.set_meaning(meaning)
        only_wrong = self.actions_by_name["only_wrong"]
        if meaning.is_regression:
            only_wrong.setChecked(False)
        only_wrong.setEnabled(not meaning.is_regression)
        only_wrong.setToolTip(self.input_panel.only_wrong.toolTip())
        self.actions_by_name["evaluate"].setText("Test error" if meaning.is_regression else "Test accuracy")
        name = metric_name(dataset.task)
        self.metric_curve.set_metric(name, metric_unit(meaning) if meaning.is_regression else "%")
        self.docks["metric"].setWindowTitle(self.metric_curve.long_title)
        self.stage.set_feature_names(dataset.feature_names)
        self.input_panel.set_can_draw(dataset.name == "mnist")
        self.actions_by_name["draw"].setEnabled(dataset.name == "mnist")
        outputs, samples = dataset.output_count, len(dataset.train)
        self.plan_panel.set_task(dataset.task, outputs)
        self.plan_panel.set_samples(samples, len(dataset.validation))
        self.plan_panel.set_recommended(recommended_plan(dataset.input_shape, outputs, samples, dataset.task))
        self.toy_panel.set_choice(dataset.choice)
        self.dataset_box.set_dataset(dataset.name)
        self.dataset_box.setEnabled(True)
        self.actions_by_name["open_data"].setEnabled(True)
        self.statusBar().clearMessage()

    def _download_changed(self, progress: DownloadProgress | None) -> None:
        if progress is None:
            self.progress.clear_download()
            self._list_datasets()  # it may be here now
        else:
            share = progress.done / max(progress.total, 1)
            self.progress.set_download(progress.title, share, progress.words, progress.note)

    def _plan_changed(self, plan: Plan) -> None:
        config = plan.config
        self.loss.set_rate_scheduled(config.schedule != "constant" or config.warmup_epochs > 0)
        self.changes.note(plan, self.session.history)
        self._mark_changes()

    def _network_changed(self, network: Network) -> None:
        self._evaluation = None
        self.feed.set_network(network.spec)
        self._headline(network)

    def _headline(self, network: Network) -> None:
        step = network.step
        if network.origin == "yours":
            step = max(step, self.session.progress().step)
        # Narrow windows cut the end: what everybody knows of their own network is left out.
        own = network.origin == "yours" and network.title == OWN_TITLE
        text = network.spec.title if own else f"{network.title}  ·  {network.spec.title}"
        done = self._evaluation
        if done is not None:
            text += f"  ·  test {self._metric_text(done.metric)}, loss {done.loss:.3f}"
            text += f" at step {done.step:,}" if done.step != step else ""
        if network.origin == "yours":
            text += f"  ·  step {step:,}"
        self.header.set_headline(text)

    def _metric_text(self, value: float) -> str:
        meaning = self.stage.view.meaning
        if not meaning.is_regression:
            return f"{100 * value:.2f} %"
        if len(meaning.names) > 1:
            return f"MAE {number(value)} standard deviations"
        return f"MAE {meaning.with_unit(number(value), 0)}"

    def _snapshot_changed(self, snapshot: Snapshot) -> None:
        self.stage.set_snapshot(snapshot)
        answer = answer_of(self.stage.view.meaning, snapshot)
        self.input_panel.set_answer(answer)
        sample = self.session.sample
        dataset = self.session.dataset
        if sample.kind == "test" and dataset is not None:
            words = f"Test sample {sample.index:,}: {answer.words}"
            if len(dataset.input_shape) == 2:
                self.input_panel.set_sample(snapshot.sample.reshape(dataset.input_shape), words)
            else:
                values = snapshot.sample if dataset.scaling is None else dataset.scaling.original(snapshot.sample)
                texts = tuple(number(float(value)) for value in values)
                self.input_panel.set_features(dataset.feature_names, texts, words)

    def _sample_changed(self, sample: SampleChoice) -> None:
        self.input_panel.set_mode("draw" if sample.kind == "drawing" else "sample")

    def _history_changed(self) -> None:
        self.feed.show(self.session.history)
        self._mark_changes()

    def _mark_changes(self) -> None:
        marks = self.changes.of(self.session.history)
        for plot in (self.loss, self.metric_curve, self.gradients):
            plot.set_marks(marks, CHANGES)

    def _is_graph_due(self) -> bool:
        return self.stage.view.is_paint_pending

    def _progress_changed(self, progress: Progress) -> None:
        self.progress.set_progress(
            progress.phase, progress.epoch, progress.epochs, progress.step, progress.total_steps,
            progress.steps_per_second, progress.remaining,
        )
        ready = self.session.is_ready
        self._set_running(progress.phase == "training")
        for name in ("train", "step", "step_on_sample", "epoch", "reset", "evaluate", "save_model"):
            self.actions_by_name[name].setEnabled(ready)
        if ready and self.statusBar().currentMessage().startswith("Loading"):
            self.statusBar().showMessage("Ready: press Train, or draw a digit.", 8000)
        network = self.session.network
        if network is not None:
            self._headline(network)

    def _set_running(self, running: bool) -> None:
        action = self.actions_by_name["train"]
        action.setText("Pause" if running else "Train")
        theme = self._themes.theme
        action.setIcon(icon("pause" if running else "play", theme.on_accent if action.isEnabled() else theme.muted))
        self._tool_buttons["train"].setAccessibleName(action.text())

    def _evaluated(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        if self.session.network is not None:
            self._headline(self.session.network)

    # -- from the person -----------------------------------------------------------------------------------------

    def _toggle_training(self) -> None:
        if self.session.is_training:
            self.session.pause()
        else:
            self.stage.show_all()
            self.session.train()

    def _step(self) -> None:
        self.stage.show_all()
        self.session.step()

    def _step_on_sample(self) -> None:
        self.stage.show_all()
        self.session.step_on_sample()

    def _run_steps(self, count: int) -> None:
        self.session.train(count)

    def _train_epoch(self) -> None:
        self.stage.show_all()
        self.session.train("epoch")

    def _evaluate(self) -> None:
        self.session.evaluate("test")

    def _plan_edited(self, plan: Plan) -> None:
        self.plans.announce(plan)
        self._set_plan(plan)

    def _set_plan(self, plan: Plan) -> None:
        self.session.set_plan(plan.spec, plan.config)

    def _dataset_requested(self, name: str) -> None:
        self.stage.show_all()
        if self.own_data.choice_of(name) is not None:
            self.statusBar().showMessage("Reading your data …")
            self.own_data.load_again(name)
            return
        self.statusBar().showMessage(f"Reading {REGISTRY[name].title} …")
        self.session.set_dataset(name)

    def _toy_requested(self, values: ToyValues) -> None:
        self.session.set_toy(values.count, values.noise, values.seed, values.classes)

    def _message_action(self, message: Message) -> None:
        if isinstance(message.wish, DatasetChoice):
            self._dataset_requested(message.wish.name)

    def _to_samples(self) -> None:
        if self.session.sample.kind == "drawing":
            self.session.set_drawing(None)

    def _next_sample(self) -> None:
        self._to_samples()
        self.session.next_sample()

    def _previous_sample(self) -> None:
        self._to_samples()
        self.session.previous_sample()

    def _random_sample(self) -> None:
        self._to_samples()
        self.session.random_sample()

    def _only_wrong(self, only: bool) -> None:
        self.input_panel.set_only_wrong(only)
        self._to_samples()
        self.session.set_only_wrong(only)

    def _draw(self) -> None:
        self.docks["input"].show()
        self.input_panel.draw_button.click()

    def _mode_changed(self, mode: str) -> None:
        self.session.set_drawing(self.input_panel.canvas.image() if mode == "draw" else None)

    def _theme_chosen(self, action: QAction) -> None:
        self._themes.set_choice(str(action.data()))
        self._settings.theme = str(action.data())
        for choice, each in self._theme_actions.items():
            each.setChecked(choice == action.data())

    def _open_model(self) -> None:
        path = self.files.ask_open("Open model", "Keras models (*.keras);;All files (*)")
        if path is not None:
            self.session.open_model(path)

    def _open_data(self) -> None:
        self.own_data.open()

    def _save_model(self) -> None:
        path = self.files.ask_save("Save model", "model.keras", "Keras models (*.keras)")
        if path is not None:
            self.session.save(path)

    def _export_picture(self) -> None:
        path = self.files.ask_save("Export network picture", "network.png", "PNG (*.png)")
        self.files.save(path, self.stage.view.export)

    def _export_history(self) -> None:
        path = self.files.ask_save("Export history", "history.csv", "Tables (*.csv)")
        self.files.save(path, self.session.history.to_csv)

    def _export_drawing(self) -> None:
        path = self.files.ask_save("Export drawing", "digit.png", "Pictures (*.png);;Strokes (*.json)")
        canvas = self.input_panel.canvas
        self.files.save(path, canvas.save_strokes if path and path.suffix == ".json" else canvas.save_image)

    def _export_window(self) -> None:
        self.files.save(self.files.ask_save("Export window", "nnviz.png", "PNG (*.png)"), self.files.save_window)

    def _show_code(self) -> None:
        self.docks.open_code()
        self.code_panel.view.setFocus()

    def _show_health(self) -> None:
        self.docks.open_health()
        self.health_panel.area.setFocus()

    def _keys(self) -> None:
        KeysDialog(DESKTOP, self).open()

    def _about(self) -> None:
        QMessageBox.about(
            self, "About nnviz",
            f"nnviz {__version__}\n\nSee a neural network think and learn. Every number and colour is a tensor of "
            "the real network.\n\nMNIST: Y. LeCun, C. Cortes, C. Burges (CC BY-SA 3.0).",
        )

    def _apply_theme(self, theme: Theme) -> None:
        for widget in (self.stage, self.toy_panel, self.plan_panel, self.input_panel, self.loss, self.metric_curve,
                       self.gradients, self.messages, self.code, self.health, self.data):
            widget.set_theme(theme)
        self.docks.set_theme(theme)
        self.own_data.set_theme(theme)
        for name in ("step", "epoch", "reset"):
            self.actions_by_name[name].setIcon(icon(name, theme.text))
        self._set_running(self.session.is_training)


def _stacked(*widgets: QWidget) -> QWidget:
    """Return widgets one above the other; those that are hidden take no room."""
    made = QWidget()
    box = QVBoxLayout(made)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(0)
    for widget in widgets:
        box.addWidget(widget, 1 if widget is widgets[-1] else 0)
    return made
