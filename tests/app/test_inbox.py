"""The inbox: bounded, nothing lost, the newest snapshot only."""

from __future__ import annotations

import threading

import numpy as np

from app.inbox import Inbox
from nnviz.maths.forward import forward
from nnviz.maths.parameters import glorot_uniform
from nnviz.training.records import EpochRecord, Snapshot, StepRecords
from tests.tiny import small_spec


def _records(first: int, count: int) -> StepRecords:
    column, table = np.arange(first, first + count, dtype=np.float32), np.zeros((count, 3), np.float32)
    return StepRecords(1, first, 1, column, column, table, table, column)


def _snapshot(step: int) -> Snapshot:
    spec = small_spec()
    parameters = glorot_uniform(spec, 0)
    passed = forward(parameters, spec.activations, np.zeros((1, 6), np.float32))
    return Snapshot(1, step, spec, parameters, None, passed)


def test_records_come_out_once_and_in_order() -> None:
    inbox = Inbox()
    end = EpochRecord(1, 1, 3, 0.1, 0.9, 0.2, 0.8, 1.0)
    put = (_records(1, 2), _records(3, 1), end)
    for record in put:
        inbox.put(record)
    assert inbox.pending_steps == 3
    assert inbox.drain().records == put
    assert inbox.drain().records == ()
    assert inbox.pending_steps == 0


def test_only_the_newest_snapshot_is_kept_and_given_once() -> None:
    inbox = Inbox()
    for step in (1, 2, 3):
        inbox.put_snapshot(_snapshot(step))
    seen = inbox.drain().snapshot
    assert seen is not None
    assert seen.step == 3
    assert inbox.drain().snapshot is None


def test_room_ends_at_the_bound_and_comes_back_with_a_drain() -> None:
    inbox = Inbox(max_steps=10)
    inbox.put(_records(1, 9))
    assert inbox.wait_for_room(0)
    inbox.put(_records(10, 9))
    assert not inbox.wait_for_room(0.01)
    inbox.drain()
    assert inbox.wait_for_room(0)
    few = Inbox(max_records=2)
    few.put(_records(1, 1))
    few.put(_records(2, 1))
    assert not few.wait_for_room(0)


def test_clear_throws_away_and_close_wakes_whoever_waits() -> None:
    inbox = Inbox(max_steps=1)
    inbox.put(_records(1, 5))
    inbox.put_snapshot(_snapshot(1))
    inbox.clear()
    delivery = inbox.drain()
    assert (delivery.records, delivery.snapshot) == ((), None)
    inbox.put(_records(1, 5))
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(inbox.wait_for_room(60)))
    waiting.start()
    inbox.close()
    waiting.join(30)
    assert answers == [False]
    assert inbox.drain().records


def test_a_producer_faster_than_its_reader_stays_within_the_bound_and_loses_nothing() -> None:
    inbox, bound, chunk, chunks = Inbox(max_steps=50), 50, 20, 200
    highest = 0

    def produce() -> None:
        made = 0
        while made < chunks:
            if inbox.wait_for_room(0.01):
                inbox.put(_records(made * chunk, chunk))
                made += 1

    producer = threading.Thread(target=produce)
    producer.start()
    seen: list[float] = []
    while len(seen) < chunk * chunks:
        highest = max(highest, inbox.pending_steps)
        for record in inbox.drain().records:
            assert isinstance(record, StepRecords)
            seen += record.loss.tolist()
    producer.join(30)
    assert seen == list(range(chunk * chunks))
    assert highest < bound + chunk
