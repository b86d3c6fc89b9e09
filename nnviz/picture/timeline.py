"""Anatomy of a step: what the picture shows at time t, as a pure function of time.

The stages are those of one sample on its way: in, through each layer's weighted sum and activation, to the
loss; back through each layer's gradients; then the update of the optimizer and the new prediction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

#: Seconds of a stage at speed 1.
DURATIONS = {
    "input": 0.8,
    "sum": 1.3,
    "activation": 0.7,
    "loss": 1.0,
    "output_gradient": 0.9,
    "gradient": 1.3,
    "back": 0.8,
    "update": 1.6,
    "after": 1.2,
}
FORWARD = ("input", "sum", "activation", "loss")
BACKWARD = ("output_gradient", "gradient", "back")


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
    def direction(self) -> str:
        """``"forward"``, ``"backward"`` or ``"update"``."""
        if self.kind in FORWARD:
            return "forward"
        return "backward" if self.kind in BACKWARD else "update"


@dataclass(frozen=True, slots=True)
class UnitLook:
    """How the units of one layer look: a mix of two quantities.

    Attributes:
        old, new: ``"none"``, ``"x"``, ``"z"``, ``"a"``, ``"dz"`` or ``"a_after"``.
        mix: 0 shows the old, 1 the new.
    """

    old: str = "none"
    new: str = "none"
    mix: float = 1.0


@dataclass(frozen=True, slots=True)
class EdgeLook:
    """How the edges into one dense layer look: a base picture and one over it that a front reveals.

    Attributes:
        base: quantity of the base picture (``"weight"``, ``"contribution"``, ``"gradient"``, ``"update"``).
        base_opacity: in [0, 1].
        over: quantity of the picture over it, or "".
        over_opacity: in [0, 1].
        low, high: the part of the way from the left layer to the right one where ``over`` shows, in [0, 1].
        pulse: place of the pulses on that way in [0, 1], or None.
    """

    base: str = "weight"
    base_opacity: float = 0.25
    over: str = ""
    over_opacity: float = 0.0
    low: float = 0.0
    high: float = 1.0
    pulse: float | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything a painter needs to know about one moment.

    Attributes:
        stage: index of the stage, −1 for the still picture outside the animation.
        progress: how far through the stage, in [0, 1].
        units: one look a layer, input first.
        edges: one look a dense layer.
        loss: opacity of the loss, in [0, 1].
        probabilities: ``"none"``, ``"now"`` or ``"after"``.
    """

    stage: int
    progress: float
    units: tuple[UnitLook, ...]
    edges: tuple[EdgeLook, ...]
    loss: float
    probabilities: str


def ease(t: float) -> float:
    """Return the smooth step 3t² − 2t³: gentle at both ends."""
    t = min(1.0, max(0.0, t))
    return t * t * (3 - 2 * t)


def stages(layers: int, *, backward: bool = True, update: bool = True) -> tuple[Stage, ...]:
    """Return the stages for a network of ``layers`` dense layers.

    Args:
        layers: at least 1.
        backward: whether there are gradients to show (the sample has a label).
        update: whether there is an update of the optimizer to show.
    """
    plan: list[tuple[str, int]] = [("input", 0)]
    for layer in range(1, layers + 1):
        plan += [("sum", layer), ("activation", layer)]
    if backward:
        plan += [("loss", layers), ("output_gradient", layers)]
        for layer in range(layers, 0, -1):
            plan.append(("gradient", layer))
            if layer > 1:
                plan.append(("back", layer - 1))
        if update:
            plan += [("update", layers), ("after", layers)]
    made, start = [], 0.0
    for kind, layer in plan:
        made.append(Stage(kind, layer, start, DURATIONS[kind]))
        start += DURATIONS[kind]
    return tuple(made)


def stage_index(plan: Sequence[Stage], t: float) -> int:
    """Return the index of the stage that holds at time t (seconds), clamped to the plan."""
    for index, stage in enumerate(plan):
        if t < stage.end:
            return index
    return len(plan) - 1


def still(layers: int, edge_quantity: str, unit_quantity: str = "a") -> Frame:
    """Return the picture outside the animation: the whole pass at once, edges of the chosen quantity."""
    units = (UnitLook("x", "x"), *(UnitLook(unit_quantity, unit_quantity) for _ in range(layers)))
    return Frame(
        -1, 1.0, units, tuple(EdgeLook(edge_quantity, 1.0) for _ in range(layers)), 1.0, "now"
    )


def blank(layers: int) -> Frame:
    """Return the picture of a network without an input: its weights, faint, and empty units."""
    units = tuple(UnitLook("none", "none") for _ in range(layers + 1))
    return Frame(-1, 1.0, units, tuple(EdgeLook("weight", 0.5) for _ in range(layers)), 0.0, "none")


def frame_at(plan: Sequence[Stage], layers: int, t: float) -> Frame:
    """Return the frame at time t (seconds at speed 1): the same however t was reached."""
    last = plan[-1].end
    t = min(max(t, 0.0), last)
    index = stage_index(plan, t)
    units = [UnitLook("none", "none") for _ in range(layers + 1)]
    edges = [EdgeLook("weight", 0.22) for _ in range(layers)]
    loss, probabilities, progress = 0.0, "none", 1.0
    for place, stage in enumerate(plan[: index + 1]):
        now = place == index
        progress = (t - stage.start) / stage.duration if now else 1.0
        p = ease(progress)
        k = stage.layer - 1  # index of the edges into the layer
        if stage.kind == "input":
            units[0] = UnitLook("none", "x", p)
        elif stage.kind == "sum":
            reach = ease(min(1.0, progress / 0.75))
            edges[k] = replace(
                edges[k], over="contribution", over_opacity=1.0, high=reach, base_opacity=0.22 * (1 - p),
                pulse=reach if now and progress < 0.75 else None,
            )
            units[stage.layer] = UnitLook("none", "z", ease((progress - 0.65) / 0.35))
        elif stage.kind == "activation":
            units[stage.layer] = UnitLook("z", "a", p)
            # The edges stay, fainter, so that the eye follows the wave.
            edges[k] = replace(edges[k], over_opacity=1.0 - 0.45 * p, pulse=None)
            if stage.layer == layers:
                probabilities = "now"
        elif stage.kind == "loss":
            loss = p
        elif stage.kind == "output_gradient":
            units[stage.layer] = UnitLook("a", "dz", p)
        elif stage.kind == "gradient":
            reach = ease(min(1.0, progress / 0.85))
            edges[k] = EdgeLook(
                "contribution", 0.55 * (1 - reach), "gradient", 1.0, 1.0 - reach, 1.0,
                1.0 - reach if now and progress < 0.85 else None,
            )
        elif stage.kind == "back":
            units[stage.layer] = UnitLook("a", "dz", p)
            edges[k + 1] = replace(edges[k + 1], over_opacity=1.0 - 0.35 * p, pulse=None)
        elif stage.kind == "update":
            # Up quickly, then held: the flash says "these moved".
            flash = ease(min(1.0, progress / 0.35))
            edges = [EdgeLook("gradient", 0.65 * (1 - flash), "update", flash) for _ in range(layers)]
        elif stage.kind == "after":
            edges = [
                EdgeLook("update", 1 - p, "contribution_after", p) for _ in range(layers)
            ]
            units = [units[0], *(UnitLook("dz", "a_after", p) for _ in range(layers))]
            probabilities = "after" if progress > 0.3 else "now"
    return Frame(index, progress, tuple(units), tuple(edges), loss, probabilities)


def matching_time(plan: Sequence[Stage], t: float, other: Sequence[Stage]) -> float | None:
    """Return the moment of another plan that shows the same as t (seconds at speed 1) of this one.

    Where the other has no such stage, because nothing is known to be right or nothing was learnt, it is the end of
    the last stage before that it has; None where there is none at all.
    """
    if not plan or not other:
        return None
    index = stage_index(plan, t)
    progress = min(1.0, max(0.0, (t - plan[index].start) / plan[index].duration))
    ends = {(stage.kind, stage.layer): stage for stage in other}
    for place in range(index, -1, -1):
        same = ends.get((plan[place].kind, plan[place].layer))
        if same is not None:
            return same.start + (progress * same.duration if place == index else same.duration - 1e-6)
    return 0.0
