"""The lecture front end: a lesson for a hall, driven by keys or a presenter remote. Wiring only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QColor, QKeyEvent, QKeySequence, QPalette, QResizeEvent, QShortcut
from PySide6.QtWidgets import QMainWindow, QWidget

from app.errors import ErrorBar
from app.lessons import CHAPTERS
from app.lessons.lesson import Formula, Lesson, Material, Slide
from app.messages import Message
from app.session import Network, Progress, Session
from app.settings import Settings
from app.theme import Theme, ThemeManager
from app.widgets.formula import FormulaLine, Typesetter
from app.widgets.lesson_band import LessonBand
from app.widgets.lesson_footer import LessonFooter
from app.widgets.lesson_overlays import BlankScreen, KeyOverview, SlideList
from app.widgets.lesson_stage import LessonStage
from app.windows.lecture_keys import command_of, overview
from app.windows.lecture_samples import telling_samples
from nnviz.data.datasets import Dataset
from nnviz.spec import TrainingConfig
from nnviz.training.records import Snapshot

#: Plain gradient descent, because its rule can be checked by hand on the slide; at this rate one step on a
#: doubtful image visibly moves the answer without throwing it over.
CONFIG = TrainingConfig(optimizer="sgd", learning_rate=0.003)
#: Base text size: this part of the window's height, at least so many logical pixels.
TEXT_PART, MIN_TEXT_PX = 1 / 38, 16.0
#: The network's own words are shorter and stand between layers.
VIEW_TEXT = 0.86
BAND_PART = 0.295
FOOTER_SHARE = 1.75
SCALE_STEP, MIN_SCALE, MAX_SCALE = 1.1, 0.7, 1.5
TYPED_TIMEOUT_MS = 2500
POINTER_TIMEOUT_MS = 2500
LOADING = "TensorFlow is still being loaded; the real step follows as soon as it is there."
NO_ENGINE = "TensorFlow is not used here, so that no step can be taken."
ASKED = "The optimizer takes one real step on this image…"


class LectureWindow(QMainWindow):
    """A lecturer's window: the network on the stage, words and formulas below, keys for everything.

    Args:
        settings: where theme and text size are remembered.
        themes: holds and applies the theme.
        use_engine: whether TensorFlow may be started; without it the slides of the update stay general.
    """

    def __init__(self, settings: Settings, themes: ThemeManager, *, use_engine: bool = True) -> None:
        super().__init__()
        self.setObjectName("lecture_window")
        self.setWindowTitle("nnviz lecture")
        self._settings, self._themes, self._use_engine = settings, themes, use_engine
        self.session = Session(self, use_engine=use_engine)
        self.ground = QWidget(self)
        self.ground.setObjectName("lecture_ground")
        self.ground.setAutoFillBackground(True)
        self.setCentralWidget(self.ground)
        self.stage = LessonStage(self.ground)
        self.band = LessonBand(self.ground)
        self.footer = LessonFooter(self.ground)
        self.messages = ErrorBar(self.ground)
        self.slides = SlideList(self.ground)
        self.keys = KeyOverview(overview(), self.ground)
        self.blank = BlankScreen(self.ground)
        self.typesetter = Typesetter(self)
        self._lesson = Lesson("", ())
        self._chapter = 0
        self._index = 0
        self._samples: list[int] = []
        self._sample_place = 0
        self._adopted = self._asked = False
        self._typed = ""
        self._scale = settings.number("lecture/text_scale", 1.0, MIN_SCALE, MAX_SCALE)
        self._typed_timer = self._single_shot(TYPED_TIMEOUT_MS, self._forget_typed)
        self._pointer_timer = self._single_shot(POINTER_TIMEOUT_MS, self._hide_pointer)
        self._first_sample_timer = self._single_shot(0, self._choose_first_sample)
        self._commands: dict[str, Callable[[], None]] = {
            "next": self.go_on, "previous": self.go_back, "first": self._go_first, "last": self._go_last,
            "play": self.stage.toggle, "sample": self.another_sample, "contents": self._show_contents,
            "black": self._black, "white": self._white, "theme": self._toggle_theme,
            "larger": self._larger, "smaller": self._smaller, "fit": self.stage.view.fit,
            "full_screen": self._toggle_full_screen, "leave": self._leave, "help": self._show_keys,
        }
        self._connect()
        self.setMinimumSize(800, 500)
        self.resize(1280, 720)
        self._apply_theme(themes.theme)
        self._place()
        self.band.set_words("nnviz lecture", "The network and MNIST are being read.")

    def _single_shot(self, interval_ms: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer

    def _connect(self) -> None:
        session = self.session
        session.dataset_changed.connect(self._dataset_changed)
        session.network_changed.connect(self._network_changed)
        session.snapshot_changed.connect(self._snapshot_changed)
        session.progress_changed.connect(self._progress_changed)
        session.message.connect(self.show_message)
        self.stage.moving_changed.connect(self.footer.set_playing)
        self.stage.view.failed.connect(self._tell)
        self.typesetter.done.connect(self._formula_done)
        self.typesetter.failed.connect(self._tell)
        self.footer.previous_requested.connect(self.go_back)
        self.footer.play_requested.connect(self.stage.toggle)
        self.footer.next_requested.connect(self.go_on)
        self.footer.contents_requested.connect(self._show_contents)
        self.slides.slide_requested.connect(self._slide_chosen)
        self.slides.lesson_requested.connect(self.open_chapter)
        self.slides.dismissed.connect(self._close_overlays)
        self.keys.dismissed.connect(self._close_overlays)
        self.blank.dismissed.connect(self._close_overlays)
        self._themes.changed.connect(self._apply_theme)
        self.stage.view.installEventFilter(self)
        QShortcut(QKeySequence("Ctrl+Q"), self).activated.connect(self.close)
        QShortcut(QKeySequence("Ctrl+W"), self).activated.connect(self.close)

    # -- life ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to read data and TensorFlow; called once, after the first paint."""
        self.session.start()

    def is_settled(self) -> bool:
        """Whether everything is loaded and drawn and nothing moves any more."""
        session, view, lines = self.session, self.stage.view, self.band.formulas.lines
        ready = not self._use_engine or (session.is_ready and session.phase == "idle")
        return (
            ready and bool(self._samples) and view.snapshot is not None and view.is_settled
            and not self.stage.is_moving and not self._asked
            and all(self.typesetter.is_known(line.latex) for line in lines)
            and all(line.picture is self.typesetter.get(line.latex) for line in lines)
        )

    def prepare_screenshot(self) -> None:
        """Show the first layer's weighted sums at rest, with nothing open."""
        self.messages.clear()
        self._close_overlays()
        for index, slide in enumerate(self._lesson.slides):
            if slide.kind == "sum":
                self.go_to(index)
                break

    def show_message(self, message: Message) -> None:
        """Show a problem or a notice above the slide."""
        if message.kind == "error":
            self._asked = False
        self.messages.show_message(message)
        self._place()

    def _tell(self, text: str) -> None:
        self.show_message(Message("error", text))

    def closeEvent(self, event: QCloseEvent) -> None:
        """End timers and threads, close."""
        for timer in (self._typed_timer, self._pointer_timer, self._first_sample_timer):
            timer.stop()
        self.stage.close_stage()
        self.typesetter.close()
        self.session.stop()
        event.accept()

    # -- the lesson ----------------------------------------------------------------------------------------

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
        self._close_overlays()
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

    def _go_first(self) -> None:
        self.go_to(0)

    def _go_last(self) -> None:
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

    # -- the look ------------------------------------------------------------------------------------------

    @property
    def text_size(self) -> float:
        """The base text size in logical pixels."""
        return max(MIN_TEXT_PX, self.ground.height() * TEXT_PART) * self._scale

    def _place(self) -> None:
        size, width, height = self.text_size, self.ground.width(), self.ground.height()
        for widget in (self.band, self.footer, self.keys, self.slides):
            widget.set_text_size(size)
        self.stage.set_text_size(size * VIEW_TEXT)
        foot = round(min(size * FOOTER_SHARE, height * 0.07))
        band = round(height * BAND_PART)
        stage = height - foot - band
        self.stage.setGeometry(0, 0, width, stage)
        self.band.setGeometry(0, stage, width, band)
        self.footer.setGeometry(0, stage + band, width, foot)
        for overlay in (self.keys, self.slides, self.blank):
            overlay.setGeometry(0, 0, width, height)
        self._place_messages()

    def _place_messages(self) -> None:
        sheet = f"#errorBar QLabel, #errorBar QToolButton {{ font-size: {round(self.text_size * 0.8)}px; }}"
        if sheet != self.ground.styleSheet():
            self.ground.setStyleSheet(sheet)
        margin = round(self.text_size * 0.6)
        width = self.ground.width() - 2 * margin
        self.messages.setFixedWidth(width)
        self.messages.move(margin, margin)
        self.messages.adjustSize()

    def _apply_theme(self, theme: Theme) -> None:
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.surface))
        self.ground.setPalette(palette)
        for widget in (self.stage, self.band, self.footer, self.keys, self.slides, self.messages):
            widget.set_theme(theme)

    def _toggle_theme(self) -> None:
        choice = "light" if self._themes.theme.is_dark else "dark"
        self._themes.set_choice(choice)
        self._settings.theme = choice

    def _larger(self) -> None:
        self._set_scale(self._scale * SCALE_STEP)

    def _smaller(self) -> None:
        self._set_scale(self._scale / SCALE_STEP)

    def _set_scale(self, scale: float) -> None:
        self._scale = min(max(scale, MIN_SCALE), MAX_SCALE)
        self._settings.set("lecture/text_scale", self._scale)
        self._place()

    # -- overlays ------------------------------------------------------------------------------------------

    def _show_contents(self) -> None:
        titles = [slide.title for slide in self._lesson.slides]
        self.slides.set_slides([chapter.title for chapter in CHAPTERS], self._chapter, titles, self._index)
        self._show_overlay(self.slides)

    def _slide_chosen(self, index: int) -> None:
        self._close_overlays()
        self.go_to(index)

    def _show_keys(self) -> None:
        self._show_overlay(self.keys)

    def _black(self) -> None:
        self.blank.set_color("#000000")
        self._show_overlay(self.blank)

    def _white(self) -> None:
        self.blank.set_color("#ffffff")
        self._show_overlay(self.blank)

    def _show_overlay(self, overlay: QWidget) -> None:
        self._close_overlays()
        overlay.show()
        overlay.raise_()
        overlay.setFocus()

    def _close_overlays(self) -> None:
        for overlay in (self.slides, self.keys, self.blank):
            overlay.hide()
        self.setFocus()

    def _toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def _leave(self) -> None:
        if self.messages.current is not None:
            self.messages.dismiss()
        elif self.isFullScreen():
            self.showNormal()

    # -- numbers typed, pointer hidden ---------------------------------------------------------------------

    def _type(self, digit: str) -> None:
        self._typed = (self._typed + digit)[-3:]
        self.footer.set_typed(self._typed)
        self._typed_timer.start()

    def _forget_typed(self) -> None:
        self._typed = ""
        self.footer.set_typed("")
        self._typed_timer.stop()

    def _hide_pointer(self) -> None:
        if self.isFullScreen():
            self.setCursor(Qt.CursorShape.BlankCursor)

    # -- overrides of Qt -----------------------------------------------------------------------------------------

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Show the pointer when the mouse moves over the network, and hide it a while later."""
        if event.type() == QEvent.Type.MouseMove:
            self.unsetCursor()
            self._pointer_timer.start()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what the key means; while a blank screen or the keys are shown, any key takes them away."""
        command = command_of(event)
        if self.blank.isVisible() or self.keys.isVisible():
            shown = "help" if self.keys.isVisible() else "white" if self.blank.color == "#ffffff" else "black"
            self._close_overlays()
            if command in ("black", "white") and command != shown:
                self._commands[command]()
            return
        typed = event.text()
        if typed and typed in "0123456789" and not command:
            self._type(typed)
        elif self._typed and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            number = int(self._typed)
            self._forget_typed()
            self.go_to(number - 1)
        elif command:
            self._forget_typed()
            self._commands[command]()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place everything anew; the text grows with the window."""
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        """Let the pointer be seen outside full screen."""
        if event.type() == QEvent.Type.WindowStateChange:
            self.unsetCursor()
            self._pointer_timer.start()
        super().changeEvent(event)

