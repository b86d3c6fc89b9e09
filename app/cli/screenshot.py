"""``nnviz screenshot``: a picture of the real window, also where there is no display."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import Any

from app.cli.front_ends import FRONT_ENDS
from nnviz.errors import NnvizError, SaveError

MIN_SIZE_PX, MAX_SIZE_PX = 320, 7680

_DESCRIPTION = """\
Open a window, let it load and show a real sample, save a picture of it, and leave. Without a display the
window is drawn in memory. What you last set in the window is neither used nor changed."""
_EXAMPLES = """\
examples:
  nnviz screenshot --front-end desktop --out nnviz.png
  nnviz screenshot --front-end lecture --theme dark --size 1920x1080 --scale 2 --out hall.png"""


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "screenshot",
        help="save a picture of a window, also without a display",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--front-end", choices=tuple(FRONT_ENDS), required=True, help="which window")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE.png", help="the picture; an older file is replaced"
    )
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="default: %(default)s")
    parser.add_argument(
        "--size",
        default="1440x900",
        metavar="WxH",
        help="of the window in logical pixels; default: %(default)s",
    )
    parser.add_argument(
        "--scale", type=int, choices=(1, 2), default=1, help="pixels of the picture per logical pixel"
    )
    parser.set_defaults(run=run)


def parse_size(text: str, low: int = MIN_SIZE_PX, high: int = MAX_SIZE_PX) -> tuple[int, int]:
    """Read ``"1440x900"``.

    Raises:
        NnvizError: it is of another form, or a side is outside ``low`` to ``high``.
    """
    match = re.fullmatch(r"(\d{1,6})[x×](\d{1,6})", text)
    if match is None:
        raise NnvizError(f"--size must be WIDTHxHEIGHT in pixels, for example 1440x900, got {text!r}")
    width, height = int(match[1]), int(match[2])
    for side, name in ((width, "width"), (height, "height")):
        if not low <= side <= high:
            raise NnvizError(f"the {name} in --size must be from {low} to {high:,} pixels, got {side:,}")
    return width, height


def run(arguments: argparse.Namespace) -> int:
    """Take the picture.

    Raises:
        NnvizError: a value is wrong, the file cannot be saved, or the window did not come to rest in time.
        DisplayError: a system library of Qt is missing.
    """
    from app.cli.display import check_libraries, has_display
    from nnviz.storage.atomic import check_writable

    size = parse_size(arguments.size)
    if arguments.out.suffix.lower() != ".png":
        name = arguments.out.name
        raise SaveError(f"Cannot save {arguments.out}: the name must end in .png, got {name!r}.")
    check_writable(arguments.out)
    if not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_SCALE_FACTOR"] = str(arguments.scale)
    check_libraries()
    from app.screenshot import take_screenshot

    take_screenshot(arguments.front_end, arguments.out, arguments.theme, size)
    return 0
