"""When garbage is collected."""

import gc
import threading
import weakref

import pytest

from nnviz import garbage


class Loop:
    """In a cycle: only the collector finds it."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def as_usual():
    gc.enable()
    yield
    gc.unfreeze()
    gc.disable()  # as the other tests have it


def test_none_is_collected_meanwhile_and_some_afterwards():
    with garbage.garbage_kept():
        assert not gc.isenabled()
        with garbage.garbage_kept():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_it_is_collected_again_after_a_failure():
    with pytest.raises(ImportError), garbage.garbage_kept():
        raise ImportError("there is no such module")
    assert gc.isenabled()


def test_a_window_collects_none_by_itself_and_never_what_was_there_when_it_was_painted():
    with garbage.held_until_settled():
        assert not gc.isenabled()
        garbage.settle()
        assert not gc.isenabled()
        frozen = gc.get_freeze_count()
        assert frozen > 1000
        kept = [[] for _ in range(500)]
        with garbage.garbage_kept():
            kept.append([])
        assert gc.get_freeze_count() >= frozen + len(kept)
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_what_another_thread_leaves_dies_in_the_thread_that_collects():
    died = []
    with garbage.collected_by_hand():
        def make() -> None:
            for _ in range(20 * gc.get_threshold()[0]):
                weakref.finalize(Loop(), lambda: died.append(threading.get_ident()))

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        assert not died
        garbage.collect_due()
    assert set(died) == {threading.get_ident()}


def test_what_became_old_is_collected_when_it_is_much_or_when_asked_for():
    gc.collect()
    with garbage.collected_by_hand():
        old = Loop()
        gone = weakref.ref(old)
        gc.collect(0)
        gc.collect(1)  # now of the oldest generation
        del old
        garbage.collect_due()
        assert gone() is not None
        garbage.collect_all()
        assert gone() is not None, "not in the thread that asks"
        garbage.collect_due()
        assert gone() is None


def test_garbage_that_became_old_does_not_grow_without_end():
    left = []
    with garbage.held_until_settled():
        garbage.settle()
        for _ in range(400):
            loops = [Loop() for _ in range(2 * gc.get_threshold()[0])]
            left.append(weakref.ref(loops[0]))
            garbage.collect_due()  # they live through it
            del loops
    assert sum(each() is not None for each in left) < 24


def test_all_is_collected_at_once_where_there_is_no_window(monkeypatch):
    monkeypatch.setattr(garbage, "_by_hand", False)
    lone = Loop()
    gone = weakref.ref(lone)
    del lone
    garbage.collect_all()
    assert gone() is None
