"""Edges as they are rendered, seen by eyes that lack a cone: signs, silence, and signal against blame.

Seen colours: Viénot, Brettel and Mollon, "Digital video colourmaps for checking the legibility of displays by
dichromats", Color Research and Application 24 (1999): linear RGB to cones and back, in one matrix each; and the
matrices of Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency",
IEEE TVCG 15 (2009), severity 1. Differences: CIE 1976 ΔE*ab, D65; 2.3 are just noticeable, 20 are plainly different.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from app.theme import DARK, LIGHT
from app.widgets.edge_pictures import EdgeJob, draw
from nnviz.maths.forward import forward
from nnviz.maths.parameters import LayerParameters
from nnviz.picture.colors import data_colors, diverging_rgb
from nnviz.picture.layout import arrange
from nnviz.picture.look import Look
from nnviz.spec import LayerSpec, NetworkSpec
from nnviz.training.records import Reference, Snapshot

pytestmark = pytest.mark.visual

#: Plainly different colours, in CIE 1976 ΔE.
PLAIN = 20.0
EYES = {
    "normal": np.eye(3),
    # Viénot 1999, equations for linear RGB.
    "protanopia, Viénot": np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
    "deuteranopia, Viénot": np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]),
    "protanopia, Machado": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia, Machado": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}


def lab(rgb: np.ndarray, eyes: str) -> np.ndarray:
    """Return CIE L*a*b* of sRGB colours in 0 to 255, as these eyes see them."""
    share = np.asarray(rgb, float) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ EYES[eyes].T, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def rendered(quantity: str, dark: bool, share: float = 1.0) -> dict[str, np.ndarray]:
    """Return the colours of pixels of a positive and a negative edge and of the ground between, on the screen.

    ``share``: how strong the two edges are; a third of full strength is there to set the scale.
    """
    spec = NetworkSpec((1,), (LayerSpec(3, "linear"),))
    kernel = np.array([[share, 1.0, -share]], np.float32)
    parameters = (LayerParameters(kernel, np.zeros(3, np.float32)),)
    start = (LayerParameters(np.zeros_like(kernel), np.zeros(3, np.float32)),)
    snapshot = Snapshot(
        1, 0, spec, parameters, None, forward(parameters, spec.activations, np.ones((1, 1), np.float32)),
        reference=Reference("the start", 0, start),
    )
    layout = arrange(spec, 400, 300)
    picture = draw(EdgeJob(snapshot, layout, 400, 300, 2.0, dark, Look(edges=quantity), (quantity,))).get(0, quantity)
    assert picture is not None
    screen = QImage(picture.image.size(), QImage.Format.Format_RGB32)
    screen.fill(QColor((DARK if dark else LIGHT).surface))
    painter = QPainter(screen)
    painter.drawImage(0, 0, picture.image)
    painter.end()
    seen = {}
    for line, unit in zip(picture.lines, picture.units, strict=True):
        ends = line * 2 - np.tile([picture.area.x() * 2, picture.area.y() * 2], 2)
        # The pixel of the edge that is most covered: not one in the gap of a dash.
        best = (-1, (0, 0, 0))
        for at in np.linspace(0.6, 0.75, 60):
            x, y = (ends[:2] + at * (ends[2:] - ends[:2])).astype(int)
            best = max(best, (picture.image.pixelColor(x, y).alpha(), screen.pixelColor(x, y).getRgb()[:3]))
        seen[{0: "positive", 1: "full", 2: "negative"}[int(unit)]] = np.array(best[1])
    seen["ground"] = np.array(QColor((DARK if dark else LIGHT).surface).getRgb()[:3])
    return seen


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("quantity", ["weight", "change"])
def test_the_sign_of_an_edge_is_seen(quantity: str, eyes: str, dark: bool) -> None:
    seen = rendered(quantity, dark)
    colors = {name: lab(rgb, eyes) for name, rgb in seen.items()}
    for one, other in itertools.combinations(("positive", "negative", "ground"), 2):
        assert np.linalg.norm(colors[one] - colors[other]) > PLAIN, (one, other)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("eyes", EYES)
def test_signal_is_not_taken_for_blame(eyes: str, dark: bool) -> None:
    signal, blame = rendered("weight", dark), rendered("change", dark)
    for one, other in itertools.product(("positive", "negative"), repeat=2):
        away = np.linalg.norm(lab(signal[one], eyes) - lab(blame[other], eyes))
        assert away > PLAIN / 2, (one, other)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("quantity", ["weight", "change"])
def test_a_stronger_edge_is_further_from_the_ground(quantity: str, eyes: str, dark: bool) -> None:
    away = []
    for share in (0.1, 0.4, 1.0):
        seen = rendered(quantity, dark, share)
        away.append([
            np.linalg.norm(lab(seen[sign], eyes) - lab(seen["ground"], eyes)) for sign in ("positive", "negative")
        ])
    assert np.all(np.diff(away, axis=0) > 0)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("quantity", ["a", "dz"])
def test_the_sign_of_a_unit_is_seen(quantity: str, eyes: str, dark: bool) -> None:
    palette = data_colors(dark).palette(quantity)
    colors = [lab(rgb, eyes) for rgb in diverging_rgb(np.array([-0.5, 0.0, 0.5]), 1.0, palette)]
    for one, other in itertools.combinations(colors, 2):
        assert np.linalg.norm(one - other) > PLAIN


def test_the_simulation_takes_red_for_green_and_leaves_grey() -> None:
    for eyes in EYES:
        grey = np.array([128, 128, 128])
        assert np.linalg.norm(lab(grey, eyes) - lab(grey, "normal")) < 1.5
    # A red and a green of one lightness for these eyes: far apart for others.
    red, green = np.array([163, 89, 0]), np.array([107, 107, 12])
    normal = np.linalg.norm(lab(red, "normal") - lab(green, "normal"))
    assert np.linalg.norm(lab(red, "deuteranopia, Viénot") - lab(green, "deuteranopia, Viénot")) < normal / 2
