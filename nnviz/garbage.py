"""When Python looks for cyclic garbage: not during imports, and in a window never among what they brought.

A full collection stops every thread: with TensorFlow imported for more than half a second, in which it finds nothing.
Without any during its import that takes 3.0 s of processor time instead of 4.1, and no more memory.

And not in any thread that happens to make objects, where there is a window: Qt's objects that die in another thread
than their own bring the process down. The window's thread looks from time to time instead.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: Whether what garbage was kept for stays as long as the process: so in a window's.
_stays = False
#: Whether one thread collects, by ``collect_due``; whether a full collection was asked of it.
_by_hand = False
_is_asked = False
#: Objects of the oldest generation after the last full collection.
_settled_count = 0
#: Python's own rule: a full collection is worth its time when so much of what there is has come since the last.
WORTHWHILE_GROWTH = 0.25


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
    """Collect no garbage until ``settle``, which a window's start calls when it is painted, and then only by hand."""
    global _stays  # noqa: PLW0603 - one garbage collector a process
    _stays = True
    with collected_by_hand():
        try:
            yield
        finally:
            _stays = False
            gc.unfreeze()


@contextmanager
def collected_by_hand() -> Iterator[None]:
    """Collect no garbage but in ``collect_due``, which the thread of the widgets calls now and then."""
    global _by_hand, _is_asked  # noqa: PLW0603
    was_on, was_by_hand = gc.isenabled(), _by_hand
    _by_hand = True
    gc.disable()
    try:
        yield
    finally:
        _by_hand, _is_asked = was_by_hand, False
        if was_on:
            gc.enable()


def settle() -> None:
    """Take the objects that are there as there to stay: no collection asks them from now on."""
    global _settled_count  # noqa: PLW0603
    gc.freeze()
    _settled_count = 0


def collect_due() -> None:
    """Collect what Python would have collected by itself since, as it would have: the young often, all seldom."""
    global _is_asked, _settled_count  # noqa: PLW0603
    limits = gc.get_threshold()
    if gc.get_count()[0] > limits[0]:
        gc.collect(0)
    if gc.get_count()[1] > limits[1]:
        gc.collect(1)
    if not _is_asked and gc.get_count()[2] > limits[2]:
        count = len(gc.get_objects(generation=2))
        _is_asked = count - _settled_count > count * WORTHWHILE_GROWTH
    if _is_asked:
        _is_asked = False
        gc.collect()
        _settled_count = len(gc.get_objects(generation=2))


def collect_all() -> None:
    """Look through all objects: now, or, where one thread collects, as soon as that one comes to it."""
    global _is_asked  # noqa: PLW0603
    if _by_hand:
        _is_asked = True
    else:
        gc.collect()
