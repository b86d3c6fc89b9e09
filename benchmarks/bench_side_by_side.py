"""Are digits that touch told apart, and is a single digit left whole? Prints, for this version of nnviz:

- for pairs beside each other, by the gap between their boxes (a share of the height; below 0 they overlap): how many
  are found to be two, how many are then read rightly; as strokes, as strokes written in one go, and as ink;
- the same for three to five digits;
- how many single digits are taken for several: strokes, MNIST's test images as they are, and eight times as large;
- processor time of a reading while a digit, and while two that touch, are being drawn.

    python benchmarks/bench_side_by_side.py --strokes drawn.json.gz [--count 300]

Sizes differ by a factor of 0.75 to 1.3, and each stands up to 0.15 of the height too high or too low. Without
``--strokes`` only what needs none is measured: pairs of MNIST's test images and the images alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnviz.data.digits import area_average, bounding_box
from nnviz.data.mnist import load_test_digits
from nnviz.data.pen import paint_strokes
from nnviz.data.reading import Reading, read_drawing
from nnviz.data.strokes import StrokeDigit, read_strokes
from nnviz.digit_reader import DigitReader
from nnviz.maths.judgement import Limits
from nnviz.storage.bundled import load_bundled

GAPS = (-0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2, 0.3, 0.4)
#: The longer side of ink, in pixels.
SIDE = 224

Strokes = list[NDArray[np.float64]]
Digit = tuple[int, Strokes]


def beside(digits: Sequence[Strokes], gap: float, rng: np.random.Generator) -> Strokes:
    """Return digits in a row, about 100 units high."""
    made: Strokes = []
    x = 0.0
    for strokes in digits:
        points = np.concatenate(strokes)
        low, size = points.min(axis=0), np.ptp(points, axis=0)
        scale = 100 * rng.uniform(0.75, 1.3) / max(size[1], 0.6 * size[0], 1e-9)
        y = 50 - size[1] * scale / 2 + rng.uniform(-15, 15)
        made += [(stroke - low) * scale + (x, y) for stroke in strokes]
        x += size[0] * scale + 100 * gap
    return made


def in_one_go(left: Strokes, right: Strokes, gap: float, rng: np.random.Generator) -> Strokes:
    """Return two digits of which the last stroke of the first leads into the first stroke of the second."""
    row = beside([left, right], gap, rng)
    k = len(left)
    return [*row[: k - 1], np.concatenate([row[k - 1], row[k]]), *row[k + 1 :]]


def ink_beside(images: Sequence[NDArray[np.float32]], gap: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return images of digits in a row as ink; where they overlap the darker counts."""
    cuts = []
    for image in images:
        top, left, bottom, right = bounding_box(image) or (0, 0, 28, 28)
        scale = 100 * rng.uniform(0.75, 1.3) / (bottom - top)
        cut = image[top:bottom, left:right]
        rows = area_average(cut, scale, round((bottom - top) * scale))
        cut = area_average(rows.T, scale, max(1, round((right - left) * scale))).T / scale**2
        cuts.append((cut / cut.max(), round(rng.uniform(-15, 15))))
    ink = np.zeros((200, sum(cut.shape[1] + 60 for cut, _ in cuts)), np.float32)
    x = 20
    for cut, up in cuts:
        y = 100 - cut.shape[0] // 2 + up
        part = ink[y : y + cut.shape[0], x : x + cut.shape[1]]
        np.maximum(part, cut, out=part)
        x += cut.shape[1] + round(100 * gap)
    return ink


class Count:
    """Counts what is found and what is read rightly."""

    def __init__(self, reader: DigitReader) -> None:
        self._reader = reader
        self.all = self.found = self.right = 0

    def add(self, reading: Reading, labels: Sequence[int]) -> None:
        """Count a reading of digits with these labels."""
        self.all += 1
        if reading.kind == "digits" and len(reading.images) == len(labels):
            self.found += 1
            said = self._reader.outputs(np.stack(reading.images))[1].argmax(axis=1).tolist()
            self.right += said == list(labels)

    def line(self) -> str:
        """Return both as shares of all."""
        return f"{self.found / self.all:6.1%} found {self.right / self.all:6.1%} right"


def pairs(digits: Sequence[tuple[int, object]], count: int, many: int, rng: np.random.Generator) -> Iterator[list]:
    """Yield so many rows of digits chosen at random."""
    for _ in range(count):
        yield [digits[k] for k in rng.integers(0, len(digits), many)]


def by_gap(reader: DigitReader, digits: Sequence[tuple[int, object]], options: argparse.Namespace, many: int,
           compose: Callable[..., object], name: str) -> None:  # fmt: skip
    """Print what is found for each gap."""
    for gap in GAPS if many == 2 else (-0.05, 0.05, 0.2, 0.4):
        rng = np.random.default_rng(1)
        count = Count(reader)
        for row in pairs(digits, options.count if many == 2 else options.count // 3, many, rng):
            drawing = compose([digit for _, digit in row], gap, rng)
            count.add(read_drawing(drawing, judge=reader.sureness), [label for label, _ in row])
        print(f"{name:28s} gap {gap:5.2f}: {count.line()}", flush=True)


def alone(reader: DigitReader, drawings: Iterable[tuple[int, object]], name: str) -> None:
    """Print how many single digits are taken for several, and their labels."""
    count, several = 0, []
    for label, drawing in drawings:
        count += 1
        if len(read_drawing(drawing, judge=reader.sureness).images) > 1:
            several.append(label)
    print(f"{name:28s} {len(several)} of {count:,} taken for several: {sorted(several)}", flush=True)


def while_drawn(reader: DigitReader, drawings: Sequence[Strokes], name: str) -> None:
    """Print the time of a reading after each of about twelve points of every drawing."""
    taken = []
    for strokes in drawings:
        total = sum(map(len, strokes))
        for stop in range(2, total + 1, max(1, total // 12)):
            left, part = stop, []
            for stroke in strokes:
                if left > 0:
                    part.append(stroke[:left])
                left -= len(stroke)
            began = time.thread_time()
            read_drawing(part, judge=reader.sureness)
            taken.append(1000 * (time.thread_time() - began))
    median, worst = np.percentile(taken, [50, 99])
    print(f"{name:28s} median {median:.2f} ms   p99 {worst:.2f} ms   n {len(taken):,}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strokes", type=Path)
    parser.add_argument("--count", type=int, default=300)
    options = parser.parse_args()
    spec, parameters, metadata = load_bundled()
    reader = DigitReader(spec, parameters, Limits.of(metadata))
    rng = np.random.default_rng(0)
    if options.strokes:
        read: list[StrokeDigit] = read_strokes(options.strokes)
        digits: list[Digit] = [(digit.label or 0, list(digit.strokes)) for digit in read]
        while_drawn(reader, [strokes for _, strokes in digits[:50]], "(warming up)")
        while_drawn(reader, [strokes for _, strokes in digits[::5]], "one digit, while drawn")
        touching = [beside([s for _, s in row], 0.0, rng) for row in pairs(digits, 60, 2, rng)]
        while_drawn(reader, touching, "two that touch, while drawn")
        by_gap(reader, digits, options, 2, beside, "two, strokes")
        by_gap(reader, digits, options, 2, lambda row, gap, rng: in_one_go(*row, gap, rng), "two in one go, strokes")
        by_gap(reader, digits, options, 2, lambda row, gap, rng: paint_strokes(beside(row, gap, rng), SIDE, 12),
               "two, strokes painted as ink")  # fmt: skip
        for many in (3, 4, 5):
            by_gap(reader, digits, options, many, beside, f"{many}, strokes")
        alone(reader, digits, "one, strokes")
    pixels, labels = load_test_digits()
    images = [(int(y), x / np.float32(255)) for x, y in zip(pixels, labels, strict=True)]
    by_gap(reader, images, options, 2, ink_beside, "two, MNIST's test images")
    alone(reader, images, "one, MNIST's test images")
    places = (np.arange(224) + 0.5) / 8 - 0.5
    low = np.clip(np.floor(places).astype(np.intp), 0, 26)
    part = np.clip(places - low, 0, 1).astype(np.float32)

    def enlarged(image: NDArray[np.float32]) -> NDArray[np.float32]:
        rows = image[low] * (1 - part[:, None]) + image[low + 1] * part[:, None]
        return np.asarray(rows[:, low] * (1 - part) + rows[:, low + 1] * part)

    alone(reader, ((label, enlarged(image)) for label, image in images), "one, eight times as large")


if __name__ == "__main__":
    main()
