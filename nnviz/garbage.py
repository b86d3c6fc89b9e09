"""When Python looks for cyclic garbage: not during imports, and in a window never among what they brought.

A full collection stops every thread: with TensorFlow imported for more than half a second, in which it finds nothing.
Without any during its import that takes 3.0 s of processor time instead of 4.1, and no more memory.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: Whether what garbage was kept for stays as long as the process: so in a window's.
_stays = False


@contextmanager
def garbage_kept() -> Iterator[None]:
    """Collect no garbage meanwhile: for an import, or a compilation, that makes a hundred thousand objects to stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if _stays:
            gc.freeze()
        if was_on:
            gc.enable()


@contextmanager
def held_until_settled() -> Iterator[None]:
    """Collect no garbage until ``settle``, which a window's start calls when it is painted."""
    global _stays  # noqa: PLW0603 - one garbage collector a process
    _stays = True
    gc.disable()
    try:
        yield
    finally:
        _stays = False
        gc.unfreeze()
        gc.enable()


def settle() -> None:
    """Collect garbage again, from now on without asking the objects that are there."""
    gc.freeze()
    gc.enable()
