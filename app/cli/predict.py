"""``nnviz predict``: classify digits (strokes, pictures, a test set) with a forward pass in NumPy."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnviz.errors import FileFormatError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nnviz.digit_reader import DigitReader

_DESCRIPTION = """\
Classify handwritten digits: pen strokes, pictures, or MNIST's test images. They are made into 28x28 images as
MNIST's were, whatever their place, size and pen; the forward pass needs no TensorFlow."""
_EXAMPLES = """\
examples:
  nnviz predict --strokes drawn.json
  nnviz predict --strokes drawn.json.gz --model model.keras | tail -n 1
  nnviz predict --strokes drawn.json.gz --report
  nnviz predict --dataset mnist --report json
  nnviz predict photo.jpg scan.png

A file of strokes, plain or compressed with gzip; x grows to the right, y downwards, in any unit; label may be absent:
  {"format": "strokes-1", "digits": [{"label": 7, "strokes": [[[x, y], [x, y]], ...]}, ...]}

Standard output has one line for each digit,
  {"label": 7, "predicted": 7, "probabilities": [p0, ..., p9]}
and a last one, accuracy being null where no digit has a label:
  {"accuracy": 0.95, "count": 100}
With --report there is one report instead: accuracy, recall and precision of each digit, the confusion matrix, the
expected calibration error, and how many answers were put as a question.

A picture (dark on light or light on dark) gives a line with what is on it:
  {"file": "photo.jpg", "kind": "digits", "answer": "4 7", "remark": "Two digits: 4 7", "digits": [{...}, {...}]}
kind is digits, empty, dot, line, scribble or full."""

_BATCH = 512


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "predict",
        help="classify digits drawn with a pen or on pictures, one line of JSON each",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("pictures", type=Path, nargs="*", metavar="PICTURE", help="PNG, JPEG or another picture")
    parser.add_argument("--strokes", type=Path, metavar="FILE", help="digits as pen strokes")
    parser.add_argument("--dataset", choices=("mnist",), help="the test images of a data set")
    parser.add_argument(
        "--model",
        type=Path,
        metavar="FILE.keras",
        help="a network for 28x28 images and 10 classes; by default the digit model that ships with nnviz",
    )
    parser.add_argument(
        "--report", nargs="?", const="text", choices=("text", "json"), help="one report instead of a line a digit"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Classify every digit.

    Raises:
        FileFormatError: a file is missing, damaged or of another form, the network is not for digits, or a report is
            asked for and no digit has a label.
        AssetError: the bundled digit model is missing or damaged.
    """
    asked = [bool(arguments.pictures), arguments.strokes is not None, arguments.dataset is not None]
    if sum(asked) != 1:
        raise FileFormatError("predict needs pictures, --strokes FILE or --dataset mnist: one of the three")
    if arguments.pictures and arguments.report:
        raise FileFormatError("--report needs labels, and pictures have none; use --strokes or --dataset")
    reader = _reader(arguments.model)
    if arguments.pictures:
        return _read_pictures(arguments.pictures, reader)
    images, labels = _samples(arguments)
    if arguments.report:
        return _report(reader, images, labels, arguments)
    _print_lines(reader, images, labels)
    return 0


def _samples(arguments: argparse.Namespace) -> tuple[NDArray[np.float32], list[int | None]]:
    import numpy as np

    if arguments.dataset is not None:
        from nnviz.data.datasets import load_mnist

        test = load_mnist().test
        return test.x, [int(label) for label in test.y]
    from nnviz.data.redraw import strokes_image
    from nnviz.data.strokes import read_strokes

    digits = read_strokes(arguments.strokes)
    return np.stack([strokes_image(digit.strokes).ravel() for digit in digits]), [digit.label for digit in digits]


def _print_lines(reader: DigitReader, images: NDArray[np.float32], labels: list[int | None]) -> None:
    from app.cli.json_lines import print_line

    right = labelled = 0
    for start in range(0, len(images), _BATCH):
        _, probabilities = reader.outputs(images[start : start + _BATCH])
        for label, row in zip(labels[start : start + _BATCH], probabilities, strict=True):
            predicted = int(row.argmax())
            if label is not None:
                labelled += 1
                right += predicted == label
            shares = [round(float(p), 6) for p in row]
            print_line(label=label, predicted=predicted, probabilities=shares)
    print_line(accuracy=right / labelled if labelled else None, count=len(images))


def _report(
    reader: DigitReader, images: NDArray[np.float32], labels: list[int | None], arguments: argparse.Namespace
) -> int:
    import numpy as np

    from app.cli.json_lines import print_line
    from nnviz.maths.report import digit_report

    known = np.array([label is not None for label in labels])
    if not known.any():
        raise FileFormatError(f"no digit of {arguments.strokes} has a label: there is nothing to report on")
    images, label = images[known], np.array([label for label in labels if label is not None])
    parts = [reader.outputs(images[start : start + _BATCH])[1] for start in range(0, len(images), _BATCH)]
    probabilities = np.concatenate(parts)
    report = digit_report(probabilities, label, reader.judged(probabilities))
    title = "MNIST test" if arguments.dataset else arguments.strokes.name
    if arguments.report == "json":
        print_line(title=title, **report.as_json())
    else:
        sys.stdout.write(report.as_text(title) + "\n")
    return 0


def _read_pictures(paths: list[Path], reader: DigitReader) -> int:
    import numpy as np

    from app.cli.json_lines import print_line
    from nnviz.data.picture_file import read_ink
    from nnviz.data.reading import read_drawing

    for path in paths:
        reading = read_drawing(read_ink(path), judge=reader.sureness)
        answer = reader.answer(reading)
        shares = reader.outputs(np.stack(reading.images))[1] if reading.images else ()
        digits = [
            {
                "predicted": one.first, "said": one.kind,
                "probabilities": [round(float(p), 6) for p in row],
            }
            for one, row in zip(answer.judgements, shares, strict=True)
        ]
        print_line(file=str(path), kind=reading.kind, answer=answer.headline, remark=answer.remark, digits=digits)
    return 0


def _reader(path: Path | None) -> DigitReader:
    from nnviz.digit_reader import DigitReader
    from nnviz.maths.judgement import Limits

    if path is None:
        from nnviz.storage.bundled import load_bundled

        spec, parameters, metadata = load_bundled()
        return DigitReader(spec, parameters, Limits.of(metadata))
    from nnviz.storage.models import read_model

    spec, parameters = read_model(path)
    if spec.input_size != 784 or spec.layers[-1].units != 10:
        raise FileFormatError(
            f"Cannot classify digits with {path}: the network must take 784 values (28x28) and have "
            f"10 outputs, got {spec.title}."
        )
    if spec.activations[-1] not in ("softmax", "linear"):
        raise FileFormatError(
            f"Cannot classify digits with {path}: the output layer must be softmax (or linear, giving "
            f"logits), got {spec.activations[-1]}."
        )
    return DigitReader(spec, parameters)
