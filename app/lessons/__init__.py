"""The lecture course: a lesson a file, and the list of them."""

from __future__ import annotations

from app.lessons.lesson import Chapter
from app.lessons.one_sample import CHAPTER as ONE_SAMPLE

#: In the order of the course. A new lesson is a file with a ``CHAPTER`` and a line here.
CHAPTERS: tuple[Chapter, ...] = (ONE_SAMPLE,)
