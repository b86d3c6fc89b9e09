"""Keep what TensorFlow remembers of compiled functions from growing without end.

TensorFlow means every compiled function to live as long as the process. Of a training loop that is some 10 MB: 4 MB
what XLA compiled, 4 MB the Python call stack of each operation, copied with file names, 1 MB kernels, and the graphs of
the loop's body, which TensorFlow instantiates for an analysis and never lets go of. With no stacks, and the caches
emptied now and then, only those graphs are left, about 1 MB.

All of it must be called from the thread that uses TensorFlow, while nothing runs.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
from collections.abc import Iterator

from nnviz.garbage import collect_all
from nnviz.training.keras_start import CPU

#: The C++ type of the cache of compiled functions, as its run-time type information names it.
_CACHE_TYPE = b"N10tensorflow14DeviceCompilerIN3xla15LocalExecutableENS1_11LocalClientEEE"
_CACHE_NAME = "xla_device_compiler"
_WORD = 2**64 - 1


@contextlib.contextmanager
def without_call_stacks() -> Iterator[None]:
    """Have operations built meanwhile not remember where in Python they were made; only error messages tell it.

    WORKAROUND: TensorFlow has a switch for it, but offers it only inside.
    """
    from tensorflow.python.framework import ops

    make = getattr(ops, "_create_c_op", None)
    if make is None:  # another TensorFlow: then with stacks
        yield
        return
    ops._create_c_op = functools.partial(make, extract_traceback=False)
    try:
        yield
    finally:
        ops._create_c_op = make


def forget_compiled(device: str) -> bool:
    """Let go of all that XLA has compiled for a device; a function called again is compiled again.

    WORKAROUND: the cache is a resource of the device under a fixed name ("currently no eviction", says its header),
    and a resource can be destroyed by anybody who can name it. Where the type is named otherwise (Windows' compiler)
    it is not found, and nothing happens.

    Args:
        device: one of ``list_devices()``.

    Returns:
        Whether there was something to let go.
    """
    import tensorflow as tf
    from tensorflow.core.framework.resource_handle_pb2 import ResourceHandleProto
    from tensorflow.core.framework.tensor_pb2 import TensorProto
    from tensorflow.python.eager import context

    handle = ResourceHandleProto(
        device=f"/job:localhost/replica:0/task:0/device:{device}",
        container="localhost",
        name=_CACHE_NAME,
        hash_code=murmur_hash(_CACHE_TYPE),
    )
    named = TensorProto(dtype=tf.resource.as_datatype_enum, resource_handle_val=[handle])
    named.tensor_shape.SetInParent()  # a scalar, not of unknown shape
    with tf.device(CPU):
        cache = tf.io.parse_tensor(named.SerializeToString(), tf.resource)
    found = True
    try:
        with tf.device(device):
            tf.raw_ops.DestroyResourceOp(resource=cache, ignore_lookup_error=False)
    except tf.errors.OpError:  # not there (yet), or not by this name: then it stays, and training goes on
        found = False
    context.context().clear_kernel_cache()
    return_memory()
    return found


def return_memory() -> None:
    """Give free memory back to the system: XLA compiles in several threads, and each leaves gaps in a heap of its own.

    Only the C library of GNU needs to be asked; elsewhere nothing happens.
    """
    collect_all()  # Keras' models are full of cycles
    with contextlib.suppress(OSError, TypeError, AttributeError):  # another system, another library
        ctypes.CDLL(None).malloc_trim(0)


def murmur_hash(data: bytes, seed: int = 0xDECAFCAFFE) -> int:
    """Return the hash by which TensorFlow knows types: Austin Appleby's MurmurHash64A, with TensorFlow's seed."""
    factor = 0xC6A4A7935BD1E995
    value = seed ^ (len(data) * factor & _WORD)
    whole = len(data) // 8 * 8
    for start in range(0, whole, 8):
        word = int.from_bytes(data[start : start + 8], "little") * factor & _WORD
        word = (word ^ (word >> 47)) * factor & _WORD
        value = (value ^ word) * factor & _WORD
    if whole < len(data):
        value = (value ^ int.from_bytes(data[whole:], "little")) * factor & _WORD
    value = (value ^ (value >> 47)) * factor & _WORD
    return value ^ (value >> 47)
