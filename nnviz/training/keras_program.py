"""What TensorFlow compiles for one architecture: the model, its optimizer, and traced functions over them.

``tf`` and ``keras`` come in as arguments: only ``keras_backend`` imports them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnviz.maths.activations import LEAKY_SLOPE
from nnviz.spec import MAX_BATCH_SIZE, MOMENTUM_OPTIMIZERS, NetworkSpec, TrainingConfig

#: The longest chunk, in steps; shorter where the batch is large, so that its indices stay within 1 MiB.
MAX_CHUNK_STEPS = 512
MAX_CHUNK_INDICES = 262_144
#: Squares left to be added one after another; below this many, halving costs more than it saves.
_SUMMED_IN_TURN = 1_024


def max_chunk_steps(batch_size: int) -> int:
    """Return how many steps one compiled chunk may have at most."""
    return max(1, min(MAX_CHUNK_STEPS, MAX_CHUNK_INDICES // min(batch_size, MAX_BATCH_SIZE)))


class Program:
    """One architecture with one kind of optimizer: built once, then only its variables change.

    Every model that Keras builds and trains keeps 7-8 MB until the process ends, and compiling takes a
    second; so seed, learning rate, weights and data are all set on a program, and none of them rebuilds it.

    Attributes:
        key: what the program is reused by: sizes, activations, kind of optimizer.
        model: the ``keras.Sequential`` of ``Dense`` layers; its input is (batch, input size).
        optimizer: the Keras optimizer; its slots belong to ``variables``.
        variables: kernel and bias of each layer in turn, as TensorFlow variables.
        slots: all that the optimizer remembers (its step count, moments), Keras variables by name; not the
            learning rate.
        first_slots: the value that fills each slot before the first step, by the same names.
        state: the variables and all the optimizer has: its slots and the learning rate.
        passes: (x) -> z of each layer, then a of each layer.
        probe: (x, y) -> loss, z, a, dL/dz, dL/da (without the output's), dL/dW and dL/db, dL/dx.
        sums: (x, y) -> summed loss, number classified rightly.
    """

    def __init__(self, tf: Any, keras: Any, spec: NetworkSpec, config: TrainingConfig) -> None:
        self._tf = tf
        self.key = program_key(spec, config)
        self.parameter_count = spec.parameter_count
        self.model: Any = keras.Sequential(
            [
                keras.Input((spec.input_size,)),
                *(
                    keras.layers.Dense(
                        layer.units,
                        activation=layer.activation,
                        kernel_initializer=layer.kernel_initializer,
                        name=f"dense_{number}",
                    )
                    for number, layer in enumerate(spec.layers, start=1)
                ),
            ],
            name="mlp",
        )
        self.optimizer: Any = _optimizer(keras, config)
        # Compiled once and never again (compile() on a model in use kills the run); it makes a saved file
        # trainable by anybody's Keras, and builds nothing that the loop below uses.
        self.model.compile(optimizer=self.optimizer, loss=config.loss, metrics=["accuracy"])
        self.optimizer.build(self.model.trainable_variables)
        self.variables: list[Any] = [variable.value for variable in self.model.trainable_variables]
        rate = self.optimizer.learning_rate
        # Nadam's product of its momentum schedule has no name of its own in Keras ("variable", or not even listed).
        product = self.optimizer._u_product if config.optimizer == "nadam" else None
        # Without the optimizer's own name: Keras numbers those, and another program must read this one's state.
        self.slots: dict[str, Any] = {
            slot.path.partition("/")[2]: slot
            for slot in self.optimizer.variables
            if slot is not rate and slot is not product
        }
        if product is not None:
            self.slots["u_product"] = product
        # Keras fills every slot with one number, not always 0: Adagrad's sums begin at 0.1, Nadam's product at 1.
        self.first_slots = {name: float(slot.numpy().flat[0]) for name, slot in self.slots.items()}
        self.state: list[Any] = [*self.variables, *(slot.value for slot in self.slots.values()), rate.value]
        self._activations = tuple(_activation(tf, name) for name in spec.activations)
        self._inputs = spec.input_size
        self._chunks: dict[int, Any] = {}
        x_type = tf.TensorSpec([None, spec.input_size], tf.float32)
        y_type = tf.TensorSpec([None], tf.int32)
        self.passes: Any = tf.function(self._passes, autograph=False, input_signature=[x_type])
        self.probe: Any = tf.function(self._probe, autograph=False, input_signature=[x_type, y_type])
        self.sums: Any = tf.function(self._sums, autograph=False, input_signature=[x_type, y_type])

    def chunk(self, batch_size: int) -> Any:
        """Return the compiled loop over steps of ``batch_size`` samples, made at the first call.

        The function takes x (count, inputs) float32, y (count,) int32, indices (max steps, batch) int32
        where −1 pads a short batch and ``count`` means the extra sample, the number of steps, the extra
        sample's x (1, inputs) and y. It returns rows (max steps, 2 + 2·layers) of loss, accuracy and the RMS
        of dL/dW and dL/db layer by layer, and whether all stayed finite. Where it did not, every variable is
        as it was before.
        """
        made = self._chunks.get(batch_size)
        if made is None:
            tf, steps = self._tf, max_chunk_steps(batch_size)
            made = self._chunks[batch_size] = tf.function(
                self._make_chunk(steps),
                jit_compile=True,
                autograph=False,
                input_signature=[
                    tf.TensorSpec([None, self._inputs], tf.float32),
                    tf.TensorSpec([None], tf.int32),
                    tf.TensorSpec([steps, batch_size], tf.int32),
                    tf.TensorSpec([], tf.int32),
                    tf.TensorSpec([1, self._inputs], tf.float32),
                    tf.TensorSpec([], tf.int32),
                ],
            )
        return made

    def _make_chunk(self, max_steps: int) -> Callable[..., Any]:
        tf = self._tf
        columns = 2 + len(self.variables)

        def chunk(x: Any, y: Any, indices: Any, steps: Any, extra_x: Any, extra_y: Any) -> Any:
            count = tf.shape(x)[0]
            before = [tf.identity(variable) for variable in self.state]

            def step(i: Any, rows: Any) -> Any:
                index = indices[i]
                mask = tf.cast(index >= 0, tf.float32)
                inside = tf.clip_by_value(index, 0, count - 1)
                is_extra = index >= count
                batch_x = tf.where(is_extra[:, None], extra_x, tf.gather(x, inside))
                batch_y = tf.where(is_extra, extra_y, tf.gather(y, inside))
                size = tf.reduce_sum(mask)
                with tf.GradientTape(watch_accessed_variables=False) as tape:
                    tape.watch(self.variables)
                    logits = self._layers(batch_x)[0][-1]
                    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=batch_y, logits=logits)
                    loss = tf.reduce_sum(losses * mask) / size
                gradients = tape.gradient(loss, self.variables)
                self.optimizer.apply(gradients)
                right = tf.cast(_is_right(tf, logits, batch_y), tf.float32)
                accuracy = tf.reduce_sum(right * mask) / size
                rms = [_root_mean_square(tf, gradient) for gradient in gradients]
                return i + 1, tf.tensor_scatter_nd_update(rows, [[i]], [tf.stack([loss, accuracy, *rms])])

            _, rows = tf.while_loop(
                lambda i, _rows: i < steps, step, (tf.constant(0), tf.zeros((max_steps, columns)))
            )
            finite = tf.reduce_all(tf.math.is_finite(rows[:, 0]))
            for variable in self.variables:
                finite = tf.logical_and(finite, tf.reduce_all(tf.math.is_finite(variable)))
            # One step into NaN must not cost the person the network: the whole chunk is taken back.
            for variable, old in zip(self.state, before, strict=True):
                variable.assign(tf.where(finite, variable, old))
            return rows, finite

        return chunk

    def _layers(self, x: Any) -> tuple[list[Any], list[Any]]:
        tf = self._tf
        pre_activations, outputs, a = [], [], x
        kernels, biases = self.variables[0::2], self.variables[1::2]
        for kernel, bias, activation in zip(kernels, biases, self._activations, strict=True):
            z = tf.matmul(a, kernel) + bias
            a = activation(z)
            pre_activations.append(z)
            outputs.append(a)
        return pre_activations, outputs

    def _passes(self, x: Any) -> Any:
        return self._layers(x)

    def _probe(self, x: Any, y: Any) -> Any:
        tf = self._tf
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([x, *self.variables])
            z, a = self._layers(x)
            # From the logits, as Keras does: through the softmax output the gradient would be None.
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=z[-1])
            loss = tf.reduce_mean(losses)
        # Of the softmax output itself the tape knows nothing; that one is written out in keras_backend.
        return (loss, z, a, *tape.gradient(loss, [z, a[:-1], self.variables, x]))

    def _sums(self, x: Any, y: Any) -> Any:
        tf = self._tf
        logits = self._layers(x)[0][-1]
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
        return tf.reduce_sum(losses), tf.reduce_sum(tf.cast(_is_right(tf, logits, y), tf.int32))


def program_key(spec: NetworkSpec, config: TrainingConfig) -> tuple[object, ...]:
    """Return what two networks must share to use the same program in turn."""
    momentum = config.momentum if config.optimizer in MOMENTUM_OPTIMIZERS else None  # compiled in as a number
    # The initializers draw nothing here, but a saved file names them.
    initializers = tuple(layer.kernel_initializer for layer in spec.layers)
    return spec.sizes, spec.activations, initializers, config.optimizer, momentum, config.loss


def _optimizer(keras: Any, config: TrainingConfig) -> Any:
    """Make Keras' own optimizer, with Keras' defaults but for learning rate and momentum."""
    kinds = keras.optimizers
    rate, momentum = float(config.learning_rate), float(config.momentum)
    if config.optimizer in MOMENTUM_OPTIMIZERS:
        return kinds.SGD(rate, momentum=momentum, nesterov=config.optimizer == "nesterov")
    table = {
        "sgd": kinds.SGD, "adagrad": kinds.Adagrad, "rmsprop": kinds.RMSprop, "adam": kinds.Adam,
        "adamw": kinds.AdamW, "nadam": kinds.Nadam,
    }  # fmt: skip
    return table[config.optimizer](rate)


def _is_right(tf: Any, logits: Any, y: Any) -> Any:
    return tf.equal(tf.argmax(logits, axis=1, output_type=tf.int32), y)


def _root_mean_square(tf: Any, values: Any) -> Any:
    """Return √mean(v²), summed by halves.

    XLA adds the elements of a reduction strictly one after another, which took a third of a whole step of
    784-128-64-10; adding one half to the other is done many elements at a time (and is more exact).
    """
    count = values.shape.num_elements()
    halvings = (count // _SUMMED_IN_TURN).bit_length()
    width = -(-count // 2**halvings)
    sums = tf.square(tf.reshape(values, [-1]))
    if width * 2**halvings > count:
        sums = tf.pad(sums, [[0, width * 2**halvings - count]])
    for _ in range(halvings):
        half = sums.shape[0] // 2
        sums = sums[:half] + sums[half:]
    return tf.sqrt(tf.reduce_sum(sums) / count)


def _activation(tf: Any, name: str) -> Callable[[Any], Any]:
    # identity, not the tensor itself: z and a of a linear layer must be two tensors to the tape.
    table: dict[str, Callable[[Any], Any]] = {
        "linear": tf.identity,
        "sigmoid": tf.sigmoid,
        "tanh": tf.tanh,
        "relu": tf.nn.relu,
        "leaky_relu": lambda z: tf.nn.leaky_relu(z, alpha=LEAKY_SLOPE),
        "elu": tf.nn.elu,
        "selu": tf.nn.selu,
        "gelu": lambda z: tf.nn.gelu(z, approximate=False),
        "softplus": tf.math.softplus,
        "softmax": tf.nn.softmax,
    }
    return table[name]
