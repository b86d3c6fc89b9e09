"""A plan as a short Keras script: what nnviz trains, for reading, running and changing without nnviz.

Pure text; the script itself imports Keras, this module does not. It says nothing that nnviz does not do: the
same split, the same scaling, the same layers, optimizer, batches and epochs. The first weights and the order
of the samples come from Keras' own random numbers, so accuracies agree as those of two seeds do.
"""

from __future__ import annotations

from pathlib import Path

from nnviz.data.datasets import MNIST_VALIDATION_COUNT
from nnviz.errors import NnvizError, SpecError
from nnviz.spec import LayerSpec, NetworkSpec, Plan

#: The optimizers of ``nnviz.spec.OPTIMIZERS`` as Keras classes.
OPTIMIZER_CLASSES = {"sgd": "SGD", "adam": "Adam"}
#: Characters of sizes that the first line has room for.
_LONGEST_TITLE = 32
_MNIST_PIXELS = 28 * 28
_MNIST_CLASSES = 10
_MNIST_TRAIN = 60_000 - MNIST_VALIDATION_COUNT


def keras_script(plan: Plan, dataset_name: str = "mnist", data_path: Path | None = None) -> str:
    """Return a Python script that builds, trains and tests the network of a plan with Keras.

    It is about 40 lines, blank ones and comments counted, with a line for each layer; ASCII, but for what
    ``data_path`` holds; the last line ends in a line break.

    Args:
        plan: the network and its training.
        dataset_name: ``"mnist"``.
        data_path: an ``.npz`` file in the form of MNIST's (x_train, y_train, x_test, y_test); by default Keras
            downloads MNIST when the script runs first, and keeps it.

    Raises:
        NnvizError: there is no script for this data set.
        SpecError: the network has not the inputs or the outputs that the data set needs.
    """
    if dataset_name != "mnist":
        raise NnvizError(f"There is Keras code for the data set 'mnist' only, got {dataset_name!r}.")
    _check_fits_mnist(plan.spec)
    spec, config = plan.spec, plan.config
    inputs = spec.input_size
    optimizer = OPTIMIZER_CLASSES[config.optimizer]
    lines = [
        f"# {_what(spec)} reads handwritten digits.",
        "# Needed once:  pip install keras tensorflow",
        "import keras",
        *_load_lines(data_path),
        "",
        f"# 28 x 28 pixels become {inputs} numbers from 0 (paper) to 1 (ink).",
        f'x = x.reshape(-1, {inputs}).astype("float32") / 255',
        f'x_test = x_test.reshape(-1, {inputs}).astype("float32") / 255',
        "",
        f"# The last {MNIST_VALIDATION_COUNT:,} check, after each epoch, how it does on new images.",
        f"x_train, x_validation = x[:-{MNIST_VALIDATION_COUNT}], x[-{MNIST_VALIDATION_COUNT}:]",
        f"y_train, y_validation = y[:-{MNIST_VALIDATION_COUNT}], y[-{MNIST_VALIDATION_COUNT}:]",
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
        f"    optimizer=keras.optimizers.{optimizer}(learning_rate={config.learning_rate!r}),",
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


def _what(spec: NetworkSpec) -> str:
    if len(spec.title) > _LONGEST_TITLE:
        return f"A neural network of {len(spec.layers)} layers"
    return f"The neural network {spec.title}"


def _check_fits_mnist(spec: NetworkSpec) -> None:
    if spec.input_size != _MNIST_PIXELS:
        raise SpecError(f"a network for MNIST must have {_MNIST_PIXELS} inputs, got {spec.input_size:,}")
    if spec.layers[-1].units < _MNIST_CLASSES:
        raise SpecError(f"a network for MNIST must have at least 10 outputs, got {spec.layers[-1].units}")


def _load_lines(data_path: Path | None) -> list[str]:
    if data_path is None:
        return [
            "",
            "# MNIST: 60,000 images to learn from, 10,000 to test.",
            "# Downloaded the first time, then kept.",
            "(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()",
        ]
    return [
        "import numpy as np",
        "",
        "# MNIST: images with their digits, to learn from and to test.",
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
