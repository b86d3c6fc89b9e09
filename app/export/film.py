"""The animation of a step as a film: which moments, rendered one by one, encoded as they come."""

from __future__ import annotations

import errno
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from app.export.gif import GifWriter, Palette
from app.export.progress import Report, go_on, tell
from app.export.renderer import Renderer
from app.export.values import MAX_FILM_SIDE_PX, MAX_GIF_FPS, Canvas, FilmSettings
from app.theme import Theme
from nnviz.errors import NnvizError, SaveError
from nnviz.picture.colors import data_colors
from nnviz.picture.timeline import Stage
from nnviz.storage.atomic import replace_file

#: Frames that the palette of a GIF is made from.
PALETTE_FRAMES = 16
BREATH_S = 0.001
#: x264's constant quality: 18 is taken for visually lossless.
CRF = 18

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Shots:
    """The moments of a film.

    Attributes:
        times: seconds of the animation of each frame, speed 1.
        fps: frames a second.
    """

    times: tuple[float, ...]
    fps: float

    @property
    def seconds(self) -> float:
        """How long the film is."""
        return len(self.times) / self.fps

    def delays(self) -> list[int]:
        """Return how long each frame stays in hundredths of a second; they add up to the length of the film."""
        ends = [round(100 * (place + 1) / self.fps) for place in range(len(self.times))]
        return [end - start for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def shots(plan: Sequence[Stage], settings: FilmSettings) -> Shots:
    """Return the moments of a film of some stages.

    Raises:
        NnvizError: there is no such stage.
    """
    if not plan:
        raise NnvizError("there is nothing to film: the network has no stages yet")
    last = settings.last if settings.last >= 0 else len(plan) - 1
    if last >= len(plan) or settings.first > last:
        raise NnvizError(f"the film has {len(plan)} stages; cannot show {settings.first + 1} to {last + 1}")
    start, end = plan[settings.first].start, plan[last].end
    # The end of a stage is the beginning of the next; the film stops just before.
    end -= 1e-6
    steps = max(1, math.ceil((end - start) / settings.speed * settings.fps - 1e-9))
    times = [min(end, start + place * settings.speed / settings.fps) for place in range(steps)] + [end]
    return Shots((*times, *[end] * round(settings.hold * settings.fps)), settings.fps)


def check_film(kind: str, canvas: Canvas, settings: FilmSettings) -> None:
    """Check that a film can be made.

    Raises:
        NnvizError: a GIF cannot have so many frames a second, or players cannot show it so large.
    """
    if kind == "gif" and settings.fps > MAX_GIF_FPS:
        raise NnvizError(f"a GIF can have at most {MAX_GIF_FPS:g} frames a second, got {settings.fps:g}")
    largest = max(canvas.width, canvas.height)
    if largest > MAX_FILM_SIDE_PX:
        raise NnvizError(f"a side of a film can have at most {MAX_FILM_SIDE_PX:,} pixels, got {largest:,}")


def save_film(path: Path, renderer: Renderer, settings: FilmSettings, report: Report = go_on) -> Shots:
    """Render and save a film as GIF or MP4; the older file stays until the new one is whole.

    Args:
        path: ends in .gif or .mp4.
        renderer: paints the frames.
        settings: which.
        report: hears of every frame; False cancels.

    Raises:
        ExportCancelledError: it was cancelled; nothing is left.
        SaveError: another suffix, or the file cannot be written.
        NnvizError: see ``check_film`` and ``shots``.
    """
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".")
    encoders = {"gif": _encode_gif, "mp4": _encode_mp4}
    if kind not in encoders:
        raise SaveError(f"Cannot save {path}: a film must end in .gif or .mp4, got {path.suffix!r}.")
    check_film(kind, renderer.canvas, settings)
    plan = shots(renderer.plan, settings)
    replace_file(path, lambda temporary: encoders[kind](temporary, renderer, plan, report))
    return plan


def breathe() -> None:
    """Give the window's thread a turn: it wants the interpreter, which painting holds."""
    time.sleep(BREATH_S)


def _frames(renderer: Renderer, plan: Shots) -> Iterator[Pixels]:
    """Yield the frames; one that holds is painted once."""
    before, last = None, np.zeros((0, 0, 3), np.uint8)
    for t in plan.times:
        if t != before:
            last, before = renderer.pixels(t, breathe), t
        yield last


def _exact_colors(theme: Theme) -> list[tuple[int, int, int]]:
    names = (theme.surface, theme.text, theme.muted, theme.border, theme.hover, theme.accent, theme.good, theme.bad)
    data = data_colors(theme.is_dark)
    ends = [tone for each in (data.signal, data.blame) for tone in (each.negative, each.zero, each.positive)]
    return [(color.red(), color.green(), color.blue()) for color in map(QColor, names)] + ends


def _encode_gif(path: Path, renderer: Renderer, plan: Shots, report: Report) -> None:
    total = len(plan.times)
    moments = sorted(set(plan.times))
    chosen = sorted({moments[round(place)] for place in np.linspace(0, len(moments) - 1, PALETTE_FRAMES)})
    samples = []
    for t in chosen:
        samples.append(renderer.pixels(t, breathe))
        tell(report, 0, total, 0)
    palette = Palette(samples, _exact_colors(renderer.theme))
    samples.clear()
    with path.open("wb") as file:
        writer = GifWriter(file, palette, renderer.canvas.width, renderer.canvas.height)
        for done, (frame, delay) in enumerate(zip(_frames(renderer, plan), plan.delays(), strict=True), 1):
            writer.add(frame, delay)
            tell(report, done, total, file.tell())
        writer.close()


def _encode_mp4(path: Path, renderer: Renderer, plan: Shots, report: Report) -> None:
    import imageio.v2

    canvas, total = renderer.canvas, len(plan.times)
    if canvas.width % 2 or canvas.height % 2:
        raise NnvizError(f"the sides of an MP4 must be even, got {canvas.width:,} x {canvas.height:,}")
    writer: Any = imageio.v2.get_writer(
        str(path), format="FFMPEG", mode="I", fps=plan.fps, codec="libx264", pixelformat="yuv420p", quality=None,
        macro_block_size=2,
        # Without dates and versions inside, the same frames give the same file.
        output_params=[
            # One thread: the file does not depend on how many processors there are, and the window keeps some.
            "-threads", "1", "-crf", str(CRF), "-preset", "medium", "-tune", "animation", "-movflags", "+faststart",
            "-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1",
        ],
    )
    try:
        for done, frame in enumerate(_frames(renderer, plan), 1):
            writer.append_data(frame)
            tell(report, done, total, path.stat().st_size if path.exists() else 0)
    except OSError as error:
        raise _reason(path, error) from error
    finally:
        writer.close()
    # ffmpeg says nothing when the disk is full at the very end.
    _check_whole(path, total)


def _reason(path: Path, error: OSError) -> OSError:
    """Return what stopped ffmpeg: it only breaks the pipe, and the disk is asked why."""
    import shutil

    if error.errno not in (None, errno.EPIPE):
        return error
    if shutil.disk_usage(path.parent).free < 1_000_000 or "No space left" in str(error):
        return OSError(errno.ENOSPC, "no space left on the disk")
    return OSError("the encoder ffmpeg stopped before the film was whole")


def _check_whole(path: Path, frames: int) -> None:
    import imageio_ffmpeg

    try:
        found, _ = imageio_ffmpeg.count_frames_and_secs(str(path))
    except (OSError, RuntimeError) as error:
        raise _reason(path, OSError(str(error))) from error
    if found != frames:
        raise _reason(path, OSError(f"the film has {found} frames instead of {frames}"))
