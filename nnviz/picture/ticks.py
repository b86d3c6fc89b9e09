"""Where an axis puts its marks, and how numbers are written beside them."""

from __future__ import annotations

import math

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MINUS = "−"


def nice_step(span: float, most: int) -> float:
    """Return the smallest 1, 2 or 5 times a power of ten with at most ``most`` of them in ``span``."""
    rough = span / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1.0, 2.0, 5.0):
        if rough <= factor * power * (1 + 1e-9):
            return factor * power
    return 10.0 * power


def linear_ticks(low: float, high: float, most: int) -> tuple[list[float], float]:
    """Return about ``most`` round values in [low, high] and the distance between them.

    Raises:
        ValueError: ``high`` is not above ``low``.
    """
    if not high > low:
        raise ValueError(f"high must be above low, got {low} to {high}")
    step = nice_step(high - low, most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)], step


def log_ticks(low: float, high: float, most: int) -> tuple[list[tuple[float, str]], list[float]]:
    """Return the marks of a logarithmic axis.

    Args:
        low: log10 of the lower end.
        high: log10 of the upper end.
        most: how many labels there is room for.

    Returns:
        Labelled marks as (log10 value, text), and log10 values of marks without text. Decades are labelled
        10ⁿ; an axis shorter than two decades labels 1, 2, 5 times them as plain numbers, a shorter one
        round values.
    """
    decades = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    all_decades = range(math.floor(low), math.floor(high) + 1)
    if len(decades) >= 2:
        stride = max(1, math.ceil(len(decades) / max(most, 1)))
        labelled = [(float(d), f"10{superscript(d)}") for d in decades if d % stride == 0]
        labelled = labelled or [(float(decades[0]), f"10{superscript(decades[0])}")]
        shown = {place for place, _ in labelled}
        minor = [float(d) for d in decades if float(d) not in shown]
        if stride == 1:
            minor += [d + math.log10(f) for d in all_decades for f in range(2, 10)]
        return labelled, [m for m in minor if low <= m <= high]
    steps = [d + math.log10(f) for d in all_decades for f in (1, 2, 5)]
    steps = [s for s in steps if low - 1e-9 <= s <= high + 1e-9]
    if 2 <= len(steps) <= max(most, 2):
        minor = [d + math.log10(f) for d in all_decades for f in range(2, 10)]
        return [(s, significant(10.0**s, 3)) for s in steps], [m for m in minor if low <= m <= high]
    values, step = linear_ticks(10.0**low, 10.0**high, most)
    return [(math.log10(v), with_step(v, step)) for v in values if v > 0], []


def superscript(number: int) -> str:
    """Write a whole number in raised digits: ``-3`` becomes ``⁻³``."""
    return str(number).translate(_SUPERSCRIPT)


def with_step(value: float, step: float) -> str:
    """Write a value of a linear axis with just the decimals that its ``step`` needs; small ones as 3×10⁻⁵."""
    if abs(value) < step * 1e-6:
        return "0"
    if step < 1e-4 or abs(value) >= 1e6:
        exponent = math.floor(math.log10(abs(value)) + 1e-9)
        digits = max(0, exponent - math.floor(math.log10(step) + 1e-9))
        return f"{value / 10.0**exponent:.{digits}f}×10{superscript(exponent)}".replace("-", MINUS)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def step_text(value: float, step: float) -> str:
    """Write a number of training steps: 0, 500, 1k, 20k, 1.5M; in full where the marks are close."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size and step >= size / 10:
            decimals = max(0, -math.floor(math.log10(step / size) + 1e-9))
            return f"{value / size:,.{decimals}f}{letter}".replace("-", MINUS)
    return with_step(value, max(step, 1e-3)) if abs(value) < 1e6 else f"{value:,.0f}"


def significant(value: float, digits: int = 4) -> str:
    """Write a value with this many significant digits: 0.0312, 2.303, 1,234; below 0.001 as 3.12×10⁻⁴."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    exponent = math.floor(math.log10(abs(rounded)) + 1e-12)
    if exponent < -3 or exponent >= 6:
        return f"{rounded / 10.0**exponent:.{digits - 1}f}×10{superscript(exponent)}".replace("-", MINUS)
    return f"{rounded:,.{max(0, digits - 1 - exponent)}f}".replace("-", MINUS)


def scientific(value: float, digits: int = 3) -> str:
    """Write a value as 3.12×10⁻⁴ whatever its size, so that a column of them can be compared; zero is 0."""
    if value == 0 or not math.isfinite(value):
        return significant(value, digits)
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}×10{superscript(int(exponent))}".replace("-", MINUS)


def percent(share: float, decimals: int = 2) -> str:
    """Write a share in [0, 1] in percent: 0.9375 becomes ``93.75 %``."""
    return f"{share * 100:.{decimals}f} %" if math.isfinite(share) else significant(share)
