"""One lesson being given: which slide, which sample, what stage, band and footer show, and the real step."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.lessons import CHAPTERS
from app.lessons.lesson import Formula, Lesson, Material, Slide
from app.session import Session
from app.session_values import Network, Progress
from app.widgets.formula import FormulaLine, Typesetter
from app.widgets.lesson_band import LessonBand
from app.widgets.lesson_footer import LessonFooter
from app.widgets.lesson_stage import LessonStage
from app.windows.lecture_samples import telling_samples
from nnviz.data.datasets import Dataset
from nnviz.spec import TrainingConfig
from nnviz.training.records import Snapshot

#: Plain gradient descent, because its rule can be checked by hand on the slide; at this rate one step on a
#: doubtful image visibly moves the answer without throwing it over.
CONFIG = TrainingConfig(optimizer="sgd", learning_rate=0.003)
LOADING = "TensorFlow is still being loaded; the real step follows as soon as it is there."
NO_ENGINE = "TensorFlow is not used here, so that no step can be taken."
ASKED = "The optimizer takes one real step on this image…"


class LessonCourse(QObject):
    """Takes the hall through a lesson: the slide that is shown, its movement, its sample and its step.

    Args:
        session: holds network, data and sample.
        stage, band, footer: what shows them.
        use_engine: whether TensorFlow may be waited for.
    """

    #: A sentence for the window.
    failed = Signal(str)

    def __init__(
        self, session: Session, stage: LessonStage, band: LessonBand, footer: LessonFooter, *,
        use_engine: bool, parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.session, self.stage, self.band, self.footer = session, stage, band, footer
        self.typesetter = Typesetter(self)
        self._use_engine = use_engine
        self._lesson = Lesson("", ())
        self._chapter = 0
        self._index = 0
        self._samples: list[int] = []
        self._sample_place = 0
        self._adopted = self._asked = False
        self._first_sample_timer = QTimer(self)
        self._first_sample_timer.setSingleShot(True)
        self._first_sample_timer.timeout.connect(self._choose_first_sample)
        session.dataset_changed.connect(self._dataset_changed)
        session.network_changed.connect(self._network_changed)
        session.snapshot_changed.connect(self._snapshot_changed)
        session.progress_changed.connect(self._progress_changed)
        self.typesetter.done.connect(self._formula_done)
        self.typesetter.failed.connect(self.failed)

    # -- what is so ------------------------------------------------------------------------------------------

    @property
    def chapter(self) -> int:
        """The place of the open lesson in the course."""
        return self._chapter

    @property
    def samples(self) -> tuple[int, ...]:
        """The telling samples, by their places in the test set; empty until the data are read."""
        return tuple(self._samples)

    def is_settled(self) -> bool:
        """Whether the slide is whole: sample there, formulas set, nothing moving or awaited."""
        view, lines = self.stage.view, self.band.formulas.lines
        return (
            bool(self._samples) and view.snapshot is not None and view.is_settled
            and not self.stage.is_moving and not self._asked
            and all(self.typesetter.is_known(line.latex) for line in lines)
            and all(line.picture is self.typesetter.get(line.latex) for line in lines)
        )

    def note_failure(self) -> None:
        """Note that something went wrong: a step that was asked for may never come, so it may be asked again."""
        self._asked = False

    def close(self) -> None:
        """Stop timers and the typesetter's thread."""
        self._first_sample_timer.stop()
        self.typesetter.close()

    # -- the slides ----------------------------------------------------------------------------------------

    @property
    def lesson(self) -> Lesson:
        """The lesson that is open."""
        return self._lesson

    @property
    def index(self) -> int:
        """The slide that is shown, 0 the first."""
        return self._index

    @property
    def slide(self) -> Slide | None:
        """The slide that is shown."""
        return self._lesson.slides[self._index] if self._index < len(self._lesson.slides) else None

    def material(self) -> Material | None:
        """Return what the slides speak of, or None before there is a sample."""
        snapshot, dataset = self.stage.view.snapshot, self.session.dataset
        if snapshot is None or snapshot.gradients is None:
            return None
        return Material(snapshot, self.session.config, dataset.class_names if dataset is not None else ())

    def open_chapter(self, number: int) -> None:
        """Open a lesson of the course at its first slide."""
        network = self.session.network
        if network is None:
            return
        self._chapter = number % len(CHAPTERS)
        self._lesson = CHAPTERS[self._chapter].make(network.spec)
        self.footer.set_lesson(self._lesson.title)
        self.go_to(0)

    def go_to(self, index: int, *, play: bool = False) -> None:
        """Show a slide, clamped to the lesson; ``play`` plays its movement first."""
        if not self._lesson.slides:
            return
        self._index = min(max(index, 0), len(self._lesson.slides) - 1)
        self.footer.set_place(self._index, len(self._lesson.slides))
        self._show_slide(play)

    def go_on(self) -> None:
        """Go to the next slide and play it; during a movement go to its end."""
        if self.stage.is_moving or self.stage.is_paused:
            self.stage.finish()
        elif self._index + 1 < len(self._lesson.slides):
            self.go_to(self._index + 1, play=True)

    def go_back(self) -> None:
        """Go to the previous slide, at rest."""
        self.go_to(self._index - 1)

    def go_first(self) -> None:
        """Go to the first slide, at rest."""
        self.go_to(0)

    def go_last(self) -> None:
        """Go to the last slide, at rest."""
        self.go_to(len(self._lesson.slides) - 1)

    def another_sample(self) -> None:
        """Show the next telling sample; a slide of an update that this one has not had gives way to the first."""
        if not self._samples:
            return
        self._sample_place = (self._sample_place + 1) % len(self._samples)
        self._asked = False
        slide = self.slide
        if slide is not None and slide.needs_update:
            self.go_to(0)
        self.session.choose_sample(self._samples[self._sample_place])

    def _show_slide(self, play: bool) -> None:
        slide, material = self.slide, self.material()
        if slide is None or material is None:
            return
        waits = slide.needs_update and material.snapshot.update is None
        if waits:
            self._ask_for_update()
        sentence = self._waiting_words() if waits else slide.sentence(material)
        self.band.set_words(slide.title, sentence)
        self._show_formulas(slide, material)
        marks = slide.marks(material)
        plan = self.stage.view.plan
        place = slide.stage(plan)
        # An update that is still to come: the picture stays at the gradients it will be made of.
        stage = plan[-1] if waits else plan[place] if place is not None else None
        self.stage.set_marks(marks.units, marks.edge)
        if stage is None:
            self.stage.show_still()
        elif play and slide.moves and not waits:
            self.stage.play(stage)
        else:
            self.stage.show_rest(stage)

    def _show_formulas(self, slide: Slide, material: Material) -> None:
        formulas = slide.formulas(material)
        self.band.set_formulas(self._lines(formulas))
        wanted = [formula.latex for formula in formulas]
        slides = self._lesson.slides
        for other in slides[self._index + 1 :] + slides[: self._index]:
            wanted += [formula.latex for formula in other.formulas(material)]
        self.typesetter.want(wanted)

    def _lines(self, formulas: tuple[Formula, ...]) -> list[FormulaLine]:
        return [FormulaLine(one.caption, one.latex, self.typesetter.get(one.latex)) for one in formulas]

    def _formula_done(self, latex: str) -> None:
        lines = self.band.formulas.lines
        if any(line.latex == latex for line in lines):
            self.band.set_formulas(
                [FormulaLine(line.caption, line.latex, self.typesetter.get(line.latex)) for line in lines]
            )

    # -- the update ----------------------------------------------------------------------------------------

    def _waiting_words(self) -> str:
        return ASKED if self._asked else LOADING if self._use_engine else NO_ENGINE

    def _ask_for_update(self) -> None:
        if not self._asked and self.session.is_ready:
            self._asked = True
            self.session.step_on_sample()

    # -- from the session ----------------------------------------------------------------------------------

    def _dataset_changed(self, dataset: Dataset) -> None:
        self.stage.set_class_names(dataset.class_names)
        self._first_sample_timer.start()  # the session first shows a sample of its own

    def _choose_first_sample(self) -> None:
        dataset, network = self.session.dataset, self.session.network
        if dataset is None or network is None:
            return
        self._samples = telling_samples(network.parameters, network.spec, dataset.test)
        if self._samples:
            self.session.choose_sample(self._samples[0])

    def _network_changed(self, network: Network) -> None:
        if not self._adopted:
            # One network through the whole lesson: the optimizer's step is taken on the weights that are shown.
            self._adopted = True
            self.session.adopt_network(CONFIG)
        self._show_network(network)
        if not self._lesson.slides:
            self.open_chapter(self._chapter)

    def _show_network(self, network: Network) -> None:
        steps = "" if network.step == 0 else f", and {network.step:,} step{'s' if network.step > 1 else ''} here"
        self.footer.set_network(f"{network.title}, {network.spec.title}{steps}")

    def _snapshot_changed(self, snapshot: Snapshot) -> None:
        if snapshot.gradients is None or not self._samples or not self._is_news(snapshot):
            return
        updated = snapshot.update is not None
        self._asked = False
        if self.session.network is not None:
            self._show_network(self.session.network)
        self.stage.set_snapshot(snapshot)
        slide = self.slide
        self._show_slide(play=updated and slide is not None and slide.needs_update)

    def _is_news(self, snapshot: Snapshot) -> bool:
        """Whether a snapshot shows anything else; the same pass computed once more must not end a movement."""
        old = self.stage.view.snapshot
        return (
            old is None or snapshot.update is not None or old.step != snapshot.step or old.spec != snapshot.spec
            or not np.array_equal(old.sample, snapshot.sample)
        )

    def _progress_changed(self, _progress: Progress) -> None:
        slide, material = self.slide, self.material()
        if slide is None or material is None or not slide.needs_update or material.snapshot.update is not None:
            return
        self._ask_for_update()
        self.band.set_words(slide.title, self._waiting_words())
