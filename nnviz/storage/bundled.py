"""The digit model that ships with nnviz: its weights, what it is, and how well it was measured to read."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnviz.assets import asset
from nnviz.errors import AssetError
from nnviz.maths.parameters import LayerParameters, Parameters, check_shapes
from nnviz.spec import NetworkSpec
from nnviz.storage.atomic import write_bytes_atomically

#: File name among the bundled files.
DIGIT_MODEL = "digit_model.npz"


def save_model(path: Path, spec: NetworkSpec, parameters: Parameters, metadata: Mapping[str, Any]) -> None:
    """Write a model as ``load_bundled`` reads it; weights in half precision.

    Raises:
        SaveError: the file cannot be written.
        SpecError: the parameters do not fit the network.
    """
    check_shapes(spec, parameters)
    described = json.dumps(dict(metadata), sort_keys=True)
    arrays = {"spec": np.array(spec.to_json()), "metadata": np.array(described)}
    for number, layer in enumerate(parameters):
        arrays[f"kernel_{number}"] = layer.kernel.astype(np.float16)
        arrays[f"bias_{number}"] = layer.bias.astype(np.float16)
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    write_bytes_atomically(path, content.getvalue())


def load_bundled(path: Path | None = None) -> tuple[NetworkSpec, Parameters, dict[str, Any]]:
    """Load the bundled digit model.

    Args:
        path: the ``.npz`` file; the bundled one by default.

    Returns:
        The network; its weights, float32 and read-only; and what is known of it: ``test_accuracy`` (share of
        MNIST's test images read rightly, in [0, 1]), ``seed``, ``epochs``, ``data``, ``licence``.

    Raises:
        AssetError: the file is missing or damaged; the message names it.
    """
    path = path or asset(DIGIT_MODEL)
    try:
        # Opened here, because NumPy leaves a file open that turns out to be damaged.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            spec = NetworkSpec.from_json(str(archive["spec"][()]))
            metadata = json.loads(str(archive["metadata"][()]))
            parameters = tuple(
                LayerParameters(_weights(archive[f"kernel_{k}"]), _weights(archive[f"bias_{k}"]))
                for k in range(len(spec.layers))
            )
        check_shapes(spec, parameters)
        if not isinstance(metadata, dict):
            raise ValueError(f"metadata must be an object, got {type(metadata).__name__}")
        if not isinstance(metadata.get("test_accuracy"), float):
            raise ValueError("metadata must hold test_accuracy")
    except (
        OSError, ValueError, KeyError, IndexError, EOFError, NotImplementedError, RuntimeError, MemoryError,
        zipfile.BadZipFile, zlib.error,
    ) as error:
        raise AssetError(
            f"The digit model {path} is missing or damaged ({type(error).__name__}: {error}). "
            "Reinstall nnviz to restore it."
        ) from error
    return spec, parameters, metadata


def _weights(stored: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.float32]]:
    if stored.dtype != np.float16:
        raise ValueError(f"weights must be float16, got {stored.dtype}")
    weights = stored.astype(np.float32)
    if not np.isfinite(weights).all():
        raise ValueError("weights must be finite, got NaN or infinity")
    weights.flags.writeable = False
    return weights
