"""A plan as a short Keras script: what nnviz trains, for reading, running and changing without nnviz.

Pure text; the script itself imports Keras, this package does not. It says nothing that nnviz does not do: the
same division, the same scaling, the same layers, optimizer, batches and epochs, and only the lines that are
needed. The first weights and the order of the samples come from Keras' own random numbers, so accuracies agree
as those of two seeds do.

In one thing Keras differs: its ``EarlyStopping(restore_best_weights=True)`` puts the best weights back at the end of
every ``fit``, nnviz only where training stopped early.
"""

from __future__ import annotations

from nnviz.data.dataset import Dataset, DatasetChoice
from nnviz.data.datasets import REGISTRY
from nnviz.data.import_choice import OWN_OPTION, ImportChoice
from nnviz.errors import NnvizError, SpecError
from nnviz.spec import NetworkSpec, Plan
from nnviz.training.keras_backend import KerasBackend
from nnviz.training.script.data import ScriptData, part_lines, target_lines
from nnviz.training.script.layers import layer_lines
from nnviz.training.script.points import is_points, points_data
from nnviz.training.script.registry import registry_data
from nnviz.training.script.table import table_data
from nnviz.training.script.text import comment
from nnviz.training.script.training import compile_lines, evaluate_lines, fit_lines, has_schedule, schedule_lines

#: Characters of sizes that the first line has room for.
_LONGEST_TITLE = 32
MNIST_CHOICE = DatasetChoice("mnist")


def keras_script(plan: Plan, choice: DatasetChoice = MNIST_CHOICE, dataset: Dataset | None = None) -> str:
    """Return a Python script that builds, trains and tests the network of a plan with Keras.

    It is about 30 lines for a plain classifier of images, with more for what else is chosen, for tables and for
    points; ASCII, but for what names and paths hold; the last line ends in a line break. Besides Keras it needs
    NumPy, and scikit-learn for the tables.

    Args:
        plan: the network and its training.
        choice: the data set with its options.
        dataset: what became of it, needed for data of the user's own: what their inputs and classes are.

    Raises:
        NnvizError: there is no script for this data set; the message says why.
        SpecError: the network has not the inputs or the outputs that the data set needs.
    """
    data = script_data(choice, dataset)
    spec, config = plan.spec, plan.config
    _check_fits(plan, choice, data)
    divided, parts = part_lines(data, config)
    own = {"import csv"}  # Python's own come first
    imports = sorted(own & set(data.imports)) + (["import math"] if has_schedule(config) else [])
    imports += ["import keras", *(line for line in data.imports if line not in own)]
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


def script_data(choice: DatasetChoice, dataset: Dataset | None = None) -> ScriptData:
    """Return the lines of a script that make the data; arguments as of ``keras_script``.

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
    own = choice.options.get(OWN_OPTION)
    if isinstance(own, str) and dataset is not None:
        return table_data(ImportChoice.from_json(own), dataset)
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
