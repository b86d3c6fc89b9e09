"""Pictures of a training while a digit is being drawn: its own answers come first."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.desks import sample_desk
from app.desks.engine_link import EngineLink
from app.desks.sample_desk import SampleDesk
from app.desks.workbench import Workbench
from app.engine_messages import EngineState, Phase
from app.numpy_answer import numpy_snapshot
from app.session_values import Network
from nnviz.maths.parameters import initial_parameters
from nnviz.training.records import Snapshot
from tests.tiny import blobs, small_spec


class Bench:
    """A drawing that the network in training answers; the engine's words come by hand."""

    def __init__(self) -> None:
        self.link = EngineLink(is_used=True)
        self.bench = Workbench(self.link)
        self.samples = SampleDesk(self.bench)
        self.shown: list[Snapshot] = []
        self.samples.snapshot_changed.connect(self.shown.append)
        self.bench.use_dataset(blobs())
        self.say("training")
        self.bench.show(self.network(1, 5))
        size = small_spec().input_size
        self.samples.set_drawing(np.linspace(0, 1, size, dtype=np.float32).reshape(1, size))
        self.shown.clear()

    def say(self, phase: Phase) -> None:
        self.link._take_state(EngineState(phase, 1, has_network=True))

    def network(self, seed: int, step: int) -> Network:
        return Network(small_spec(), initial_parameters(small_spec(), seed), "yours", "Your network", step)

    def arrive(self, seed: int) -> Snapshot:
        """What the engine says of the drawing with other weights."""
        current = self.bench.samples.current()
        assert current is not None
        made = numpy_snapshot(self.network(seed, 6), *current, "sparse_categorical_crossentropy", 1)
        self.samples.take(made)
        return made


@pytest.fixture
def made(qtbot: QtBot) -> Bench:
    return Bench()


def test_while_a_digit_is_being_drawn_only_its_points_change_the_picture(
    made: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_desk, "DRAWING_S", 60.0)
    made.arrive(2)
    assert made.shown == []
    made.bench.network = made.network(2, 6)
    made.samples.set_drawing(np.full((1, small_spec().input_size), 0.5, np.float32))
    assert len(made.shown) == 1
    np.testing.assert_array_equal(
        made.shown[0].parameters[0].kernel, initial_parameters(small_spec(), 2)[0].kernel
    )  # the next point is answered with the newest weights


def test_a_drawing_at_rest_follows_the_training_again(made: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_desk, "DRAWING_S", 0.0)
    arrived = made.arrive(2)
    assert [shown.step for shown in made.shown] == [arrived.step]


def test_what_comes_when_training_ends_is_shown_also_while_a_digit_is_being_drawn(
    made: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_desk, "DRAWING_S", 60.0)
    made.say("idle")
    arrived = made.arrive(2)
    assert [shown.step for shown in made.shown] == [arrived.step]
