"""Whatever happens while a file is saved, the older one or the newer one stands there whole."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from nnviz.errors import SaveError
from nnviz.storage import atomic
from nnviz.storage.atomic import check_writable, replace_file, write_bytes_atomically, write_text_atomically

resource = pytest.importorskip("resource")  # not on Windows

KILLS = 50


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder; ``tmp_path`` itself holds the settings and caches of the test."""
    made = tmp_path / "folder"
    made.mkdir()
    return made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_new_content_replaces_the_old_and_nothing_is_left_beside(folder: Path) -> None:
    path = folder / "a.txt"
    write_text_atomically(path, "first\n")
    write_text_atomically(path, "zweite Zeile: ä\r\n")
    assert path.read_bytes() == "zweite Zeile: ä\r\n".encode()
    assert names(folder) == ["a.txt"]


def test_writer_gets_a_hidden_new_name_with_the_same_suffix_in_the_same_folder(folder: Path) -> None:
    seen: list[Path] = []

    def write(path: Path) -> None:
        assert not path.exists()
        seen.append(path)
        path.write_bytes(b"x")

    for _ in range(2):
        replace_file(folder / "model.keras", write)
    assert seen[0] != seen[1]
    for path in seen:
        assert (path.parent, path.suffix, path.name[0]) == (folder, ".keras", ".")


def test_older_file_stays_whole_until_the_new_one_is_complete(folder: Path) -> None:
    path = folder / "a.bin"
    path.write_bytes(b"old")

    def write(temporary: Path) -> None:
        temporary.write_bytes(b"half")
        assert path.read_bytes() == b"old"
        temporary.write_bytes(b"whole")
        assert path.read_bytes() == b"old"

    replace_file(path, write)
    assert path.read_bytes() == b"whole"


def test_full_disk_names_path_reason_and_remedy_and_keeps_the_older_file(folder: Path) -> None:
    path = folder / "a.bin"
    path.write_bytes(b"old")

    def write(temporary: Path) -> None:
        temporary.write_bytes(b"some")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(SaveError) as caught:
        replace_file(path, write)
    text = str(caught.value)
    assert str(path) in text
    assert "no space left" in text
    assert "Free some space" in text
    assert "older file is untouched" in text
    assert path.read_bytes() == b"old"
    assert names(folder) == ["a.bin"]


def test_full_disk_reported_by_hdf5_as_runtime_error(folder: Path) -> None:
    def write(_temporary: Path) -> None:
        raise RuntimeError("Problems closing file (file write failed: errno = 28, No space left on device)")

    with pytest.raises(SaveError, match="Free some space"):
        replace_file(folder / "a.keras", write)


def test_other_errors_of_the_writer_pass_through_and_leave_nothing(folder: Path) -> None:
    def write(temporary: Path) -> None:
        temporary.write_bytes(b"some")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_file(folder / "a.bin", write)
    assert names(folder) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing/a.bin", "does not exist"),
        ("file.txt/a.bin", "is not a folder"),
        ("folder", "it is a folder"),
        ("x" * 300, "name too long"),
        ("a\0b", "null"),
        ("circle", "ymlink|ymbolic"),
    ],
)
def test_awkward_paths_are_explained(folder: Path, name: str, said: str) -> None:
    (folder / "file.txt").write_text("kept")
    (folder / "folder").mkdir()
    (folder / "circle").symlink_to("round")
    (folder / "round").symlink_to("circle")
    before = names(folder)
    with pytest.raises(SaveError, match=said):
        write_bytes_atomically(folder / name, b"new")
    assert names(folder) == before
    assert (folder / "file.txt").read_text() == "kept"


def test_unwritable_folder_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:  # root may write anywhere: let the system call say what it says to others
        real = os.open

        def refuse(path: str | os.PathLike[str], flags: int, mode: int = 0o777) -> int:
            if flags & os.O_CREAT:
                raise PermissionError(errno.EACCES, "Permission denied")
            return real(path, flags, mode)

        monkeypatch.setattr(atomic.os, "open", refuse)
    else:
        folder.chmod(0o500)
    try:
        with pytest.raises(SaveError, match=r"permission denied.*folder you may write to"):
            check_writable(folder / "a.bin")
    finally:
        folder.chmod(0o700)


def test_read_only_file_is_not_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "a.bin"
    path.write_bytes(b"protected")
    path.chmod(0o400)
    if os.geteuid() == 0:
        monkeypatch.setattr(atomic.os, "access", lambda _path, _mode: False)
    with pytest.raises(SaveError, match="read-only"):
        write_bytes_atomically(path, b"new")
    assert path.read_bytes() == b"protected"


def test_check_writable_touches_nothing(folder: Path) -> None:
    path = folder / "a.bin"
    check_writable(path)
    assert names(folder) == []
    path.write_bytes(b"old")
    check_writable(path)
    assert path.read_bytes() == b"old"


def test_symbolic_link_and_permissions_are_kept(folder: Path) -> None:
    real, link = folder / "real.bin", folder / "link.bin"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_bytes_atomically(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert real.stat().st_mode & 0o777 == 0o640


def test_leftovers_of_killed_saves_are_cleared_when_they_are_old(folder: Path) -> None:
    old, fresh, other = (folder / f".{name}.nnviz-0a.bin" for name in ("a", "a.b", "z"))
    fresh = folder / ".a.nnviz-0b.bin"
    for path in (old, fresh, other):
        path.write_bytes(b"half")
    past = time.time() - 2 * atomic.LEFTOVER_AGE_S
    os.utime(old, (past, past))
    os.utime(other, (past, past))
    write_bytes_atomically(folder / "a.bin", b"new")
    assert names(folder) == sorted([fresh.name, other.name, "a.bin"])


SAVES_FOR_EVER = """
import sys, time, zipfile
from pathlib import Path
from nnviz.storage.atomic import replace_file

def write(path):
    with open(path, "wb") as file:
        with zipfile.ZipFile(file, "w") as archive:
            for number in range(6):
                archive.writestr(f"part{number}", str(version).encode() * 3000)
                file.flush()
                time.sleep(0.002)

print("ready", flush=True)
version = 1
while True:
    version += 1
    replace_file(Path(sys.argv[1]), write)
"""


def test_killing_the_process_50_times_never_destroys_the_file(folder: Path) -> None:
    path = folder / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(6):
            archive.writestr(f"part{number}", b"1" * 3000)
    chance, interrupted, replaced = random.Random(1), 0, 0
    for _ in range(KILLS):
        before = path.read_bytes()
        child = subprocess.Popen(
            [sys.executable, "-c", SAVES_FOR_EVER, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0, 0.05))
            child.kill()
        with zipfile.ZipFile(path) as archive:  # whole: every CRC right, all parts of one version
            assert archive.testzip() is None
            contents = {archive.read(name) for name in archive.namelist()}
            assert len(archive.namelist()) == 6
        assert len(contents) == 1
        replaced += path.read_bytes() != before
        interrupted += bool([name for name in names(folder) if name.startswith(".")])
        for leftover in folder.glob(".*"):
            leftover.unlink()
    # The kills did hit saves half done, and others did get through.
    assert interrupted >= KILLS // 10
    assert replaced >= KILLS // 10


REAL_LIMIT = """
import resource, sys
from pathlib import Path
from nnviz.errors import SaveError
from nnviz.storage.atomic import write_bytes_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
try:
    write_bytes_atomically(Path(sys.argv[1]), b"n" * 1_000_000)
except SaveError as error:
    print(error)
"""


def test_a_write_the_system_really_refuses_keeps_the_older_file(folder: Path) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    path = folder / "a.bin"
    path.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", REAL_LIMIT, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert str(path) in done.stdout
    assert "file too large" in done.stdout
    assert path.read_bytes() == b"old"
    assert names(folder) == ["a.bin"]


KERAS_LIMIT = """
import resource, sys
from pathlib import Path
from nnviz.errors import SaveError
from nnviz.spec import TrainingConfig, classifier
from nnviz.training.keras_backend import KerasBackend
path = Path(sys.argv[1])
backend = KerasBackend(classifier(hidden=(64,)), TrainingConfig())
backend.save(path)
old = path.read_bytes()
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
for limit in (0, 1000, 60_000, 190_000, 210_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        backend.save(path)
        result = "saved"
    except SaveError as error:
        result = f"refused {error}"
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    print(limit, path.read_bytes() == old, len(list(path.parent.iterdir())), result)
"""


@pytest.mark.slow
def test_keras_running_out_of_disk_keeps_the_older_model(folder: Path) -> None:
    path = folder / "m.keras"
    command = [sys.executable, "-c", KERAS_LIMIT, str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 5
    for line in lines:
        _, same, count, said = line.split(" ", 3)
        assert (same, count) == ("True", "1"), line
        assert said.startswith(f"refused Cannot save {path}"), line


KERAS_SAVES = """
import sys
from pathlib import Path
from nnviz.spec import TrainingConfig, classifier
from nnviz.training.keras_backend import KerasBackend
path = Path(sys.argv[1])
backend = KerasBackend(classifier(hidden=(512, 512)), TrainingConfig())
backend.save(path)
print("ready", flush=True)
while True:
    backend.save(path)
"""


@pytest.mark.slow
def test_killing_keras_while_it_saves_keeps_a_readable_model(folder: Path) -> None:
    from nnviz.storage.models import read_model

    path, chance = folder / "m.keras", random.Random(3)
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", KERAS_SAVES, str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0, 0.2))
            child.kill()
        spec, _ = read_model(path)
        assert spec.sizes == (784, 512, 512, 10)
