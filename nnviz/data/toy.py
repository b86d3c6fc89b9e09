"""Points in the plane, made on the spot: xor, circle, gauss, spiral, moons, blobs; discs; plane and gauss to regress.

Sources: the first four and the two for regression are those of TensorFlow Playground (D. Smilkov, S. Carter;
``dataset.ts``), written anew from its formulas; moons are those of scikit-learn's ``make_moons``, three times as
large and centred; blobs are normal distributions around points on a circle; discs overlap, so that a point may have
two labels.

The generators give points in about [−6, 6]; ``toy_sets`` makes data sets of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import NnvizError

MIN_COUNT, MAX_COUNT = 100, 100_000
#: Largest noise, as Playground's slider.
MAX_NOISE = 0.5
MIN_BLOBS, MAX_BLOBS = 2, 10
DEFAULT_COUNT = 1_000
DEFAULT_NOISE = 0.1
DEFAULT_SEED = 0
DEFAULT_BLOBS = 4

_RADIUS = 5.0
_BLOB_RADIUS = 4.0
_SQUARE = 6.0
_DISC_RADIUS = 3.0
_DISC_CENTRES = (-1.5, 1.5)

Float64 = NDArray[np.float64]


class Points(NamedTuple):
    """Points with what is to be learnt of them.

    Attributes:
        x: (count, 2), float32.
        y: classes, (count,), int32; or labels, (count, 2), float32 of 0 and 1; or targets, (count, 1), float32.
    """

    x: NDArray[np.float32]
    y: NDArray[Any]


class Generator(Protocol):
    """Makes points: ``count`` of them, 100 to 100,000; ``noise`` 0 to 0.5; the same seed gives the same points."""

    def __call__(self, count: int = DEFAULT_COUNT, noise: float = DEFAULT_NOISE, seed: int = DEFAULT_SEED) -> Points:
        """Return the points; NnvizError if a value is out of range."""


def xor(count: int = DEFAULT_COUNT, noise: float = DEFAULT_NOISE, seed: int = DEFAULT_SEED) -> Points:
    """Four squares; class 1 where x₁·x₂ ≥ 0.

    Coordinates are uniform in [−5, 5], moved away from the axes by 0.3. The class is that of the point moved by
    noise times a uniform value in [−5, 5] along each axis.

    Args:
        count: number of points, 100 to 100,000.
        noise: 0 to 0.5.
        seed: at least 0; the same seed gives the same points.

    Raises:
        NnvizError: a value is out of range.
    """
    random = _random(count, noise, seed)
    x = random.uniform(-_RADIUS, _RADIUS, (count, 2))
    x += np.where(x > 0, 0.3, -0.3)
    moved = x + noise * random.uniform(-_RADIUS, _RADIUS, (count, 2))
    return _points(x, moved.prod(axis=1) >= 0)


def circle(count: int = DEFAULT_COUNT, noise: float = DEFAULT_NOISE, seed: int = DEFAULT_SEED) -> Points:
    """A disc, class 1, in a ring, class 0.

    One half of the points has a radius uniform in [0, 2.5], the other in [3.5, 5]. The class is 1 where the point
    moved by noise times a uniform value in [−5, 5] along each axis is nearer to the origin than 2.5.

    Arguments and errors as of ``xor``.
    """
    random = _random(count, noise, seed)
    inner = count // 2
    low = np.where(np.arange(count) < inner, 0.0, 0.7 * _RADIUS)
    high = np.where(np.arange(count) < inner, 0.5 * _RADIUS, _RADIUS)
    x = _polar(random.uniform(low, high), random.uniform(0, 2 * np.pi, count))
    moved = x + noise * random.uniform(-_RADIUS, _RADIUS, (count, 2))
    return _points(x, np.hypot(moved[:, 0], moved[:, 1]) < 0.5 * _RADIUS)


def gauss(count: int = DEFAULT_COUNT, noise: float = DEFAULT_NOISE, seed: int = DEFAULT_SEED) -> Points:
    """Two round normal distributions around (−2, −2), class 0, and (2, 2), class 1.

    Their variance along each axis grows evenly from 0.5 without noise to 4 with noise 0.5.

    Arguments and errors as of ``xor``.
    """
    random = _random(count, noise, seed)
    y = np.arange(count) % 2
    deviation = np.sqrt(0.5 + 7 * noise)
    return _points(np.where(y == 1, 2.0, -2.0)[:, None] + deviation * random.standard_normal((count, 2)), y)


def spiral(count: int = DEFAULT_COUNT, noise: float = DEFAULT_NOISE, seed: int = DEFAULT_SEED) -> Points:
    """Two arms of a spiral, 1¾ turns each, class 0 turned by half a turn against class 1.

    Along an arm, u from 0 to 1, the radius is 5·u and the angle 1.75·2π·u, measured from the x₂ axis; each
    coordinate is moved by noise times a uniform value in [−1, 1].

    Arguments and errors as of ``xor``.
    """
    random = _random(count, noise, seed)
    y = np.arange(count) % 2
    u = (np.arange(count) // 2) / ((count + 1) // 2)
    x = _polar(_RADIUS * u, 1.75 * 2 * np.pi * u + np.where(y == 1, 0.0, np.pi))
    return _points(x + noise * random.uniform(-1, 1, (count, 2)), y)


def moons(count: int = DEFAULT_COUNT, noise: float = DEFAULT_NOISE, seed: int = DEFAULT_SEED) -> Points:
    """Two half circles of radius 3 that reach into each other: class 0 the upper, class 1 the lower.

    With t even in [0, π] they are (cos t, sin t) and (1 − cos t, ½ − sin t), less (½, ¼), times 3; each
    coordinate has normal noise with the standard deviation 3·noise.

    Arguments and errors as of ``xor``.
    """
    random = _random(count, noise, seed)
    y = np.arange(count) % 2
    t = np.pi * (np.arange(count) // 2) / ((count + 1) // 2 - 1)
    upper = np.column_stack([np.cos(t), np.sin(t)])
    lower = np.column_stack([1 - np.cos(t), 0.5 - np.sin(t)])
    x = np.where(y[:, None] == 0, upper, lower) - (0.5, 0.25)
    return _points(3 * (x + noise * random.standard_normal((count, 2))), y)


def blobs(
    count: int = DEFAULT_COUNT,
    noise: float = DEFAULT_NOISE,
    seed: int = DEFAULT_SEED,
    classes: int = DEFAULT_BLOBS,
) -> Points:
    """Round normal distributions whose centres lie evenly on a circle of radius 4, the first on the x₁ axis.

    The standard deviation along each axis is 0.25 + 5·noise.

    Args:
        count: see ``xor``.
        noise: see ``xor``.
        seed: see ``xor``.
        classes: number of distributions, 2 to 10.

    Raises:
        NnvizError: a value is out of range.
    """
    random = _random(count, noise, seed)
    if isinstance(classes, bool) or not isinstance(classes, int) or not MIN_BLOBS <= classes <= MAX_BLOBS:
        raise NnvizError(f"blobs must have {MIN_BLOBS} to {MAX_BLOBS} classes, got {classes}")
    y = np.arange(count) % classes
    centre = _polar(np.full(count, _BLOB_RADIUS), np.pi / 2 - 2 * np.pi * y / classes)
    return _points(centre + (0.25 + 5 * noise) * random.standard_normal((count, 2)), y)


def discs(count: int = DEFAULT_COUNT, noise: float = DEFAULT_NOISE, seed: int = DEFAULT_SEED) -> Points:
    """Two discs that overlap, radius 3 around (−1.5, 0) and (1.5, 0); a label for each: whether the point is in it.

    Coordinates are uniform in [−5, 5]. The labels are those of the point moved by noise times a uniform value in
    [−5, 5] along each axis. A point has both labels, one, or none.

    Arguments and errors as of ``xor``.
    """
    random = _random(count, noise, seed)
    x = random.uniform(-_RADIUS, _RADIUS, (count, 2))
    moved = x + noise * random.uniform(-_RADIUS, _RADIUS, (count, 2))
    inside = [np.hypot(moved[:, 0] - centre, moved[:, 1]) < _DISC_RADIUS for centre in _DISC_CENTRES]
    return Points(x.astype(np.float32), np.column_stack(inside).astype(np.float32))


def reg_plane(count: int = DEFAULT_COUNT, noise: float = DEFAULT_NOISE, seed: int = DEFAULT_SEED) -> Points:
    """A plane to be regressed: the target is (x₁ + x₂) / 10.

    Coordinates are uniform in [−6, 6]. The target is that of the point moved by noise times a uniform value in
    [−6, 6] along each axis.

    Arguments and errors as of ``xor``.
    """
    x, moved = _in_square(count, noise, seed)
    return _targets(x, moved.sum(axis=1) / 10)


def reg_gauss(count: int = DEFAULT_COUNT, noise: float = DEFAULT_NOISE, seed: int = DEFAULT_SEED) -> Points:
    """Six hills and hollows to be regressed, at x₁ of −4, 0 and 4 and x₂ of 2.5 and −2.5, signs alternating.

    The target is the largest of sign · max(0, 1 − distance / 2) over their centres, by magnitude; (−4, 2.5) is a hill.
    Points and noise as of ``reg_plane``.

    Arguments and errors as of ``xor``.
    """
    x, moved = _in_square(count, noise, seed)
    centres = np.array([(x1, x2) for x2 in (2.5, -2.5) for x1 in (-4.0, 0.0, 4.0)])
    signs = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
    distance = np.sqrt(((moved[:, None] - centres) ** 2).sum(axis=2))
    heights = np.clip(1 - distance / 2, 0, None) * signs
    return _targets(x, heights[np.arange(count), np.abs(heights).argmax(axis=1)])


def _random(count: int, noise: float, seed: int) -> np.random.Generator:
    for name, value in (("the number of points", count), ("the seed", seed)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise NnvizError(f"{name} must be a whole number, got {value!r}")
    if not isinstance(noise, int | float):
        raise NnvizError(f"noise must be a number, got {noise!r}")
    if not MIN_COUNT <= count <= MAX_COUNT:
        raise NnvizError(f"the number of points must be {MIN_COUNT} to {MAX_COUNT:,}, got {count}")
    if not 0 <= noise <= MAX_NOISE:
        raise NnvizError(f"noise must be 0 to {MAX_NOISE}, got {noise}")
    if seed < 0:
        raise NnvizError(f"the seed must be at least 0, got {seed}")
    return np.random.default_rng(seed)


def _polar(radius: Float64, angle: Float64) -> Float64:
    """Return (count, 2) from radius and angle, measured from the x₂ axis towards the x₁ axis."""
    return np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])


def _points(x: Float64, y: NDArray[np.bool_] | NDArray[np.integer]) -> Points:
    return Points(x.astype(np.float32), y.astype(np.int32))


def _in_square(count: int, noise: float, seed: int) -> tuple[Float64, Float64]:
    """Return points of a square, and where noise has moved them: for the sets to be regressed."""
    random = _random(count, noise, seed)
    x = random.uniform(-_SQUARE, _SQUARE, (count, 2))
    return x, x + noise * random.uniform(-_SQUARE, _SQUARE, (count, 2))


def _targets(x: Float64, target: Float64) -> Points:
    return Points(x.astype(np.float32), target[:, None].astype(np.float32))


#: Name of a set to what makes its points.
GENERATORS: dict[str, Generator] = {
    "xor": xor,
    "circle": circle,
    "gauss": gauss,
    "spiral": spiral,
    "moons": moons,
    "blobs": blobs,
    "discs": discs,
    "reg-plane": reg_plane,
    "reg-gauss": reg_gauss,
}
