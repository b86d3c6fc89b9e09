"""Reads a history in blocks of steps, each once, and remembers since when something has been true."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.training.history import History

Float64 = NDArray[np.float64]

#: Steps of a block: its mean has a sixth of a step's noise, and at 100 steps a second three come every second.
BLOCK_STEPS = 32
#: The loss of the untrained network is taken over eight times this many samples, or over this many where the loss has
#: jumped by then.
START_SAMPLES = 16
_TINY = 1e-38


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """What was measured over some blocks of steps on end.

    Attributes:
        first, last: their first and last step, (blocks,).
        loss: mean loss, (blocks,).
        error: standard error of that mean, (blocks,).
        norms: geometric mean over the steps of the norm of dL/dW of each layer, (blocks, layers).
        ratios: mean RMS of dL/dW, as a share of that of the layer where it is largest, (blocks, layers) in [0, 1];
            1 where that is 0 or not finite.
        is_warm_up: whether the block reaches into the warm-up of the learning rate, (blocks,).
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    loss: Float64
    error: Float64
    norms: Float64
    ratios: Float64
    is_warm_up: NDArray[np.bool_]


class BlockReader:
    """Reads whole blocks as they become complete. Mutable.

    Args:
        sizes: units of every layer, the input first.
        first_row: where in the history to begin.
        start_row: where in the history the untrained network stands.

    Attributes:
        rows: how far the history is read.
        start: loss of the untrained network, None until it is known.
        last: the blocks of the last reading, None before the first.
        not_finite_at: the first step of the last reading whose loss is not a finite number, or None.
    """

    def __init__(self, sizes: tuple[int, ...], first_row: int = 0, start_row: int = 0) -> None:
        self._weights = np.sqrt([a * b for a, b in itertools.pairwise(sizes)])
        self.rows = first_row
        self._start_row = start_row
        self.start: float | None = None
        self.last: Blocks | None = None
        self.not_finite_at: int | None = None
        self._checked = first_row

    def read(self, history: History, batch_size: int, warmup_epochs: int, chance: float) -> Blocks | None:
        """Return what is new in a history as whole blocks, None where there is no whole one.

        Args:
            history: of one run.
            batch_size: samples of a step.
            warmup_epochs: epochs over which the learning rate grows.
            chance: least loss that an untrained network can be expected to have.
        """
        self._check_finite(history)
        end = self.rows + (len(history) - self.rows) // BLOCK_STEPS * BLOCK_STEPS
        if end == self.rows or not self._has_start(history, batch_size, chance):
            return None
        rows = slice(self.rows, end)
        self.rows = end
        steps = history.step[rows].reshape(-1, BLOCK_STEPS)
        with np.errstate(all="ignore"):  # a run that diverges has infinities
            loss = history.loss[rows].astype(np.float64).reshape(-1, BLOCK_STEPS)
            rms = history.kernel_rms[rows].reshape(-1, BLOCK_STEPS, history.layers)
            typical = np.exp(np.log(np.maximum(rms, _TINY, dtype=np.float64)).mean(axis=1))
            # Where a batch of one sample may have no gradient at all, a geometric mean would be 0.
            mean = rms.mean(axis=1, dtype=np.float64)
            ratios = mean / mean.max(axis=1, keepdims=True)
            made = Blocks(
                steps[:, 0], steps[:, -1], loss.mean(axis=1), loss.std(axis=1, ddof=1) / math.sqrt(BLOCK_STEPS),
                typical * self._weights, np.where(np.isfinite(ratios), ratios, 1.0),
                history.epoch[rows].reshape(-1, BLOCK_STEPS)[:, 0] <= warmup_epochs,
            )  # fmt: skip
        self.last = made
        return made

    def _check_finite(self, history: History) -> None:
        new = history.loss[self._checked :]
        bad = np.flatnonzero(~np.isfinite(new))
        self.not_finite_at = int(history.step[self._checked + bad[0]]) if len(bad) else None
        self._checked = len(history)

    def _has_start(self, history: History, batch_size: int, chance: float) -> bool:
        """Find the loss of the untrained network, which the first steps have before they change much."""
        few = max(1, START_SAMPLES // batch_size)
        loss = history.loss[self._start_row :]
        if self.start is None and len(loss) >= 8 * few:
            first = max(chance, float(loss[:few].mean()))
            wider = max(chance, float(loss[: 8 * few].mean(dtype=np.float64)))
            # The first steps alone mislead by chance, but they stand where the next ones have thrown everything off.
            self.start = wider if wider < 1.25 * first else first
        return self.start is not None


class Track:
    """Since when something has been true, block by block; a single block without it does not end it. Mutable.

    Attributes:
        since: the first step of the first block, None while it is not true.
        last: the last step of the last block of which it was true.
        length: blocks since then of which it was true.
    """

    def __init__(self) -> None:
        self.since: int | None = None
        self.last = 0
        self.length = 0
        self._quiet = 0

    @property
    def is_on(self) -> bool:
        """Whether it is true now."""
        return self.since is not None

    def take(self, flags: NDArray[np.bool_], first: NDArray[np.int64], last: NDArray[np.int64]) -> None:
        """Go on by some blocks."""
        for flag, begin, end in zip(flags.tolist(), first.tolist(), last.tolist(), strict=True):
            if flag:
                if self.since is None:
                    self.since, self.length = begin, 0
                self._quiet, self.last = 0, end
                self.length += 1
            elif self.since is not None:
                self._quiet += 1
                if self._quiet > 1:
                    self.since, self.length = None, 0
