"""``nnviz predict``: classify pen strokes, with the canvas's own pen and a forward pass in NumPy."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from nnviz.errors import FileFormatError

_DESCRIPTION = """\
Classify handwritten digits given as pen strokes. They are painted with the pen of the window's canvas and
made into 28x28 images as MNIST's were; the forward pass needs no TensorFlow."""
_EXAMPLES = """\
examples:
  nnviz predict --strokes drawn.json
  nnviz predict --strokes drawn.json.gz --model model.keras | tail -n 1

The file, plain or compressed with gzip; x grows to the right, y downwards, in any unit; label may be absent:
  {"format": "strokes-1", "digits": [{"label": 7, "strokes": [[[x, y], [x, y]], ...]}, ...]}

Standard output has one line for each digit,
  {"label": 7, "predicted": 7, "probabilities": [p0, ..., p9]}
and a last one, accuracy being null where no digit has a label:
  {"accuracy": 0.95, "count": 100}"""

_BATCH = 512


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "predict",
        help="classify digits drawn with a pen, one line of JSON each",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--strokes", type=Path, required=True, metavar="FILE", help="the digits")
    parser.add_argument(
        "--model",
        type=Path,
        metavar="FILE.keras",
        help="a network for 28x28 images and 10 classes; by default the digit model that ships with nnviz",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Classify every digit of the file.

    Raises:
        FileFormatError: a file is missing, damaged or of another form, or the network is not for digits.
        AssetError: the bundled digit model is missing or damaged.
    """
    import numpy as np

    from app.cli.json_lines import print_line
    from nnviz.data.digits import IMAGE_SIZE, to_image
    from nnviz.data.pen import paint_strokes
    from nnviz.data.strokes import read_strokes
    from nnviz.maths.activations import softmax
    from nnviz.maths.forward import forward

    spec, parameters = _network(arguments.model)
    digits = read_strokes(arguments.strokes)
    right = labelled = 0
    for start in range(0, len(digits), _BATCH):
        batch = digits[start : start + _BATCH]
        images = np.zeros((len(batch), IMAGE_SIZE * IMAGE_SIZE), np.float32)
        for row, digit in zip(images, batch, strict=True):
            row[:] = to_image(paint_strokes(digit.strokes)).ravel()
        output = forward(parameters, spec.activations, images).output
        # A network whose last layer is linear was trained on its logits: softmax makes them probabilities.
        probabilities = output if spec.activations[-1] == "softmax" else softmax(output)
        for digit, row in zip(batch, probabilities, strict=True):
            predicted = int(row.argmax())
            if digit.label is not None:
                labelled += 1
                right += predicted == digit.label
            shares = [round(float(p), 6) for p in row]
            print_line(label=digit.label, predicted=predicted, probabilities=shares)
    print_line(accuracy=right / labelled if labelled else None, count=len(digits))
    return 0


def _network(path: Path | None) -> tuple[Any, Any]:
    if path is None:
        from nnviz.storage.bundled import load_bundled

        spec, parameters, _ = load_bundled()
        return spec, parameters
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
    return spec, parameters
