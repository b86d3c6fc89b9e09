"""Animation as a pure function of time, in the order of the chain rule."""

import itertools
from dataclasses import replace

import pytest

from nnviz.picture.timeline import (
    FORWARD,
    LONGEST_S,
    EdgeLook,
    Frame,
    at_rest,
    blank,
    ease,
    frame_at,
    pulse_at,
    stage_index,
    stages,
    stages_of,
    still,
)
from nnviz.spec import LayerSpec, NetworkSpec
from nnviz.training.records import OptimizerStep
from tests.snapshots import snapshot_of


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
    assert blank(3).probabilities == "uniform"
    assert {look.new for look in blank(3).units} == {"none"}


def test_ease_is_gentle_and_rises() -> None:
    places = [ease(t / 50) for t in range(51)]
    assert places[0] == 0
    assert places[-1] == 1
    assert places == sorted(places)
    assert places[1] < 1 / 50
    assert ease(-1) == 0
    assert ease(2) == 1


def test_fine_stages_follow_the_chain_rule_one_derivative_at_a_time() -> None:
    kinds = [(stage.kind, stage.layer) for stage in stages(2, fine=True, normalised=(1,), optimizer=True)]
    assert kinds == [
        ("input", 0), ("sum", 1), ("normalise", 1), ("activation", 1), ("sum", 2), ("activation", 2), ("loss", 2),
        ("output_gradient", 2), ("gradient", 2), ("da", 1), ("dz", 1), ("gradient", 1), ("optimizer", 2),
        ("update", 2), ("after", 2),
    ]


def test_stages_of_a_snapshot_are_those_it_has_tensors_for() -> None:
    spec = NetworkSpec((4,), (LayerSpec(5, "relu", batch_norm=True), LayerSpec(3, "softmax")))
    full = snapshot_of(spec)
    assert ("normalise", 1) in {(stage.kind, stage.layer) for stage in stages_of(full)}
    assert "optimizer" not in {stage.kind for stage in stages_of(full)}
    assert full.gradients is not None
    step = OptimizerStep("sgd", 1, 0.1, (), full.gradients.parameters, (), ())
    assert "optimizer" in {stage.kind for stage in stages_of(replace(full, optimizer=step))}
    assert {stage.direction for stage in stages_of(snapshot_of(spec, update=False))} == {"forward", "backward"}
    assert {stage.kind for stage in stages_of(snapshot_of(spec, label=None))} <= set(FORWARD)


@pytest.mark.parametrize("layers", [1, 3, 6, 20, 32])
def test_a_step_of_a_deep_network_does_not_last_longer(layers: int) -> None:
    plan = stages(layers, fine=True, optimizer=True)
    assert plan[-1].end <= LONGEST_S + 1e-9
    if layers > 6:
        assert plan[-1].end == pytest.approx(LONGEST_S)


def seen(frame: Frame) -> dict[str, float]:
    """Return how strongly everything in a frame is seen, by name: edges by opacity and extent, units by mix."""
    amounts: dict[str, float] = {"loss": frame.loss, "now": 0.0, "after": 0.0}
    if frame.probabilities != "none":
        amounts[frame.probabilities] = frame.answer
    for layer, look in enumerate(frame.edges):
        amounts[f"edges {layer} {look.base}"] = look.base_opacity
        if look.over:
            name = f"edges {layer} {look.over}"
            amounts[name] = amounts.get(name, 0.0) + look.over_opacity * (look.high - look.low)
        amounts[f"flash {layer}"] = look.flash
    for layer, unit in enumerate(frame.units):
        for quantity, share in ((unit.old, 1 - unit.mix), (unit.new, unit.mix)):
            if quantity != "none":
                name = f"units {layer} {quantity}"
                amounts[name] = amounts.get(name, 0.0) + share
    return amounts


@pytest.mark.parametrize("fine", [True, False])
@pytest.mark.parametrize("layers", [1, 2, 4, 20])
def test_nothing_jumps_anywhere_least_of_all_between_stages(layers: int, fine: bool) -> None:
    plan = stages(layers, fine=fine, optimizer=fine, normalised=(1,))
    borders = [stage.start for stage in plan[1:]]
    ticks = [t for border in borders for t in (border - 1e-6, border + 1e-6)]
    for before, after in zip(ticks[::2], ticks[1::2], strict=True):
        old, new = seen(frame_at(plan, layers, before)), seen(frame_at(plan, layers, after))
        for name in old.keys() | new.keys():
            assert old.get(name, 0.0) == pytest.approx(new.get(name, 0.0), abs=1e-3), (name, before)
    # Within stages nothing goes faster than its stage allows: 1 in a tenth of the shortest stage.
    step = 0.002 * min(stage.duration for stage in plan)
    for stage in plan:
        for k in range(0, 500, 50):
            t = stage.start + k * step
            old, new = seen(frame_at(plan, layers, t)), seen(frame_at(plan, layers, t + step))
            for name in old.keys() | new.keys():
                assert abs(old.get(name, 0.0) - new.get(name, 0.0)) < 0.05, (name, stage.kind)


def test_pulses_run_with_the_wave_each_in_its_own_time() -> None:
    plan = stages(2, fine=True)
    forward = next(stage for stage in plan if stage.kind == "sum")
    backward = next(stage for stage in plan if stage.kind == "gradient")
    for stage, is_back in ((forward, False), (backward, True)):
        look: EdgeLook = frame_at(plan, 2, stage.start + 0.5 * stage.duration).edges[stage.layer - 1]
        assert look.backward is is_back
        assert look.pulse is not None
        places = [pulse_at(look.pulse, phase)[0] for phase in (0.0, 0.3, 0.6, 0.9)]
        assert places == sorted(places, reverse=True)
        assert len(set(places)) == 4
    track = [pulse_at(k / 200, 0.4) for k in range(201)]
    assert [place for place, _ in track] == sorted(place for place, _ in track)
    assert track[0] == (0.0, 0.0)
    assert track[-1] == (1.0, 0.0)
    assert max(bright for _, bright in track) == 1.0
    # None appears or goes at once.
    assert max(abs(a[1] - b[1]) for a, b in itertools.pairwise(track)) < 0.1


def test_at_rest_a_stage_is_complete_and_nothing_moves() -> None:
    plan = stages(3, fine=True, optimizer=True)
    for index, stage in enumerate(plan):
        moments = {at_rest(plan, stage.start + share * stage.duration) for share in (0.0, 0.3, 0.9)}
        assert moments == {stage.rest}
        frame = frame_at(plan, 3, stage.rest)
        assert frame.stage == index
        assert all(look.pulse is None and look.flash < 1e-3 for look in frame.edges)
        assert frame.progress == pytest.approx(1.0, abs=1e-4)
