"""Finds the files that ship with nnviz, in a checkout as in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from nnviz.errors import AssetError

_PACKAGE = Path(__file__).resolve().parent
#: In a wheel the folder lies inside the package; in a checkout it is a top-level folder.
_CANDIDATES = (_PACKAGE / "_assets", _PACKAGE.parent / "assets")


def assets_folder() -> Path:
    """Return the folder of bundled files.

    Raises:
        AssetError: neither the installed nor the checkout folder exists.
    """
    for folder in _CANDIDATES:
        if folder.is_dir():
            return folder
    raise AssetError(
        f"The folder of bundled files is missing; looked in {_CANDIDATES[0]} and {_CANDIDATES[1]}. "
        "Reinstall nnviz."
    )


def asset(name: str) -> Path:
    """Return the path of one bundled file, for example ``mnist.npz``.

    Raises:
        AssetError: the file is not there.
    """
    path = assets_folder() / name
    if not path.is_file():
        raise AssetError(f"The bundled file {path} is missing. Reinstall nnviz to restore it.")
    return path
