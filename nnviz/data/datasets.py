"""The registry of data sets."""

from __future__ import annotations

from nnviz.data.dataset import GROUPS, Dataset, DatasetChoice, DatasetInfo, Scaling, Split
from nnviz.data.download import DownloadCancelledError, Watch, fetch
from nnviz.data.fashion import FASHION_MNIST
from nnviz.data.files import load as load_file
from nnviz.data.housing import CALIFORNIA_HOUSING
from nnviz.data.import_choice import OWN_OPTION, OWN_PREFIX, ImportCancelledError, ImportChoice, never, nothing
from nnviz.data.mnist import MNIST, load_mnist
from nnviz.data.own_mixture import MIXTURE
from nnviz.data.tables import TABLES
from nnviz.data.toy_sets import TOYS
from nnviz.errors import NnvizError, SpecError

__all__ = [
    "GROUPS", "REGISTRY", "Dataset", "DatasetChoice", "DatasetInfo", "Scaling", "Split", "info_of", "load",
    "load_mnist",
]  # fmt: skip

_KNOWN = (MNIST, FASHION_MNIST, *TABLES, CALIFORNIA_HOUSING, *TOYS)

#: Name of a data set to what is known of it, in the order people should see: by groups.
REGISTRY: dict[str, DatasetInfo] = {info.name: info for info in sorted(_KNOWN, key=lambda x: GROUPS.index(x.group))}


#: Data sets that are only there where the person has digits of their own.
_OF_THE_PERSON: dict[str, DatasetInfo] = {MIXTURE.name: MIXTURE}


def info_of(name: str) -> DatasetInfo:
    """Return what is known of a data set of the registry, or of MNIST with own digits.

    Raises:
        NnvizError: no data set has that name.
    """
    found = REGISTRY.get(name) or _OF_THE_PERSON.get(name)
    if found is None:
        raise NnvizError(f"There is no data set {name!r}; known are {', '.join(sorted(REGISTRY))}.")
    return found


def load(choice: DatasetChoice | str, watch: Watch | None = None) -> Dataset:
    """Load a data set of the registry, or data of the user's own as a run names them.

    Args:
        choice: its name, or its name with options; of own data the option "import" is an ``ImportChoice`` as JSON.
        watch: who hears of a download; without one nothing is downloaded.

    Raises:
        NnvizError: no data set has that name, or it is not on this computer and may not or cannot be downloaded.
        SpecError: it has no such option, or an option is out of its range.
        AssetError: its bundled file is missing or damaged.
        FileFormatError: its file, which does not come with nnviz, is damaged.
    """
    chosen = DatasetChoice(choice) if isinstance(choice, str) else choice
    if chosen.name.startswith(OWN_PREFIX):
        return _load_own(chosen, watch)
    info = info_of(chosen.name)
    unknown = sorted(set(chosen.options) - set(info.option_names))
    if unknown:
        known = ", ".join(info.option_names) or "none"
        raise SpecError(f"{info.title} has no option {', '.join(unknown)}; its options: {known}")
    if watch is not None and info.download is not None and not info.is_here():
        fetch(info.download, watch)
    return info.load(**chosen.options)


def _load_own(chosen: DatasetChoice, watch: Watch | None) -> Dataset:
    text = chosen.options.get(OWN_OPTION)
    if not isinstance(text, str):
        raise SpecError(f"The data {chosen.name!r} need the option {OWN_OPTION!r}, which says how the file is read.")
    choice = ImportChoice.from_json(text)
    try:
        return load_file(choice, nothing, never if watch is None else watch.cancelled)
    except ImportCancelledError as error:
        raise DownloadCancelledError(str(error)) from None
