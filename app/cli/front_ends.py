"""``nnviz desktop``, ``nnviz digits`` and ``nnviz lecture``."""

from __future__ import annotations

import argparse
import re
from typing import Any

FRONT_ENDS = {
    "desktop": "explore: build a network, train it, look into every unit, edge and gradient",
    "digits": "draw a digit and see the answer and the reason at once",
    "lecture": "the course, readable from the last row, driven by a presenter remote",
}
#: A hall sees nothing but the lecture; F11 or Esc gives the desktop back.
FULL_SCREEN = ("lecture",)
_EXAMPLES = """\
examples:
  nnviz {name}
  nnviz {name} --theme dark --full-screen"""


def add_options(parser: argparse.ArgumentParser, *, keep_older: bool = False) -> None:
    """Add the options every window has; ``keep_older`` keeps those given before the command."""
    absent = argparse.SUPPRESS if keep_older else None
    parser.add_argument(
        "--theme",
        default=absent,
        choices=("system", "light", "dark"),
        help="colours for this time; by default what was chosen last, at first what the system has",
    )
    parser.add_argument(
        "--full-screen",
        action="store_true",
        default=argparse.SUPPRESS if keep_older else False,
        help="fill the whole screen, as the lecture does anyway (leave with F11)",
    )


def device(text: str) -> str:
    """Read the name of a device as people type it: ``cpu``, ``gpu``, ``gpu:1``.

    Raises:
        argparse.ArgumentTypeError: it names none.
    """
    found = re.fullmatch(r"(cpu|gpu)(?::(\d+))?", text.strip().lower())
    if found is None:
        raise argparse.ArgumentTypeError(f"a device is cpu, gpu or gpu:1 and so on, got {text!r}")
    return f"{found[1].upper()}:{int(found[2] or 0)}"


def add_device(parser: argparse.ArgumentParser, *, keep_older: bool = False) -> None:
    """Add the choice of a device; ``keep_older`` keeps one given before the command."""
    parser.add_argument(
        "--device",
        type=device,
        default=argparse.SUPPRESS if keep_older else None,
        metavar="NAME",
        help="where TensorFlow trains: cpu, gpu, gpu:1 and so on; default: cpu",
    )


def add_parser(commands: Any) -> None:
    """Add the three commands."""
    for name, text in FRONT_ENDS.items():
        parser = commands.add_parser(
            name,
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            epilog=_EXAMPLES.format(name=name),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        add_options(parser, keep_older=True)
        if name != "digits":  # it trains nothing
            add_device(parser, keep_older=True)
        parser.set_defaults(run=run, front_end=name)


def run(arguments: argparse.Namespace) -> int:
    """Open the window and stay until it is closed.

    Raises:
        DisplayError: there is no display, or a system library of Qt is missing.
    """
    from app.cli.display import check_display, check_libraries

    check_display()
    check_libraries()
    from app.application import run_front_end

    full_screen = arguments.full_screen or arguments.front_end in FULL_SCREEN
    return run_front_end(
        arguments.front_end, theme=arguments.theme, full_screen=full_screen, device=getattr(arguments, "device", None)
    )
