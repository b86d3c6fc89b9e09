"""Changes of network and training while it trains: weights stay, curves say where, undo gives back."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.messages import Message
from app.session import Session
from nnviz.data.dataset import DatasetChoice
from nnviz.spec import LayerSpec, NetworkSpec

READY_MS = 60_000


def _trained(session: Session, qtbot: QtBot, steps: int = 40) -> None:
    session.train(steps)
    qtbot.waitUntil(lambda: len(session.history) >= steps and session.phase == "idle", timeout=30_000)
    qtbot.waitUntil(lambda: session.network is not None and session.network.step == steps, timeout=10_000)


def _with_units(session: Session, place: int, **changes: object) -> NetworkSpec:
    layers = list(session.spec.layers)
    layers[place] = replace(layers[place], **changes)  # type: ignore[arg-type]
    return NetworkSpec(session.spec.input_shape, tuple(layers))


def test_run_n_steps_makes_exactly_n(session: Session, qtbot: QtBot) -> None:
    _trained(session, qtbot, 25)
    assert len(session.history) == 25
    _trained_again = 25 + 7  # over the end of an epoch
    session.train(7)
    qtbot.waitUntil(lambda: len(session.history) == _trained_again and session.phase == "idle", timeout=20_000)


def test_batch_size_momentum_dropout_and_l2_change_while_training(session: Session, qtbot: QtBot) -> None:
    session.set_plan(session.spec, replace(session.config, optimizer="momentum", learning_rate=0.001, epochs=10_000))
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=20_000)
    session.train()
    changes = [
        lambda: (session.spec, replace(session.config, batch_size=5)),
        lambda: (session.spec, replace(session.config, momentum=0.5)),
        lambda: (_with_units(session, 0, dropout=0.2), session.config),
        lambda: (_with_units(session, 0, l2=0.01), session.config),
        lambda: (session.spec, replace(session.config, learning_rate=0.002)),
        lambda: (session.spec, replace(session.config, schedule="cosine", decay_epochs=100.0)),
    ]
    for number, change in enumerate(changes, start=1):
        seen = len(session.history)
        qtbot.waitUntil(lambda seen=seen: len(session.history) > seen + 20, timeout=30_000)
        session.set_plan(*change())
        qtbot.waitUntil(lambda number=number: len(session.history.changes) == number, timeout=30_000)
        assert session.is_training
        assert session.history.changes[-1].after.spec == session.spec
        assert session.history.changes[-1].after.config == session.config
    steps = [change.step for change in session.history.changes]
    assert steps == sorted(set(steps))
    assert steps[0] > 0
    assert np.array_equal(session.history.step, np.arange(1, len(session.history) + 1))  # no step was lost
    seen = len(session.history)
    qtbot.waitUntil(lambda: len(session.history) > seen + 20, timeout=30_000)
    rates = session.history.learning_rate
    assert rates[steps[4] - 1] == pytest.approx(0.001)
    assert rates[steps[4]] == pytest.approx(0.002)
    assert rates[-1] < rates[steps[5] - 1]  # the cosine falls
    session.pause()
    qtbot.waitUntil(lambda: session.phase == "idle", timeout=10_000)


def test_removed_units_come_back_when_the_edit_is_undone(session: Session, qtbot: QtBot) -> None:
    _trained(session, qtbot)
    first = session.network
    assert first is not None
    before, smaller = session.spec, _with_units(session, 0, units=3)
    session.set_plan(smaller, session.config)
    qtbot.waitUntil(lambda: session.network is not None and session.network.spec == smaller, timeout=20_000)
    assert session.network is not None
    np.testing.assert_array_equal(session.network.parameters[0].kernel, first.parameters[0].kernel[:, :3])
    assert len(session.history) == 40  # the curves stay
    session.set_plan(before, session.config)
    qtbot.waitUntil(lambda: session.network is not None and session.network.spec == before, timeout=20_000)
    for mine, other in zip(session.network.parameters, first.parameters, strict=True):
        np.testing.assert_array_equal(mine.kernel, other.kernel)
        np.testing.assert_array_equal(mine.bias, other.bias)


def test_a_layer_put_in_while_training_keeps_the_rest_and_the_curves(session: Session, qtbot: QtBot) -> None:
    _trained(session, qtbot)
    first = session.network
    assert first is not None
    layers = session.spec.layers
    longer = NetworkSpec(session.spec.input_shape, (*layers[:-1], LayerSpec(6, "tanh"), layers[-1]))
    session.set_plan(longer, session.config)
    qtbot.waitUntil(lambda: session.network is not None and session.network.spec == longer, timeout=20_000)
    assert session.network is not None
    np.testing.assert_array_equal(session.network.parameters[0].kernel, first.parameters[0].kernel)
    np.testing.assert_array_equal(session.network.parameters[-1].bias, first.parameters[-1].bias)
    rms = session.history.kernel_rms
    assert rms.shape == (40, len(longer.layers))
    assert np.isnan(rms[:, -2]).all()  # the new layer had no gradient until now
    assert np.isfinite(rms[:, [0, -1]]).all()
    session.train(10)
    qtbot.waitUntil(lambda: len(session.history) == 50, timeout=20_000)
    assert np.isfinite(session.history.kernel_rms[40:]).all()


def test_an_untrained_network_is_built_anew_so_that_a_plan_gives_one_run(session: Session, qtbot: QtBot) -> None:
    plan = session.spec, session.config
    session.set_plan(_with_units(session, 0, units=5), session.config)
    session.set_plan(*plan)
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=20_000)
    _trained(session, qtbot, 20)
    losses = session.history.loss.copy()
    session.reset()
    qtbot.waitUntil(lambda: len(session.history) == 0, timeout=20_000)
    _trained(session, qtbot, 20)
    np.testing.assert_array_equal(session.history.loss, losses)
    assert session.history.changes == ()


def test_what_cannot_be_trained_is_refused_and_the_plan_stays(session: Session, qtbot: QtBot) -> None:
    told: list[Message] = []
    session.message.connect(told.append)
    before = session.spec, session.config
    session.set_plan(_with_units(session, -1, units=2), session.config)
    assert "3 classes" in told[-1].text
    assert (session.spec, session.config) == before


def test_slow_motion_makes_few_steps_with_a_picture_of_each(session: Session, qtbot: QtBot) -> None:
    shown = []
    session.snapshot_changed.connect(lambda s: shown.append((s.step, s.update is not None)))
    session.choose_sample(0)
    session.set_pace(20.0)
    started = time.monotonic()
    session.train(8)
    qtbot.waitUntil(lambda: len(session.history) == 8 and session.phase == "idle", timeout=20_000)
    assert time.monotonic() - started >= 0.99 * 7 / 20  # never faster; how much slower depends on the machine
    updates = {step for step, has_update in shown if has_update}
    assert len(updates) >= 6
    session.set_pace(0.0)


def test_early_stopping_says_so_and_train_goes_on_after_it(session: Session, qtbot: QtBot) -> None:
    told: list[Message] = []
    session.message.connect(told.append)
    config = replace(session.config, epochs=500, patience=3, learning_rate=0.05)
    session.set_plan(session.spec, config)
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=20_000)
    session.train()
    qtbot.waitUntil(lambda: any("Stopped early" in m.text for m in told), timeout=60_000)
    qtbot.waitUntil(lambda: session.phase == "idle", timeout=10_000)
    epochs = len(session.history.epochs)
    assert epochs < 500
    losses = [epoch.validation_loss for epoch in session.history.epochs]
    assert int(np.argmin(losses)) == epochs - 1 - 3
    session.train()
    qtbot.waitUntil(lambda: len(session.history.epochs) > epochs, timeout=30_000)
    session.pause()
    qtbot.waitUntil(lambda: session.phase == "idle", timeout=10_000)


def test_an_unknown_device_is_refused_by_name(session: Session) -> None:
    told: list[Message] = []
    session.message.connect(told.append)
    session.set_device("GPU:7")
    assert "There is no device GPU:7" in told[-1].text
    assert session.device == "CPU:0"


@pytest.mark.slow
def test_another_device_computes_the_same() -> None:
    """Two logical devices of one processor stand in for a second one."""
    code = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import numpy as np
from nnviz.training.engine import TrainingRun, train
from nnviz.training.keras_backend import KerasBackend, list_devices
from tests.tiny import blobs, small_config, small_spec
assert list_devices() == ("CPU:0", "CPU:1"), list_devices()
losses = []
for device in list_devices():
    backend = KerasBackend(small_spec(), small_config(), device=device)
    assert all(v.device.endswith(device) for v in backend._program.state if v.dtype == tf.float32), device
    run = TrainingRun(backend, blobs())
    losses.append(np.concatenate([r.loss for r in train(run) if hasattr(r, "first_step")]))
    backend.close()
assert np.array_equal(*losses)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_train_pressed_before_tensorflow_is_there_begins_when_it_is(qtbot: QtBot) -> None:
    told: list[Message] = []
    session = Session()
    session.message.connect(told.append)
    session.start(with_data=False)
    session.set_dataset(DatasetChoice("iris"))
    session.train(12)
    assert "Training begins as soon as TensorFlow is loaded" in told[-1].text
    try:
        qtbot.waitUntil(lambda: len(session.history) == 12 and session.phase == "idle", timeout=READY_MS)
        session.train("end")
        qtbot.waitUntil(lambda: len(session.history) > 12, timeout=30_000)  # and the wish is forgotten
        session.pause()
        qtbot.waitUntil(lambda: session.phase == "idle", timeout=10_000)
    finally:
        assert session.stop()
