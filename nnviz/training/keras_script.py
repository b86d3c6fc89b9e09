"""A plan as a short Keras script: what nnviz trains, for reading, running and changing without nnviz.

Pure text; the script itself imports Keras, this module does not. It says nothing that nnviz does not do: the
same split, the same scaling, the same layers, optimizer, batches and epochs. The first weights and the order
of the samples come from Keras' own random numbers, so accuracies agree as those of two seeds do.
"""

from __future__ import annotations

from pathlib import Path

from nnviz.data.mnist import VALIDATION_COUNT
from nnviz.errors import NnvizError, SpecError
from nnviz.spec import MOMENTUM_OPTIMIZERS, LayerSpec, NetworkSpec, Plan, TrainingConfig

#: The optimizers of ``nnviz.spec.OPTIMIZERS`` as Keras classes; those with a momentum are SGD.
OPTIMIZER_CLASSES = {
    "sgd": "SGD", "momentum": "SGD", "nesterov": "SGD", "adagrad": "Adagrad", "rmsprop": "RMSprop",
    "adam": "Adam", "adamw": "AdamW", "nadam": "Nadam",
}
#: Data sets that Keras loads itself: title, module of ``keras.datasets``, what a network for it does.
DATASETS = {
    "mnist": ("MNIST", "mnist", "reads handwritten digits"),
    "fashion-mnist": ("Fashion-MNIST", "fashion_mnist", "tells clothes apart"),
}
#: Characters of sizes that the first line has room for.
_LONGEST_TITLE = 32
_MNIST_PIXELS = 28 * 28
_MNIST_CLASSES = 10
_MNIST_TRAIN = 60_000 - VALIDATION_COUNT


def keras_script(plan: Plan, dataset_name: str = "mnist", data_path: Path | None = None) -> str:
    """Return a Python script that builds, trains and tests the network of a plan with Keras.

    It is about 40 lines, blank ones and comments counted, with a line for each layer; ASCII, but for what
    ``data_path`` holds; the last line ends in a line break.

    Args:
        plan: the network and its training.
        dataset_name: ``"mnist"`` or ``"fashion-mnist"``.
        data_path: an ``.npz`` file in the form of MNIST's (x_train, y_train, x_test, y_test); by default Keras
            downloads the images when the script runs first, and keeps it.

    Raises:
        NnvizError: there is no script for this data set.
        SpecError: the network has not the inputs or the outputs that the data set needs.
    """
    if dataset_name not in DATASETS:
        known = " and ".join(repr(name) for name in DATASETS)
        raise NnvizError(f"There is Keras code for the data sets {known} only, got {dataset_name!r}.")
    title, module, does = DATASETS[dataset_name]
    _check_fits_images(plan.spec, title)
    spec, config = plan.spec, plan.config
    inputs = spec.input_size
    lines = [
        f"# {_what(spec)} {does}.",
        "# Needed once:  pip install keras tensorflow",
        "import keras",
        *_load_lines(title, module, data_path),
        "",
        f"# 28 x 28 pixels become {inputs} numbers from 0 (paper) to 1 (ink).",
        f'x = x.reshape(-1, {inputs}).astype("float32") / 255',
        f'x_test = x_test.reshape(-1, {inputs}).astype("float32") / 255',
        "",
        f"# The last {VALIDATION_COUNT:,} check, after each epoch, how it does on new images.",
        f"x_train, x_validation = x[:-{VALIDATION_COUNT}], x[-{VALIDATION_COUNT}:]",
        f"y_train, y_validation = y[:-{VALIDATION_COUNT}], y[-{VALIDATION_COUNT}:]",
        "",
        "# Fixes the first weights and the order of the images.",
        f"keras.utils.set_random_seed({config.seed})",
        "",
        "# Dense: every unit takes all outputs of the layer before.",
        "model = keras.Sequential([",
        f"    keras.Input(shape=({inputs},)),",
        *_layer_lines(spec.layers),
        "])",
        "# The optimizer changes the weights so that the loss goes down.",
        "model.compile(",
        *_optimizer_lines(config),
        *_loss_lines(spec, config.loss),
        '    metrics=["accuracy"],  # the share of images it gets right',
        ")",
        "",
        f"# An epoch: all {_MNIST_TRAIN:,} training images, a batch at a time.",
        "model.fit(",
        "    x_train, y_train, validation_data=(x_validation, y_validation),",
        f"    batch_size={config.batch_size}, epochs={config.epochs}, shuffle={config.shuffle},",
        ")",
        "",
        "# The test images have not been used until now.",
        "loss, accuracy = model.evaluate(x_test, y_test, verbose=0)",
        'print(f"Test accuracy {100 * accuracy:.2f} %, loss {loss:.4f}")',
    ]
    return "\n".join(lines) + "\n"


def _optimizer_lines(config: TrainingConfig) -> list[str]:
    name = OPTIMIZER_CLASSES[config.optimizer]
    values = f"learning_rate={config.learning_rate!r}"
    if config.optimizer not in MOMENTUM_OPTIMIZERS:
        return [f"    optimizer=keras.optimizers.{name}({values}),"]
    values += f", momentum={config.momentum!r}"
    if config.optimizer == "nesterov":
        values += ", nesterov=True"
    return [f"    optimizer=keras.optimizers.{name}(", f"        {values},", "    ),"]


def _what(spec: NetworkSpec) -> str:
    if len(spec.title) > _LONGEST_TITLE:
        return f"A neural network of {len(spec.layers)} layers"
    return f"The neural network {spec.title}"


def _check_fits_images(spec: NetworkSpec, title: str) -> None:
    if spec.input_size != _MNIST_PIXELS:
        raise SpecError(f"a network for {title} must have {_MNIST_PIXELS} inputs, got {spec.input_size:,}")
    if spec.layers[-1].units < _MNIST_CLASSES:
        raise SpecError(f"a network for {title} must have at least 10 outputs, got {spec.layers[-1].units}")


def _load_lines(title: str, module: str, data_path: Path | None) -> list[str]:
    if data_path is None:
        return [
            "",
            f"# {title}: 60,000 images to learn from, 10,000 to test.",
            "# Downloaded the first time, then kept.",
            f"(x, y), (x_test, y_test) = keras.datasets.{module}.load_data()",
        ]
    return [
        "import numpy as np",
        "",
        f"# {title}: images with their classes, to learn from and to test.",
        f"data = np.load({str(data_path)!r})",
        'x, y, x_test, y_test = (data[name] for name in ("x_train", "y_train", "x_test", "y_test"))',
    ]


def _layer_lines(layers: tuple[LayerSpec, ...]) -> list[str]:
    made = [f'    keras.layers.Dense({layer.units}, activation="{layer.activation}"),' for layer in layers]
    if layers[-1].activation == "softmax":
        made[-1] += "  # probabilities"
    return made


def _loss_lines(spec: NetworkSpec, loss: str) -> list[str]:
    if spec.activations[-1] == "softmax":
        return [f'    loss="{loss}",  # -log p(right digit)']
    # Keras takes the outputs for probabilities unless told otherwise.
    return [
        "    # The loss makes probabilities of the outputs: softmax.",
        "    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),",
    ]
