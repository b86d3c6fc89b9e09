"""Films: the frames are those of the view, the same every time, and the files are what they say."""

from __future__ import annotations

import errno
import gc
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.export import film as film_module
from app.export.film import save_film, shots
from app.export.gif import UNSEEN, GifWriter, Palette
from app.export.job import Clock, ExportJob
from app.export.progress import ExportCancelledError, Progress
from app.export.renderer import FrameRenderer
from app.export.values import Canvas, FilmSettings
from app.theme import DARK, LIGHT, Theme
from app.widgets.network_painting import Shown
from nnviz.errors import NnvizError, SaveError
from nnviz.picture.answers import OutputMeaning
from nnviz.picture.look import Look
from nnviz.picture.timeline import stage_index, stages
from tests.snapshots import snapshot_of

SMALL = Canvas(400, 240, 0.6)
#: Loss to the gradient of the first layer's weights, quickly.
SHORT = FilmSettings(fps=10.0, speed=2.0, first=6, last=9, hold=0.5)


@pytest.fixture
def shown(qapp: object) -> Shown:
    return Shown(snapshot_of(), OutputMeaning(names=("ant", "bee", "cat")), (), Look(top_k=20))


def renderer_of(shown: Shown, theme: Theme = LIGHT, canvas: Canvas = SMALL) -> FrameRenderer:
    return FrameRenderer(shown, theme, canvas, caption=True)


# -- which moments -------------------------------------------------------------------------------------------


def test_a_film_runs_from_the_beginning_of_one_stage_to_the_end_of_another() -> None:
    plan = stages(3)
    for first, last in ((0, len(plan) - 1), (2, 5), (4, 4)):
        made = shots(plan, FilmSettings(fps=20, speed=1, first=first, last=last, hold=0))
        assert made.times[0] == plan[first].start
        assert stage_index(plan, made.times[-1]) == last
        assert made.times[-1] == pytest.approx(plan[last].end, abs=1e-4)
        assert np.all(np.diff(made.times) > 0)
        assert np.diff(made.times)[:-1] == pytest.approx(1 / 20)
        assert made.seconds == pytest.approx(plan[last].end - plan[first].start, abs=2 / 20)


def test_speed_and_frame_rate_set_how_many_frames_there_are() -> None:
    plan = stages(2)
    one = len(shots(plan, FilmSettings(fps=20, hold=0)).times) - 1
    assert len(shots(plan, FilmSettings(fps=20, speed=2, hold=0)).times) - 1 == pytest.approx(one / 2, abs=1)
    assert len(shots(plan, FilmSettings(fps=40, hold=0)).times) - 1 == pytest.approx(2 * one, abs=1)
    held = shots(plan, FilmSettings(fps=20, hold=2))
    assert len(held.times) == one + 1 + 40
    assert len(set(held.times[-41:])) == 1


@pytest.mark.parametrize("fps", [10.0, 15.0, 30.0, 50.0])
def test_delays_of_whole_hundredths_add_up(fps: float) -> None:
    made = shots(stages(2), FilmSettings(fps=fps))
    delays = made.delays()
    assert len(delays) == len(made.times)
    assert sum(delays) == pytest.approx(100 * made.seconds, abs=0.5)
    assert max(delays) - min(delays) <= 1


@pytest.mark.parametrize("values", [{"fps": 0.0}, {"fps": 99.0}, {"speed": 0.0}, {"first": 3, "last": 2}])
def test_settings_that_cannot_be_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(NnvizError, match=r"frame rate|speed|stage"):
        FilmSettings(**values)  # type: ignore[arg-type]


def test_what_a_format_cannot_do_is_said(shown: Shown, tmp_path: Path) -> None:
    for name, canvas, settings, words in (
        ("x.gif", SMALL, FilmSettings(fps=60), "at most 50 frames"),
        ("x.mp4", Canvas(401, 241, 0.6), SHORT, "even"),
        ("x.mp4", Canvas(5000, 300, 1.0), SHORT, "4,096 pixels"),
        ("x.avi", SMALL, SHORT, r"\.gif or \.mp4"),
        ("x.gif", SMALL, FilmSettings(last=40), "stages"),
    ):
        with pytest.raises(NnvizError, match=words):
            save_film(tmp_path / name, renderer_of(shown, canvas=canvas), settings)
    assert not [file for file in tmp_path.iterdir() if file.is_file()]


# -- the same frames -----------------------------------------------------------------------------------------


def test_frames_are_the_same_in_whatever_order_they_are_asked_for(shown: Shown) -> None:
    one, other = renderer_of(shown), renderer_of(shown)
    times = list(shots(one.plan, FilmSettings(fps=3, hold=0)).times)
    first = {t: one.pixels(t) for t in times}
    random.Random(1).shuffle(times)
    for t in times:
        assert (other.pixels(t) == first[t]).all()


def test_a_large_frame_painted_in_parts_is_the_one_painted_at_once(shown: Shown) -> None:
    renderer = renderer_of(shown, canvas=Canvas(1800, 1200, 2.0))  # more than one part
    image = renderer.image(3.0).convertToFormat(renderer.image(3.0).Format.Format_RGB888)
    whole = np.frombuffer(image.constBits(), np.uint8).reshape(1200, image.bytesPerLine())[:, :5400]
    away = np.abs(renderer.pixels(3.0).astype(int) - whole.reshape(1200, 1800, 3))
    assert (away > 2).mean() < 1e-4


# -- GIF -----------------------------------------------------------------------------------------------------


def read_gif(path: Path) -> tuple[list[np.ndarray], list[float]]:
    """Return frames as a viewer shows them, and how long each stays, milliseconds."""
    frames, times = [], []
    with Image.open(path) as image:
        for place in range(image.n_frames):
            image.seek(place)
            frames.append(np.array(image.convert("RGB")))
            times.append(image.info["duration"])
    return frames, times


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_gif_shows_the_frames_of_the_renderer(shown: Shown, tmp_path: Path, theme: Theme) -> None:
    renderer = renderer_of(shown, theme)
    made = save_film(tmp_path / "step.gif", renderer, SHORT)
    frames, times = read_gif(tmp_path / "step.gif")
    assert {frame.shape for frame in frames} == {(240, 400, 3)}
    assert sum(times) == pytest.approx(1000 * made.seconds, abs=10)
    # Frames that are alike were made one: each frame of the plan is the one that is on at its time.
    ends = np.cumsum(times)
    starts = np.cumsum([0, *made.delays()[:-1]]) * 10
    for t, start in zip(made.times, starts, strict=True):
        got = frames[int(np.searchsorted(ends, start, side="right"))].astype(int)
        wanted = renderer.pixels(t).astype(int)
        away = np.abs(got - wanted)
        assert away.mean() < 1.5
        assert (away.max(axis=2) > UNSEEN + 24).mean() < 0.01
        paper = (wanted == wanted[1, 1]).all(axis=2)
        assert (away[paper] == 0).all()  # nothing stays behind on the paper


def test_the_same_film_is_the_same_gif(shown: Shown, tmp_path: Path) -> None:
    save_film(tmp_path / "one.gif", renderer_of(shown), SHORT)
    save_film(tmp_path / "two.gif", renderer_of(shown), SHORT)
    assert (tmp_path / "one.gif").read_bytes() == (tmp_path / "two.gif").read_bytes()
    save_film(tmp_path / "dark.gif", renderer_of(shown, DARK), SHORT)
    assert (tmp_path / "one.gif").read_bytes() != (tmp_path / "dark.gif").read_bytes()


def test_gif_frames_are_read_back_from_their_differences(tmp_path: Path) -> None:
    colors = np.array([(255, 255, 255), (0, 0, 0), (200, 30, 30), (30, 30, 200)], np.uint8)
    made = np.random.default_rng(5)
    pictures = [colors[np.zeros((20, 30), int)]]
    for _ in range(6):
        picture = pictures[-1].copy()
        y, x = made.integers(0, 12), made.integers(0, 20)
        picture[y : y + 6, x : x + 8] = colors[made.integers(0, 4, (6, 8))]
        pictures.append(picture)
    pictures.insert(3, pictures[2])  # one that is alike
    palette = Palette(pictures, [tuple(int(c) for c in color) for color in colors])  # type: ignore[misc]
    with (tmp_path / "x.gif").open("wb") as file:
        writer = GifWriter(file, palette, 30, 20)
        for picture in pictures:
            writer.add(picture, 7)
        writer.close()
    frames, times = read_gif(tmp_path / "x.gif")
    assert times == [70, 70, 140, 70, 70, 70, 70]
    for frame, wanted in zip(frames, pictures[:3] + pictures[4:], strict=True):
        assert (frame == wanted).all()


# -- MP4 -----------------------------------------------------------------------------------------------------


# imageio's reader leaves the pipes of ffmpeg to the garbage collector, which warns.
LEAKS = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


def read_mp4(path: Path) -> np.ndarray:
    """Return all frames, (frames, height, width, 3)."""
    import imageio.v3 as iio

    frames = iio.imread(path, plugin="FFMPEG")
    gc.collect()
    return frames


@LEAKS
def test_an_mp4_has_the_frames_size_and_rate_it_should(shown: Shown, tmp_path: Path) -> None:
    import imageio.v3 as iio

    renderer = renderer_of(shown, DARK)
    made = save_film(tmp_path / "step.mp4", renderer, SHORT)
    about = iio.immeta(tmp_path / "step.mp4", plugin="FFMPEG")
    frames = read_mp4(tmp_path / "step.mp4")
    assert frames.shape == (len(made.times), 240, 400, 3)
    assert about["fps"] == pytest.approx(SHORT.fps)
    assert about["codec"] == "h264"
    for place in (0, len(made.times) // 2, len(made.times) - 1):
        away = np.abs(frames[place].astype(int) - renderer.pixels(made.times[place]))
        assert away.mean() < 4  # half the colour resolution, and compressed


@LEAKS
def test_the_same_film_is_the_same_mp4(shown: Shown, tmp_path: Path) -> None:
    for name in ("one.mp4", "two.mp4"):
        save_film(tmp_path / name, renderer_of(shown), SHORT)
    one, two = (read_mp4(tmp_path / name) for name in ("one.mp4", "two.mp4"))
    assert (one == two).all()


# -- what can go wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["step.gif", "step.mp4"])
def test_a_cancelled_film_leaves_nothing(shown: Shown, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"older")
    heard: list[Progress] = []

    def report(progress: Progress) -> bool:
        heard.append(progress)
        return progress.done < 4

    with pytest.raises(ExportCancelledError):
        save_film(tmp_path / name, renderer_of(shown), SHORT, report)
    assert heard[-1].done == 4
    assert heard[-1].total == len(shots(renderer_of(shown).plan, SHORT).times)
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == [name]
    assert (tmp_path / name).read_bytes() == b"older"


def test_a_full_disk_is_said(shown: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add = GifWriter.add

    def full(self: GifWriter, pixels: np.ndarray, delay: int) -> None:
        add(self, pixels, delay)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(GifWriter, "add", full)
    with pytest.raises(SaveError, match="no space left"):
        save_film(tmp_path / "step.gif", renderer_of(shown), SHORT)
    assert not [file for file in tmp_path.iterdir() if file.is_file()]


def test_a_film_that_ffmpeg_did_not_finish_is_no_film(
    shown: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that is full at the end: ffmpeg ends without a word, some frames are missing."""
    frames = film_module._frames
    monkeypatch.setattr(film_module, "_frames", lambda *given: list(frames(*given))[:-3])
    with pytest.raises(SaveError, match=r"frames instead of|stopped before"):
        save_film(tmp_path / "step.mp4", renderer_of(shown), SHORT)
    assert not [file for file in tmp_path.iterdir() if file.is_file()]


def test_a_job_without_memory_says_what_to_do(
    shown: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_given: object) -> None:
        raise MemoryError

    monkeypatch.setattr(FrameRenderer, "pixels", none)
    job = ExportJob(tmp_path / "step.gif", shown, LIGHT, SMALL, film=SHORT)
    with pytest.raises(NnvizError, match="not enough memory for 400 x 240"):
        job.run(lambda _progress: True)


def test_the_time_left_follows_from_the_time_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(started=100.0)
    monkeypatch.setattr("app.export.job.time.monotonic", lambda: 110.0)
    assert clock.left(Progress(0, 40)) is None
    assert clock.left(Progress(10, 40)) == pytest.approx(30.0)
    assert clock.left(Progress(40, 40)) == 0


@pytest.mark.slow
def test_a_step_of_the_usual_network_is_a_small_gif(qapp: object, tmp_path: Path) -> None:
    from nnviz.spec import classifier

    shown = Shown(snapshot_of(classifier((28, 28), (128, 64), 10)), OutputMeaning(), (), Look())
    for theme in (LIGHT, DARK):
        renderer = renderer_of(shown, theme, Canvas(960, 540))
        save_film(tmp_path / "step.gif", renderer, FilmSettings(fps=20))
        assert (tmp_path / "step.gif").stat().st_size < 8_000_000
