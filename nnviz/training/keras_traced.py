"""A traced function that is called often, with little Python around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class Traced:
    """A function of tensors that TensorFlow traces at its first call, and once only.

    ``tf.function`` looks at each call for the trace that fits, 0.1 to 0.3 ms of Python; here there is nothing to look
    for. A window trains in chunks of 25 ms, with a picture of the network between some of them, and where this thread
    runs Python the window's thread must wait.

    Args:
        tf: TensorFlow.
        function: takes as many tensors as ``signature`` has; other arguments keep their defaults.
        signature: a ``tf.TensorSpec`` each.
        compiled: whether by XLA.

    Attributes:
        function: the ``tf.function``.
    """

    def __init__(
        self, tf: Any, function: Callable[..., Any], signature: Sequence[Any], *, compiled: bool = False
    ) -> None:
        def call(*tensors: Any) -> Any:
            # As it stands: with arguments left out no call would match by name, and each be matched twice.
            return function(*tensors)

        self.function: Any = tf.function(
            call, autograph=False, jit_compile=compiled or None, input_signature=signature
        )
        self._trace: Any = None

    def __call__(self, *tensors: Any) -> Any:
        """Call it with tensors of its signature, never with arrays or numbers."""
        if self._trace is None:
            self._trace = self.function.get_concrete_function()
        return self._trace(*tensors)
