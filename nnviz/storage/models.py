"""Reads networks that Keras saved (``.keras``), without TensorFlow and without running what a file names."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from nnviz.errors import FileFormatError
from nnviz.maths.parameters import LayerParameters, Parameters, check_shapes
from nnviz.spec import MAX_PARAMETERS, NetworkSpec
from nnviz.storage.keras_config import Architecture, read_config

_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
MAX_CONFIG_BYTES = 2 * 2**20
#: A weight in float32, and what an optimizer keeps for it (Adam two values, its variants up to four).
_BYTES_PER_PARAMETER = 24
_WEIGHTS_OVERHEAD_BYTES = 4 * 2**20
MAX_FILE_BYTES = MAX_PARAMETERS * _BYTES_PER_PARAMETER + 2 * _WEIGHTS_OVERHEAD_BYTES
_MEMBERS = ("config.json", "metadata.json", "model.weights.h5")
_RESAVE = 'Save the network again with model.save("name.keras") and open that file.'


def read_model(path: Path) -> tuple[NetworkSpec, Parameters]:
    """Read a network from a ``.keras`` file of Keras 3.

    Only what is listed in ``keras_config.SUPPORTED`` is read. Sizes are checked before anything is unpacked,
    the weights must be float32 of exactly the shapes the architecture asks for, and finite. No class or
    function that the file names is looked up.

    Returns:
        The network, and its weights: float32, read-only.

    Raises:
        FileFormatError: the file is missing, truncated, of another format, too large, or holds something that
            is not supported. The message names the file, what is wrong and what to do.
    """
    path = Path(path)
    try:
        architecture, content = _unpack(path)
        parameters = _weights(architecture, content)
        check_shapes(architecture.spec, parameters)
        return architecture.spec, parameters
    except FileFormatError as error:
        text = str(error)
        raise FileFormatError(f"Cannot open {path}: {text}{'' if text.endswith('.') else '.'}") from None


def _unpack(path: Path) -> tuple[Architecture, bytes]:
    try:
        if path.is_dir():
            raise FileFormatError(f"it is a folder (a SavedModel?), not a .keras file. {_RESAVE}")
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise FileFormatError(f"it has {size:,} bytes; at most {MAX_FILE_BYTES:,} are read")
        with path.open("rb") as file:
            start = file.read(len(_HDF5_MAGIC))
            if start == _HDF5_MAGIC:
                raise FileFormatError(f"it is in the legacy HDF5 format (.h5), which is not read. {_RESAVE}")
            if not start:
                raise FileFormatError(f"it is empty. {_RESAVE}")
            with zipfile.ZipFile(file) as archive:
                return _members(archive)
    except FileNotFoundError:
        raise FileFormatError("there is no such file. Check the path.") from None
    except (OSError, ValueError) as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError(f"it cannot be read ({getattr(error, 'strerror', None) or error})") from None
    except zipfile.BadZipFile as error:
        raise FileFormatError(f"it is truncated or not a .keras file ({error}). {_RESAVE}") from None
    except (RuntimeError, NotImplementedError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise FileFormatError(f"it is damaged or packed in an unknown way ({error}). {_RESAVE}") from None


def _members(archive: zipfile.ZipFile) -> tuple[Architecture, bytes]:
    sizes = {info.filename: info.file_size for info in archive.infolist()}
    missing = [name for name in _MEMBERS if name not in sizes]
    if missing:
        raise FileFormatError(f"it is a zip file without {', '.join(missing)}, not a .keras file. {_RESAVE}")
    if sizes["config.json"] > MAX_CONFIG_BYTES:
        raise FileFormatError(
            f"its config.json would unpack to {sizes['config.json']:,} bytes; "
            f"at most {MAX_CONFIG_BYTES:,} are read"
        )
    architecture = read_config(archive.read("config.json"))
    limit = architecture.spec.parameter_count * _BYTES_PER_PARAMETER + _WEIGHTS_OVERHEAD_BYTES
    if sizes["model.weights.h5"] > limit:
        raise FileFormatError(
            f"its weights would unpack to {sizes['model.weights.h5']:,} bytes; "
            f"{architecture.spec.title} needs at most {limit:,}"
        )
    # zipfile checks the CRC, so accidental damage does not reach HDF5, which can hang on it.
    return architecture, archive.read("model.weights.h5")


def _weights(architecture: Architecture, content: bytes) -> Parameters:
    if not content.startswith(_HDF5_MAGIC):
        raise FileFormatError(f"its model.weights.h5 is not an HDF5 file. {_RESAVE}")
    import h5py

    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            groups = _dense_groups(h5py, file, architecture.dense_names)
            sizes = architecture.spec.sizes
            made = []
            for name, n_in, n_out, group in zip(
                architecture.dense_names, sizes, sizes[1:], groups, strict=False
            ):
                kernel = _array(h5py, group, "0", (n_in, n_out), f"the kernel of layer {name!r}")
                bias = _array(h5py, group, "1", (n_out,), f"the bias of layer {name!r}")
                made.append(LayerParameters(kernel, bias))
            return tuple(made)
    except FileFormatError:
        raise
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, MemoryError) as error:
        raise FileFormatError(f"its model.weights.h5 is damaged ({error}). {_RESAVE}") from None


def _child(h5py: Any, group: Any, name: str, kind: Any, what: str) -> Any:
    """Return a member of a group that really lies in this file: no link to elsewhere."""
    link = group.get(name, getlink=True) if name in group else None
    if link is None:
        raise FileFormatError(f"{what} is missing from its weights. {_RESAVE}")
    if not isinstance(link, h5py.HardLink):
        raise FileFormatError(f"{what} is a link to somewhere else, which is not followed")
    found = group[name]
    if not isinstance(found, kind):
        raise FileFormatError(f"{what} is not where Keras puts it. {_RESAVE}")
    return found


def _dense_groups(h5py: Any, file: Any, names: tuple[str, ...]) -> list[Any]:
    """Find the variables of each dense layer.

    Keras calls the groups after the class and a running number (``dense``, ``dense_1``), in the order of the
    layers; newer versions write the layer's own name beside, which then decides.
    """
    layers = _child(h5py, file, "layers", h5py.Group, "the group of layers")
    if len(layers) > 1000:
        raise FileFormatError(f"its weights list {len(layers):,} layers")
    by_own_name: dict[str, Any] = {}
    for key in layers:
        if key == "dense" or key.startswith("dense_"):
            group = _child(h5py, layers, key, h5py.Group, f"the group {key!r}")
            variables = _child(h5py, group, "vars", h5py.Group, f"the group of variables of {key!r}")
            own_name = variables.attrs.get("name")
            if isinstance(own_name, str):
                by_own_name[own_name] = variables
    if set(names) <= set(by_own_name):
        return [by_own_name[name] for name in names]
    found = []
    for number, name in enumerate(names):
        key = f"dense_{number}" if number else "dense"
        group = _child(h5py, layers, key, h5py.Group, f"layer {name!r}")
        found.append(_child(h5py, group, "vars", h5py.Group, f"layer {name!r}"))
    return found


def _array(h5py: Any, group: Any, key: str, shape: tuple[int, ...], what: str) -> np.ndarray[Any, Any]:
    dataset = _child(h5py, group, key, h5py.Dataset, what)
    if dataset.shape != shape:
        raise FileFormatError(f"{what} must have the shape {shape}, got {dataset.shape}")
    if dataset.dtype.kind != "f" or dataset.dtype.itemsize != 4:
        raise FileFormatError(f"{what} must be float32, got {dataset.dtype}")
    if dataset.external or dataset.is_virtual:
        raise FileFormatError(f"{what} lies in another file, which is not read")
    if dataset.chunks is not None:  # Keras writes none; a small file may name a chunk of many gigabytes
        raise FileFormatError(f"{what} is stored in chunks, which Keras does not do. {_RESAVE}")
    values = np.array(dataset[()], dtype=np.float32)
    if not np.isfinite(values).all():
        count = int((~np.isfinite(values)).sum())
        raise FileFormatError(f"{what} has {count:,} values that are NaN or infinite; its training diverged")
    values.flags.writeable = False
    return values
