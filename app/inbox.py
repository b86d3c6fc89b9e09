"""Where the worker leaves what happened, and the window fetches it when it has time.

A queued signal per chunk has no back-pressure: a window that is busy for 3 s finds 860 MB waiting. Here
scalars wait in a bounded queue, none of them lost, and of the snapshots only the newest.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from nnviz.training.records import ChangeRecord, EpochRecord, HandRecord, Snapshot, StepRecords

Record = StepRecords | EpochRecord | ChangeRecord | HandRecord

#: When this many steps wait, the worker waits too: 200,000 are minutes of training and a few megabytes.
MAX_PENDING_STEPS = 200_000
#: The same for records, each of which has a cost of its own.
MAX_PENDING_RECORDS = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """What one ``drain`` returns.

    Attributes:
        records: everything since the last drain, in order.
        snapshot: the newest since the last drain, or None.
    """

    records: tuple[Record, ...]
    snapshot: Snapshot | None


class Inbox:
    """Bounded queue of records and a slot for the newest snapshot; one thread puts, another drains.

    The producer asks for room before it makes a chunk (``wait_for_room``), and ``put`` itself never blocks:
    so nothing made is ever lost, and what waits is at most the bound and one chunk.

    Args:
        max_steps: no room when this many steps wait.
        max_records: no room when this many records wait.
    """

    def __init__(
        self, max_steps: int = MAX_PENDING_STEPS, max_records: int = MAX_PENDING_RECORDS
    ) -> None:
        self._max_steps = max_steps
        self._max_records = max_records
        self._changed = threading.Condition()
        self._records: deque[Record] = deque()
        self._steps = 0
        self._snapshot: Snapshot | None = None
        self._closed = False

    @property
    def pending_steps(self) -> int:
        """Number of steps that wait to be drained."""
        with self._changed:
            return self._steps

    def put(self, record: Record) -> None:
        """Add a record; it is kept until it is drained."""
        with self._changed:
            self._records.append(record)
            if isinstance(record, StepRecords):
                self._steps += record.count

    def put_snapshot(self, snapshot: Snapshot) -> None:
        """Replace the waiting snapshot, if any."""
        with self._changed:
            self._snapshot = snapshot

    def drop_snapshot(self) -> None:
        """Throw the waiting snapshot away: the network is not any more as it shows it."""
        with self._changed:
            self._snapshot = None

    def wait_for_room(self, timeout_s: float) -> bool:
        """Return True as soon as another chunk may be made, False after ``timeout_s`` or when closed."""
        with self._changed:
            return self._changed.wait_for(self._is_closed_or_has_room, timeout_s) and not self._closed

    def drain(self) -> Delivery:
        """Take everything out; returns at once."""
        with self._changed:
            delivery = Delivery(tuple(self._records), self._snapshot)
            self._empty()
        return delivery

    def clear(self) -> None:
        """Throw everything away: the network it was about is no more."""
        with self._changed:
            self._empty()

    def close(self) -> None:
        """Wake a waiting producer for good; what waits can still be drained."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _empty(self) -> None:
        self._records.clear()
        self._steps = 0
        self._snapshot = None
        self._changed.notify_all()

    def _is_closed_or_has_room(self) -> bool:
        has_room = self._steps < self._max_steps and len(self._records) < self._max_records
        return self._closed or has_room
