"""Anatomy of a step: what the picture shows at time t, as a pure function of time.

The stages are those of one sample on its way: in, through each layer's weighted sum and activation, to the
loss; back through each layer's gradients; then what the optimizer makes of them, the update, and the new prediction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from nnviz.training.records import Snapshot

#: Seconds of a stage at speed 1 in a network of few layers.
DURATIONS = {
    "input": 0.8,
    "sum": 1.3,
    "normalise": 0.7,
    "activation": 0.7,
    "loss": 1.0,
    "output_gradient": 0.9,
    "gradient": 1.3,
    "back": 0.8,
    "da": 0.7,
    "dz": 0.6,
    "optimizer": 1.3,
    "update": 1.6,
    "after": 1.2,
}
#: A whole step takes at most this long at speed 1, in seconds: deep networks have shorter stages.
LONGEST_S = 25.0
FORWARD = ("input", "sum", "normalise", "activation", "loss")
BACKWARD = ("output_gradient", "gradient", "back", "da", "dz")
#: This much before its end a stage is complete; the end itself belongs to the next one. Seconds at speed 1.
BEFORE_END_S = 1e-6
#: How faint the weights are below what is told of.
GROUND = 0.22
#: The part of a stage by which its front has arrived; then the units fill.
FRONT_SHARE = 0.75
PULSE_SHARE = 0.88
#: Pulses set out one after the other within this part of their time.
PULSE_SPREAD = 0.3


@dataclass(frozen=True, slots=True)
class Stage:
    """One named stage.

    Attributes:
        kind: a key of ``DURATIONS``.
        layer: the dense layer it speaks of, the first being 1; 0 for the input.
        start: seconds from the beginning of the animation at speed 1.
        duration: seconds at speed 1.
    """

    kind: str
    layer: int
    start: float
    duration: float

    @property
    def end(self) -> float:
        """Seconds at which the stage is over."""
        return self.start + self.duration

    @property
    def rest(self) -> float:
        """Seconds at which all of the stage is shown and the next one has not begun."""
        return self.end - BEFORE_END_S

    @property
    def direction(self) -> str:
        """``"forward"``, ``"backward"`` or ``"update"``."""
        if self.kind in FORWARD:
            return "forward"
        return "backward" if self.kind in BACKWARD else "update"


@dataclass(frozen=True, slots=True)
class UnitLook:
    """How the units of one layer look: a mix of two quantities.

    Attributes:
        old, new: ``"none"``, ``"x"``, ``"z"``, ``"n"``, ``"a"``, ``"da"``, ``"dz"`` or ``"a_after"``.
        mix: 0 shows the old, 1 the new.
        fills: whether the new one rises in the unit like a liquid, because its sum arrives.
    """

    old: str = "none"
    new: str = "none"
    mix: float = 1.0
    fills: bool = False


@dataclass(frozen=True, slots=True)
class EdgeLook:
    """How the edges into one dense layer look: a base picture and one over it that a front reveals.

    Attributes:
        base: quantity of the base picture (``"weight"``, ``"contribution"``, ``"gradient"``, ``"update"``, …).
        base_opacity: in [0, 1].
        over: quantity of the picture over it, or "".
        over_opacity: in [0, 1].
        low, high: the part of the way from the left layer to the right one where ``over`` shows, in [0, 1].
        pulse: how far the pulses are in their time in [0, 1], see ``pulse_at``; None without pulses.
        backward: whether front and pulses run from right to left.
        flash: how strongly the edges of ``over`` light up, in [0, 1].
    """

    base: str = "weight"
    base_opacity: float = 0.25
    over: str = ""
    over_opacity: float = 0.0
    low: float = 0.0
    high: float = 1.0
    pulse: float | None = None
    backward: bool = False
    flash: float = 0.0


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything a painter needs to know about one moment.

    Attributes:
        stage: index of the stage, −1 for the still picture outside the animation.
        progress: how far through the stage, in [0, 1].
        units: one look a layer, input first.
        edges: one look a dense layer.
        loss: opacity of the loss, in [0, 1].
        probabilities: ``"none"``, ``"now"``, ``"after"``, or ``"uniform"`` where there is no input.
        answer: opacity of bars and numbers of the answer, in [0, 1].
    """

    stage: int
    progress: float
    units: tuple[UnitLook, ...]
    edges: tuple[EdgeLook, ...]
    loss: float
    probabilities: str
    answer: float = 1.0


def ease(t: float) -> float:
    """Return the smooth step 3t² − 2t³: gentle at both ends."""
    t = min(1.0, max(0.0, t))
    return t * t * (3 - 2 * t)


def pulse_at(progress: float, phase: float) -> tuple[float, float]:
    """Return where a pulse is on its edge and how bright, both in [0, 1].

    Args:
        progress: of all pulses in their time, in [0, 1].
        phase: of this pulse, in [0, 1): the larger, the later it sets out.
    """
    own = (progress - PULSE_SPREAD * phase) / (1 - PULSE_SPREAD)
    if not 0 < own < 1:
        return min(1.0, max(0.0, own)), 0.0
    # Bright on the way, and never there or gone at once.
    return ease(own), min(1.0, own / 0.12, (1 - own) / 0.12)


def stages(
    layers: int, *, backward: bool = True, update: bool = True, normalised: Collection[int] = (),
    optimizer: bool = False, fine: bool = False,
) -> tuple[Stage, ...]:
    """Return the stages for a network of ``layers`` dense layers.

    Args:
        layers: at least 1.
        backward: whether there are gradients to show (the sample has a label).
        update: whether there is an update of the optimizer to show.
        normalised: dense layers with batch normalisation, the first being 1.
        optimizer: whether it is known what the optimizer remembers.
        fine: whether dL/da and dL/dz of a layer are stages of their own (``"da"``, ``"dz"``) or one (``"back"``), and
            normalisation is one.
    """
    plan: list[tuple[str, int]] = [("input", 0)]
    for layer in range(1, layers + 1):
        plan.append(("sum", layer))
        if fine and layer in normalised:
            plan.append(("normalise", layer))
        plan.append(("activation", layer))
    if backward:
        plan += [("loss", layers), ("output_gradient", layers)]
        for layer in range(layers, 0, -1):
            plan.append(("gradient", layer))
            if layer > 1:
                plan += [("da", layer - 1), ("dz", layer - 1)] if fine else [("back", layer - 1)]
        if update:
            plan += [("optimizer", layers)] if optimizer else []
            plan += [("update", layers), ("after", layers)]
    seconds = sum(DURATIONS[kind] for kind, _ in plan)
    pace = min(1.0, LONGEST_S / seconds)
    made, start = [], 0.0
    for kind, layer in plan:
        made.append(Stage(kind, layer, start, DURATIONS[kind] * pace))
        start += DURATIONS[kind] * pace
    return tuple(made)


def stages_of(snapshot: Snapshot, *, fine: bool = True) -> tuple[Stage, ...]:
    """Return the stages that the tensors of a snapshot allow."""
    normalised = [k for k, layer in enumerate(snapshot.spec.layers, start=1) if layer.batch_norm]
    return stages(
        len(snapshot.spec.layers), backward=snapshot.gradients is not None, update=snapshot.update is not None,
        normalised=normalised, optimizer=fine and snapshot.optimizer is not None, fine=fine,
    )


def stage_index(plan: Sequence[Stage], t: float) -> int:
    """Return the index of the stage that holds at time t (seconds), clamped to the plan."""
    for index, stage in enumerate(plan):
        if t < stage.end:
            return index
    return len(plan) - 1


def at_rest(plan: Sequence[Stage], t: float) -> float:
    """Return when the stage that holds at time t is complete: what is shown instead of movement."""
    return plan[stage_index(plan, t)].rest


def still(layers: int, edge_quantity: str, unit_quantity: str = "a") -> Frame:
    """Return the picture outside the animation: the whole pass at once, edges of the chosen quantity."""
    units = (UnitLook("x", "x"), *(UnitLook(unit_quantity, unit_quantity) for _ in range(layers)))
    return Frame(
        -1, 1.0, units, tuple(EdgeLook(edge_quantity, 1.0) for _ in range(layers)), 1.0, "now"
    )


def blank(layers: int) -> Frame:
    """Return the picture of a network without an input: its weights, faint, empty units, uniform bars."""
    units = tuple(UnitLook("none", "none") for _ in range(layers + 1))
    return Frame(-1, 1.0, units, tuple(EdgeLook("weight", 0.5) for _ in range(layers)), 0.0, "uniform")


def frame_at(plan: Sequence[Stage], layers: int, t: float) -> Frame:
    """Return the frame at time t (seconds at speed 1): the same however t was reached."""
    t = min(max(t, 0.0), plan[-1].end)
    index = stage_index(plan, t)
    stage = plan[index]
    progress = (t - stage.start) / stage.duration
    return replace(
        _advanced(_before(tuple(plan), layers, index), stage, layers, progress), stage=index, progress=progress
    )


@lru_cache(maxsize=512)
def _before(plan: tuple[Stage, ...], layers: int, index: int) -> Frame:
    """Return what the end of the stage before the one at ``index`` looks like; kept, for a frame has little time."""
    if index == 0:
        return Frame(
            0, 0.0, tuple(UnitLook() for _ in range(layers + 1)),
            tuple(EdgeLook("weight", GROUND) for _ in range(layers)), 0.0, "none", 0.0,
        )
    return _advanced(_before(plan, layers, index - 1), plan[index - 1], layers, 1.0)


def _advanced(frame: Frame, stage: Stage, layers: int, progress: float) -> Frame:
    """Return what the end of the stages before looks like, so far into a stage."""
    p, units, edges, layer = ease(progress), list(frame.units), list(frame.edges), stage.layer
    k = layer - 1  # index of the edges into the layer
    kind = stage.kind
    if kind == "input":
        units[0] = UnitLook("none", "x", p)
    elif kind == "sum":
        reach = ease(min(1.0, progress / FRONT_SHARE))
        edges[k] = EdgeLook(
            "weight", GROUND * (1 - p), "contribution", 1.0, 0.0, reach, _pulse(progress)
        )
        units[layer] = UnitLook("none", "z", ease((progress - 0.55) / 0.45), fills=True)
    elif kind == "normalise":
        units[layer] = UnitLook("z", "n", p)
    elif kind == "activation":
        units[layer] = UnitLook(units[layer].new, "a", p)
        # The edges stay, fainter, so that the eye follows the wave.
        edges[k] = replace(edges[k], over_opacity=1.0 - 0.45 * p)
        if layer == layers:
            frame = replace(frame, probabilities="now" if p > 0 else "none", answer=p)
    elif kind == "loss":
        frame = replace(frame, loss=p)
    elif kind == "output_gradient":
        units[layer] = UnitLook("a", "dz", p)
    elif kind == "gradient":
        reach = ease(min(1.0, progress / FRONT_SHARE))
        edges[k] = EdgeLook(
            edges[k].over, 0.55 * (1 - reach), "gradient", 1.0, 1.0 - reach, 1.0, _pulse(progress), True
        )
    elif kind in ("back", "da"):
        units[layer] = UnitLook("a", "dz" if kind == "back" else "da", p)
        edges[k + 1] = replace(edges[k + 1], over_opacity=1.0 - 0.35 * p)
    elif kind == "dz":
        units[layer] = UnitLook("da", "dz", p)
    elif kind == "optimizer":
        edges = [_handed_on(look, "memory", p) for look in edges]
    elif kind == "update":
        # Up quickly, a flash on the edges that moved, then held.
        up = ease(min(1.0, progress / 0.35))
        flash = up * (1 - ease((progress - 0.35) / 0.5))
        edges = [replace(_handed_on(look, "update", up), flash=flash) for look in edges]
    elif kind == "after":
        edges = [_handed_on(look, "contribution_after", p) for look in edges]
        units = [units[0], *(UnitLook(look.new, "a_after", p) for look in units[1:])]
        # The old answer goes before the new one comes: two numbers in one place cannot be read.
        frame = replace(
            frame, probabilities="after" if progress > 0.4 else "now",
            answer=1 - ease(progress / 0.4) if progress <= 0.4 else ease((progress - 0.4) / 0.6),
        )
    return replace(frame, units=tuple(units), edges=tuple(edges))


def _pulse(progress: float) -> float | None:
    """Return how far the pulses are, so far into a stage: the last arrive a little behind the front."""
    return progress / PULSE_SHARE if progress < PULSE_SHARE else None


def _handed_on(look: EdgeLook, quantity: str, p: float) -> EdgeLook:
    """Return edges that go over from what they show to another quantity, all of them at once."""
    before, opacity = (look.over, look.over_opacity) if look.over else (look.base, look.base_opacity)
    return EdgeLook(before, opacity * (1 - p), quantity, p)


def matching_time(plan: Sequence[Stage], t: float, other: Sequence[Stage]) -> float | None:
    """Return the moment of another plan that shows the same as t (seconds at speed 1) of this one.

    Where the other has no such stage, because nothing is known to be right or nothing was learnt, it is the end of
    the last stage before that it has; None where there is none at all.
    """
    if not plan or not other:
        return None
    index = stage_index(plan, t)
    progress = min(1.0, max(0.0, (t - plan[index].start) / plan[index].duration))
    known = {(stage.kind, stage.layer): stage for stage in other}
    for place in range(index, -1, -1):
        same = known.get((plan[place].kind, plan[place].layer))
        if same is not None:
            return same.start + progress * same.duration if place == index else same.rest
    return 0.0
