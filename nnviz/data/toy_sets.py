"""The data sets of points in the plane, made by the generators of ``toy`` in the moment they are asked for.

A data set is standardised by its training split, as tables are; its ``scaling``, and ``target_scaling`` for
regression, lead back to the plane.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from nnviz.data.dataset import Dataset, DatasetInfo, Option
from nnviz.data.prepare import divide, divide_evenly, divide_labels, standardise, standardise_targets
from nnviz.data.toy import DEFAULT_BLOBS, DEFAULT_COUNT, DEFAULT_NOISE, DEFAULT_SEED, GENERATORS, blobs
from nnviz.errors import NnvizError

FEATURE_NAMES = ("x₁", "x₂")


def load_toy(
    name: str,
    count: int = DEFAULT_COUNT,
    noise: float = DEFAULT_NOISE,
    seed: int = DEFAULT_SEED,
    classes: int | None = None,
) -> Dataset:
    """Make a data set of points, divided 70 : 15 : 15 and standardised by the training split.

    Args:
        name: key in the registry.
        count: number of points in all, 100 to 100,000.
        noise: 0 to 0.5; what it does depends on the set.
        seed: of the points and their division.
        classes: of blobs, 2 to 10; by default 4. Other sets have two, or two labels, or none.

    Raises:
        NnvizError: there is no such set, or a value is out of range.
    """
    info = next((info for info in TOYS if info.name == name), None)
    if info is None:
        raise NnvizError(f"There are no points {name!r}; known are {', '.join(info.name for info in TOYS)}.")
    options: dict[str, Option] = {"count": count, "noise": noise, "seed": seed}
    class_names, target_scaling = info.class_names, None
    if name == "blobs":
        options["classes"] = wanted = DEFAULT_BLOBS if classes is None else classes
        x, y = blobs(count, noise, seed, wanted)
        class_names = _letters(wanted)
    elif classes not in (None, 2) or (classes and not class_names):
        raise NnvizError(f"{name} must have {len(class_names) or 'no'} classes, got {classes}")
    else:
        x, y = GENERATORS[name](count, noise, seed)
    if info.task == "regression":
        division = divide_evenly(count, seed)
        y, target_scaling = standardise_targets(y.astype(np.float64), division)
    else:
        division = divide_labels(y, seed) if info.task == "multilabel" else divide(y, seed)
    train, validation, test, scaling = standardise(x.astype(np.float64), y, division)
    return Dataset(
        name, info.title, (2,), class_names, train, validation, test, info.licence, FEATURE_NAMES, scaling,
        info.task, info.target_names, target_scaling, options,
    )  # fmt: skip


def _letters(count: int) -> tuple[str, ...]:
    return tuple("ABCDEFGHIJ"[:count])


def _info(
    name: str, title: str, description: str, class_names: tuple[str, ...], task: str = "binary",
    option_names: tuple[str, ...] = ("count", "noise", "seed"),
) -> DatasetInfo:
    regressed = task == "regression"
    return DatasetInfo(
        name=name,
        title=title,
        description=description,
        count="700 + 150 + 150",
        input_shape=(2,),
        class_names=class_names,
        licence="Computed by nnviz; no licence needed",
        load=partial(load_toy, name),
        task=task,
        target_names=("height",) if regressed else (),
        group="Regression" if regressed else "Points",
        option_names=option_names,
    )


#: The data sets of this module, with the default values.
TOYS = (
    _info("xor", "XOR", "Points in four squares, alike where their signs are.", ("signs differ", "signs equal")),
    _info("circle", "Circle", "Points of a disc and of the ring around it.", ("ring", "disc")),
    _info("gauss", "Gauss", "Points of two normal distributions, for a straight line.", ("lower left", "upper right")),
    _info("spiral", "Spiral", "Points of two arms wound around each other.", ("arm 1", "arm 2")),
    _info("moons", "Moons", "Points of two half circles that reach into each other.", ("upper", "lower")),
    _info(
        "blobs", "Blobs", "Points of some normal distributions around a centre.", _letters(DEFAULT_BLOBS),
        "multiclass", ("count", "noise", "seed", "classes"),
    ),
    _info(
        "discs", "Discs", "Points in one, both or none of two discs that overlap.", ("left disc", "right disc"),
        "multilabel",
    ),
    _info("reg-plane", "Plane", "Heights of a sloping plane over the points.", (), "regression"),
    _info("reg-gauss", "Hills", "Heights of six hills and hollows over the points.", (), "regression"),
)  # fmt: skip
