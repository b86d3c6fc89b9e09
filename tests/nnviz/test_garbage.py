"""When garbage is collected."""

import gc

import pytest

from nnviz import garbage


@pytest.fixture(autouse=True)
def as_before():
    gc.enable()
    yield
    gc.unfreeze()
    gc.enable()


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


def test_a_window_collects_none_until_it_is_painted_and_then_not_what_was_there():
    with garbage.held_until_settled():
        assert not gc.isenabled()
        garbage.settle()
        assert gc.isenabled()
        frozen = gc.get_freeze_count()
        assert frozen > 1000
        kept = [[] for _ in range(500)]
        with garbage.garbage_kept():
            kept.append([])
        assert gc.get_freeze_count() >= frozen + len(kept)
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
