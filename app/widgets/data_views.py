"""The views of the data panel: which there are for which data, and the choices each has."""

from __future__ import annotations

from dataclasses import dataclass, field

from nnviz.data.dataset import Dataset
from nnviz.data.describe import SPLITS, is_image

#: Name of a view to what its button says and explains.
VIEWS: dict[str, tuple[str, str]] = {
    "samples": ("Samples", "Samples by class; click one to see it in the network."),
    "points": ("Points", "Samples as points over two features; click one to see it in the network."),
    "counts": ("Counts", "How many samples of each class there are in each split."),
    "target": ("Target", "How the values to be learnt are spread, in each split."),
    "mean": ("Mean", "The mean image of each class, and how two of them differ."),
    "features": ("Features", "How the values of a feature are spread, by class."),
    "fed": ("Fed in", "What the network gets after scaling."),
}
#: Views that show a split, and which they show first: a sample of the test split can go into the network.
FIRST_SPLITS = {"samples": "test", "points": "test", "mean": "train", "features": "train", "fed": "train"}


def views_for(dataset: Dataset) -> tuple[str, ...]:
    """Return the views that fit a data set, the first one first."""
    spread = "target" if dataset.task == "regression" else "counts"
    if is_image(dataset):
        return ("samples", spread, "mean", "features", "fed")
    if dataset.input_shape == (2,):
        return ("points", "samples", spread, "features", "fed")
    return ("samples", "points", spread, "features", "fed")


@dataclass(slots=True)
class Choices:
    """What is chosen in each view. Mutable; the panel owns it.

    Attributes:
        view: that is shown.
        splits: by view.
        group: of the samples, −1 for all.
        across, up: features of the points.
        mean, minus: classes of the mean images; −1 for no second one.
        feature: of the histograms; −1 until one is chosen.
        target: of a regression.
    """

    view: str = "samples"
    splits: dict[str, str] = field(default_factory=lambda: dict(FIRST_SPLITS))
    group: int = -1
    across: int = 0
    up: int = 1
    mean: int = 0
    minus: int = -1
    feature: int = -1
    target: int = 0

    def split(self) -> str:
        """Return the split that the view shows."""
        return self.splits.get(self.view, SPLITS[0])
