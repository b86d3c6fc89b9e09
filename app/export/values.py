"""What is exported and how: frozen values, from the dialog and the command line to the thread that writes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.theme import DARK, LIGHT, Theme
from nnviz.errors import NnvizError

#: Kinds of files by their suffix, with their names for people.
PICTURES = {"png": "PNG", "svg": "SVG", "pdf": "PDF"}
FILMS = {"gif": "GIF", "mp4": "MP4"}
#: The smallest picture, and the largest, in pixels of a side and in all.
MIN_SIDE_PX, MAX_SIDE_PX, MAX_PIXELS = 160, 32_768, 268_435_456
#: Largest side of a film: what players decode.
MAX_FILM_SIDE_PX = 4096
#: The view that text sizes are made for, logical pixels; a film of another size is drawn larger or smaller as a whole.
USUAL_VIEW = (960, 540)
MIN_SCALE, MAX_SCALE = 0.5, 16.0
FRAME_RATES = (10.0, 15.0, 20.0, 25.0, 30.0, 50.0, 60.0)
MIN_FPS, MAX_FPS = 1.0, 60.0
#: A frame of a GIF lasts whole hundredths of a second, and browsers slow down what is shorter than two.
MAX_GIF_FPS = 50.0
MIN_SPEED, MAX_SPEED = 0.1, 8.0
THEMES = {"light": LIGHT, "dark": DARK}


@dataclass(frozen=True, slots=True)
class Canvas:
    """The size of what is exported.

    Attributes:
        width, height: pixels of the file.
        scale: pixels of the file for a logical pixel of the view: larger draws text and units larger.
        text: base text size in logical pixels.

    Raises:
        NnvizError: a number is out of range.
    """

    width: int
    height: int
    scale: float = 1.0
    text: float = 13.0

    def __post_init__(self) -> None:
        for name, side in (("width", self.width), ("height", self.height)):
            if not MIN_SIDE_PX <= side <= MAX_SIDE_PX:
                raise NnvizError(f"the {name} must be from {MIN_SIDE_PX} to {MAX_SIDE_PX:,} pixels, got {side:,}")
        if self.width * self.height > MAX_PIXELS:
            raise NnvizError(
                f"the picture must have at most {MAX_PIXELS / 1e6:,.0f} million pixels, got "
                f"{self.width * self.height / 1e6:,.0f} million ({self.width:,} x {self.height:,})"
            )
        if not MIN_SCALE <= self.scale <= MAX_SCALE:
            raise NnvizError(f"the scale must be from {MIN_SCALE:g} to {MAX_SCALE:g}, got {self.scale:g}")

    @property
    def logical(self) -> tuple[int, int]:
        """Width and height in logical pixels, whole ones."""
        return max(1, int(self.width / self.scale + 1e-6)), max(1, int(self.height / self.scale + 1e-6))

    def even(self) -> Canvas:
        """Return the canvas with even sides, as MP4 needs them: an odd one loses a pixel."""
        return replace(self, width=self.width - self.width % 2, height=self.height - self.height % 2)


def scale_for(width: int, height: int) -> float:
    """Return the scale that draws a picture of this size, in pixels, as a usual view enlarged."""
    scale = min(width / USUAL_VIEW[0], height / USUAL_VIEW[1])
    return min(max(scale, MIN_SCALE), MAX_SCALE)


@dataclass(frozen=True, slots=True)
class FilmSettings:
    """How the animation of a step becomes a film.

    Attributes:
        fps: frames a second, 1 to 60; of a GIF at most 50.
        speed: 1 is as in the window at speed 1.
        first, last: stages it begins and ends with, indices into the plan; last −1 is the last of all.
        caption: whether stages, their sentence and formula stand below the network.
        hold: seconds that the last frame stays.

    Raises:
        NnvizError: a number is out of range.
    """

    fps: float = 20.0
    speed: float = 1.0
    first: int = 0
    last: int = -1
    caption: bool = True
    hold: float = 1.0

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("frame rate", self.fps, MIN_FPS, MAX_FPS), ("speed", self.speed, MIN_SPEED, MAX_SPEED),
            ("hold", self.hold, 0.0, 60.0),
        ):
            if not low <= value <= high:
                raise NnvizError(f"the {name} must be from {low:g} to {high:g}, got {value:g}")
        if self.first < 0 or (self.last >= 0 and self.last < self.first):
            raise NnvizError(f"the first stage must not come after the last, got {self.first} and {self.last}")


def themed(choice: str, shown: Theme) -> Theme:
    """Return the theme of a choice: ``"light"``, ``"dark"``, or anything else for the one that is shown."""
    return THEMES.get(choice, shown)
