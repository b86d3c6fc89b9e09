"""The person's own digits: every change can be undone, and what is kept on the disk follows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.background import Background
from app.messages import Message
from nnviz.data.own_digits import MAX_OWN_DIGITS, OwnDigit, read_own, to_npz, to_strokes_json
from nnviz.errors import NnvizError
from nnviz.storage.atomic import write_bytes_atomically, write_text_atomically
from nnviz.storage.own_digits import Stamp, load_own_digits, save_own_digits, stamp_of

#: Changes that can be undone.
MAX_CHANGES = 100

Digits = tuple[OwnDigit, ...]


class OwnDigitStore(QObject):
    """Holds the digits, and saves them in the background after every change.

    Args:
        path: the file they are kept in; None keeps them only until the program ends.
        parent: Qt's.
    """

    #: Other digits, or another state of undo and redo.
    changed = Signal()
    #: Message.
    message = Signal(object)

    def __init__(self, path: Path | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._digits: Digits = ()
        self._undo: list[tuple[str, Digits]] = []
        self._redo: list[tuple[str, Digits]] = []
        self._stamp: Stamp = None
        # What this program has seen: a digit in the file that it has not is another program's.
        self._known: set[int] = set()
        self._saved: Digits = ()
        self._serial = 0
        self._shows_foreign = True
        self._background = Background(self)
        self._background.done.connect(self._written)
        self._background.failed.connect(self._not_written)

    # -- what is so ----------------------------------------------------------------------------------------

    @property
    def digits(self) -> Digits:
        """The digits, in the order they were taught."""
        return self._digits

    @property
    def path(self) -> Path | None:
        """The file they are kept in; None where nothing is kept."""
        return self._path

    @property
    def undo_words(self) -> str:
        """What Undo would take back; blank where there is nothing."""
        return self._undo[-1][0] if self._undo else ""

    @property
    def redo_words(self) -> str:
        """What Redo would do again; blank where there is nothing."""
        return self._redo[-1][0] if self._redo else ""

    @property
    def is_saving(self) -> bool:
        """Whether something is still to be written."""
        return self._background.is_busy

    # -- life ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Read the file; a damaged one is put aside and a message says so."""
        if self._path is None:
            return
        kept, problem = load_own_digits(self._path)
        if problem:
            self.message.emit(Message("error", problem))
        self._stamp = stamp_of(self._path)
        self._known.update(digit.key for digit in kept)
        self._digits = self._saved = _merged(kept, self._digits)
        self.changed.emit()

    def keep_in(self, path: Path | None) -> None:
        """Add the digits to a file from now on, without showing those that it has; None keeps nothing from now on."""
        if path == self._path:
            return
        self.flush()
        self._path, self._stamp, self._saved = path, None, ()
        self._shows_foreign = False
        if self._digits:
            self._save()

    def forget(self) -> None:
        """Be as at first: no digits, nothing to undo, no file. What was to be kept is written before."""
        self.flush()
        self._path, self._stamp = None, None
        self._undo.clear()
        self._redo.clear()
        self._known.clear()
        self._digits = self._saved = ()
        self.changed.emit()

    def stop(self) -> None:
        """Write what is not written yet, and wait for the thread."""
        self.flush()

    def flush(self) -> None:
        """Write what is not written yet, now."""
        self._background.stop()
        if self._path is not None and self._digits != self._saved:
            try:
                save_own_digits(self._path, self._with_foreign(self._path, self._digits))
            except NnvizError as error:
                self.message.emit(Message("error", f"Your digits are not saved. {error}"))
            else:
                self._saved, self._stamp = self._digits, None

    # -- changes -------------------------------------------------------------------------------------------

    def add(self, digit: OwnDigit) -> None:
        """Add a digit that was taught; one of the very same image takes its place."""
        same = [each for each in self._digits if each.image.tobytes() == digit.image.tobytes()]
        if same and same[-1].label == digit.label:
            return
        kept = tuple(each for each in self._digits if each not in same)
        if len(kept) >= MAX_OWN_DIGITS:
            self.message.emit(Message("error", _too_many(len(kept) + 1)))
            return
        self._change(f"the {digit.label}", (*kept, digit))

    def delete(self, keys: Collection[int]) -> None:
        """Delete digits."""
        left = tuple(digit for digit in self._digits if digit.key not in keys)
        if len(left) < len(self._digits):
            self._change(f"deleting {_counted(len(self._digits) - len(left))}", left)

    def relabel(self, keys: Collection[int], label: int) -> None:
        """Say that digits are another one, 0 to 9."""
        made = tuple(
            replace(digit, label=label) if digit.key in keys and digit.label != label else digit
            for digit in self._digits
        )
        changed = sum(new is not old for new, old in zip(made, self._digits, strict=True))
        if changed:
            self._change(f"calling {_counted(changed)} {label}", made)

    def undo(self) -> None:
        """Take the last change back."""
        if self._undo:
            words, before = self._undo.pop()
            self._redo.append((words, self._digits))
            self._set(before)

    def redo(self) -> None:
        """Do again what was undone last."""
        if self._redo:
            words, after = self._redo.pop()
            self._undo.append((words, self._digits))
            self._set(after)

    # -- files ---------------------------------------------------------------------------------------------

    def import_file(self, path: Path) -> None:
        """Add the digits of a file, an archive or strokes; a message tells. A bad file changes nothing."""
        try:
            found = read_own(path)
        except NnvizError as error:
            self.message.emit(Message("error", f"Nothing was imported: {error}."))
            return
        have = {(digit.image.tobytes(), digit.label) for digit in self._digits}
        keys = {digit.key for digit in self._digits}
        new: list[OwnDigit] = []
        for digit in found:
            if (digit.image.tobytes(), digit.label) not in have:
                have.add((digit.image.tobytes(), digit.label))
                # The same digit under another label is another one.
                new.append(replace(digit, key=_free_key(digit.key, keys)))
                keys.add(new[-1].key)
        if len(self._digits) + len(new) > MAX_OWN_DIGITS:
            text = f"Nothing was imported from {path.name}: {_too_many(len(self._digits) + len(new))}"
            self.message.emit(Message("error", text))
            return
        if new:
            self._change(f"importing {_counted(len(new))}", (*self._digits, *new))
        rest = len(found) - len(new)
        note = f" {rest:,} were here already." if rest else ""
        self.message.emit(Message("info", f"{_counted(len(new))} imported from {path.name}.{note}"))

    def export_npz(self, path: Path) -> None:
        """Write all digits as a NumPy archive; a message says what came of it."""
        try:
            write_bytes_atomically(path, to_npz(self._digits))
        except NnvizError as error:
            self.message.emit(Message("error", str(error)))
            return
        self.message.emit(Message("info", f"{_counted(len(self._digits))} saved to {path}."))

    def export_strokes(self, path: Path) -> None:
        """Write those digits that have strokes in the format strokes-1; a message says what came of it."""
        drawn = tuple(digit for digit in self._digits if digit.strokes)
        if not drawn:
            self.message.emit(Message("error", "None of your digits has strokes; save them as NPZ."))
            return
        try:
            write_text_atomically(path, to_strokes_json(drawn) + "\n")
        except NnvizError as error:
            self.message.emit(Message("error", str(error)))
            return
        rest = len(self._digits) - len(drawn)
        note = f" {_counted(rest)} without strokes, imported as pixels, left out." if rest else ""
        self.message.emit(Message("info", f"Strokes of {_counted(len(drawn))} saved to {path}.{note}"))

    # -- how it is done ------------------------------------------------------------------------------------

    def _change(self, words: str, digits: Digits) -> None:
        self._undo = [*self._undo, (words, self._digits)][-MAX_CHANGES:]
        self._redo.clear()
        self._set(digits)

    def _set(self, digits: Digits) -> None:
        self._digits = digits
        self._known.update(digit.key for digit in digits)
        self._save()
        self.changed.emit()

    def _save(self) -> None:
        path, digits = self._path, self._digits
        if path is not None:
            self._serial += 1
            key = self._serial
            # While one is being written nothing is asked; what came meanwhile is written then.
            self._background.ask("save", lambda _cancelled: self._write(path, digits, key))

    def _write(self, path: Path, digits: Digits, key: int) -> tuple[int, Digits, Digits, Stamp]:
        """Write the file, in the background's thread."""
        written = self._with_foreign(path, digits)
        save_own_digits(path, written)
        return key, digits, written, stamp_of(path)

    def _with_foreign(self, path: Path, digits: Digits) -> Digits:
        """Return digits with those that another program wrote into the file since."""
        if self._shows_foreign and stamp_of(path) == self._stamp:
            return digits
        kept, problem = load_own_digits(path)
        foreign = () if problem else tuple(each for each in kept if each.key not in self._known)
        return (*digits, *foreign)[:MAX_OWN_DIGITS]

    def _written(self, _key: object, answer: object) -> None:
        if not isinstance(answer, tuple):
            return
        serial, digits, written, stamp = answer
        self._stamp = stamp
        foreign = tuple(each for each in written if each.key not in self._known)
        if foreign and self._shows_foreign:
            self._known.update(each.key for each in foreign)
            self._digits = (*self._digits, *foreign)
            self.changed.emit()
            self._saved = (*digits, *foreign)
        else:
            self._saved = digits
        if serial != self._serial:
            self._save()  # changed while that was written

    def _not_written(self, _key: object, text: str) -> None:
        self.message.emit(Message("error", f"Your digits are not saved: {text.partition(': ')[2] or text}"))


def _merged(first: Sequence[OwnDigit], second: Sequence[OwnDigit]) -> Digits:
    keys = {digit.key for digit in first}
    return (*first, *(digit for digit in second if digit.key not in keys))


def _free_key(key: int, taken: set[int]) -> int:
    while key in taken:
        key = key % (2**62) + 1
    return key


def _too_many(count: int) -> str:
    return f"At most {MAX_OWN_DIGITS:,} digits are kept, {count:,} would be too many; delete some or export them first."


def _counted(count: int) -> str:
    return f"{count:,} digit" if count == 1 else f"{count:,} digits"
