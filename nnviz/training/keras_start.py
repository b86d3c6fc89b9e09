"""Start TensorFlow and Keras, quietly and with our flags; nothing of them is imported before that."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator

from nnviz.garbage import garbage_kept

CPU = "CPU:0"

#: What XLA is asked for on a processor. Loops over less than 64 KiB become one function instead of a call for each
#: operation: 2-4-2-2 trains 3 to 4 times as fast. (Unknown extra options are passed over, unlike unknown flags.)
_XLA_FLAGS = ("--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=65536",)
#: Wider vectors, where the processor has them. A flag that XLA does not know ends the process, so only from the
#: release on that was tried.
_WIDE_VECTORS = ((2, 21), "--xla_cpu_prefer_vector_width=512")
#: On one thread: no operation is handed to another one, for which the first then waits. That happens once a step and
#: gains nothing there (784-128-64-10 and 784-512-256-10 need the same processor time, and each bit of the weights is
#: the same), but beside a window that paints, the one or the other is always woken late, which costs a tenth of the
#: speed. XLA changes this part often: in the very release that was tried, no other.
_ONE_AFTER_ANOTHER = ((2, 21), "--xla_cpu_enable_concurrency_optimized_scheduler=false")

_NOISE = (b"I0000 ", b"W0000 ", b"WARNING: All log messages before absl")


@contextlib.contextmanager
def _start_up_noise_held_back() -> Iterator[None]:
    """Keep TensorFlow's start-up lines off the terminal; whatever else was written meanwhile follows after.

    They come from C++ before any log level is read, so only the file descriptor can be turned aside.
    """
    try:
        saved = os.dup(2)
    except OSError:  # no standard error at all: a windowed program
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            held.seek(0)
            kept = [line for line in held if not line.startswith(_NOISE) and b"cuInit" not in line]
            if kept:
                os.write(2, b"".join(kept))


def import_tensorflow(threads: int = 1) -> str:
    """Import TensorFlow and Keras and return TensorFlow's version; takes 2-6 s the first time, nothing later.

    Graphics cards are found, and take memory as they need it, but nothing is computed on one unless it is chosen.

    Args:
        threads: intra- and inter-op threads. Small networks train faster with 1: there is nothing to share.

    Raises:
        ImportError: TensorFlow is not installed or cannot start on this machine.
    """
    if "tensorflow" not in sys.modules:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        _ask_xla(threads)
        with garbage_kept(), _start_up_noise_held_back():
            import keras
            import tensorflow as tf

            with contextlib.suppress(RuntimeError):  # somebody has used TensorFlow already: theirs holds
                tf.config.threading.set_intra_op_parallelism_threads(threads)
                tf.config.threading.set_inter_op_parallelism_threads(threads)
                for card in tf.config.list_physical_devices("GPU"):
                    tf.config.experimental.set_memory_growth(card, True)
            tf.constant(0)  # creates the devices, with the last of the noise
    import keras
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        raise ImportError(f"Keras must run on TensorFlow, KERAS_BACKEND is {keras.backend.backend()!r}")
    return str(tf.__version__)


def _ask_xla(threads: int) -> None:
    """Add our flags to ``XLA_FLAGS``, read once when XLA starts; what the person has set there stays as it is."""
    from importlib.metadata import version  # 15 ms, which a window need not wait for at its start

    given = os.environ.get("XLA_FLAGS", "")
    installed = tuple(int(part) for part in version("tensorflow").split(".")[:2])
    wanted = list(_XLA_FLAGS)
    if installed >= _WIDE_VECTORS[0]:
        wanted.append(_WIDE_VECTORS[1])
    if installed == _ONE_AFTER_ANOTHER[0] and threads == 1:
        wanted.append(_ONE_AFTER_ANOTHER[1])
    ours = [flag for flag in wanted if flag.partition("=")[0] not in given]
    os.environ["XLA_FLAGS"] = " ".join([given, *ours]).strip()


def list_devices() -> tuple[str, ...]:
    """Return where TensorFlow can compute: ``"CPU:0"``, then ``"GPU:0"`` and so on; imports TensorFlow."""
    import_tensorflow()
    import tensorflow as tf

    kinds = ("CPU", "GPU")
    return tuple(f"{kind}:{n}" for kind in kinds for n in range(len(tf.config.list_logical_devices(kind))))
