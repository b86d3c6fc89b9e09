"""How the network is shown, as it is remembered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnviz.errors import SpecError
from nnviz.picture.absent import edge_reasons, unit_reasons
from nnviz.picture.look import Look
from nnviz.picture.quantities import EDGE_QUANTITIES, UNIT_QUANTITIES, edge_values, unit_values
from nnviz.picture.timeline import matching_time, stages
from tests.snapshots import snapshot_of


def test_json_brings_every_choice_back() -> None:
    look = Look(
        "gradient", None, 0.25, "global", "log", "z", "elided", ((1, "grid"), (3, "elided")), True, True, True
    )
    assert Look.from_json(look.to_json()) == look
    assert Look.from_json("{}") == Look()
    assert Look.from_json('{"top_k": 77}') == Look(top_k=77)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not valid JSON"), ("[1]", "must be an object"), ('{"colour": 1}', "has no colour"),
        ('{"edges": "blame"}', "edges must be one of"), ('{"units": "b"}', "units must be one of"),
        ('{"top_k": 1.5}', "whole number"), ('{"top_k": true}', "whole number"), ('{"threshold": "a"}', "a number"),
        ('{"threshold": 1}', r"in \[0, 1\)"), ('{"threshold": NaN}', r"in \[0, 1\)"), ('{"bias": 1}', "true or false"),
        ('{"folds": {"1": "grid"}}', "list of"), ('{"folds": [[1, "torn"]]}', "fold of layer 1"),
        ('{"folds": [[-1, "grid"]]}', "list of"), ('{"fold": null}', "fold must be one of"),
        ("[" * 100_000, "JSON"), ('{"edges": ["weight"]}', "edges must be one of"),
    ],
)
def test_anything_else_is_refused_with_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        Look.from_json(text)


def test_reasons_are_given_for_exactly_what_the_snapshot_has_not() -> None:
    full, drawing = snapshot_of(), snapshot_of(label=None)
    for snapshot in (full, drawing, replace(full, update=None)):
        missing = {q for q in EDGE_QUANTITIES if edge_values(snapshot, 0, q) is None}
        assert set(edge_reasons(snapshot)) == missing
        # Weights are images, no values; these snapshots have an image as input.
        absent = {q for q in UNIT_QUANTITIES if q != "weights" and unit_values(snapshot, 1, q) is None}
        assert set(unit_reasons(snapshot)) == absent
    assert edge_reasons(None) == unit_reasons(None) == {}


def test_the_same_moment_in_another_plan() -> None:
    full, forward_only = stages(3), stages(3, backward=False, update=False)
    for stage in full:
        t = stage.start + 0.3 * stage.duration
        assert matching_time(full, t, full) == pytest.approx(t)
        there = matching_time(full, t, forward_only)
        assert there is not None
        if stage.kind in ("input", "sum", "activation"):
            assert there == pytest.approx(t)  # both begin alike
        else:
            assert there == pytest.approx(forward_only[-1].end, abs=1e-3)  # held where it has no such stage
    assert matching_time((), 1.0, full) is None
    assert matching_time(full, 1.0, ()) is None
