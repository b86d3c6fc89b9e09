"""The command line, a command a module. Nothing here imports Qt or TensorFlow before a command needs it."""

from __future__ import annotations

import argparse
from typing import NoReturn

from nnviz import __version__

_DESCRIPTION = """\
See a neural network think and learn: a multilayer perceptron of tf.keras, drawn, animated and trained live
on real data. Without a command the desktop opens."""
_EXAMPLES = """\
examples:
  nnviz                                                open the desktop
  nnviz digits                                         draw a digit and see the answer and the reason
  nnviz lecture                                        the course, for a lecture hall
  nnviz train --hidden 128,64 --epochs 5 --save model.keras
                                                       train on MNIST and keep the network
  nnviz predict --strokes drawn.json --model model.keras
                                                       classify drawn digits, one line of JSON each
  nnviz screenshot --front-end desktop --out nnviz.png
  nnviz film step.gif                                  one step of the optimizer as an animation

Each command explains itself: nnviz train --help.
Exit codes: 0 well, 1 no display, 2 a wrong value or file, 130 stopped by Ctrl+C."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, like every other problem, instead of printing the whole usage."""

    def error(self, message: str) -> NoReturn:
        """Print the problem and where help is, and exit with 2."""
        self.exit(2, f"nnviz: error: {message} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; the parsed arguments have ``run``, a function of them that returns the exit code."""
    from app.cli import film, front_ends, predict, screenshot, train

    raw = argparse.RawDescriptionHelpFormatter
    parser = Parser(
        prog="nnviz", description=_DESCRIPTION, epilog=_EXAMPLES, formatter_class=raw, allow_abbrev=False
    )
    parser.add_argument(
        "--version", action="version", version=f"nnviz {__version__}", help="print the version"
    )
    front_ends.add_options(parser)
    front_ends.add_device(parser)
    parser.set_defaults(run=front_ends.run, front_end="desktop")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for module in (front_ends, train, predict, screenshot, film):
        module.add_parser(commands)
    return parser
