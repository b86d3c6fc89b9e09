"""Numbers and sums as LaTeX, rounded so that a hall can read them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

#: Terms of a long sum that are written out; the others are put together.
SHOWN_TERMS = 3


def rounded(value: float) -> float:
    """Return a value with three significant digits."""
    return float(f"{value:.3g}") if math.isfinite(value) else value


def tex_number(value: float) -> str:
    r"""Write a number with three significant digits: ``0.0312``, ``{-}1.84``, ``3.10 \times 10^{-5}``."""
    value = float(value)
    if math.isnan(value):
        return r"\mathrm{NaN}"
    if math.isinf(value):
        return r"\infty" if value > 0 else r"{-}\infty"
    value = rounded(value)
    size = abs(value)
    if size == 0:
        return "0"
    # In braces the minus is a sign; bare it would be set with the wide spaces of a subtraction.
    sign = "{-}" if value < 0 else ""
    exponent = math.floor(math.log10(size))
    if -4 < exponent < 5:
        return sign + f"{size:,.{max(0, 2 - exponent)}f}".replace(",", "{,}")
    return sign + rf"{size / 10.0**exponent:.2f} \times 10^{{{exponent}}}"


def tex_exact(value: float) -> str:
    """Write a number that is meant as it stands, as a learning rate: ``0.003``, ``1``; else rounded."""
    short = f"{value:.4g}"
    return short if "e" not in short and float(short) == float(value) else tex_number(value)


def tex_sum(first: float, second: float) -> str:
    r"""Write two numbers and what they sum to: ``{-}0.01997 + 0.01413 \approx {-}0.0058``.

    They have so many digits that the second shows, and that the sum holds as written: it has a digit less than the two,
    so that what was rounded off them is seldom seen in it.
    """
    digits = least = max(4, 2 - math.floor(math.log10(abs(second)))) if second else 4
    while True:
        left, right = (Decimal(f"{value:.{digits + 1}f}") for value in (first, second))
        total = Decimal(f"{first + second:.{digits}f}")
        if round(left + right, digits) == total or digits == least + 3:
            break
        digits += 1

    def written(value: Decimal, *, first: bool) -> str:
        return signed(float(value), f"{abs(value):f}", first=first)

    return rf"{written(left, first=True)}{written(right, first=False)} \approx {written(total, first=True)}"


def tex_factor(value: float) -> str:
    """Write a number that stands behind a multiplication dot: in parentheses where it is negative."""
    text = tex_number(value)
    return f"({text})" if text.startswith("{-}") else text


def tex_class(name: str) -> str:
    """Write the name of a class as an index: a digit as it stands, words upright."""
    if name.isdecimal():
        return name
    kept = "".join(sign if sign.isalnum() or sign in " -…" else " " for sign in name)
    return rf"\text{{{kept.strip()}}}"


def signed(value: float, text: str, *, first: bool = False) -> str:
    """Put the sign of a value before the text of its magnitude, as a term of a sum."""
    if first:
        return f"{{-}}{text}" if value < 0 else text
    return f" - {text}" if value < 0 else f" + {text}"


def strongest(terms: Sequence[float] | np.ndarray, count: int = SHOWN_TERMS) -> list[int]:
    """Return the places of the terms of the largest magnitude, the largest first; terms of 0 are left out."""
    size = np.abs(np.asarray(terms, np.float64))
    order = np.argsort(-size, kind="stable")[:count]
    return [int(place) for place in order if size[place] > 0]


def product_sum(left: np.ndarray, right: np.ndarray, bias: float | None = None) -> tuple[str, float]:
    r"""Write Σᵢ leftᵢ·rightᵢ (+ b): its strongest terms, the others together, the bias; and return its value.

    Args:
        left, right: (n,) each.
        bias: added at the end, named b; None for a sum without one.

    Returns:
        LaTeX without the result, as ``0.990 \cdot 0.310 + \underbrace{0.610}_{\text{783 more}}``, and the
        sum in double precision.
    """
    a, b = np.asarray(left, np.float64), np.asarray(right, np.float64)
    terms = a * b
    shown = strongest(terms)
    text = ""
    for place in shown:
        product = rf"{tex_number(abs(a[place]))} \cdot {tex_number(abs(b[place]))}"
        text += signed(terms[place], product, first=not text)
    others = len(terms) - len(shown)
    if others:
        rest = float(np.delete(terms, shown).sum())
        brace = rf"\underbrace{{{tex_number(abs(rest))}}}_{{\text{{{others:,} more}}}}"
        text += signed(rest, brace, first=not text)
    total = float(terms.sum())
    if bias is not None:
        text += signed(bias, rf"\underbrace{{{tex_number(abs(bias))}}}_{{b}}")
        total += float(bias)
    return text, total
