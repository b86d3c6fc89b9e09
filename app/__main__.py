"""The command ``nnviz``; also ``python -m app``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    0 it went well; 1 no window can be shown; 2 a wrong value, file or option; 130 stopped by Ctrl+C.
    Whatever nnviz can explain is one line on standard error, never a traceback.
    """
    # Before NumPy is imported. Its matrices are small here: on a busy machine OpenBLAS spends four times
    # as long waking its threads as computing (2,000 digits: 12-16 s, 3.6 s with one).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from app.cli import build_parser
    from app.cli.display import DisplayError
    from nnviz.errors import NnvizError

    parsed = build_parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except DisplayError as error:
        print(f"nnviz: error: {error}", file=sys.stderr)
        return 1
    except NnvizError as error:
        print(f"nnviz: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("nnviz: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read the output has gone (nnviz ... | head): say nothing, and nothing at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


if __name__ == "__main__":
    sys.exit(main())
