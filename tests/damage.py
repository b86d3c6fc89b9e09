"""Files with a few bytes altered, by chance from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator


def altered(content: bytes, times: int, seed: int) -> Iterator[bytes]:
    """Yield the content so many times, each with one, two or four bytes altered, often to 0, 1 or 255."""
    chance = random.Random(seed)
    for _ in range(times):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 2, 4))):
            damaged[chance.randrange(len(damaged))] = chance.choice((0, 1, 255, chance.randrange(256)))
        yield bytes(damaged)
