"""What a session tells of the network beside its answer: weights of the start, pinned moments, units that are off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pytestqt.qtbot import QtBot

from app.messages import Message
from app.session import Session
from nnviz.maths.parameters import initial_parameters
from nnviz.spec import NetworkSpec
from nnviz.training.records import Snapshot


def _shown(session: Session) -> Snapshot:
    snapshot = session.snapshot
    assert snapshot is not None
    return snapshot


def _step(session: Session, qtbot: QtBot) -> Snapshot:
    before = len(session.history)
    session.step()
    qtbot.waitUntil(
        lambda: len(session.history) == before + 1 and _shown(session).update is not None
        and _shown(session).step == before, timeout=30_000,
    )  # fmt: skip
    return _shown(session)


def _train(session: Session, qtbot: QtBot, steps: int) -> Snapshot:
    wanted = len(session.history) + steps
    session.train(steps)
    qtbot.waitUntil(
        lambda: len(session.history) == wanted and session.phase == "idle" and _shown(session).step == wanted,
        timeout=30_000,
    )  # fmt: skip
    return _shown(session)


def test_changes_are_measured_from_the_start_until_a_moment_is_pinned(session: Session, qtbot: QtBot) -> None:
    first = initial_parameters(session.spec, session.config.seed)
    shown = _train(session, qtbot, 7)
    start = shown.reference
    assert start is not None
    assert (start.name, start.step) == ("the start", 0)
    np.testing.assert_array_equal(start.parameters[0].kernel, first[0].kernel)
    assert not np.array_equal(shown.parameters[0].kernel, first[0].kernel)
    session.next_sample()  # answered by NumPy first
    assert _shown(session).reference is start  # no copies

    session.pin_moment()
    pinned = _shown(session).reference
    assert pinned is not None
    assert (pinned.name, pinned.step) == ("step 7", 7)
    assert session.is_moment_pinned
    assert pinned.parameters is _shown(session).parameters
    later = _train(session, qtbot, 4)
    assert later.reference is not None
    assert later.reference.parameters is pinned.parameters
    session.unpin_moment()
    assert not session.is_moment_pinned
    assert _shown(session).reference is start

    session.pin_moment()
    session.reset()
    qtbot.waitUntil(lambda: len(session.history) == 0 and _shown(session).step == 0, timeout=30_000)
    again = _shown(session).reference
    assert again is not None
    assert again.name == "the start"
    session.undo_reset()
    qtbot.waitUntil(lambda: len(session.history) == 11 and session.is_ready, timeout=30_000)
    back = _shown(session).reference
    assert back is not None
    np.testing.assert_array_equal(back.parameters[0].kernel, first[0].kernel)


def test_other_layers_have_no_start_and_the_snapshot_says_why(session: Session, qtbot: QtBot) -> None:
    _train(session, qtbot, 3)
    old = session.spec
    layers = (replace(old.layers[0], units=old.layers[0].units + 2), *old.layers[1:])
    session.set_plan(NetworkSpec(old.input_shape, layers), session.config)
    qtbot.waitUntil(lambda: _shown(session).spec.layers == layers, timeout=30_000)
    assert _shown(session).reference is None
    assert "layers were changed" in _shown(session).reference_note
    session.set_plan(old, session.config)
    qtbot.waitUntil(lambda: _shown(session).spec == old, timeout=30_000)
    reference = _shown(session).reference
    assert reference is not None
    assert reference.name == "the start"
    assert _shown(session).reference_note == ""


def test_of_the_bundled_network_nobody_knows_the_start(qtbot: QtBot) -> None:
    session = Session(use_engine=False)
    told: list[Message] = []
    session.message.connect(told.append)
    session.start(with_data=False)
    session.set_drawing(np.full((28, 28), 0.5, np.float32))
    assert _shown(session).reference is None
    assert "not known" in _shown(session).reference_note
    session.pin_moment()
    assert not session.is_moment_pinned
    assert "own network" in told[-1].text
    session.unpin_moment()
    assert session.stop()


def test_the_pass_of_training_is_shown_on_demand(session: Session, qtbot: QtBot) -> None:
    layers = (replace(session.spec.layers[0], dropout=0.5), *session.spec.layers[1:])
    session.set_plan(NetworkSpec(session.spec.input_shape, layers), session.config)
    qtbot.waitUntil(lambda: session.is_ready and _shown(session).spec.layers == layers, timeout=30_000)
    qtbot.waitUntil(lambda: _shown(session).source == "keras", timeout=30_000)
    assert _shown(session).dropped is None
    session.set_dropout_shown(True)
    assert session.is_dropout_shown
    qtbot.waitUntil(lambda: _shown(session).dropped is not None, timeout=30_000)
    shown = _step(session, qtbot)
    assert shown.dropped is not None
    mask = shown.dropped[0]
    assert mask is not None
    assert 0 < mask.sum() < len(mask)
    assert np.all(shown.forward.activations[0][0][mask] == 0)
    assert shown.optimizer is not None
    session.set_dropout_shown(False)
    qtbot.waitUntil(lambda: _shown(session).dropped is None, timeout=30_000)
