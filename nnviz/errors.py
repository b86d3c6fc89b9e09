"""Errors that a person is meant to read: what, where, the value, and what to do."""


class NnvizError(Exception):
    """A problem that nnviz can explain in one or two sentences; shown in the window as it stands."""


class SpecError(NnvizError, ValueError):
    """A network or training value is outside its range."""


class AssetError(NnvizError):
    """A file that ships with nnviz is missing or damaged."""


class FileFormatError(NnvizError, ValueError):
    """A file given by the user is truncated, of another format, or too large."""


class SaveError(NnvizError, OSError):
    """A file could not be written; whatever stood there before is untouched."""
