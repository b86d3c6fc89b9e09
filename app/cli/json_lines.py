"""One JSON object a line, as other programs like to read it."""

from __future__ import annotations

import json
import math
import sys


def plain(value: object) -> object:
    """Return a value JSON knows: NaN and infinity, which it has no word for, become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def print_line(**values: object) -> None:
    """Print an object to standard output and flush, so that a reader has it at once."""
    sys.stdout.write(json.dumps(plain(values), allow_nan=False, ensure_ascii=False) + "\n")
    sys.stdout.flush()
