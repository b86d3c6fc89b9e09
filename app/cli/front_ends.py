"""``nnviz desktop``, ``nnviz digits`` and ``nnviz lecture``."""

from __future__ import annotations

import argparse
import re
from typing import Any

from nnviz.errors import NnvizError

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
_KIOSK_EXAMPLES = """
  nnviz digits --kiosk --idle 60

A kiosk fills the screen, has no menus and no keys but Ctrl+Alt+Shift+Q, which closes it, refuses to be closed otherwise
(a signal ends it), forgets each visitor, and shows test digits of MNIST while nobody draws. It cannot keep the system's
own keys (Alt+Tab, the Windows key) from working: let the system start it as the only application of a session."""
#: The idle time of a kiosk in seconds, and the least and most of it; app.windows.digits_kiosk has the same.
IDLE_S, SHORTEST_IDLE_S, LONGEST_IDLE_S = 45.0, 5.0, 3600.0


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


def idle_time(text: str) -> float:
    """Read the idle time of a kiosk in seconds.

    Raises:
        argparse.ArgumentTypeError: it is no number, or out of range.
    """
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not SHORTEST_IDLE_S <= value <= LONGEST_IDLE_S:
        raise argparse.ArgumentTypeError(
            f"the idle time must be {SHORTEST_IDLE_S:g} to {LONGEST_IDLE_S:g} seconds, got {text!r}"
        )
    return value


def _add_kiosk(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--kiosk",
        action="store_true",
        help="for a public table: full screen and locked (Ctrl+Alt+Shift+Q closes it), as new for each visitor",
    )
    parser.add_argument(
        "--idle",
        type=idle_time,
        default=None,
        metavar="SECONDS",
        help=f"with --kiosk: without a touch for so long everything is as new, {SHORTEST_IDLE_S:g} to "
        f"{LONGEST_IDLE_S:g}; default: {IDLE_S:g}",
    )


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
            epilog=_EXAMPLES.format(name=name) + (_KIOSK_EXAMPLES if name == "digits" else ""),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        add_options(parser, keep_older=True)
        if name == "digits":  # it trains nothing
            _add_kiosk(parser)
        else:
            add_device(parser, keep_older=True)
        parser.set_defaults(run=run, front_end=name)


def run(arguments: argparse.Namespace) -> int:
    """Open the window and stay until it is closed.

    Raises:
        DisplayError: there is no display, or a system library of Qt is missing.
        NnvizError: an idle time without a kiosk.
    """
    kiosk, idle = getattr(arguments, "kiosk", False), getattr(arguments, "idle", None)
    if idle is not None and not kiosk:
        raise NnvizError("--idle is the idle time of a kiosk: give --kiosk too")
    from app.cli.display import check_display, check_libraries
    from nnviz import garbage

    check_display()
    check_libraries()
    full_screen = arguments.full_screen or arguments.front_end in FULL_SCREEN
    with garbage.held_until_settled():
        from app.application import run_front_end

        return run_front_end(
            arguments.front_end,
            theme=arguments.theme,
            full_screen=full_screen,
            device=getattr(arguments, "device", None),
            kiosk_idle_s=(IDLE_S if idle is None else idle) if kiosk else None,
        )
