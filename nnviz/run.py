"""Everything that makes up a run, as one value: data set, network, training; JSON in and out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from nnviz import __version__
from nnviz.data.dataset import DatasetChoice
from nnviz.errors import FileFormatError, SpecError
from nnviz.spec import NetworkSpec, Plan, TrainingConfig
from nnviz.storage.atomic import write_text_atomically

#: Rises when an older nnviz could not read a run rightly.
FORMAT = 1
#: How the names of files with runs end.
SUFFIX = ".run.json"
#: Far more than any run has: 32 layers take 8 kB.
MAX_CHARACTERS = 1_000_000
_KEYS = ("format", "nnviz", "dataset", "network", "training")


@dataclass(frozen=True, slots=True)
class Run:
    """What is learnt, by what network, and how; the same run gives the same weights on the same machine.

    Attributes:
        dataset: which data set, and how it is made.
        spec: the network.
        config: how it is trained, the seed of first weights and order of the samples among it.
        nnviz: version of nnviz that wrote it.
        format: of the JSON, see ``FORMAT``.
    """

    dataset: DatasetChoice
    spec: NetworkSpec
    config: TrainingConfig
    nnviz: str = __version__
    format: int = FORMAT

    @property
    def plan(self) -> Plan:
        """Network and training without the data."""
        return Plan(self.spec, self.config)

    def to_json(self) -> str:
        """Return the run as indented JSON; the same run always gives the same text, which ends in a line break."""
        value = {
            "format": self.format,
            "nnviz": self.nnviz,
            "dataset": json.loads(self.dataset.to_json()),
            "network": json.loads(self.spec.to_json()),
            "training": json.loads(self.config.to_json()),
        }
        return json.dumps(value, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a run written by ``to_json``.

        Raises:
            SpecError: the text is no run, or a value is out of range; the message names key and value. A run of a
                newer format is refused with the version of nnviz that wrote it.
        """
        data = _parsed(text)
        # First of all: a newer format may have keys of any kind.
        number = data.get("format")
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            said = f"got {number!r}" if "format" in data else "got none"
            raise SpecError(f"this is no run of nnviz: format must be a whole number from 1, {said}")
        version = data.get("nnviz")
        if number > FORMAT:
            raise SpecError(
                f"this run has the format {number}, written by nnviz {version}; nnviz {__version__} reads formats "
                f"up to {FORMAT}. Update nnviz to open it."
            )
        unknown = [key for key in data if key not in _KEYS]
        if unknown:
            raise SpecError(f"unknown entries of a run: {', '.join(sorted(unknown))}; known are {', '.join(_KEYS)}")
        missing = [key for key in _KEYS if key not in data]
        if missing:
            raise SpecError(f"a run needs {', '.join(map(repr, missing))}, got only {', '.join(sorted(data))}")
        if not isinstance(version, str):
            raise SpecError(f"nnviz must be the text of a version, got {version!r}")
        # Back to text: these three read text, and say of each value what is wrong with it.
        dataset = DatasetChoice.from_json(json.dumps(data["dataset"]))
        try:
            spec = NetworkSpec.from_json(json.dumps(data["network"]))
        except SpecError as error:
            raise SpecError(f"network: {error}") from None
        try:
            config = TrainingConfig.from_json(json.dumps(data["training"]))
        except SpecError as error:
            raise SpecError(f"training: {error}") from None
        return cls(dataset, spec, config, version, number)

    def save(self, path: Path) -> None:
        """Write the run to a file, whole or not at all.

        Raises:
            SaveError: it could not be written; what stood there before is untouched.
        """
        write_text_atomically(path, self.to_json())


def read_run(path: Path) -> Run:
    """Read a run from a file.

    Raises:
        FileFormatError: the file cannot be read or is no run; the message names it and says why.
    """
    try:
        with path.open("rb") as file:
            # One byte more than allowed: a huge file is refused without being read.
            raw = file.read(MAX_CHARACTERS + 1)
        return Run.from_json(raw.decode("utf-8-sig"))
    except OSError as error:
        raise FileFormatError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path} is no run: it is not text in UTF-8 (byte {error.start:,})") from error
    except SpecError as error:
        raise FileFormatError(f"{path}: {error}") from error


def _parsed(text: str) -> dict[str, Any]:
    if len(text) > MAX_CHARACTERS:
        raise SpecError(f"a run must have at most {MAX_CHARACTERS:,} characters, got more")
    if not text.strip():
        raise SpecError("this is no run of nnviz: the text is empty")
    try:
        data = json.loads(text, object_pairs_hook=_once)
    except SpecError:
        raise
    except (ValueError, RecursionError) as error:  # ValueError also of a number with thousands of digits
        raise SpecError(f"this is no run of nnviz: it is not JSON ({error})") from None
    if not isinstance(data, dict):
        raise SpecError(f"this is no run of nnviz: it must be a JSON object, got {type(data).__name__}")
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object, refusing a key that stands twice: which of the two was meant nobody knows."""
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise SpecError(f"the key {twice!r} stands more than once in this run")
    return made
