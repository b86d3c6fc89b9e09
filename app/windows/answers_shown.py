"""Shows the sample and what the network says of it, in the words and units of the data."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.session import Session
from app.session_values import SampleChoice
from app.widgets.input_panel import InputPanel
from app.widgets.network_stage import NetworkStage
from app.windows.digit_answers import DigitAnswers
from nnviz.data.dataset import Dataset
from nnviz.data.mnist import MNIST
from nnviz.data.own_mixture import MIXTURE
from nnviz.picture.answers import answer_of, meaning_of
from nnviz.picture.quantities import number
from nnviz.training.records import Snapshot


class AnswersShown(QObject):
    """Feeds network and input panel with what the session has.

    Args:
        session: has data, sample and snapshot.
        stage: shows the network.
        inputs: shows the sample and the answer.
        actions: of the window by name; they say what can be done with these data.
    """

    def __init__(
        self, session: Session, stage: NetworkStage, inputs: InputPanel, actions: dict[str, QAction]
    ) -> None:
        super().__init__(stage)
        self._session, self._stage, self._inputs, self._actions = session, stage, inputs, actions
        self._drawings = DigitAnswers(session, inputs.canvas)
        session.dataset_changed.connect(self._dataset_changed)
        session.snapshot_changed.connect(self._snapshot_changed)
        session.sample_changed.connect(self._sample_changed)
        session.comparison_changed.connect(self._show_blank)
        inputs.digit_requested.connect(self._pick_digit)
        inputs.only_wrong_toggled.connect(actions["only_wrong"].setChecked)

    def _dataset_changed(self, dataset: Dataset) -> None:
        meaning, actions = meaning_of(dataset), self._actions
        self._stage.set_meaning(meaning)
        self._inputs.set_meaning(meaning)
        self._stage.set_feature_names(dataset.feature_names)
        can_draw = dataset.name in (MNIST.name, MIXTURE.name)
        self._inputs.set_can_draw(can_draw)
        actions["draw"].setEnabled(can_draw)
        only_wrong = actions["only_wrong"]
        if meaning.is_regression:  # nothing is right or wrong there
            only_wrong.setChecked(False)
        only_wrong.setEnabled(not meaning.is_regression)
        only_wrong.setToolTip(self._inputs.only_wrong.toolTip())
        actions["evaluate"].setText("Test error" if meaning.is_regression else "Test accuracy")

    def _snapshot_changed(self, snapshot: Snapshot) -> None:
        self._stage.set_snapshot(snapshot)
        answer = answer_of(self._stage.view.meaning, snapshot)
        self._inputs.set_answer(None if self._is_blank else answer)
        self._show_blank()
        if self._session.sample.kind == "drawing":
            several = len(self._drawings.read().images) > 1
            said = self._drawings.answer()
            shown = f"{said.remark}. Graph and bars show the {self._drawings.ordinal}."
            self._inputs.set_notes(shown if several else said.remark)
            self._inputs.set_digits(said.headline, said.parts, self._drawings.number)
        sample, dataset, meaning = self._session.sample, self._session.dataset, self._stage.view.meaning
        if (sample.kind != "test" and snapshot.count == 1) or dataset is None:
            return
        words = f"Test sample {sample.index:,}: {answer.words}"
        if snapshot.count > 1:
            words = f"Mean of {snapshot.count:,} test samples" + (
                f": {answer.words}" if meaning.is_regression else f" of {answer.truth}" if answer.truth else ""
            )
        if len(dataset.input_shape) == 2:
            self._inputs.set_sample(snapshot.sample.reshape(dataset.input_shape), words)
        else:
            values = snapshot.sample if dataset.scaling is None else dataset.scaling.original(snapshot.sample)
            texts = tuple(number(float(value)) for value in values)
            self._inputs.set_features(dataset.feature_names, texts, words)

    def _pick_digit(self, number: int) -> None:
        self._drawings.pick(number)
        self._inputs.feed_drawing()

    @property
    def _is_blank(self) -> bool:
        """Whether the drawing is an empty paper: a network says something of that too, but nobody asked."""
        return self._session.sample.kind == "drawing" and self._inputs.canvas.is_blank

    def _show_blank(self, _comparison: object = None) -> None:
        """Show the weights only while nothing is drawn; beside another picture the pass of the empty paper."""
        self._stage.set_blank(self._is_blank and self._session.comparison is None)

    def _sample_changed(self, sample: SampleChoice) -> None:
        self._inputs.set_mode("draw" if sample.kind == "drawing" else "sample")
        self._show_blank()
