"""A folder of images by class: each sub-folder is a class, its images become grey and of one size."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnviz.data.import_choice import (
    MAX_CLASSES,
    Cancelled,
    ColumnPreview,
    ImportCancelledError,
    ImportChoice,
    Preview,
    Problem,
    Progress,
)
from nnviz.data.raw_data import Categories, RawImages, check_size
from nnviz.errors import FileFormatError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
#: Larger images are not unpacked: a small file may claim any size.
MAX_PIXELS = 50_000_000
_MAX_FILES = 500_000
_LOOKED_AT = 24
_LAYOUT = "The folder must hold one folder for each class, with its images in it: animals/cat/1.png, animals/dog/1.png."


def _folders(path: Path) -> list[Path]:
    try:
        found = [Path(entry.path) for entry in os.scandir(path) if entry.is_dir() and not entry.name.startswith(".")]
    except OSError as error:
        raise FileFormatError(f"{path} cannot be read: {error.strerror or error}.") from None
    return sorted(found)


def _images(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.name for entry in entries
                if entry.name.lower().endswith(SUFFIXES) and not entry.name.startswith(".") and entry.is_file()
            )
    except OSError as error:
        raise FileFormatError(f"{folder} cannot be read: {error.strerror or error}.") from None


def _classes(path: Path) -> list[tuple[str, list[str]]]:
    """Return the classes with the names of their images.

    Raises:
        FileFormatError: there are no classes with images, too many, or too many files.
    """
    folders = _folders(path)
    found = []
    count = 0
    for folder in folders:
        names = _images(folder)
        count += len(names)
        if count > _MAX_FILES:
            raise FileFormatError(f"{path.name}: more than {_MAX_FILES:,} images. Choose a smaller folder.")
        if names:
            found.append((folder.name, names))
        if len(found) > MAX_CLASSES:
            raise FileFormatError(f"{path.name} has more than {MAX_CLASSES} folders of images: too many. {_LAYOUT}")
    if found:
        return found
    inner = [folder.name for folder in folders if any(_images(each) for each in _folders(folder)[:20])]
    if inner:
        raise FileFormatError(f"{path.name}: its images lie one folder deeper; open the folder {inner[0]!r} in it.")
    if _images(path):
        raise FileFormatError(f"{path.name} holds images, but no folders that tell their classes. {_LAYOUT}")
    if folders:
        raise FileFormatError(f"{path.name}: its folders hold no images ({', '.join(SUFFIXES[:4])}, …). {_LAYOUT}")
    raise FileFormatError(f"{path.name} holds no images. {_LAYOUT}")


def inspect_folder(path: Path) -> Preview:
    """Count the images of each class and look at the sizes of a few.

    Raises:
        FileFormatError: it holds no images by class; the message says how it must be laid out.
    """
    classes = _classes(path)
    problems = []
    loose = len(_images(path))
    if loose:
        text = f"{path.name}: {loose:,} images beside the folders of classes are left out."
        problems.append(Problem("warning", text))
    empty = [folder.name for folder in _folders(path) if folder.name not in dict(classes)]
    if empty:
        problems.append(Problem("warning", f"{path.name}: the folder {empty[0]!r} has no images and is no class."))
    head = []
    for name, file in _spread(classes):
        try:
            words = _size_words(path / name / file)
        except FileFormatError as error:
            problems.append(Problem("warning", str(error)))
            words = "cannot be read"
        head.append((name, file, words))
    counts = tuple((name, len(files)) for name, files in classes)
    top = tuple(sorted(counts, key=lambda pair: -pair[1]))
    columns = (
        ColumnPreview("image", "image", "input", words="grey, of the size chosen"),
        ColumnPreview("class", "class", "target", distinct=len(classes), top=top),
    )
    total = sum(count for _, count in counts)
    choice = ImportChoice(str(path), "images", standardise=False)
    return Preview(choice, columns, tuple(head), ("Class", "File", "Size"), total, True, total, counts,
                   problems=tuple(problems))


def _spread(classes: list[tuple[str, list[str]]]) -> Iterator[tuple[str, str]]:
    """Yield a few files, in turn of each class."""
    for place in range(_LOOKED_AT):
        name, files = classes[place % len(classes)]
        if place // len(classes) < len(files):
            yield name, files[place // len(classes)]


def _size_words(path: Path) -> str:
    from PIL import Image

    try:
        with Image.open(path) as image:
            return f"{image.width} × {image.height} {'grey' if image.mode in ('1', 'L', 'I', 'I;16') else 'colour'}"
    except Exception as error:  # Pillow's readers raise all kinds
        raise FileFormatError(_broken(path, error)) from None


def _broken(path: Path, error: Exception) -> str:
    reason = str(error) or type(error).__name__
    if reason.startswith("cannot identify"):
        reason = "it is no image of a kind that is known"
    return f"{path.parent.name}/{path.name} cannot be read: {reason}. Take it out of the folder."


def read_image(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Read an image as grey, (height, width) uint8, squeezed or stretched to ``size`` (height, width).

    Raises:
        FileFormatError: it cannot be read or has too many pixels.
    """
    from PIL import Image, ImageOps

    height, width = size
    try:
        with Image.open(path) as image:
            if image.width * image.height > MAX_PIXELS:
                raise FileFormatError(
                    f"{path.parent.name}/{path.name} has {image.width * image.height:,} pixels; at most {MAX_PIXELS:,} "
                    "can be read. Make it smaller."
                )
            image.draft("L", (2 * width, 2 * height))  # a JPEG is unpacked no larger than needed
            upright = ImageOps.exif_transpose(image)
            if upright.mode in ("I", "I;16", "F"):
                values = np.asarray(upright, np.float32)
                top = 65535.0 if values.max() > 255 else 255.0
                grey = Image.fromarray(np.clip(values * (255 / top), 0, 255).astype(np.uint8))
            else:
                # What is transparent is white, as on paper.
                if "A" in upright.getbands() or "transparency" in upright.info:
                    layer = upright.convert("RGBA")
                    paper = Image.new("RGBA", layer.size, "white")
                    upright = Image.alpha_composite(paper, layer)
                grey = upright.convert("L")
            if grey.size != (width, height):
                grey = grey.resize((width, height), Image.Resampling.BOX if _shrinks(grey.size, size)
                                   else Image.Resampling.BILINEAR)
            return np.asarray(grey, np.uint8)
    except FileFormatError:
        raise
    except Exception as error:  # Pillow's readers raise all kinds
        raise FileFormatError(_broken(path, error)) from None


def _shrinks(old: tuple[int, int], new: tuple[int, int]) -> bool:
    return old[0] >= new[1] and old[1] >= new[0]


def read_folder(choice: ImportChoice, progress: Progress, cancelled: Cancelled) -> tuple[RawImages, str]:
    """Read the images; returns them and the task.

    Raises:
        FileFormatError: an image cannot be read (and such are not to be left out), or memory would not do.
        ImportCancelledError: as asked.
    """
    path = Path(choice.path)
    classes = _classes(path)
    if choice.max_rows:
        classes = [(name, files[: choice.max_rows]) for name, files in classes]
    total = sum(len(files) for _, files in classes)
    height, width = choice.image_size
    check_size(path.name, total, height * width, "Choose a smaller image size, or read fewer images.")
    images = np.empty((total, height, width), np.uint8)
    codes = np.empty(total, np.int32)
    notes: list[str] = []
    done = bad = 0
    for code, (name, files) in enumerate(classes):
        for file in files:
            if cancelled():
                raise ImportCancelledError(f"Reading {path.name} was cancelled.")
            try:
                images[done - bad] = read_image(path / name / file, choice.image_size)
                codes[done - bad] = code
            except FileFormatError:
                if choice.unreadable == "stop":
                    raise
                bad += 1
            done += 1
            progress(done, total)
    if bad:
        notes.append(f"{bad:,} images that cannot be read were left out.")
    names = tuple(name for name, _ in classes)
    task = choice.task or ("binary" if len(classes) == 2 else "multiclass")
    if task not in ("binary", "multiclass"):
        raise FileFormatError(f"{path.name}: folders are classes; the task must be multiclass or binary, got {task}.")
    return RawImages(images[: total - bad], [Categories("class", codes[: total - bad], names)], notes=notes), task
