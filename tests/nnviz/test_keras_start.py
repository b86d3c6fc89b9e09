"""What XLA is asked for: on one thread one operation after another, and never what a person has set otherwise."""

from __future__ import annotations

import importlib.metadata
import os

import pytest

from nnviz.training import keras_start

ONE_BY_ONE = "--xla_cpu_enable_concurrency_optimized_scheduler=false"


def asked(monkeypatch: pytest.MonkeyPatch, threads: int, *, given: str = "", installed: str = "2.21.0") -> list[str]:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: installed)
    monkeypatch.setenv("XLA_FLAGS", given)
    keras_start._ask_xla(threads)
    return os.environ["XLA_FLAGS"].split()


def test_one_thread_hands_nothing_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ONE_BY_ONE in asked(monkeypatch, 1)
    assert ONE_BY_ONE not in asked(monkeypatch, 2)


@pytest.mark.parametrize("installed", ["2.18.1", "2.20.0", "2.22.0", "3.0.0"])
def test_a_flag_that_was_not_tried_with_a_release_is_not_given_to_it(
    monkeypatch: pytest.MonkeyPatch, installed: str
) -> None:
    assert ONE_BY_ONE not in asked(monkeypatch, 1, installed=installed)


def test_what_the_person_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    given = ONE_BY_ONE.replace("false", "true")
    made = asked(monkeypatch, 1, given=given)
    assert given in made
    assert ONE_BY_ONE not in made
