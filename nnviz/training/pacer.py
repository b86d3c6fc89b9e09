"""How many steps to make at once: short enough to answer at once, long enough to be cheap."""

from __future__ import annotations

#: A compiled chunk should take about this long: short enough to answer at once, long enough to be cheap.
CHUNK_SECONDS = 0.025
#: The same where nobody looks on: what a chunk costs besides its steps (copies of weights and moments, in and out) is
#: 3 ms for 784-512-256-10.
UNWATCHED_CHUNK_SECONDS = 0.2


class Pacer:
    """Chooses how many steps to make at once, so that a chunk takes ``seconds``.

    Args:
        seconds: the time a chunk should take.
        fixed: always that many steps, whatever time they take; for measurements and tests.
        growth: how many times as many steps the next chunk may have at most.
    """

    def __init__(self, seconds: float = CHUNK_SECONDS, fixed: int | None = None, growth: int = 2) -> None:
        self._seconds = seconds
        self._fixed = fixed
        self._growth = growth
        self._steps = 1 if fixed is None else fixed

    @property
    def steps(self) -> int:
        """How many steps the next chunk should have: 1 at first, then at most ``growth`` times as many each time."""
        return self._steps

    def took(self, steps: int, seconds: float) -> None:
        """Learn that ``steps`` steps took ``seconds``."""
        if self._fixed is None:
            fitting = int(steps * self._seconds / max(seconds, 1e-6))
            self._steps = max(1, min(fitting, self._growth * self._steps))

    def restart(self) -> None:
        """Begin with a tiny chunk again, so that the first answer after a pause comes quickly."""
        self._steps = 1 if self._fixed is None else self._fixed


def unwatched_pacer() -> Pacer:
    """Return a pacer for a training without a window: long chunks at once, nobody waits for the next picture."""
    return Pacer(UNWATCHED_CHUNK_SECONDS, growth=16)
