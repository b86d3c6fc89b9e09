"""Learning rates: what the formulas say at places that can be told by hand; Keras is asked in test_maths_keras."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.spec import SCHEDULES, TrainingConfig
from nnviz.training.schedules import learning_rates


def _config(**changes: object) -> TrainingConfig:
    return TrainingConfig(learning_rate=0.1, **changes)  # type: ignore[arg-type]


def test_constant_stays() -> None:
    rates = learning_rates(_config(), 7, 5, 10)
    assert rates.dtype == np.float32
    np.testing.assert_allclose(rates, [0.1] * 5, rtol=1e-7)


def test_step_falls_at_the_end_of_each_interval() -> None:
    rates = learning_rates(_config(schedule="step", decay_factor=0.5, decay_epochs=2), 0, 50, 10)
    np.testing.assert_allclose(rates, np.repeat([0.1, 0.05, 0.025], [20, 20, 10]), rtol=1e-6)


def test_an_interval_that_rounding_makes_longer_ends_on_its_step() -> None:
    """0.7·10 is 7.000000000000001 in doubles; the rate falls with step 7 all the same."""
    rates = learning_rates(_config(schedule="step", decay_factor=0.5, decay_epochs=0.7), 0, 8, 10)
    np.testing.assert_allclose(rates, [0.1] * 7 + [0.05], rtol=1e-6)


def test_exponential_and_cosine_pass_through_their_marks() -> None:
    rates = learning_rates(_config(schedule="exponential", decay_factor=0.25, decay_epochs=2), 0, 41, 10)
    np.testing.assert_allclose(rates[[0, 10, 20, 40]], [0.1, 0.05, 0.025, 0.00625], rtol=1e-6)
    rates = learning_rates(_config(schedule="cosine", decay_factor=0.2, decay_epochs=2), 0, 41, 10)
    np.testing.assert_allclose(rates[[0, 10, 20, 40]], [0.1, 0.06, 0.02, 0.02], rtol=1e-6)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_warm_up_is_even_and_the_schedule_begins_after_it(schedule: str) -> None:
    plain = _config(schedule=schedule, decay_factor=0.3, decay_epochs=1.5)
    warm = _config(schedule=schedule, decay_factor=0.3, decay_epochs=1.5, warmup_epochs=2)
    rates = learning_rates(warm, 0, 60, 10)
    np.testing.assert_allclose(rates[:20], 0.1 * np.arange(20) / 20, rtol=1e-6)
    np.testing.assert_array_equal(rates[20:], learning_rates(plain, 0, 40, 10))


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_any_run_of_steps_is_part_of_the_whole(schedule: str) -> None:
    config = _config(schedule=schedule, decay_factor=0.3, decay_epochs=1.5, warmup_epochs=0.25)
    whole = learning_rates(config, 0, 100, 13)
    np.testing.assert_array_equal(learning_rates(config, 30, 40, 13), whole[30:70])
    assert len(learning_rates(config, 30, 0, 13)) == 0
    assert (whole >= 0).all()
    assert (whole[4:] <= np.float32(0.1)).all()


def test_a_factor_of_zero_ends_learning() -> None:
    rates = learning_rates(_config(schedule="step", decay_factor=0, decay_epochs=1), 0, 20, 10)
    np.testing.assert_allclose(rates, np.repeat([0.1, 0], 10), rtol=1e-6)
