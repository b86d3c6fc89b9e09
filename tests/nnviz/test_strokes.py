"""The reader of strokes-1 files: what it accepts, and how it refuses the rest."""

import gzip
import json

import numpy as np
import pytest

from nnviz.data import strokes as module
from nnviz.data.strokes import digit_from, read_strokes, strokes_json
from nnviz.errors import FileFormatError

GOOD = {"label": 7, "source": "me", "strokes": [[[0, 0], [10, 0.5]], [[3, 3]]]}


def write(tmp_path, digits, **more):
    path = tmp_path / "digits.json"
    path.write_text(json.dumps({"format": "strokes-1", "digits": digits, **more}))
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_reads_plain_and_compressed(tmp_path, packed):
    path = tmp_path / "digits"
    digits = [GOOD, {"strokes": [[[1, 2]]]}]
    content = json.dumps({"format": "strokes-1", "about": "x", "digits": digits}).encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    first, second = read_strokes(path)
    assert (first.label, first.source) == (7, "me")
    np.testing.assert_array_equal(first.strokes[0], [[0, 0], [10, 0.5]])
    assert len(first.strokes) == 2
    assert not first.strokes[0].flags.writeable
    assert (second.label, second.source) == (None, "")


def test_what_is_written_is_read_again(tmp_path):
    made = digit_from([np.array([[1.25, 2], [3, 4]]), np.zeros((0, 2))], 3, "canvas")
    path = tmp_path / "x.json"
    path.write_text(strokes_json([made]))
    (again,) = read_strokes(path)
    assert (again.label, again.source, len(again.strokes)) == (3, "canvas", 1)
    np.testing.assert_array_equal(again.strokes[0], made.strokes[0])


@pytest.mark.parametrize(("changes", "message"), [
    ({"label": 10}, "label must be a whole number from 0 to 9, got 10"),
    ({"label": True}, "label .* got True"),
    ({"label": "7"}, "label .* got '7'"),
    ({"label": 7.0}, "label .* got 7.0"),
    ({"source": 5}, "source must be text, got 5"),
    ({"strokes": None}, "strokes must be a list, got None"),
    ({"strokes": {}}, "strokes must be a list"),
    ({"strokes": []}, "at least one point"),
    ({"strokes": [[]]}, "at least one point"),
    ({"strokes": [5]}, "stroke 1: must be a list of points, got 5"),
    ({"strokes": [[[1, 2], [1]]]}, r"a point must be \[x, y\], got \[1\]"),
    ({"strokes": [[[1, 2, 3]]]}, "a point must be"),
    ({"strokes": [[[1, "2"]]]}, "a coordinate must be a number, got '2'"),
    ({"strokes": [[[1, None]]]}, "got None"),
    ({"strokes": [[[True, 2]]]}, "got True"),
    ({"strokes": [[[1, float("nan")]]]}, "a coordinate must be finite .* got nan"),
    ({"strokes": [[[1, float("-inf")]]]}, "got -inf"),
    ({"strokes": [[[1, 1e300]]]}, r"got 1e\+300"),
    ({"strokes": [[[1, 10**400]]]}, "finite"),
])  # fmt: skip
def test_names_file_digit_and_value(tmp_path, changes, message):
    path = write(tmp_path, [GOOD, {**GOOD, **changes}])
    with pytest.raises(FileFormatError, match=message) as caught:
        read_strokes(path)
    assert str(path) in str(caught.value)
    assert "digit 2" in str(caught.value)
    assert len(str(caught.value)) < 300 + len(str(path))


@pytest.mark.parametrize(("content", "message"), [
    (b"", "is empty"),
    (b"  \n", "is empty"),
    (b'{"format": "strokes-1", "dig', "not valid JSON, or is truncated"),
    (b"\x89PNG\r\n\x1a\n\x00\x00", "not valid JSON"),
    (b"[]", "must hold a JSON object"),
    (b"{}", "must say \"format\": \"strokes-1\", got None"),
    (b'{"format": "strokes-2", "digits": []}', "got 'strokes-2'"),
    (b'{"format": "strokes-1"}', "digits must be a list, got None"),
    (b'{"format": "strokes-1", "digits": {}}', "digits must be a list"),
    (b'{"format": "strokes-1", "digits": []}', "holds no digits"),
    (b'{"format": "strokes-1", "digits": [3]}', "digit 1: a digit must be an object, got 3"),
    (b"[" * 200_000, "not valid JSON"),
    (gzip.compress(b'{"format": "strokes-1", "digits": []}', mtime=0)[:-12], "truncated or damaged"),
    (b"\x1f\x8b\x08\x00garbage that is no gzip stream", "truncated or damaged"),
    (gzip.compress(b"", mtime=0), "is empty"),
])  # fmt: skip
def test_refuses_what_is_no_such_file(tmp_path, content, message):
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=message) as caught:
        read_strokes(path)
    assert str(path) in str(caught.value)


def test_refuses_what_cannot_be_opened(tmp_path):
    with pytest.raises(FileFormatError, match=r"absent\.json cannot be read"):
        read_strokes(tmp_path / "absent.json")
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_strokes(tmp_path)


def test_bounds_what_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 2**20)
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(b" " * 2**24))
    with pytest.raises(FileFormatError, match="at most 1 MiB"):
        read_strokes(path)


def test_bounds_digits_and_points(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_DIGITS", 3)
    with pytest.raises(FileFormatError, match="at most 3 digits, got 4"):
        read_strokes(write(tmp_path, [GOOD] * 4))
    monkeypatch.setattr(module, "MAX_POINTS", 5)
    with pytest.raises(FileFormatError, match="at most 5 points"):
        read_strokes(write(tmp_path, [{"strokes": [[[0, 0]] * 4, [[0, 0]] * 2]}]))
