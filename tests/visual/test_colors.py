"""Colours: a larger value is further from the middle, signs part ways, also for eyes that lack a cone."""

import numpy as np
import pytest

from nnviz.picture.colors import data_colors, diverging_rgb, ink_rgb

pytestmark = pytest.mark.visual

#: Linear-RGB matrices of Machado, Oliveira and Fernandes (2009), severity 1.0.
CVD = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "normal": np.eye(3).tolist(),
}


def to_lab(rgb):
    linear = np.asarray(rgb, float) / 255
    return linear_to_lab(np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4))


def linear_to_lab(linear):
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = np.clip(linear, 0, 1) @ matrix.T / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def seen(rgb, eyes):
    linear = np.asarray(rgb, float) / 255
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    return linear_to_lab(np.array(CVD[eyes]) @ linear)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("quantity", ["weight", "gradient"])
@pytest.mark.parametrize("eyes", list(CVD))
def test_signs_differ_for_every_eye(dark: bool, quantity: str, eyes: str) -> None:
    palette = data_colors(dark).palette(quantity)
    ends = [seen(palette.negative, eyes), seen(palette.positive, eyes), seen(palette.zero, eyes)]
    # 20 units of CIE 1976 ΔE are plainly different colours.
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert np.linalg.norm(ends[one] - ends[other]) > 20


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("quantity", ["activation", "gradient"])
def test_larger_magnitude_is_further_from_zero(dark: bool, quantity: str) -> None:
    palette = data_colors(dark).palette(quantity)
    zero = to_lab(palette.zero)
    for sign in (-1, 1):
        rgb = diverging_rgb(sign * np.array([0, 0.1, 0.3, 0.6, 1.0]), 1.0, palette)
        away = [np.linalg.norm(to_lab(color) - zero) for color in rgb]
        assert away == sorted(away)
        assert away[0] < 1
        assert away[-1] > away[1] > 0


def test_scale_nan_and_zero() -> None:
    palette = data_colors(False).signal
    assert diverging_rgb(np.array([np.nan]), 1.0, palette)[0].tolist() == list(palette.zero)
    assert diverging_rgb(np.array([5.0, -5.0]), 0.0, palette).tolist() == [list(palette.zero)] * 2
    assert diverging_rgb(np.array([7.0]), 2.0, palette)[0].tolist() == list(palette.positive)


def test_ink_is_linear_between_paper_and_ink() -> None:
    colors = data_colors(False)
    rgb = ink_rgb(np.array([0, 0.5, 1]), colors)
    assert rgb[0].tolist() == list(colors.paper)
    assert rgb[2].tolist() == list(colors.ink)
    assert np.abs(rgb[1] - (np.array(colors.paper) + colors.ink) / 2).max() <= 1
