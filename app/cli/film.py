"""``nnviz film``: the animation of one step as GIF or MP4, also where there is no display."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from app.cli.screenshot import parse_size
from app.cli.train import load_with_bar
from nnviz.data.datasets import REGISTRY, Dataset, DatasetChoice
from nnviz.errors import NnvizError, SaveError, SpecError
from nnviz.picture.stage_names import stage_key
from nnviz.picture.timeline import Stage, stages
from nnviz.run import Run, read_run
from nnviz.spec import recommended_plan

if TYPE_CHECKING:
    from nnviz.training.records import Snapshot

#: Steps of training before the one that is filmed.
STEPS = 300
MAX_STEPS = 1_000_000
_DESCRIPTION = """\
Train a network for some steps, take one more, and film it: the sample on its way through the network, the loss,
the gradients on their way back, the update, the new prediction. No display is needed. The same options give the
same film on the same machine."""
_EXAMPLES = """\
examples:
  nnviz film step.gif
  nnviz film step.mp4 --size 1920x1080 --fps 30 --theme dark
  nnviz film iris.gif --dataset iris --steps 100 --sample 12
  nnviz film backward.gif --run digits.run.json --from loss --to gradient-1

Stages are input, sum-1, activation-1, and so on for each layer, loss, output_gradient, gradient-3, da-2, dz-2, and
so on backwards, optimizer, update and after. A kind without a number is its first layer for --from, its last for
--to."""


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "film",
        help="film one step of a network as GIF or MP4, also without a display",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("out", type=Path, metavar="FILE.gif|FILE.mp4", help="the film; an older file is replaced")
    parser.add_argument("--size", default="960x540", metavar="WxH", help="in pixels; default: %(default)s")
    parser.add_argument("--fps", type=float, default=20.0, metavar="N", help="frames a second; default: %(default)g")
    parser.add_argument(
        "--speed", type=float, default=1.0, metavar="N", help="1 is as in the window; default: %(default)g"
    )
    parser.add_argument("--from", dest="first", metavar="STAGE", help="stage it begins with; default: the first")
    parser.add_argument("--to", dest="last", metavar="STAGE", help="stage it ends with; default: the last")
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="default: %(default)s")
    parser.add_argument("--no-caption", action="store_true", help="leave the sentence and formula of the stage out")
    parser.add_argument("--dataset", choices=tuple(REGISTRY), metavar="NAME", help="what is learnt; default: mnist")
    parser.add_argument(
        "--run", dest="run_file", type=Path, metavar="FILE.run.json",
        help="data set, network and training of a saved run, instead of --dataset",
    )
    parser.add_argument(
        "--steps", type=int, default=STEPS, metavar="N", help="steps of training before it; default: %(default)s"
    )
    parser.add_argument(
        "--sample", type=int, default=0, metavar="N", help="which sample of the test set, from 0; default: %(default)s"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train and film.

    Raises:
        NnvizError: a value is wrong, the data are not there, or the file cannot be saved (found before training).
        DisplayError: a system library of Qt is missing.
    """
    from tqdm import tqdm

    from app.cli.display import check_libraries
    from nnviz.storage.atomic import check_writable

    kind = arguments.out.suffix.lower().removeprefix(".")
    if kind not in ("gif", "mp4"):
        raise SaveError(f"Cannot save {arguments.out}: the name must end in .gif or .mp4, got {arguments.out.name!r}.")
    check_writable(arguments.out)
    if not 0 <= arguments.steps <= MAX_STEPS:
        raise SpecError(f"--steps must be from 0 to {MAX_STEPS:,}, got {arguments.steps:,}")
    # The film is painted into memory, whether there is a display or not.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    check_libraries()
    from app.export.choice import canvas_of
    from app.export.film import check_film
    from app.export.values import MAX_FILM_SIDE_PX, MIN_SIDE_PX, FilmSettings, scale_for

    width, height = parse_size(arguments.size, MIN_SIDE_PX, MAX_FILM_SIDE_PX)
    canvas = canvas_of(width, height, scale_for(width, height))
    if kind == "mp4" and canvas.even() != canvas:
        canvas = canvas.even()
        print(f"MP4 needs even sides: the film has {canvas.width} x {canvas.height} pixels.", file=sys.stderr)
    settings = FilmSettings(arguments.fps, arguments.speed, caption=not arguments.no_caption)
    check_film(kind, canvas, settings)
    wanted = _wanted(arguments)
    dataset = load_with_bar(wanted.dataset)
    if arguments.run_file is None:
        wanted = _wanted(arguments, dataset)  # how many samples there are says how large a network suits them
    # Samples of a test set have a right answer, and a step is taken: every stage is there.
    normalised = [number for number, layer in enumerate(wanted.spec.layers, 1) if layer.batch_norm]
    expected = stages(len(wanted.spec.layers), normalised=normalised, optimizer=True, fine=True)
    stage_range(expected, arguments.first, arguments.last)
    snapshot = _learn(wanted, dataset, arguments.steps, arguments.sample)

    from app.application import create_application
    from app.export.film import save_film
    from app.export.progress import Progress
    from app.export.renderer import FrameRenderer
    from app.export.values import THEMES
    from app.widgets.network_painting import Shown
    from nnviz.picture.answers import meaning_of
    from nnviz.picture.look import Look

    application = create_application()
    shown = Shown(snapshot, meaning_of(dataset), dataset.feature_names, Look())
    renderer = FrameRenderer(shown, THEMES[arguments.theme], canvas, caption=settings.caption)
    first, last = stage_range(renderer.plan, arguments.first, arguments.last)
    settings = replace(settings, first=first, last=last)
    with tqdm(unit=" frames", file=sys.stderr, disable=None, dynamic_ncols=True, leave=False) as bar:

        def tell(progress: Progress) -> bool:
            bar.total = progress.total
            bar.update(progress.done - bar.n)
            return True

        made = save_film(arguments.out, renderer, settings, tell)
    size = arguments.out.stat().st_size
    print(
        f"{arguments.out}: {len(made.times)} frames of {canvas.width} x {canvas.height}, {made.seconds:.1f} s, "
        f"{size / 1e6:.2f} MB"
    )
    application.processEvents()
    return 0


def stage_range(plan: Sequence[Stage], first: str | None, last: str | None) -> tuple[int, int]:
    """Return the places of two stages in a plan, named as ``sum-2`` or by kind alone; None are its ends.

    Raises:
        SpecError: there is no such stage, or they stand the other way round.
    """
    names = [stage_key(stage) for stage in plan]

    def places(name: str, option: str) -> list[int]:
        found = [place for place, stage in enumerate(plan) if name in (stage.kind, names[place])]
        if not found:
            raise SpecError(f"{option} must be one of {', '.join(names)}, got {name!r}")
        return found

    start = 0 if first is None else places(first, "--from")[0]
    end = len(plan) - 1 if last is None else places(last, "--to")[-1]
    if start > end:
        raise SpecError(f"--from must not come after --to, got {names[start]} and {names[end]}")
    return start, end


def _wanted(arguments: argparse.Namespace, dataset: Dataset | None = None) -> Run:
    if arguments.run_file is not None:
        if arguments.dataset is not None:
            raise SpecError("--run already says which data set; give either it or --dataset")
        return read_run(arguments.run_file)
    name = arguments.dataset or "mnist"
    info = REGISTRY[name]
    samples = 0 if dataset is None else len(dataset.train)
    plan = recommended_plan(info.input_shape, info.output_count, samples, info.task)
    return Run(DatasetChoice(name), plan.spec, plan.config)


def _learn(wanted: Run, dataset: Dataset, steps: int, sample: int) -> Snapshot:
    """Train some steps and return the snapshot of a sample of the test set around one more.

    Raises:
        NnvizError: the data do not fit the network, there is no such sample, or the training diverged.
    """
    from tqdm import tqdm

    from nnviz.training.engine import TrainingRun, check_trainable, train
    from nnviz.training.keras_backend import KerasBackend, import_tensorflow
    from nnviz.training.pacer import unwatched_pacer
    from nnviz.training.records import StepRecords
    from nnviz.training.snapshots import step_with_snapshot
    from nnviz.training.threads import useful_threads

    spec, config = wanted.spec, wanted.config
    check_trainable(spec, dataset, config)
    if not 0 <= sample < len(dataset.test):
        raise SpecError(f"--sample must be from 0 to {len(dataset.test) - 1:,}, got {sample:,}")
    with tqdm(unit="step", file=sys.stderr, disable=None, dynamic_ncols=True, leave=False, total=steps) as bar:
        bar.set_description_str("starting TensorFlow")
        try:
            import_tensorflow(useful_threads(spec, config.batch_size))
        except ImportError as error:
            raise NnvizError(
                f"TensorFlow cannot start ({error}). Reinstall it with 'pip install --force-reinstall tensorflow'."
            ) from error
        training = TrainingRun(KerasBackend(spec, config, task=dataset.task), dataset, pacer=unwatched_pacer())
        if steps >= training.total_steps:
            raise SpecError(f"--steps must leave one of the run's {training.total_steps:,} steps, got {steps:,}")
        bar.set_description_str(f"training {spec.title}")
        for record in train(training, steps) if steps else ():
            if isinstance(record, StepRecords):
                bar.update(record.count)
    y = dataset.test.y[sample]
    target = int(y) if np.ndim(y) == 0 else np.asarray(y, np.float32)
    return step_with_snapshot(training, dataset.test.x[sample], target)[1]
