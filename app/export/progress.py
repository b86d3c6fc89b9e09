"""How far an export is, and how it is cancelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nnviz.errors import NnvizError


class ExportCancelledError(NnvizError):
    """The person thought better of it; nothing was left behind."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an export is.

    Attributes:
        done, total: frames of a film, parts of a picture.
        written: bytes so far, 0 where they are not known.
    """

    done: int
    total: int
    written: int = 0


#: Told how far it is; answers whether to go on.
Report = Callable[[Progress], bool]


def go_on(_progress: Progress) -> bool:
    """Go on whatever the progress."""
    return True


def tell(report: Report, done: int, total: int, written: int = 0) -> None:
    """Tell how far it is.

    Raises:
        ExportCancelledError: the answer was not to go on.
    """
    if not report(Progress(done, total, written)):
        raise ExportCancelledError("The export was cancelled.")
