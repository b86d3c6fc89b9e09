"""Pictures of digits read from files: photos, scans, screenshots."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnviz.data.photo import ink_of_picture
from nnviz.errors import FileFormatError

#: Largest picture that is opened, in pixels: 40 megapixels are a large photo.
MAX_PIXELS = 80_000_000


def read_ink(path: Path | str) -> NDArray[np.uint8]:
    """Return the ink of a picture in a file, (height, width) uint8, 0 paper and 255 ink; see ``photo``.

    A photo is turned upright as its camera noted; what is transparent is white paper.

    Raises:
        FileFormatError: the file is missing, is no picture, is damaged, or has too many pixels; the message names it.
    """
    # Pillow's import costs a tenth of a second; the windows need it only when a picture is opened.
    from PIL import Image, ImageOps

    path = Path(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # checked here, with our own limit
            with Image.open(path) as picture:
                width, height = picture.size
                if width * height > MAX_PIXELS:
                    raise FileFormatError(
                        f"{path} has {width:,} x {height:,} pixels; at most {MAX_PIXELS:,} in all are read"
                    )
                upright = ImageOps.exif_transpose(picture)
                if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
                    upright = upright.convert("RGBA")
                    white = Image.new("RGBA", upright.size, "white")
                    upright = Image.alpha_composite(white, upright)
                gray = np.asarray(upright.convert("L"))
    except FileNotFoundError:
        raise FileFormatError(f"{path}: there is no such file") from None
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, MemoryError) as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError(f"{path} is not a picture that can be read, or is damaged: {error}") from None
    return ink_of_picture(gray)
