"""Names of stages that mean the same for networks of other sizes: for settings and the command line."""

from __future__ import annotations

from nnviz.picture.timeline import Stage

#: Kinds that no step has twice; the others come once a layer.
ONCE = frozenset({"input", "loss", "output_gradient", "optimizer", "update", "after"})


def stage_key(stage: Stage) -> str:
    """Return kind and layer of a stage, ``sum-2``; a kind that comes once is its name alone, ``loss``."""
    return stage.kind if stage.kind in ONCE else f"{stage.kind}-{stage.layer}"
