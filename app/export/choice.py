"""What a person chose in the export dialog: one frozen value, remembered as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Self

from app.export.job import ExportJob
from app.export.pair import Beside
from app.export.renderer import WHOLE
from app.export.values import (
    FILMS,
    MAX_GIF_FPS,
    MIN_SIDE_PX,
    PICTURES,
    Canvas,
    FilmSettings,
    scale_for,
    themed,
)
from app.theme import Theme
from app.widgets.network_painting import Shown
from app.widgets.slide_painting import SlideWords
from app.widgets.view_text import usual_text
from nnviz.errors import NnvizError
from nnviz.picture.stage_names import stage_key
from nnviz.picture.timeline import Stage

#: Sizes by name, in pixels; None is the size of the view, or one that is typed.
SIZES: dict[str, tuple[int, int] | None] = {
    "view": None, "960x540": (960, 540), "1280x720": (1280, 720), "1920x1080": (1920, 1080),
    "3840x2160": (3840, 2160), "custom": None,
}
WHATS = ("picture", "film")
BACKGROUNDS = ("shown", "light", "dark")


def canvas_of(width: int, height: int, scale: float) -> Canvas:
    """Return the canvas of so many pixels, text as large as a view of that size has it.

    Raises:
        NnvizError: it is too small or too large.
    """
    canvas = Canvas(width, height, scale)
    return replace(canvas, text=usual_text(*canvas.logical))


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The view that is exported, as it stands.

    Attributes:
        shown: what it shows.
        theme: its colours.
        width, height: logical pixels.
        text: base text size, logical pixels.
        zoom: (factor, x, y), logical pixels.
        time: seconds of the animation, None for the still picture.
        plan: the stages that can be filmed.
        beside: a second network that stands beside it, None for none.
        slide: words and rings of the slide that it is part of, None for none.
    """

    shown: Shown
    theme: Theme
    width: int
    height: int
    text: float
    zoom: tuple[float, float, float]
    time: float | None
    plan: tuple[Stage, ...]
    beside: Beside | None = None
    slide: SlideWords | None = None


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """How the network is exported.

    Attributes:
        what: ``"picture"`` or ``"film"``.
        picture: format of a picture, a key of ``PICTURES``.
        film: format of a film, a key of ``FILMS``.
        size: a key of ``SIZES``.
        width, height: pixels of a custom size.
        scale: pixels of the file for a logical pixel; 0 for what suits the size.
        fps, speed: of a film.
        first, last: names of the stages it begins and ends with, see ``stage_key``; "" for the first and the last.
        caption: whether the words of the stage stand below the network.
        theme: one of ``BACKGROUNDS``.
        transparent: whether a picture has no background.

    Raises:
        NnvizError: a word or a number is none of these.
    """

    what: str = "picture"
    picture: str = "png"
    film: str = "gif"
    size: str = "view"
    width: int = 1600
    height: int = 1000
    scale: float = 0.0
    fps: float = 20.0
    speed: float = 1.0
    first: str = ""
    last: str = ""
    caption: bool = True
    theme: str = "shown"
    transparent: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            value, default = getattr(self, field.name), field.default
            fits = isinstance(value, int | float) if isinstance(default, float) else isinstance(value, type(default))
            if not fits or (isinstance(value, bool) and not isinstance(default, bool)):
                raise NnvizError(f"{field.name} of an export must be like {default!r}, got {value!r}")
        for name, value, known in (
            ("what", self.what, WHATS), ("picture", self.picture, PICTURES), ("film", self.film, FILMS),
            ("size", self.size, SIZES), ("theme", self.theme, BACKGROUNDS),
        ):
            if value not in known:
                raise NnvizError(f"{name} of an export must be one of {', '.join(known)}, got {value!r}")
        FilmSettings(fps=self.fps, speed=self.speed)
        if self.scale:
            Canvas(self.width, self.height, self.scale)

    @property
    def is_film(self) -> bool:
        """Whether a film is made."""
        return self.what == "film"

    @property
    def suffix(self) -> str:
        """The format, which is the suffix of the file without its dot."""
        return self.film if self.is_film else self.picture

    def to_json(self) -> str:
        """Return the value as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a value that was remembered; what cannot be read gives the first choice."""
        try:
            data = json.loads(text)
            return cls(**data) if isinstance(data, dict) else cls()
        except (ValueError, TypeError, NnvizError):
            return cls()

    # -- for a view --------------------------------------------------------------------------------------

    def scale_of(self, view: View) -> float:
        """Return the scale: the one that was chosen, or what suits the size."""
        if self.scale:
            return self.scale
        if self.size == "view":
            return 1.0 if self.is_film else 2.0
        return scale_for(*(SIZES[self.size] or (self.width, self.height)))

    def canvas(self, view: View) -> Canvas:
        """Return the size of the file.

        Raises:
            NnvizError: it is too small or too large.
        """
        scale = self.scale_of(view)
        if self.size == "view":
            # Whole pixels, and never a part of a logical one that is not painted.
            made = Canvas(
                max(MIN_SIDE_PX, round(view.width * scale)), max(MIN_SIDE_PX, round(view.height * scale)), scale,
                view.text,
            )
        else:
            made = canvas_of(*(SIZES[self.size] or (self.width, self.height)), scale)
        return made.even() if self.is_film and self.film == "mp4" else made

    def film_settings(self, plan: tuple[Stage, ...]) -> FilmSettings:
        """Return how the film of a plan is made; stages that it has not are its ends."""
        names = [stage_key(stage) for stage in plan]
        first = names.index(self.first) if self.first in names else 0
        last = names.index(self.last) if self.last in names else max(0, len(plan) - 1)
        fps = min(self.fps, MAX_GIF_FPS) if self.film == "gif" else self.fps
        return FilmSettings(fps, self.speed, min(first, last), last, self.caption)

    def job(self, view: View, path: Path = Path()) -> ExportJob:
        """Return what is to be done.

        Raises:
            NnvizError: see ``canvas``.
        """
        theme, canvas = themed(self.theme, view.theme), self.canvas(view)
        if self.is_film:
            film = self.film_settings(view.plan)
            return ExportJob(path, view.shown, theme, canvas, film=film, plan=view.plan, beside=view.beside)
        as_it_stands = self.size == "view"
        return ExportJob(
            path, view.shown, theme, canvas, view.zoom if as_it_stands else WHOLE, view.time,
            caption=self.caption and not as_it_stands, paper=not self.transparent, plan=view.plan, beside=view.beside,
            slide=view.slide,
        )
