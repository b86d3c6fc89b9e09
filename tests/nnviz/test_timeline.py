"""Animation as a pure function of time, in the order of the chain rule."""

import itertools

import pytest

from nnviz.picture.timeline import blank, ease, frame_at, stage_index, stages, still


def test_stages_go_forward_then_back_then_update() -> None:
    kinds = [(stage.kind, stage.layer) for stage in stages(3)]
    assert kinds == [
        ("input", 0), ("sum", 1), ("activation", 1), ("sum", 2), ("activation", 2), ("sum", 3),
        ("activation", 3), ("loss", 3), ("output_gradient", 3), ("gradient", 3), ("back", 2), ("gradient", 2),
        ("back", 1), ("gradient", 1), ("update", 3), ("after", 3),
    ]


def test_without_label_there_is_no_way_back_and_without_step_no_update() -> None:
    assert all(stage.direction == "forward" for stage in stages(2, backward=False))
    assert stages(2, backward=False)[-1].kind == "activation"
    assert {stage.direction for stage in stages(2, update=False)} == {"forward", "backward"}


@pytest.mark.parametrize("layers", [1, 2, 3, 20])
def test_stages_touch(layers: int) -> None:
    plan = stages(layers)
    assert plan[0].start == 0
    for before, after in itertools.pairwise(plan):
        assert before.end == pytest.approx(after.start)
    for index, stage in enumerate(plan):
        assert stage_index(plan, (stage.start + stage.end) / 2) == index


def test_same_time_same_frame_however_it_was_reached() -> None:
    plan = stages(3)
    played = [frame_at(plan, 3, t / 100) for t in range(round(plan[-1].end * 100))]
    scrubbed = [frame_at(plan, 3, t / 100) for t in reversed(range(round(plan[-1].end * 100)))]
    assert played == scrubbed[::-1]


def test_forward_wave_reveals_layer_after_layer() -> None:
    plan = stages(2)
    by_kind = {(stage.kind, stage.layer): stage for stage in plan}
    early = frame_at(plan, 2, by_kind["sum", 1].end - 1e-6)
    assert early.units[1].new == "z"
    assert early.units[2].new == "none"
    assert early.probabilities == "none"
    middle = by_kind["sum", 2]
    moving = frame_at(plan, 2, middle.start + middle.duration * 0.3)
    assert moving.edges[1].pulse is not None
    assert 0 < moving.edges[1].high < 1
    assert moving.edges[0].pulse is None
    done = frame_at(plan, 2, by_kind["activation", 2].end - 1e-6)
    assert done.units[2].new == "a"
    assert done.probabilities == "now"


def test_backward_wave_comes_from_the_right() -> None:
    plan = stages(2)
    stage = next(s for s in plan if s.kind == "gradient" and s.layer == 2)
    fronts = [frame_at(plan, 2, stage.start + stage.duration * share).edges[1].low for share in (0.1, 0.4, 0.7)]
    assert fronts[0] > fronts[1] > fronts[2]
    assert frame_at(plan, 2, stage.start + 0.1).edges[1].over == "gradient"
    assert frame_at(plan, 2, stage.start + 0.1).edges[0].over == "contribution"


def test_end_shows_the_new_prediction() -> None:
    plan = stages(2)
    last = frame_at(plan, 2, plan[-1].end)
    assert last == frame_at(plan, 2, plan[-1].end + 100)
    assert last.probabilities == "after"
    assert all(look.new == "a_after" for look in last.units[1:])


def test_still_and_blank() -> None:
    assert all(edge.base == "weight" and edge.base_opacity == 1 for edge in still(3, "weight").edges)
    assert blank(3).probabilities == "none"
    assert {look.new for look in blank(3).units} == {"none"}


def test_ease_is_gentle_and_rises() -> None:
    places = [ease(t / 50) for t in range(51)]
    assert places[0] == 0
    assert places[-1] == 1
    assert places == sorted(places)
    assert places[1] < 1 / 50
    assert ease(-1) == 0
    assert ease(2) == 1
