"""Reads networks that Keras saved (``.keras``), without TensorFlow and without running what a file names."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import FileFormatError
from nnviz.maths.parameters import LayerParameters, Normalisation, Parameters, check_shapes
from nnviz.spec import MAX_PARAMETERS, NetworkSpec
from nnviz.storage.hdf5 import MAGIC, Hdf5
from nnviz.storage.keras_config import Architecture, read_config

MAX_CONFIG_BYTES = 2 * 2**20
#: A weight in float32, and what an optimizer keeps for it (Adam two values, its variants up to four).
_BYTES_PER_PARAMETER = 24
_WEIGHTS_OVERHEAD_BYTES = 4 * 2**20
MAX_FILE_BYTES = MAX_PARAMETERS * _BYTES_PER_PARAMETER + 2 * _WEIGHTS_OVERHEAD_BYTES
_MEMBERS = ("config.json", "metadata.json", "model.weights.h5")
_RESAVE = 'Save the network again with model.save("name.keras") and open that file.'


def read_model(path: Path) -> tuple[NetworkSpec, Parameters]:
    """Read a network from a ``.keras`` file of Keras 3.

    Only what is listed in ``keras_layers.SUPPORTED`` is read. Sizes are checked before anything is unpacked,
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
        if not text.endswith("."):
            text = f"{text}." if "nnviz opens" in text else f"{text}. {_RESAVE}"
        raise FileFormatError(f"Cannot open {path}: {text}") from None


def _unpack(path: Path) -> tuple[Architecture, bytes]:
    try:
        if path.is_dir():
            raise FileFormatError("it is a folder (a SavedModel?), not a .keras file")
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise FileFormatError(f"it has {size:,} bytes; at most {MAX_FILE_BYTES:,} are read")
        with path.open("rb") as file:
            start = file.read(len(MAGIC))
            if start == MAGIC:
                raise FileFormatError("it is in the legacy HDF5 format (.h5), which is not read")
            if not start:
                raise FileFormatError("it is empty")
            with zipfile.ZipFile(file) as archive:
                return _members(archive)
    except FileNotFoundError:
        raise FileFormatError("there is no such file. Check the path.") from None
    except (OSError, ValueError) as error:
        if isinstance(error, FileFormatError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise FileFormatError(f"it cannot be read ({reason}). Check the path and its permissions.") from None
    except zipfile.BadZipFile as error:
        raise FileFormatError(f"it is truncated or not a .keras file ({error})") from None
    except (RuntimeError, NotImplementedError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise FileFormatError(f"it is damaged or packed in an unknown way ({error})") from None


def _members(archive: zipfile.ZipFile) -> tuple[Architecture, bytes]:
    sizes = {info.filename: info.file_size for info in archive.infolist()}
    missing = [name for name in _MEMBERS if name not in sizes]
    if missing:
        raise FileFormatError(f"it is a zip file without {', '.join(missing)}, not a .keras file")
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
    return architecture, archive.read("model.weights.h5")


def _weights(architecture: Architecture, content: bytes) -> Parameters:
    """Take the weights out of ``model.weights.h5``.

    Keras 3 calls the groups after the class and a running number (``dense``, ``dense_1``...), in the order of
    the layers, whatever the layers' own names are.
    """
    try:
        file = Hdf5(content)
        layers = file.child(file.root, "layers", "the group of layers")
        groups = _Groups(file, layers)
        spec, made = architecture.spec, []
        for layer, names, n_in in zip(spec.layers, architecture.names, spec.sizes, strict=False):
            units = (layer.units,)
            variables = groups.next("dense", names.dense)
            kernel = _array(file, variables, "0", (n_in, layer.units), f"the kernel of layer {names.dense!r}")
            bias = _read_only(np.zeros(units, np.float32))
            if layer.use_bias:
                bias = _array(file, variables, "1", units, f"the bias of layer {names.dense!r}")
            slope = norm = None
            if names.norm is not None:
                norm = _normalisation(file, groups.next("batch_normalization", names.norm), units, names.norm)
            if names.prelu is not None:
                variables = groups.next("p_re_lu", names.prelu)
                slope = _array(file, variables, "0", units, f"the slope of layer {names.prelu!r}")
            made.append(LayerParameters(kernel, bias, slope, norm))
        return tuple(made)
    except struct.error as error:
        raise FileFormatError(f"its model.weights.h5 is damaged ({error})") from None


class _Groups:
    """Finds the groups of layers with variables, each class numbered by itself."""

    def __init__(self, file: Hdf5, layers: int) -> None:
        self._file, self._layers = file, layers
        self._seen: dict[str, int] = {}

    def next(self, kind: str, name: str) -> int:
        """Return the group of variables of the next layer of a class, whose own name is ``name``."""
        number = self._seen.get(kind, 0)
        self._seen[kind] = number + 1
        what = f"layer {name!r}"
        layer = self._file.child(self._layers, f"{kind}_{number}" if number else kind, what)
        return self._file.child(layer, "vars", what)


def _normalisation(file: Hdf5, variables: int, units: tuple[int], name: str) -> Normalisation:
    kinds = ("gamma", "beta", "moving mean", "moving variance")
    gamma, beta, mean, variance = (
        _array(file, variables, str(number), units, f"the {kind} of layer {name!r}")
        for number, kind in enumerate(kinds)
    )
    if variance.min() < 0:
        raise FileFormatError(f"the moving variance of layer {name!r} must not be negative, got {variance.min():g}")
    return Normalisation(gamma, beta, mean, variance)


def _array(
    file: Hdf5, variables: int, key: str, shape: tuple[int, ...], what: str
) -> NDArray[np.float32]:
    values = file.float32(file.child(variables, key, what), shape, what)
    if not np.isfinite(values).all():
        count = int((~np.isfinite(values)).sum())
        raise FileFormatError(f"{what} has {count:,} values that are NaN or infinite; its training diverged")
    return _read_only(values)


def _read_only(values: NDArray[np.float32]) -> NDArray[np.float32]:
    values.flags.writeable = False
    return values
