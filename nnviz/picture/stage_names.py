"""Names of stages that mean the same for networks of other sizes: for settings and the command line."""

from __future__ import annotations

from nnviz.picture.timeline import Stage


def stage_key(stage: Stage) -> str:
    """Return kind and layer of a stage, ``sum-2``; a kind that comes once is its name alone, ``loss``."""
    many = stage.kind in ("sum", "activation", "gradient", "back")
    return f"{stage.kind}-{stage.layer}" if many else stage.kind
