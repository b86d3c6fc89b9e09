"""``nnviz train``: train without a window, through the same engine."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.cli.front_ends import add_device
from nnviz.data.datasets import REGISTRY, Dataset, DatasetChoice, load
from nnviz.data.download import DownloadProgress, Watch
from nnviz.data.files import check, inspect, load_with_notes, with_targets
from nnviz.data.import_choice import MISSING
from nnviz.errors import FileFormatError, NnvizError, SaveError, SpecError
from nnviz.run import Run, read_run
from nnviz.spec import (
    ACTIVATIONS,
    OPTIMIZERS,
    TASK_OUTPUT,
    LayerSpec,
    NetworkSpec,
    Plan,
    TrainingConfig,
    output_layer,
    parse_units,
)

_DESCRIPTION = """\
Train a multilayer perceptron with tf.keras, through the same engine as the window. The progress goes to
standard error, one line for each epoch and the test result to standard output. Output layer and loss follow from what
the data set asks for: classes, two classes, labels or numbers."""
_EXAMPLES = """\
examples:
  nnviz train
  nnviz train --hidden 128,64 --epochs 5 --batch-size 32 --learning-rate 0.001 --seed 0 --save model.keras
  nnviz train --hidden "" --optimizer sgd --learning-rate 0.1       softmax regression: no hidden layer
  nnviz train --dataset iris --hidden 16 --epochs 60 --batch-size 16 --learning-rate 0.01
  nnviz train --dataset diabetes --hidden 16,8 --epochs 40          regression: the error is in the target's unit
  nnviz train --data flowers.csv --target species --hidden 16 --epochs 60    your own table
  nnviz train --run iris.run.json                                   what was saved in the window
  nnviz train --epochs 1 --json | tail -n 1                         the result for another program

With --json each line of standard output is one object: "event" is "epoch" (epoch, step, loss, accuracy,
validation_loss, validation_accuracy, seconds) or, last, "end" (network, parameters, test_loss,
test_accuracy, test_count, seconds, saved). For regression mean_absolute_error stands for accuracy.
A data set that is not on this computer is downloaded first.
Ctrl+C stops with exit code 130; nothing is saved then, and an older file stays as it was."""

_HIDDEN = "128,64"
#: What a run says, so that it cannot be given besides one.
_OPTIONS = ("dataset", "hidden", "activation", "optimizer", "epochs", "batch_size", "learning_rate", "seed")


def add_parser(commands: Any) -> None:
    """Add the command."""
    default = TrainingConfig()
    parser = commands.add_parser(
        "train",
        help="train a network without a window and save it",
        description=_DESCRIPTION,
        epilog=f"{_EXAMPLES}\n\n{_listing()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--run",
        type=Path,
        metavar="FILE.run.json",
        dest="run_file",
        help="data set, network and training of a saved run, instead of the eight options that follow",
    )
    # Absent is None, not the default: with --run nobody may wonder which of the two holds.
    parser.add_argument(
        "--dataset", choices=tuple(REGISTRY), metavar="NAME", help="one of those below; default: mnist"
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="PATH",
        help="your own data instead of --dataset: a CSV, NPZ or IDX file, or a folder that holds a folder of images "
        "for each class",
    )
    parser.add_argument(
        "--target",
        action="append",
        metavar="COLUMN",
        help="column of --data to be learnt, more than once for several; default: target, label, class, … or the last",
    )
    parser.add_argument("--missing", choices=MISSING, help="what becomes of rows of --data with holes; default: drop")
    parser.add_argument(
        "--hidden",
        metavar="UNITS",
        help=f'units of the hidden layers, 1 to 4,096 each, with commas; "" for none; default: {_HIDDEN}',
    )
    hidden_activations = [name for name in ACTIVATIONS if name != "softmax"]
    parser.add_argument("--activation", choices=hidden_activations, help="of the hidden layers; default: relu")
    parser.add_argument("--optimizer", choices=OPTIMIZERS, help=f"default: {default.optimizer}")
    for name, kind, text in (
        ("epochs", int, "passes over the training set, 1 to 10,000"),
        ("batch-size", int, "samples of one step, 1 to 10,000"),
        ("learning-rate", float, "size of a step, above 0 and at most 1,000"),
        ("seed", int, "fixes the first weights and the order of the samples"),
    ):
        value = getattr(default, name.replace("-", "_"))
        parser.add_argument(f"--{name}", type=kind, metavar="N", help=f"{text}; default: {value}")
    parser.add_argument(
        "--save", type=Path, metavar="FILE.keras", help="where to keep the network; an older file is replaced"
    )
    add_device(parser, keep_older=True)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line to standard output")
    parser.set_defaults(run=run)


def _listing() -> str:
    width = max(map(len, REGISTRY))
    lines = [f"  {info.name:{width}}  {info.description} {info.count}" for info in REGISTRY.values()]
    return "\n".join(["data sets, with their samples to train, to validate and to test:", *lines])


def run(arguments: argparse.Namespace) -> int:
    """Train, test, save.

    Raises:
        NnvizError: a value is out of range, the file cannot be saved (found before training), the data are
            damaged or not on this computer, TensorFlow cannot start, or the training diverged.
    """
    # The network is checked before the data are read.
    if arguments.save is not None:
        _check_save_path(arguments.save)
    if arguments.data is not None:
        wanted, dataset = _run_of_data(arguments)
    else:
        if arguments.target is not None or arguments.missing is not None:
            raise SpecError("--target and --missing are for --data; give the path of your data with --data")
        wanted = _run_of_options(arguments) if arguments.run_file is None else _run_of_file(arguments)
        dataset = load_with_bar(wanted.dataset)
    try:
        return _train(
            wanted.spec, wanted.config, dataset, arguments.save, arguments.json, getattr(arguments, "device", None)
        )
    except ImportError as error:
        raise NnvizError(
            f"TensorFlow cannot start ({error}). "
            "Reinstall it with 'pip install --force-reinstall tensorflow'."
        ) from error


def _run_of_file(arguments: argparse.Namespace) -> Run:
    given = [name for name in _OPTIONS if getattr(arguments, name) is not None]
    if given:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise SpecError(f"--run already says what {names} would; give either, or change {arguments.run_file}")
    return read_run(arguments.run_file)


def _run_of_options(arguments: argparse.Namespace) -> Run:
    info = REGISTRY[arguments.dataset or "mnist"]
    plan = _plan(arguments, info.input_shape, info.task, info.output_count)
    return Run(DatasetChoice(info.name), plan.spec, plan.config)


def _run_of_data(arguments: argparse.Namespace) -> tuple[Run, Dataset]:
    """Read the user's own data, and return them with the run they are for; says what was left out or filled in."""
    for other, value in (("--dataset", arguments.dataset), ("--run", arguments.run_file)):
        if value is not None:
            raise SpecError(f"--data and {other} both say what is learnt; give one of them")
    _plan(arguments, (1,), "regression", 1)  # a wrong option is found before the data are read
    preview = inspect(arguments.data)
    choice = with_targets(preview, arguments.target) if arguments.target else preview.choice
    choice = replace(choice, missing=arguments.missing or choice.missing)
    for problem in check(preview, choice):
        if problem.severity == "error":
            raise FileFormatError(problem.text)
        print(problem.text, file=sys.stderr)
    imported = load_with_notes(choice)
    for note in imported.notes:
        print(note, file=sys.stderr)
    dataset = imported.dataset
    plan = _plan(arguments, dataset.input_shape, dataset.task, dataset.output_count)
    return Run(dataset.choice, plan.spec, plan.config), dataset


def _plan(arguments: argparse.Namespace, input_shape: tuple[int, ...], task: str, outputs: int) -> Plan:
    given = {name: value for name in _OPTIONS if (value := getattr(arguments, name)) is not None}
    given.pop("dataset", None)
    units, activation = parse_units(given.pop("hidden", _HIDDEN)), given.pop("activation", "relu")
    layers = (*(LayerSpec(each, activation) for each in units), output_layer(task, outputs))
    return Plan(NetworkSpec(input_shape, layers), TrainingConfig(loss=TASK_OUTPUT[task][1], **given))


def load_with_bar(choice: DatasetChoice) -> Dataset:
    """Load a data set, downloading it with a bar where it is not on this computer."""
    from tqdm import tqdm

    info = REGISTRY.get(choice.name)
    if info is None or info.is_here():
        return load(choice)  # which says what is wrong with a name that is not known
    with tqdm(unit="B", unit_scale=True, file=sys.stderr, disable=None, dynamic_ncols=True, leave=False) as bar:

        def tell(progress: DownloadProgress) -> None:
            bar.total = progress.total
            bar.set_description_str(f"downloading {progress.title}", refresh=False)
            bar.set_postfix_str(progress.note, refresh=False)
            bar.update(progress.done - bar.n)

        return load(choice, Watch(tell))


def _check_save_path(path: Path) -> None:
    from nnviz.storage.atomic import check_writable

    if path.suffix != ".keras":
        raise SaveError(f"Cannot save {path}: the name must end in .keras, got {path.name!r}.")
    check_writable(path)


def _train(
    spec: NetworkSpec, config: TrainingConfig, dataset: Dataset, save: Path | None, as_json: bool, device: str | None
) -> int:
    from tqdm import tqdm

    from app.cli.json_lines import print_line
    from nnviz.training.engine import TrainingRun, check_trainable, evaluate, train
    from nnviz.training.keras_backend import CPU, KerasBackend, import_tensorflow, list_devices
    from nnviz.training.pacer import unwatched_pacer
    from nnviz.training.records import StepRecords, metric_name
    from nnviz.training.threads import useful_threads

    check_trainable(spec, dataset, config)
    name = metric_name(dataset.task)
    started = time.perf_counter()
    # None: no bar where standard error is a file or a pipe.
    with tqdm(unit="step", file=sys.stderr, disable=None, dynamic_ncols=True, leave=False) as bar:
        bar.set_description_str("starting TensorFlow")
        import_tensorflow(useful_threads(spec, config.batch_size))
        bar.set_description_str(f"building {spec.title}")
        if device is not None and device not in list_devices():
            raise NnvizError(f"There is no device {device}; TensorFlow finds {', '.join(list_devices())}.")
        backend = KerasBackend(spec, config, task=dataset.task, device=device or CPU)
        training = TrainingRun(backend, dataset, pacer=unwatched_pacer())
        bar.total = config.epochs * training.steps_per_epoch
        bar.unpause()
        for record in train(training):
            bar.set_description_str(f"epoch {record.epoch}/{config.epochs}", refresh=False)
            if isinstance(record, StepRecords):
                loss, metric = float(record.loss.mean()), float(record.metric.mean())
                bar.set_postfix_str(f"loss {loss:.4f}, {_metric_words(name, metric)}", refresh=False)
                bar.update(record.count)
                continue
            values = {
                "epoch": record.epoch,
                "step": record.step,
                "loss": record.loss,
                name: record.metric,
                "validation_loss": record.validation_loss,
                f"validation_{name}": record.validation_metric,
                "seconds": round(record.seconds, 3),
            }
            with bar.external_write_mode(file=sys.stdout):
                if as_json:
                    print_line(event="epoch", **values)
                else:
                    print(
                        f"epoch {record.epoch}/{config.epochs}: loss {record.loss:.4f}, "
                        f"{_metric_words(name, record.metric)}; validation loss {record.validation_loss:.4f}, "
                        f"{_metric_words(name, record.validation_metric)} ({record.seconds:.1f} s)",
                        flush=True,
                    )
                    if record.stop_reason:
                        print(record.stop_reason, flush=True)
        bar.set_description_str("testing")
        tested = evaluate(training, "test")
    assert tested is not None  # nobody cancels it here
    if not as_json:
        result = f"test loss {tested.loss:.4f}, {_metric_words(name, tested.metric)}"
        print(f"{result} ({tested.count:,} samples)", flush=True)
    if save is not None:
        backend.save(save)
    if as_json:
        print_line(
            event="end",
            network=spec.title,
            parameters=spec.parameter_count,
            test_loss=tested.loss,
            test_count=tested.count,
            seconds=round(time.perf_counter() - started, 3),
            saved=None if save is None else str(save),
            **{f"test_{name}": tested.metric},
        )
    elif save is not None:
        print(f"saved {spec.title} to {save}", flush=True)
    return 0


def _metric_words(name: str, value: float) -> str:
    """Write a metric for people: ``accuracy 97.50 %``, ``mean absolute error 43.21``, in the target's unit."""
    if name == "accuracy":
        return f"accuracy {100 * value:.2f} %"
    return f"{name.replace('_', ' ')} {value:.4g}"
