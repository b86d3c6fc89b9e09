"""The loader's thread: reads, downloads, gives up, fails with what can be done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.dataset_loader import DatasetLoader, LoadFailure
from nnviz.data.dataset import DatasetChoice
from nnviz.data.toy_sets import load_toy
from tests.server import Server, far_away, silent, slow, whole


@pytest.fixture
def loader(qtbot: QtBot) -> Iterator[DatasetLoader]:
    made = DatasetLoader()
    yield made
    made.stop()
    made.deleteLater()


def test_options_reach_the_generator(loader: DatasetLoader, qtbot: QtBot) -> None:
    choice = DatasetChoice("moons", {"count": 200, "noise": 0.3, "seed": 5})
    with qtbot.waitSignal(loader.loaded) as heard:
        loader.load(choice)
    wanted = load_toy("moons", 200, 0.3, 5)
    np.testing.assert_array_equal(heard.args[0].train.x, wanted.train.x)
    assert heard.args[0].choice == choice


def test_only_the_last_wish_is_answered(loader: DatasetLoader, qtbot: QtBot) -> None:
    answers = []
    loader.loaded.connect(answers.append)
    for seed in range(20):
        loader.load(DatasetChoice("xor", {"count": 100, "seed": seed}))
    qtbot.waitUntil(lambda: bool(answers))
    qtbot.wait(50)
    assert [answer.options["seed"] for answer in answers] == [19]


def test_the_same_wish_again_does_not_begin_anew(
    loader: DatasetLoader, qtbot: QtBot, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    far_away(server, monkeypatch, tmp_path)
    server.plan = [silent]
    for _ in range(5):
        loader.load("fashion-mnist")
    qtbot.waitUntil(lambda: bool(server.requests))
    loader.load("fashion-mnist")
    qtbot.wait(100)
    assert len(server.requests) == 1
    # Given up and chosen again, it does.
    loader.cancel()
    loader.load("fashion-mnist")
    qtbot.waitUntil(lambda: len(server.requests) == 2)


def test_what_is_wrong_is_said_and_cannot_be_retried(loader: DatasetLoader, qtbot: QtBot) -> None:
    with qtbot.waitSignal(loader.failed) as heard:
        loader.load(DatasetChoice("xor", {"noise": 3.0}))
    failure = heard.args[0]
    assert isinstance(failure, LoadFailure)
    assert failure.text == "noise must be 0 to 0.5, got 3.0"
    assert not failure.may_retry
    with qtbot.waitSignal(loader.failed) as heard:
        loader.load("no such set")
    assert "'no such set'" in heard.args[0].text


def test_a_download_is_told_of_and_its_failure_may_be_retried(
    loader: DatasetLoader, qtbot: QtBot, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    what = far_away(server, monkeypatch, tmp_path)
    server.plan = [whole, whole, whole, whole, whole]
    seen = []
    loader.progressed.connect(seen.append)
    # The files are not Fashion-MNIST: they come, and reading them says so.
    with qtbot.waitSignal(loader.failed, timeout=10_000) as heard:
        loader.load("fashion-mnist")
    assert "is not an IDX file" in heard.args[0].text
    assert not heard.args[0].may_retry
    assert what.is_here()
    assert (seen[-1].title, seen[-1].done, seen[-1].total) == ("Fashion-MNIST", 1_200_000, 1_200_000)
    (what.path / what.files[0].name).unlink()
    server.stop()
    with qtbot.waitSignal(loader.failed, timeout=20_000) as heard:
        loader.load("fashion-mnist")
    assert heard.args[0].may_retry
    assert heard.args[0].choice == DatasetChoice("fashion-mnist")
    assert "could not be downloaded" in heard.args[0].text
    assert any("trying again" in progress.note for progress in seen)


@pytest.mark.parametrize("how", [slow, silent])
def test_a_download_is_given_up_by_cancel_and_by_stop(
    loader: DatasetLoader, qtbot: QtBot, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: object
) -> None:
    what = far_away(server, monkeypatch, tmp_path)
    server.plan = [how]  # type: ignore[list-item]
    with qtbot.waitSignal(loader.progressed, check_params_cb=lambda progress: progress.done > 0):
        loader.load("fashion-mnist")
    with qtbot.waitSignal(loader.cancelled):
        loader.cancel()
    qtbot.waitUntil(lambda: not loader.is_loading)
    assert not (what.path / what.files[-1].name).exists()
    assert not [path for path in what.path.iterdir() if path.name.startswith(".")]
    failures = []
    loader.failed.connect(failures.append)
    with qtbot.waitSignal(loader.progressed):
        loader.load("fashion-mnist")
    loader.stop()
    assert not failures
