"""MNIST with a person's own digits mixed into its training set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnviz.data.dataset import Dataset, DatasetInfo, Split
from nnviz.data.digits import CENTER, IMAGE_SIZE, to_image
from nnviz.data.mnist import MNIST, load_mnist
from nnviz.data.own_digits import as_samples, held_out, read_own_npz
from nnviz.errors import NnvizError, SpecError
from nnviz.storage.own_digits import own_digits_path

#: Name of the mixture in the registry.
MIXTURE_NAME = "mnist+own"
DEFAULT_REPEAT = 20
MAX_REPEAT = 500
#: Most samples that own digits become: as many as MNIST has.
MAX_SAMPLES = 55_000
#: Limits of a light variation: turned, slanted (shift by height), stretched (factor − 1).
TURN_RAD, SLANT, STRETCH = 0.14, 0.15, 0.10
_SEED = 20


def load_mixture(repeat: int = DEFAULT_REPEAT, vary: bool = True, path: Path | None = None) -> Dataset:
    """Load MNIST, its training set with own digits at random places; validation and test are MNIST's alone.

    Digits that ``own_digits.held_out`` names are left out: how they are read says whether anything was learnt.

    Args:
        repeat: how many samples each own digit becomes, 1 to ``MAX_REPEAT``.
        vary: whether all but the first of them are varied lightly, see ``varied``.
        path: file of the digits; by default the person's.

    Raises:
        NnvizError: there are no own digits.
        SpecError: ``repeat`` is out of its range, or there would be too many samples.
        FileFormatError: the file is damaged; AssetError: MNIST's is.
    """
    if isinstance(repeat, bool) or not isinstance(repeat, int) or not 1 <= repeat <= MAX_REPEAT:
        raise SpecError(f"repeat must be a whole number from 1 to {MAX_REPEAT}, got {repeat!r}")
    if not isinstance(vary, bool):
        raise SpecError(f"vary must be true or false, got {vary!r}")
    path = path or own_digits_path()
    if not path.exists():
        raise NnvizError("You have no digits of your own yet: draw one, say what it is, and it is kept.")
    digits = read_own_npz(path)
    out = held_out(digits)
    x, y = as_samples([digit for digit, is_out in zip(digits, out, strict=True) if not is_out])
    if len(y) * repeat > MAX_SAMPLES:
        raise SpecError(
            f"{len(y):,} own digits times {repeat} are {len(y) * repeat:,} samples; at most {MAX_SAMPLES:,} can be "
            "mixed in. Choose a smaller number"
        )
    mnist = load_mnist()
    generator = np.random.default_rng(_SEED)
    own = np.repeat(x, repeat, axis=0)
    if vary:
        first = np.arange(len(own)) % repeat == 0
        own[~first] = varied(own[~first], generator)
    order = generator.permutation(len(mnist.train) + len(own))
    split = _frozen(
        np.concatenate([mnist.train.x, own])[order], np.concatenate([mnist.train.y, np.repeat(y, repeat)])[order]
    )
    return Dataset(
        name=MIXTURE_NAME, title=MIXTURE.title, input_shape=mnist.input_shape, class_names=mnist.class_names,
        train=split, validation=mnist.validation, test=mnist.test, licence=f"{mnist.licence}; your own digits",
        options={"repeat": repeat, "vary": vary},
    )


def varied(x: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    """Return images (count, 784) turned, slanted and stretched a little by chance, and normalised as drawings.

    Evenly drawn: turned by up to ±8°, slanted by up to 0.15 of the height, stretched by up to ±10 %.
    """
    made = np.empty_like(x)
    rows, columns = np.mgrid[0:IMAGE_SIZE, 0:IMAGE_SIZE].astype(np.float64) - CENTER
    for place, image in enumerate(x.reshape(-1, IMAGE_SIZE, IMAGE_SIZE)):
        turn, slant, stretch = generator.uniform(-1, 1, 3) * (TURN_RAD, SLANT, STRETCH)
        cos, sin = np.cos(turn), np.sin(turn)
        # Where each pixel of the new image comes from.
        from_y = cos * rows - sin * columns
        from_x = (sin * rows + cos * columns) * (1 + stretch) + slant * rows
        made[place] = to_image(_sampled(image, from_y + CENTER, from_x + CENTER)).reshape(-1)
    return made


def _sampled(image: NDArray[np.float32], y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return an image at places in pixel indices, bilinear, 0 outside."""
    padded = np.pad(image, 2)
    y, x = np.clip(y, -1, IMAGE_SIZE) + 2, np.clip(x, -1, IMAGE_SIZE) + 2
    top, left = np.floor(y).astype(np.intp), np.floor(x).astype(np.intp)
    dy, dx = y - top, x - left
    upper = padded[top, left] * (1 - dx) + padded[top, left + 1] * dx
    lower = padded[top + 1, left] * (1 - dx) + padded[top + 1, left + 1] * dx
    return np.asarray(upper * (1 - dy) + lower * dy, np.float32)


def _frozen(x: NDArray[np.float32], y: NDArray[np.int32]) -> Split:
    x.flags.writeable = y.flags.writeable = False
    return Split(x, y)


MIXTURE = DatasetInfo(
    name=MIXTURE_NAME,
    title="MNIST + my digits",
    description="MNIST with your own digits mixed into its training set; validation and test are MNIST's alone.",
    count="55,000 and yours + 5,000 + 10,000",
    input_shape=MNIST.input_shape,
    class_names=MNIST.class_names,
    licence=f"{MNIST.licence}; your own digits",
    load=load_mixture,
    group="Your own",
    option_names=("repeat", "vary"),
    is_here=lambda: own_digits_path().exists(),
)
