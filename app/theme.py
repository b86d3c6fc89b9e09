"""Light and dark: colours, fonts and the style sheet. Colours of data live in nnviz.picture.colors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from nnviz.assets import assets_folder

#: Everything stands on a grid of this many logical pixels.
GRID = 8


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one theme, as ``#rrggbb``.

    Attributes:
        name: ``"light"`` or ``"dark"``.
        window: behind the panels.
        surface: panels, plots and the network view.
        raised: fields and buttons.
        hover: a button under the pointer.
        border: hairlines.
        text: what is read; contrast with surface at least 12:1.
        muted: what is read second; contrast with surface at least 4.5:1.
        faint: axes, grids, empty marks; not for text.
        accent: the one accent: the main button, progress, focus. Ink, because blue, orange, green and purple
            already mean something in the picture.
        on_accent: text on the accent.
        good: a right answer.
        bad: an error, a wrong answer.
        warn: a warning; contrast with surface at least 4.5:1.
        training: curves of the training set.
        validation: curves of the validation set.
        ramp: from the first layer to the last, ordered in lightness.
    """

    name: str
    window: str
    surface: str
    raised: str
    hover: str
    border: str
    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    good: str
    bad: str
    warn: str
    training: str
    validation: str
    ramp: tuple[str, ...]

    @property
    def is_dark(self) -> bool:
        """Whether this is the dark theme."""
        return self.name == "dark"

    def layer_color(self, layer: int, layers: int) -> QColor:
        """Return the colour of layer ``layer`` (0 the first) of ``layers``, from the ramp."""
        if layers <= 1:
            return QColor(self.ramp[0])
        place = layer / (layers - 1) * (len(self.ramp) - 1)
        low = min(int(place), len(self.ramp) - 2)
        a, b, t = QColor(self.ramp[low]), QColor(self.ramp[low + 1]), place - low
        return QColor(
            round(a.red() + (b.red() - a.red()) * t),
            round(a.green() + (b.green() - a.green()) * t),
            round(a.blue() + (b.blue() - a.blue()) * t),
        )


LIGHT = Theme(
    name="light",
    window="#eef0f3",
    surface="#ffffff",
    raised="#f5f6f8",
    hover="#e8eaee",
    border="#d9dde3",
    text="#14181d",
    muted="#56606c",
    faint="#b4bcc6",
    accent="#1c2430",
    on_accent="#ffffff",
    good="#0a7a4b",
    bad="#c0262d",
    warn="#8a6100",
    training="#2b3340",
    validation="#c2185b",
    ramp=("#0b6e8a", "#5a5fcf", "#b0449b", "#e0564b", "#c98a00"),
)
DARK = Theme(
    name="dark",
    window="#0e1116",
    surface="#161a21",
    raised="#20262f",
    hover="#2b333e",
    border="#2c343f",
    text="#eef1f5",
    muted="#9aa5b3",
    faint="#4b5664",
    accent="#eef1f5",
    on_accent="#14181d",
    good="#3ddc97",
    bad="#ff6b6b",
    warn="#f0c040",
    training="#d5dbe3",
    validation="#ff6fa5",
    ramp=("#39b8d6", "#8f93ff", "#df7fcb", "#ff8577", "#ffc24a"),
)

_STYLE = """
* {{ outline: none; }}
QWidget {{ color: {text}; font-family: "{family}"; font-size: {size}px; }}
QMainWindow, QDialog {{ background: {window}; }}
QMainWindow::separator {{ background: transparent; width: 8px; height: 8px; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QToolTip {{ background: {text}; color: {surface}; border: 0; padding: 6px 8px; }}
QWidget#panel, QWidget#input_panel, QWidget#code_panel, QWidget#health_panel, QWidget#data_panel, QWidget#inspector,
QScrollArea#plan_scroll {{
    background: {surface}; border-radius: 8px;
}}
QDockWidget {{ color: {muted}; font-weight: 600; titlebar-close-icon: none; titlebar-normal-icon: none; }}
QLabel[role="title"] {{ font-weight: 600; font-size: {title}px; }}
QLabel[role="heading"] {{ font-weight: 600; }}
QLabel[role="muted"] {{ color: {muted}; }}
QLabel[role="small"] {{ color: {muted}; font-size: {small}px; }}
QLabel[role="number"] {{ font-weight: 600; }}
QLabel[role="error"] {{ color: {bad}; }}
QLabel[role="good"] {{ color: {good}; }}
QPushButton, QToolButton {{
    background: {raised}; border: 1px solid {border}; border-radius: 6px;
    padding: 5px 12px; min-height: 18px;
}}
QToolButton {{ padding: 5px 8px; }}
QPushButton:hover, QToolButton:hover {{ background: {hover}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {border}; }}
QPushButton:focus, QToolButton:focus, QComboBox:focus, QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus {{
    border: 1px solid {accent};
}}
QPushButton:disabled, QToolButton:disabled {{ color: {faint}; }}
QPushButton:checked, QToolButton:checked {{ background: {border}; border-color: {faint}; font-weight: 600; }}
QPushButton[role="primary"], QToolButton[role="primary"] {{
    background: {accent}; color: {on_accent}; border: 1px solid {accent}; font-weight: 600;
}}
QPushButton[role="primary"]:hover, QToolButton[role="primary"]:hover {{ background: {muted}; }}
QPushButton[role="primary"]:disabled, QToolButton[role="primary"]:disabled {{
    background: {hover}; color: {muted}; border-color: {border};
}}
QToolButton[role="flat"], QPushButton[role="flat"] {{ background: transparent; border: 1px solid transparent; }}
QToolButton[role="flat"]:hover, QPushButton[role="flat"]:hover {{ background: {hover}; }}
QToolButton[role="flat"]:focus, QPushButton[role="flat"]:focus {{ border: 1px solid {accent}; }}
QToolButton[role="flat"]:checked {{ background: {hover}; border-color: {border}; }}
QToolButton[role="segment"] {{ padding: 3px 4px; }}
QToolButton[role="tiny"] {{
    background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 3px; min-height: 12px;
}}
QToolButton[role="fold"] {{
    background: transparent; border: 1px solid transparent; padding: 3px 4px 3px 0; min-height: 14px;
}}
QToolButton[role="tiny"]:hover, QToolButton[role="fold"]:hover {{ background: {hover}; }}
QToolButton[role="tiny"]:focus, QToolButton[role="fold"]:focus {{ border: 1px solid {accent}; }}
QToolButton[role="tiny"]:checked, QToolButton[role="fold"]:checked {{
    background: transparent; border-color: transparent; font-weight: normal;
}}
QToolButton[role="tiny"]:checked:hover, QToolButton[role="fold"]:checked:hover {{ background: {hover}; }}
QToolButton[role="tiny"]:checked:focus, QToolButton[role="fold"]:checked:focus {{ border-color: {accent}; }}
QToolButton::menu-indicator {{ width: 0; height: 0; }}
QToolButton[popupMode="1"] {{ padding-right: 26px; }}
QToolButton::menu-button {{ border: none; border-left: 1px solid {border}; width: 18px; }}
QToolButton::menu-button:hover {{ background: {hover}; }}
QToolButton::menu-arrow {{ image: url("{assets}/chevron-{name}.svg"); width: 12px; height: 12px; }}
QComboBox, QLineEdit, QSpinBox, QDoubleSpinBox {{
    background: {raised}; border: 1px solid {border}; border-radius: 6px; padding: 4px 8px; min-height: 18px;
    selection-background-color: {accent}; selection-color: {on_accent};
}}
QComboBox:disabled, QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled {{ color: {faint}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: 0; }}
QLineEdit {{ placeholder-text-color: {muted}; }}
QAbstractSpinBox QLineEdit {{ background: transparent; border: 0; padding: 0; min-height: 0; }}
QComboBox:hover, QLineEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover {{ border-color: {faint}; }}
QLineEdit[invalid="true"], QSpinBox[invalid="true"], QDoubleSpinBox[invalid="true"] {{ border: 1px solid {bad}; }}
QComboBox::drop-down {{ border: 0; width: 22px; }}
QComboBox::down-arrow {{ image: url("{assets}/chevron-{name}.svg"); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{
    background: {surface}; border: 1px solid {border}; selection-background-color: {hover};
    selection-color: {text}; padding: 4px;
}}
QMenuBar {{ background: {window}; }}
QMenuBar::item {{ padding: 4px 10px; background: transparent; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {hover}; }}
QMenu {{ background: {surface}; border: 1px solid {border}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {hover}; }}
QMenu::item:disabled {{ color: {faint}; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 4px 8px; }}
QToolBar {{ background: {window}; border: 0; spacing: 6px; padding: 6px 8px; }}
QStatusBar {{ background: {window}; color: {muted}; }}
QStatusBar::item {{ border: 0; }}
QProgressBar {{
    background: {hover}; border: 0; border-radius: 4px; min-height: 8px; max-height: 8px; color: transparent;
}}
QProgressBar::chunk {{ background: {accent}; border-radius: 4px; }}
QSlider {{ min-height: 22px; }}
QSlider::groove:horizontal {{ height: 4px; background: {border}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {muted}; border-radius: 2px; }}
QSlider::handle:horizontal {{
    background: {accent}; width: 14px; height: 14px; margin: -5px 0; border-radius: 7px;
}}
QSlider::handle:horizontal:focus, QSlider::handle:horizontal:hover {{ background: {muted}; }}
QScrollArea {{ border: 0; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QScrollArea#sample_table_area, QScrollArea#sample_table_area > QWidget,
QScrollArea#health_area, QScrollArea#health_area > QWidget,
QScrollArea#inspector_area, QScrollArea#inspector_area > QWidget {{ background: {surface}; }}
QListWidget#own_digits_list {{ background: {surface}; border: 1px solid {border}; border-radius: 6px; }}
QListWidget#own_digits_list:focus {{ border-color: {accent}; }}
QFrame#inspector_card {{ border: 1px solid {border}; border-radius: 8px; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {faint}; border-radius: 4px; min-height: 24px; margin: 1px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle:horizontal {{ background: {faint}; border-radius: 4px; min-width: 24px; margin: 1px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QTabBar {{ qproperty-drawBase: 0; }}
QTabBar::tab {{ background: transparent; color: {muted}; padding: 5px 12px; border: 0; }}
QMainWindow > QTabBar::tab {{ padding: 5px 7px; }}
QTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {accent}; }}
QCheckBox {{ spacing: 6px; }}
QCheckBox:disabled {{ color: {faint}; }}
QCheckBox::indicator {{
    width: 14px; height: 14px; border: 1px solid {faint}; border-radius: 4px; background: {raised};
}}
QCheckBox::indicator:hover, QCheckBox::indicator:focus {{ border-color: {accent}; }}
QCheckBox:focus {{ text-decoration: underline; }}
QCheckBox::indicator:checked {{
    background: {accent}; border-color: {accent}; image: url("{assets}/check-{name}.svg");
}}
QCheckBox::indicator:disabled {{ border-color: {border}; }}
QCheckBox::indicator:checked:disabled {{ background: {faint}; border-color: {faint}; }}
QPlainTextEdit, QTextBrowser {{
    background: {raised}; border: 1px solid {border}; border-radius: 6px;
}}
"""


@cache
def load_fonts() -> str:
    """Load the bundled font once and return its family name, or the system's where the files are missing."""
    family = ""
    for path in sorted((assets_folder() / "fonts").glob("*.otf")):
        number = QFontDatabase.addApplicationFont(str(path))
        if number >= 0 and not family:
            family = QFontDatabase.applicationFontFamilies(number)[0]
    return family or QFont().defaultFamily()


def ui_font(pixels: float, *, bold: bool = False, tabular: bool = True) -> QFont:
    """Return the font of the application in a size in logical pixels, digits of one width by default."""
    return QFont(_font(max(1, round(pixels)), bold, tabular))


@cache
def _font(pixels: int, bold: bool, tabular: bool) -> QFont:
    font = QFont(load_fonts())
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    if tabular and hasattr(font, "setFeature"):
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


@lru_cache(maxsize=2048)
def text_width(text: str, pixels: float, bold: bool = False) -> float:
    """Return how wide a text is in ``ui_font``, in logical pixels; kept, as frame by frame the same texts come."""
    return QFontMetricsF(ui_font(pixels, bold=bold)).horizontalAdvance(text)


def style_sheet(theme: Theme, size: int = 13) -> str:
    """Return the style sheet of a theme for a base text size in logical pixels."""
    colors = {name: getattr(theme, name) for name in Theme.__slots__ if isinstance(getattr(theme, name), str)}
    return _STYLE.format(
        **colors, family=load_fonts(), assets=assets_folder().as_posix(), size=size, small=size - 1,
        title=size + 3,
    )


def palette(theme: Theme) -> QPalette:
    """Return the Qt palette of a theme, for what a style sheet does not reach."""
    made = QPalette()
    role = QPalette.ColorRole
    for key, value in (
        (role.Window, theme.window),
        (role.Base, theme.surface),
        (role.AlternateBase, theme.raised),
        (role.Button, theme.raised),
        (role.Text, theme.text),
        (role.WindowText, theme.text),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.bad),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.PlaceholderText, theme.muted),
        (role.ToolTipBase, theme.text),
        (role.ToolTipText, theme.surface),
        (role.Mid, theme.border),
    ):
        made.setColor(key, QColor(value))
    return made


class ThemeManager(QObject):
    """Holds the theme of the application and applies it; follows the system until told otherwise."""

    #: The theme that now holds; a widget that paints by hand repaints.
    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = "system"
        self._size = 13
        self._theme = self._resolve()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def theme(self) -> Theme:
        """The theme that now holds."""
        return self._theme

    @property
    def choice(self) -> str:
        """What was asked for: ``"system"``, ``"light"`` or ``"dark"``."""
        return self._choice

    def set_choice(self, choice: str) -> None:
        """Choose ``"system"``, ``"light"`` or ``"dark"`` and apply it.

        Raises:
            ValueError: the choice is another word.
        """
        if choice not in ("system", "light", "dark"):
            raise ValueError(f"theme must be system, light or dark, got {choice!r}")
        self._choice = choice
        self.apply()

    def set_text_size(self, pixels: int) -> None:
        """Set the base text size in logical pixels and apply it."""
        self._size = pixels
        self.apply()

    def apply(self) -> None:
        """Apply the chosen theme to the whole application and announce it."""
        self._theme = self._resolve()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setPalette(palette(self._theme))
            application.setFont(ui_font(self._size))
            application.setStyleSheet(style_sheet(self._theme, self._size))
        self.changed.emit(self._theme)

    def _resolve(self) -> Theme:
        if self._choice != "system":
            return DARK if self._choice == "dark" else LIGHT
        scheme = QGuiApplication.styleHints().colorScheme()
        return DARK if scheme == Qt.ColorScheme.Dark else LIGHT

    def _system_changed(self) -> None:
        if self._choice == "system":
            self.apply()
