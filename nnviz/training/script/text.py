"""Python source in lines that a panel shows without scrolling sideways."""

from __future__ import annotations

from collections.abc import Sequence

#: Characters of a line; a path or a name of the user's may make one longer.
WIDTH = 70


def call(name: str, arguments: Sequence[str], indent: int = 0, end: str = "") -> list[str]:
    """Return a call in one line, or where that is too long with its arguments on lines between the brackets.

    Args:
        name: what stands before the opening bracket.
        arguments: each is kept whole.
        indent: spaces before the call.
        end: what stands behind the closing bracket.
    """
    margin = " " * indent
    whole = f"{margin}{name}({', '.join(arguments)}){end}"
    if len(whole) <= WIDTH:
        return [whole]
    return [f"{margin}{name}(", *filled([f"{each}," for each in arguments], indent + 4), f"{margin}){end}"]


def filled(words: Sequence[str], indent: int) -> list[str]:
    """Return words on as few lines as they need, no word parted; one that is too long has a line of its own."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(" " * indent + word)
    return lines


def listing(name: str, items: Sequence[str], sign: str = " =", indent: int = 0, end: str = "") -> list[str]:
    """Return ``name = [items]`` on as many lines as it needs; ``sign`` stands between, ``end`` behind."""
    margin = " " * indent
    whole = f"{margin}{name}{sign} [{', '.join(items)}]{end}"
    if len(whole) <= WIDTH:
        return [whole]
    return [f"{margin}{name}{sign} [", *filled([f"{each}," for each in items], indent + 4), f"{margin}]{end}"]


def comment(text: str) -> list[str]:
    """Return a comment on as many lines as it needs."""
    lines = filled(text.split(), 2)
    return [f"#{line[1:]}" for line in lines]


def quoted(text: str) -> str:
    """Return a text as a literal, between double quotation marks where it has no characters to be escaped."""
    return f'"{text}"' if repr(text) == f"'{text}'" and '"' not in text else repr(text)


def literal(value: float) -> str:
    """Return a number as people write it: ``5`` instead of ``5.0``."""
    return str(int(value)) if value == int(value) and abs(value) < 1e9 else repr(value)
