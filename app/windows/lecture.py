"""The lecture front end: a lesson for a hall, driven by keys or a presenter remote: look, keys, overlays."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QColor, QKeyEvent, QKeySequence, QPalette, QResizeEvent, QShortcut
from PySide6.QtWidgets import QMainWindow, QWidget

from app.errors import ErrorBar
from app.lessons import CHAPTERS
from app.messages import Message
from app.motion import reduces_motion
from app.session import Session
from app.settings import Settings
from app.theme import Theme, ThemeManager
from app.widgets.lesson_band import LessonBand
from app.widgets.lesson_footer import LessonFooter
from app.widgets.lesson_overlays import BlankScreen, KeyOverview, SlideList
from app.widgets.lesson_stage import LessonStage
from app.widgets.slide_painting import BAND_PART, TEXT_PART, VIEW_TEXT, foot_height
from app.windows.export_desk import ExportDesk
from app.windows.export_views import with_slide
from app.windows.files import Files
from app.windows.lecture_keys import command_of, overview
from app.windows.lesson_course import LessonCourse
from nnviz.picture.look import Look

#: The base text size is a part of the window's height, at least so many logical pixels.
MIN_TEXT_PX = 16.0
#: Of messages, in base text sizes.
MESSAGE_TEXT = 0.9
SCALE_STEP, MIN_SCALE, MAX_SCALE = 1.1, 0.7, 1.5
TYPED_TIMEOUT_MS = 2500
POINTER_TIMEOUT_MS = 2500


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
        self.stage.view.set_look(Look(reduce_motion=reduces_motion(settings)))
        self.band = LessonBand(self.ground)
        self.footer = LessonFooter(self.ground)
        self.messages = ErrorBar(self.ground)
        self.slides = SlideList(self.ground)
        self.keys = KeyOverview(overview(), self.ground)
        self.blank = BlankScreen(self.ground)
        self.course = LessonCourse(
            self.session, self.stage, self.band, self.footer, use_engine=use_engine, parent=self
        )
        self.files = Files(self, self.messages)
        self.exports = ExportDesk(
            self, self.stage.view, self.files, self.messages, settings, name="slide",
            adapt=with_slide(self.ground, self.stage, self.band, self.footer),
        )
        self._typed = ""
        self._scale = settings.number("lecture/text_scale", 1.0, MIN_SCALE, MAX_SCALE)
        self._typed_timer = self._single_shot(TYPED_TIMEOUT_MS, self._forget_typed)
        self._pointer_timer = self._single_shot(POINTER_TIMEOUT_MS, self._hide_pointer)
        course = self.course
        self._commands: dict[str, Callable[[], None]] = {
            "next": course.go_on, "previous": course.go_back, "first": course.go_first, "last": course.go_last,
            "play": self.stage.toggle, "sample": course.another_sample, "contents": self._show_contents,
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
        self.session.message.connect(self.show_message)
        self.stage.moving_changed.connect(self.footer.set_playing)
        self.stage.view.failed.connect(self._tell)
        self.course.failed.connect(self._tell)
        self.footer.previous_requested.connect(self.course.go_back)
        self.footer.play_requested.connect(self.stage.toggle)
        self.footer.next_requested.connect(self.course.go_on)
        self.footer.contents_requested.connect(self._show_contents)
        self.slides.slide_requested.connect(self._slide_chosen)
        self.slides.lesson_requested.connect(self._lesson_chosen)
        self.slides.dismissed.connect(self._close_overlays)
        self.keys.dismissed.connect(self._close_overlays)
        self.blank.dismissed.connect(self._close_overlays)
        self._themes.changed.connect(self._apply_theme)
        self.stage.view.installEventFilter(self)
        self.messages.installEventFilter(self)
        QShortcut(QKeySequence("Ctrl+Q"), self).activated.connect(self.close)
        self.footer.export_requested.connect(self._export)
        for keys, slot in (("Ctrl+E", self._export), ("Ctrl+C", self._copy)):
            QShortcut(QKeySequence(keys), self).activated.connect(slot)
        QShortcut(QKeySequence("Ctrl+W"), self).activated.connect(self.close)

    # -- life ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to read data and TensorFlow; called once, after the first paint."""
        self.session.start()

    def is_settled(self) -> bool:
        """Whether everything is loaded and drawn and nothing moves any more."""
        ready = not self._use_engine or (self.session.is_ready and self.session.phase == "idle")
        return ready and self.course.is_settled()

    def prepare_screenshot(self) -> None:
        """Show the first layer's weighted sums at rest, with nothing open."""
        self.messages.clear()
        self._close_overlays()
        for index, slide in enumerate(self.course.lesson.slides):
            if slide.kind == "sum":
                self.course.go_to(index)
                break

    def set_device(self, device: str) -> None:
        """Train on a device, as soon as TensorFlow is there."""
        self.session.set_device(device)

    def show_message(self, message: Message) -> None:
        """Show a problem or a notice above the slide."""
        if message.kind == "error":
            self.course.note_failure()
        self.messages.show_message(message)

    def _tell(self, text: str) -> None:
        self.show_message(Message("error", text))

    def closeEvent(self, event: QCloseEvent) -> None:
        """End timers and threads, close."""
        for timer in (self._typed_timer, self._pointer_timer):
            timer.stop()
        self.exports.stop()
        self.stage.close_stage()
        self.course.close()
        self.session.stop()
        event.accept()

    # -- the look ------------------------------------------------------------------------------------------

    @property
    def text_size(self) -> float:
        """The base text size in logical pixels."""
        return max(MIN_TEXT_PX, self.ground.height() * TEXT_PART) * self._scale

    def _place(self) -> None:
        size, width, height = self.text_size, self.ground.width(), self.ground.height()
        for widget in (self.band, self.footer, self.keys, self.slides):
            widget.set_text_size(size)
        self.messages.set_text_size(size * MESSAGE_TEXT)
        self.stage.set_text_size(size * VIEW_TEXT)
        foot = round(foot_height(size, height))
        band = round(height * BAND_PART)
        stage = height - foot - band
        self.stage.setGeometry(0, 0, width, stage)
        self.band.setGeometry(0, stage, width, band)
        self.footer.setGeometry(0, stage + band, width, foot)
        for overlay in (self.keys, self.slides, self.blank):
            overlay.setGeometry(0, 0, width, height)
        self._place_messages()

    def _place_messages(self) -> None:
        """Give the strip of messages the width of the window and the height that its words then need."""
        margin = round(self.text_size * 0.6)
        width = self.ground.width() - 2 * margin
        self.messages.setGeometry(margin, margin, width, max(1, self.messages.heightForWidth(width)))

    def _apply_theme(self, theme: Theme) -> None:
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.surface))
        self.ground.setPalette(palette)
        for widget in (self.stage, self.band, self.footer, self.keys, self.slides, self.messages,
                       self.exports):
            widget.set_theme(theme)

    def _toggle_theme(self) -> None:
        choice = "light" if self._themes.theme.is_dark else "dark"
        self._themes.set_choice(choice)
        self._settings.theme = choice

    def _export(self) -> None:
        """Open the export of the slide; a movement is held where it is, so that the picture shows that moment."""
        self._hold()
        self.exports.open()

    def _copy(self) -> None:
        self._hold()
        self.exports.copy()

    def _hold(self) -> None:
        self._close_overlays()
        if self.stage.is_moving:
            self.stage.toggle()

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
        course = self.course
        titles = [slide.title for slide in course.lesson.slides]
        lessons = [chapter.title for chapter in CHAPTERS]
        self.slides.set_slides(lessons, course.chapter, titles, course.index)
        self._show_overlay(self.slides)

    def _slide_chosen(self, index: int) -> None:
        self._close_overlays()
        self.course.go_to(index)

    def _lesson_chosen(self, number: int) -> None:
        self._close_overlays()
        self.course.open_chapter(number)

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

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the pointer when the mouse moves over the network, hide it a while later; keep messages whole."""
        if watched is self.messages:
            if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):  # another message, or its details
                self._place_messages()
        elif event.type() == QEvent.Type.MouseMove:
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
            self.course.go_to(number - 1)
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

