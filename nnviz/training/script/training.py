"""The training of a script: learning rate, optimizer, loss, callbacks, ``fit`` and ``evaluate``."""

from __future__ import annotations

from nnviz.spec import MOMENTUM_OPTIMIZERS, TrainingConfig
from nnviz.training.script.data import Parts
from nnviz.training.script.text import call, literal

#: The optimizers of ``nnviz.spec.OPTIMIZERS`` as Keras classes; those with a momentum are SGD.
OPTIMIZER_CLASSES = {
    "sgd": "SGD", "momentum": "SGD", "nesterov": "SGD", "adagrad": "Adagrad", "rmsprop": "RMSprop",
    "adam": "Adam", "adamw": "AdamW", "nadam": "Nadam",
}  # fmt: skip
#: Task -> its metric by Keras' name.
METRICS = {
    "multiclass": "accuracy", "binary": "accuracy", "multilabel": "binary_accuracy",
    "regression": "mean_absolute_error",
}  # fmt: skip
_SCHEDULES = "keras.optimizers.schedules"


def has_schedule(config: TrainingConfig) -> bool:
    """Return whether the learning rate changes."""
    return config.schedule != "constant" or config.warmup_epochs > 0


def schedule_lines(config: TrainingConfig, parts: Parts) -> list[str]:
    """Return what makes ``rate``, the learning rate of each step; nothing where it is constant."""
    if not has_schedule(config):
        return []
    start, warm = literal(config.learning_rate), literal(config.warmup_epochs)
    length, factor = f"{literal(config.decay_epochs)} * steps", literal(config.decay_factor)
    lines = [f"steps = math.ceil({parts.count} / {config.batch_size})  # of one epoch"]
    if config.schedule == "cosine":
        values = [start, length, f"alpha={factor}"]
        if config.warmup_epochs:
            values = ["0.0", length, f"alpha={factor}", f"warmup_target={start}", f"warmup_steps={warm} * steps"]
        return [*lines, *call(f"rate = {_SCHEDULES}.CosineDecay", values)]
    if config.schedule == "constant":
        values = ["0.0", f"{warm} * steps", f"end_learning_rate={start}"]
        return [*lines, "# Grows evenly from 0, then stays.", *call(f"rate = {_SCHEDULES}.PolynomialDecay", values)]
    values = [start, length, factor, *(["staircase=True"] if config.schedule == "step" else [])]
    name = "decay" if config.warmup_epochs else "rate"
    lines += call(f"{name} = {_SCHEDULES}.ExponentialDecay", values)
    if config.warmup_epochs:
        lines += [
            "",
            "# Grows evenly from 0 to the first rate, then decays.",
            f"class WarmUp({_SCHEDULES}.LearningRateSchedule):",
            "    def __call__(self, step):",
            f"        late = keras.ops.cast(step, \"float32\") - {warm} * steps",
            f"        warm = {start} * (1 + late / ({warm} * steps))",
            "        decayed = decay(keras.ops.maximum(late, 0.0))",
            "        return keras.ops.where(late < 0, warm, decayed)",
            "",
            "rate = WarmUp()",
        ]
    return lines


def compile_lines(config: TrainingConfig, task: str) -> list[str]:
    """Return ``model.compile``."""
    values = ["learning_rate=rate" if has_schedule(config) else f"learning_rate={config.learning_rate!r}"]
    if config.optimizer in MOMENTUM_OPTIMIZERS:
        values.append(f"momentum={config.momentum!r}")
    if config.optimizer == "nesterov":
        values.append("nesterov=True")
    optimizer = f"optimizer=keras.optimizers.{OPTIMIZER_CLASSES[config.optimizer]}"
    return [
        "model.compile(",
        *call(optimizer, values, 4, ","),
        f'    loss="{config.loss}",',
        f'    metrics=["{METRICS[task]}"],',
        ")",
    ]


def fit_lines(config: TrainingConfig, parts: Parts, task: str) -> list[str]:
    """Return ``model.fit`` and what it calls after each epoch."""
    lines: list[str] = []
    callbacks: list[str] = []
    if config.patience and parts.validation:
        restore = ["restore_best_weights=True"] if config.restore_best else []
        lines.append("# Stops when the validation loss has not fallen for so many epochs.")
        lines += call("early = keras.callbacks.EarlyStopping", [f"patience={config.patience}", *restore])
        callbacks.append("early")
    if config.target_accuracy and parts.validation and task != "regression":
        lines += [
            "",
            "class StopAtAccuracy(keras.callbacks.Callback):",
            "    def on_epoch_end(self, epoch, logs=None):",
            f'        if logs["val_{METRICS[task]}"] >= {config.target_accuracy!r}:',
            "            self.model.stop_training = True",
            "",
        ]
        callbacks.append("StopAtAccuracy()")
    values = [*parts.learnt, f"batch_size={config.batch_size}", f"epochs={config.epochs}"]
    if not config.shuffle:
        values.append("shuffle=False")
    if parts.validation:
        values.append(parts.validation)
    if callbacks:
        values.append(f"callbacks=[{', '.join(callbacks)}]")
    return [*lines, *call("model.fit", values)]


def evaluate_lines(parts: Parts, task: str, unit: str) -> list[str]:
    """Return the test and the line it prints.

    Args:
        parts: names of the data.
        task: one of ``nnviz.spec.TASKS``.
        unit: name of what turns a regression's error into the unit of its target, or "".
    """
    name = "error" if task == "regression" else "accuracy"
    lines = call(f"loss, {name} = model.evaluate", [*parts.test, "verbose=0"])
    if task == "regression":
        error = f"error * {unit}" if unit else "error"
        return [*lines, *call("print", [f'f"Test mean absolute error {{{error}:.4f}}, loss {{loss:.4f}}"'])]
    return [*lines, 'print(f"Test accuracy {100 * accuracy:.2f} %, loss {loss:.4f}")']
