"""The points in the plane as a script makes them: the formulas of ``nnviz.data.toy``, value by value the same."""

from __future__ import annotations

from collections.abc import Mapping

from nnviz.data.toy import DEFAULT_BLOBS, DEFAULT_COUNT, DEFAULT_NOISE, DEFAULT_SEED
from nnviz.training.script.data import (
    ScriptData,
    division_lines,
    even_division_lines,
    standardised_lines,
    standardised_target_lines,
)
from nnviz.training.script.text import comment

_MOVED = "moved = x + {noise} * rng.uniform(-5, 5, ({count}, 2))"
_SQUARE = (
    "x = rng.uniform(-6, 6, ({count}, 2))",
    "moved = x + {noise} * rng.uniform(-6, 6, ({count}, 2))",
)
#: Task -> what a network does with points.
_DOES = {"multilabel": "tells", "regression": "predicts"}
#: Name -> what they are, and the lines that make ``x`` and ``y`` of them.
_FORMULAS: dict[str, tuple[str, tuple[str, ...]]] = {
    "xor": (
        "points in four squares",
        (
            "x = rng.uniform(-5, 5, ({count}, 2))",
            "x += np.where(x > 0, 0.3, -0.3)",
            _MOVED,
            'y = (moved.prod(axis=1) >= 0).astype("int32")',
        ),
    ),
    "circle": (
        "a disc from the ring around it",
        (
            "inside = np.arange({count}) < {half}",
            "radius = rng.uniform(",
            "    np.where(inside, 0, 3.5), np.where(inside, 2.5, 5),",
            ")",
            "angle = rng.uniform(0, 2 * np.pi, {count})",
            "x = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])",
            _MOVED,
            'y = (np.hypot(moved[:, 0], moved[:, 1]) < 2.5).astype("int32")',
        ),
    ),
    "gauss": (
        "two normal distributions apart",
        (
            "y = np.arange({count}) % 2",
            "centre = np.where(y == 1, 2.0, -2.0)[:, None]",
            "x = rng.standard_normal(({count}, 2))",
            "x = centre + np.sqrt(0.5 + 7 * {noise}) * x",
        ),
    ),
    "spiral": (
        "two arms of a spiral apart",
        (
            "y = np.arange({count}) % 2",
            "u = (np.arange({count}) // 2) / {upper_half}",
            "angle = 1.75 * 2 * np.pi * u + np.where(y == 1, 0, np.pi)",
            "x = 5 * u[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])",
            "x += {noise} * rng.uniform(-1, 1, ({count}, 2))",
        ),
    ),
    "moons": (
        "two half circles apart",
        (
            "y = np.arange({count}) % 2",
            "t = np.pi * (np.arange({count}) // 2) / {last}",
            "upper = np.column_stack([np.cos(t), np.sin(t)])",
            "lower = np.column_stack([1 - np.cos(t), 0.5 - np.sin(t)])",
            "x = np.where(y[:, None] == 0, upper, lower) - (0.5, 0.25)",
            "x = 3 * (x + {noise} * rng.standard_normal(({count}, 2)))",
        ),
    ),
    "blobs": (
        "{classes} normal distributions apart",
        (
            "y = np.arange({count}) % {classes}",
            "angle = np.pi / 2 - 2 * np.pi * y / {classes}",
            "x = 4 * np.column_stack([np.sin(angle), np.cos(angle)])",
            "x += (0.25 + 5 * {noise}) * rng.standard_normal(({count}, 2))",
        ),
    ),
    "discs": (
        "which of two discs a point is in",
        (
            "x = rng.uniform(-5, 5, ({count}, 2))",
            _MOVED,
            "left = np.hypot(moved[:, 0] + 1.5, moved[:, 1]) < 3",
            "right = np.hypot(moved[:, 0] - 1.5, moved[:, 1]) < 3",
            'y = np.column_stack([left, right]).astype("float32")',
        ),
    ),
    "reg-plane": (
        "the height of a plane",
        (*_SQUARE, "y = moved.sum(axis=1, keepdims=True) / 10"),
    ),
    "reg-gauss": (
        "the height of six hills and hollows",
        (
            *_SQUARE,
            "centres = [(a, b) for b in (2.5, -2.5) for a in (-4, 0, 4)]",
            "distance = np.linalg.norm(moved[:, None] - centres, axis=2)",
            "heights = [1, -1, 1, -1, 1, -1] * np.clip(1 - distance / 2, 0, None)",
            "y = heights.sum(axis=1, keepdims=True)  # they do not overlap",
        ),
    ),
}


def is_points(name: str) -> bool:
    """Return whether a data set is made by this module."""
    return name in _FORMULAS


def points_data(name: str, task: str, options: Mapping[str, object]) -> ScriptData:
    """Return the lines for points.

    Args:
        name: key in the registry, one that ``is_points`` knows.
        task: the data set's.
        options: count, noise, seed, classes; what is absent takes its default.
    """
    count = int(str(options.get("count", DEFAULT_COUNT)))
    seed = int(str(options.get("seed", DEFAULT_SEED)))
    classes = int(str(options.get("classes", DEFAULT_BLOBS))) if name == "blobs" else 2
    values = {
        "count": count, "noise": options.get("noise", DEFAULT_NOISE), "classes": classes,
        "half": count // 2, "upper_half": (count + 1) // 2, "last": (count + 1) // 2 - 1,
    }  # fmt: skip
    what, formula = _FORMULAS[name]
    if task == "regression":
        divided, outputs = (*even_division_lines(seed), *standardised_lines(), *standardised_target_lines()), 1
    elif task == "multilabel":
        divided, outputs = (*division_lines(seed, "y @ [2, 1]"), *standardised_lines()), 2
    else:
        divided, outputs = (*division_lines(seed), *standardised_lines()), classes
    lines = (
        *comment(f"{count:,} points in the plane, the same as in nnviz."),
        f"rng = np.random.default_rng({seed})",
        *(line.format(**values) for line in formula),
        "",
        *divided,
    )
    does = f"{_DOES.get(task, 'tells')} {what.format(**values)}"
    unit = "y_std" if task == "regression" else ""
    return ScriptData(does, 2, task, outputs, lines, ("import numpy as np",), indexed=True, unit=unit)
