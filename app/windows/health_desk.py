"""Connects the watch over training with panel, sign, network and curves, and makes its fixes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.health_watch import HealthWatch
from app.session import Session
from app.session_values import Progress
from app.theme import Theme
from app.widgets.health_button import HealthButton
from app.widgets.health_panel import HealthPanel
from app.widgets.layer_marks import LayerMark, LayerMarks
from app.widgets.network_view import NetworkView
from app.widgets.plot_base import PlotPanel
from nnviz.spec import Plan
from nnviz.training.findings import Finding

SOURCE = "health"


class HealthDesk(QObject):
    """Watches the training of a session and shows what is found.

    Args:
        session: what trains.
        panel: lists the findings.
        button: shows in a sign how it stands.
        view: has the layers that are marked.
        plots: have the steps that are marked.
        set_plan: puts a plan into force as an edit of the person's does.
    """

    def __init__(
        self, session: Session, panel: HealthPanel, button: HealthButton, view: NetworkView,
        plots: tuple[PlotPanel, ...], set_plan: Callable[[Plan], None],
    ) -> None:
        super().__init__(panel)
        self._session, self._panel, self._button = session, panel, button
        self._plots, self._set_plan = plots, set_plan
        self.marks = LayerMarks(view)
        self.watch = HealthWatch(Plan(session.spec, session.config), self)
        self._undo: Callable[[], None] | None = None
        self._made: Plan | None = None
        self._train_when_ready = False
        session.plan_changed.connect(self._plan_changed)
        session.dataset_changed.connect(self.watch.set_dataset)
        session.history_changed.connect(self._history_changed)
        session.snapshot_changed.connect(self._history_changed)
        session.diverged.connect(self.watch.note_divergence)
        session.progress_changed.connect(self._progress_changed)
        self.watch.findings_changed.connect(self._findings_changed)
        panel.fix_requested.connect(self.fix)
        panel.show_requested.connect(self.show_finding)
        panel.undo_requested.connect(self._undo_fix)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        for widget in (self._panel, self._button, self.marks):
            widget.set_theme(theme)

    def close(self) -> None:
        """End the watch; nothing is used afterwards."""
        self.watch.close()

    def fix(self, finding: Finding) -> None:
        """Change the plan as a finding proposes; where it says so, begin anew from the seed."""
        session, fix = self._session, finding.fix
        if fix is None:
            return
        old = Plan(session.spec, session.config)
        new = fix.change(old)
        trains = session.is_training
        self._made = new
        if fix.restart:
            has_kept = session.start_over(new.spec, new.config)
            self._train_when_ready = trains
            self._undo = session.undo_reset if has_kept else lambda: self._set_plan(old)
        else:
            self._set_plan(new)
            self._undo = lambda: self._set_plan(old)
        refused = Plan(session.spec, session.config) != new
        self._panel.set_applied("" if refused else fix.sentence)

    def show_finding(self, finding: Finding) -> None:
        """Point out the layer in the network and the step on the curves."""
        if finding.layer is not None:
            self.marks.point_out(finding.layer)
        for plot in self._plots:
            low, high = plot.canvas.x_range
            if not low <= finding.first_step <= high:
                plot.fit()
            plot.set_cursor(finding.first_step)

    def _undo_fix(self) -> None:
        undo, self._undo, self._made = self._undo, None, None
        self._panel.set_applied("")
        self._train_when_ready = False
        if undo is not None:
            undo()

    def _plan_changed(self, plan: Plan) -> None:
        self.watch.set_plan(plan)
        if self._made is not None and plan != self._made:
            # Another edit came after: taking the fix back would take that along.
            self._undo, self._made = None, None
            self._panel.set_applied("")

    def _history_changed(self, _: object = None) -> None:
        self.watch.set_network(self._session.network)
        self.watch.take_history(self._session.history)

    def _progress_changed(self, progress: Progress) -> None:
        if self._train_when_ready and self._session.is_ready and progress.phase == "idle":
            self._train_when_ready = False
            self._session.train()

    def _findings_changed(self, findings: tuple[Finding, ...]) -> None:
        self._panel.set_findings(findings, self.watch.steps)
        self._button.set_findings(findings, self.watch.steps)
        marks = [(f.first_step, f.title, f.severity) for f in findings]
        for plot in self._plots:
            plot.set_marks(marks, SOURCE)
        self.marks.set_marks(
            tuple(LayerMark(f.layer, f"{f.title}: {f.why}", f.severity) for f in findings if f.layer is not None)
        )
