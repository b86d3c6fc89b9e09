"""A plan as a short Keras script: what nnviz trains, for reading, running and changing without nnviz.

Pure text; the script itself imports Keras, this package does not. It says nothing that nnviz does not do: the
same division, the same scaling, the same layers, optimizer, batches and epochs, and only the lines that are
needed. The first weights and the order of the samples come from Keras' own random numbers, so accuracies agree
as those of two seeds do.
"""

from __future__ import annotations

from nnviz.data.dataset import DatasetChoice
from nnviz.data.datasets import REGISTRY
from nnviz.errors import NnvizError, SpecError
from nnviz.spec import NetworkSpec, Plan
from nnviz.training.keras_backend import KerasBackend
from nnviz.training.script.data import ScriptData, part_lines, target_lines
from nnviz.training.script.layers import layer_lines
from nnviz.training.script.points import is_points, points_data
from nnviz.training.script.registry import registry_data
from nnviz.training.script.text import comment
from nnviz.training.script.training import compile_lines, evaluate_lines, fit_lines, has_schedule, schedule_lines

#: Characters of sizes that the first line has room for.
_LONGEST_TITLE = 32
MNIST_CHOICE = DatasetChoice("mnist")


def keras_script(plan: Plan, choice: DatasetChoice = MNIST_CHOICE) -> str:
    """Return a Python script that builds, trains and tests the network of a plan with Keras.

    It is about 30 lines for a plain classifier of images, with more for what else is chosen, for tables and for
    points; ASCII, but for what names and paths hold; the last line ends in a line break. Besides Keras it needs
    NumPy, and scikit-learn for the tables.

    Args:
        plan: the network and its training.
        choice: the data set with its options.

    Raises:
        NnvizError: there is no script for this data set; the message says why.
        SpecError: the network has not the inputs or the outputs that the data set needs.
    """
    data = script_data(choice)
    spec, config = plan.spec, plan.config
    _check_fits(plan, choice, data)
    divided, parts = part_lines(data, config)
    imports = ["import keras", *data.imports]
    if has_schedule(config):
        imports.insert(0, "import math")
    packages = " ".join(("keras tensorflow", *data.packages))
    lines = [
        *comment(f"{_what(spec)} {data.does}."),
        f"# Needed once:  pip install {packages}",
        *imports,
        "",
        *data.lines,
        *target_lines(data, spec, config),
        *divided,
        "",
        "# Fixes the first weights and the order of the samples.",
        f"keras.utils.set_random_seed({config.seed})",
        *layer_lines(spec),
        *schedule_lines(config, parts),
        *compile_lines(config, data.task),
        *fit_lines(config, parts, data.task),
        "",
        "# The test samples have not been used until now.",
        *evaluate_lines(parts, data.task, data.unit),
    ]
    return "\n".join(lines) + "\n"


def script_data(choice: DatasetChoice) -> ScriptData:
    """Return the lines of a script that make the data.

    Raises:
        NnvizError: there are none for this data set; the message says why.
    """
    info = REGISTRY.get(choice.name)
    if info is not None:
        if is_points(choice.name):
            return points_data(choice.name, info.task, choice.options)
        made = registry_data(choice.name, info.task)
        if made is not None:
            return made
    title = repr(choice.name) if info is None else info.title
    raise NnvizError(
        f"There is no Keras code for the data set {title}: nothing that a short script could load it with is known. "
        "Choose another data set to see the code."
    )


def _check_fits(plan: Plan, choice: DatasetChoice, data: ScriptData) -> None:
    spec = plan.spec
    KerasBackend.check(spec, plan.config, data.task)
    title = REGISTRY[choice.name].title if choice.name in REGISTRY else choice.name
    if spec.input_size != data.inputs:
        raise SpecError(f"a network for {title} must have {data.inputs:,} inputs, got {spec.input_size:,}")
    outputs = spec.layers[-1].units
    if data.task in ("multiclass", "binary"):
        fits = outputs >= data.classes or (outputs == 1 and data.classes == 2)
    else:
        fits = outputs == data.classes
    if not fits:
        least = "at least " if data.task in ("multiclass", "binary") else ""
        raise SpecError(f"a network for {title} must have {least}{data.classes} outputs, got {outputs}")


def _what(spec: NetworkSpec) -> str:
    if len(spec.title) > _LONGEST_TITLE:
        return f"A neural network of {len(spec.layers)} layers"
    return f"The neural network {spec.title}"
