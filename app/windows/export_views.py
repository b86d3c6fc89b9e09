"""What stands around the network when it is exported: a second picture beside it, or the words of a slide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QWidget

from app.export.choice import View
from app.export.pair import Beside
from app.widgets.compare_area import CompareArea
from app.widgets.lesson_band import LessonBand
from app.widgets.lesson_footer import LessonFooter
from app.widgets.lesson_stage import LessonStage
from app.widgets.slide_painting import SlideWords


def with_second(pair: CompareArea) -> Callable[[View], View]:
    """Return what adds the second picture of a comparison, while there is one."""

    def add(view: View) -> View:
        second = pair.second
        shown = None if second is None else second.view.shown
        if second is None or shown is None:
            return view
        words = (pair.first.caption.text(), second.caption.text())
        beside = Beside(shown, words, is_first=pair.splitter.indexOf(second) == 0)
        return replace(view, width=pair.width(), height=pair.height(), beside=beside)

    return add


def with_slide(ground: QWidget, stage: LessonStage, band: LessonBand, footer: LessonFooter) -> Callable[[View], View]:
    """Return what adds words, formulas and rings of the slide that is shown."""

    def add(view: View) -> View:
        slide = SlideWords(
            band.title, band.sentence, band.formulas.lines, stage.marks.units, stage.marks.edge, footer.words,
            footer.place,
        )
        return replace(view, width=ground.width(), height=ground.height(), slide=slide)

    return add
