"""What several test files train."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nnviz.training.keras_backend import KerasBackend
from tests.tiny import blobs, small_config, small_spec


@pytest.fixture
def backend() -> Iterator[KerasBackend]:
    """A small network with three blobs to learn."""
    made = KerasBackend(small_spec(), small_config())
    data = blobs()
    made.set_data(data.train.x, data.train.y)
    yield made
    made.close()
