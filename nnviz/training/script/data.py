"""What the data of a script are: the lines that make the arrays, and what those are called."""

from __future__ import annotations

from dataclasses import dataclass

from nnviz.spec import NetworkSpec, TrainingConfig

#: Deals the rows of ``order`` out, 70 : 15 : 15, and shuffles each part.
_DEALT = (
    "learns = np.diff((np.arange(len(y) + 1) * 70 + 50) // 100) > 0",
    "train, rest = order[learns], order[~learns]",
    "parts = train, rest[::2], rest[1::2]",
    "train, validation, test = map(rng.permutation, parts)",
)


@dataclass(frozen=True, slots=True)
class ScriptData:
    """Lines of a script that make ``x`` and ``y``, and the names under which its later lines find them.

    Attributes:
        does: what a network for these data does: ``reads handwritten digits``.
        inputs: values of one sample.
        task: one of ``nnviz.spec.TASKS``.
        classes: number of classes, labels or targets.
        lines: make the arrays, standardised or in [0, 1]; without those of ``targets`` and ``parts``.
        imports: of ``lines``, each a whole line.
        packages: to be installed besides Keras and TensorFlow, by their names on the package index.
        indexed: whether ``train``, ``validation`` and ``test`` are row numbers of ``x`` and ``y``. Else ``x`` and
            ``y`` are for learning, their last ``validation_count`` rows for validation; ``x_test`` and ``y_test``.
        validation_count: see ``indexed``.
        unit: name of the factor that turns the mean absolute error into the unit of the target, or "".
    """

    does: str
    inputs: int
    task: str
    classes: int
    lines: tuple[str, ...]
    imports: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    indexed: bool = False
    validation_count: int = 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """How the lines after the data name them.

    Attributes:
        learnt: x and y for ``fit``.
        validation: the argument of ``fit`` that says what to validate on, or "".
        test: x and y for ``evaluate``.
        count: an expression: how many samples an epoch has.
    """

    learnt: tuple[str, str]
    validation: str
    test: tuple[str, str]
    count: str


def target_lines(data: ScriptData, spec: NetworkSpec, config: TrainingConfig) -> list[str]:
    """Return what turns classes into the form that a loss with a value for each output needs."""
    outputs = spec.layers[-1].units
    is_class = data.task in ("multiclass", "binary")
    if not is_class or outputs == 1 or config.loss == "sparse_categorical_crossentropy":
        return []
    lines = ["# One output for each class: 1 for the right one, 0 for the others.",
             f"y = keras.utils.to_categorical(y, {outputs})"]  # fmt: skip
    if not data.indexed:
        lines.append(f"y_test = keras.utils.to_categorical(y_test, {outputs})")
    return lines


def part_lines(data: ScriptData, config: TrainingConfig) -> tuple[list[str], Parts]:
    """Return lines that take the data apart for ``fit``, and the names they give."""
    share = config.validation_share
    split = f"validation_split={share!r}"
    if data.indexed:
        test = "x[test]", "y[test]"
        if not share:
            checked = "validation_data=(x[validation], y[validation])"
            return [], Parts(("x[train]", "y[train]"), checked, test, "len(train)")
        lines = [f"# Keras keeps the last {100 * share:g} % of these for validation.",
                 "learnt = np.concatenate([train, validation])"]  # fmt: skip
        return lines, Parts(("x[learnt]", "y[learnt]"), split, test, f"int(len(learnt) * (1 - {share!r}))")
    test = "x_test", "y_test"
    if share:
        return [], Parts(("x", "y"), split, test, f"int(len(x) * (1 - {share!r}))")
    count = data.validation_count
    lines = [f"{name}_train, {name}_validation = {name}[:-{count}], {name}[-{count}:]" for name in ("x", "y")]
    checked = "validation_data=(x_validation, y_validation)"
    return lines, Parts(("x_train", "y_train"), checked, test, "len(x_train)")


def division_lines(seed: int, classes: str = "y") -> list[str]:
    """Return what divides classified samples as ``nnviz.data.prepare.divide`` does; expects ``np`` and ``y``.

    Args:
        seed: of the division.
        classes: an expression: what the samples are ordered by before they are dealt out.
    """
    ordered = f'{classes}[order]' if classes == "y" else f"({classes})[order]"
    return [
        "# 70 % to learn from, 15 % to validate, 15 % to test, with equal",
        "# shares of each class; the same rows as in nnviz.",
        f"rng = np.random.default_rng({seed})",
        "order = rng.permutation(len(y))",
        f'order = order[np.argsort({ordered}, kind="stable")]',
        *_DEALT,
    ]


def even_division_lines(seed: int) -> list[str]:
    """Return what divides samples as ``nnviz.data.prepare.divide_evenly`` does; expects ``np`` and ``y``."""
    return [
        "# 70 % to learn from, 15 % to validate, 15 % to test; the same rows",
        "# as in nnviz.",
        f"rng = np.random.default_rng({seed})",
        "order = rng.permutation(len(y))",
        *_DEALT,
    ]


def standardised_lines(name: str = "x") -> list[str]:
    """Return what standardises an array by its rows ``train``: mean 0 and standard deviation 1 there."""
    return [f"{name} = ({name} - {name}[train].mean(axis=0)) / {name}[train].std(axis=0)"]


def standardised_target_lines() -> list[str]:
    """Return what standardises one target, (count, 1), and keeps its unit as ``y_std``."""
    return [
        "# The target too; y_std turns errors back into its unit.",
        "y_std = y[train].std()",
        "y = (y - y[train].mean()) / y_std",
    ]
