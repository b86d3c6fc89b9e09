"""CSV files of the user's own: what is guessed, what is read, and what is said of each thing that can be wrong."""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnviz.assets import asset
from nnviz.data import csv_reader, own_dataset, raw_data
from nnviz.data.dataset import Dataset, Split
from nnviz.data.files import Preview, Reading, check, inspect, load, load_with_notes, task_of
from nnviz.data.import_choice import ImportCancelledError
from nnviz.errors import FileFormatError


def write(folder: Path, text: str | bytes, name: str = "flowers.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def table(rows: int = 40, header: str = "width,height,kind\n", seed: int = 0) -> str:
    random = np.random.default_rng(seed)
    return header + "".join(
        f"{a:.3f},{b:.3f},{'rose' if k % 2 else 'tulip'}\n" for k, (a, b) in enumerate(random.normal(5, 2, (rows, 2)))
    )


def problems(preview: Preview, severity: str = "error") -> list[str]:
    return [problem.text for problem in preview.problems if problem.severity == severity]


def everything(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return all samples in the units of the table, with what is to be learnt."""
    parts: list[Split] = [dataset.train, dataset.validation, dataset.test]
    x = np.concatenate([part.x for part in parts])
    assert dataset.scaling is not None
    return dataset.scaling.original(x), np.concatenate([part.y for part in parts])


# -- what is guessed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
@pytest.mark.parametrize("header", [True, False])
def test_delimiter_and_header_are_guessed(tmp_path: Path, delimiter: str, header: bool) -> None:
    text = table(header="width,height,kind\n" if header else "")
    preview = inspect(write(tmp_path, text.replace(",", delimiter)))
    assert preview.choice.delimiter == delimiter
    assert preview.choice.header is header
    names = ("width", "height", "kind") if header else ("column 1", "column 2", "column 3")
    assert preview.head_names == names
    assert preview.choice.inputs == names[:2]
    assert preview.choice.targets == names[2:]
    assert (preview.row_count, preview.is_exact) == (40, True)
    assert task_of(preview, preview.choice.targets) == "binary"
    assert check(preview, preview.choice) == (
        check(preview, preview.choice)[0],
    ), "forty rows are few, and nothing else is wrong"
    assert "40 rows are few: 28 to train" in check(preview, preview.choice)[0].text


def test_a_header_of_texts_over_texts_and_a_decimal_comma(tmp_path: Path) -> None:
    text = "grösse;farbe\n" + "1,5;rot\n-,25;blau\n2,0;rot\n" * 10
    path = write(tmp_path, text)
    preview = inspect(path)
    assert (preview.choice.delimiter, preview.choice.decimal, preview.choice.header) == (";", ",", True)
    assert (preview.columns[0].minimum, preview.columns[0].maximum) == (-0.25, 2.0)
    x, _ = everything(load(preview.choice))
    assert sorted({round(value, 6) for value in x[:, 0].tolist()}) == [-0.25, 1.5, 2.0]


def test_the_columns_are_described(tmp_path: Path) -> None:
    text = "id,age,town,note,fare,target\n" + "".join(
        f"{k + 1},{'' if k == 3 else 20 + k},{'Ulm' if k % 3 else 'Bonn'},text {k},NA,{k % 2}\n" for k in range(24)
    )
    preview = inspect(write(tmp_path, text))
    by_name = {column.name: column for column in preview.columns}
    assert {name: column.kind for name, column in by_name.items()} == {
        "id": "number", "age": "number", "town": "category", "note": "text", "fare": "empty", "target": "number",
    }
    assert {name: column.role for name, column in by_name.items()} == {
        "id": "ignore", "age": "input", "town": "input", "note": "ignore", "fare": "ignore", "target": "target",
    }
    age = by_name["age"]
    assert (age.missing, age.minimum, age.maximum, age.distinct, age.integers) == (1, 20, 43, 23, True)
    assert age.mean == pytest.approx(np.mean([20 + k for k in range(24) if k != 3]))
    assert sum(age.histogram) == 23
    assert by_name["town"].top == (("Ulm", 16), ("Bonn", 8))
    assert preview.choice.categories == ("town",)
    assert any("'fare' is empty" in text for text in problems(preview, "warning"))


@pytest.mark.parametrize(
    ("name", "step", "role"),
    [("id", 1, "ignore"), ("ID", 7, "ignore"), ("no", 1, "ignore"), ("no", 7, "input"), ("depth", 1, "input")],
)
def test_what_only_numbers_the_rows_is_no_input(tmp_path: Path, name: str, step: int, role: str) -> None:
    lines = [f"{k * step},{line}" for k, line in enumerate(table(40).splitlines()[1:])]
    preview = inspect(write(tmp_path, "\n".join([f"{name},width,height,kind", *lines])))
    assert preview.columns[0].role == role


def test_the_whole_of_iris_as_python_reads_it() -> None:
    path = asset("tables/iris.csv")
    preview = inspect(path)
    assert task_of(preview, preview.choice.targets) == "multiclass"
    told: list[tuple[int, int]] = []
    dataset = load(preview.choice, lambda done, total: told.append((done, total)))
    with path.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    names = sorted({row[-1] for row in rows})
    wanted = np.array([[*map(float, row[:-1]), names.index(row[-1])] for row in rows])
    x, y = everything(dataset)
    got = np.column_stack([x, y])
    assert np.allclose(got[np.lexsort(got.T.round(4))], wanted[np.lexsort(wanted.T.round(4))], atol=1e-5)
    assert dataset.class_names == tuple(names)
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (105, 23, 22)
    assert np.bincount(dataset.train.y).tolist() == [35, 35, 35]
    assert np.allclose(dataset.train.x.mean(axis=0), 0, atol=1e-5)
    assert np.allclose(dataset.train.x.std(axis=0), 1, atol=1e-5)
    assert told[-1] == (path.stat().st_size, path.stat().st_size)
    assert not dataset.train.x.flags.writeable
    assert not dataset.train.y.flags.writeable
    again = load(preview.choice)
    assert np.array_equal(again.test.x, dataset.test.x), "the same choice, the same division"
    other = load(replace(preview.choice, seed=1))
    assert not np.array_equal(other.test.x, dataset.test.x)


def test_shares_and_first_rows(tmp_path: Path) -> None:
    preview = inspect(write(tmp_path, table(200)))
    dataset = load(replace(preview.choice, shares=(50, 30, 20), max_rows=100))
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (50, 30, 20)
    assert np.bincount(dataset.train.y).tolist() == [25, 25]


# -- tasks and encodings -----------------------------------------------------------------------------------------


def test_regression_is_standardised_and_leads_back(tmp_path: Path) -> None:
    x = np.linspace(-3, 7, 60)
    path = write(tmp_path, "x,price\n" + "".join(f"{a},{1000 + 250 * a}\n" for a in x))
    preview = inspect(path)
    assert task_of(preview, ("price",)) == "regression"
    dataset = load(preview.choice)
    assert (dataset.task, dataset.target_names, dataset.class_names) == ("regression", ("price",), ())
    assert dataset.output_count == 1
    assert dataset.train.y.shape == (42, 1)
    assert dataset.train.y.dtype == np.float32
    assert dataset.train.y.std() == pytest.approx(1, abs=1e-5)
    assert dataset.target_scaling is not None
    values, y = everything(dataset)
    assert np.allclose(dataset.target_scaling.original(y)[:, 0], 1000 + 250 * values[:, 0], rtol=1e-4)


def test_several_numbers_are_regression_and_several_truths_labels(tmp_path: Path) -> None:
    rows = "".join(f"{k},{k * k},{k % 2},{'yes' if k % 3 else 'no'}\n" for k in range(30))
    path = write(tmp_path, "x,square,odd,other\n" + rows)
    choice = inspect(path).choice
    both = load(replace(choice, inputs=("x",), categories=(), targets=("odd", "other")))
    assert (both.task, both.class_names, both.output_count) == ("multilabel", ("odd", "other"), 2)
    x, y = everything(both)
    assert y.dtype == np.float32
    k = x[:, 0].round().astype(int)
    assert np.array_equal(y, np.column_stack([k % 2, k % 3 != 0]).astype(np.float32))
    numbers = load(replace(choice, inputs=("odd",), categories=(), targets=("x", "square")))
    assert (numbers.task, numbers.target_names, numbers.train.y.shape[1]) == ("regression", ("x", "square"), 2)


def test_categories_become_one_input_each(tmp_path: Path) -> None:
    towns = ["Ulm", "Bonn", "Köln"]
    rows = "".join(f"{k},{towns[k % 3]},{'ab'[k % 2]}\n" for k in range(60))
    choice = inspect(write(tmp_path, "size,town,y\n" + rows)).choice
    assert choice.categories == ("town",)
    dataset = load(choice)
    assert dataset.feature_names == ("size", "town = Bonn", "town = Köln", "town = Ulm")
    x, _ = everything(dataset)
    for row in x:
        hot = [0.0, 0.0, 0.0]
        hot[["Bonn", "Köln", "Ulm"].index(towns[round(row[0]) % 3])] = 1.0
        assert row[1:].tolist() == pytest.approx(hot, abs=1e-6)


def test_numeric_classes_are_in_the_order_of_numbers(tmp_path: Path) -> None:
    rows = "".join(f"{k * 0.5},{[2, 10, 9][k % 3]}\n" for k in range(60))
    dataset = load(inspect(write(tmp_path, "x,label\n" + rows)).choice)
    assert (dataset.task, dataset.class_names) == ("multiclass", ("2", "9", "10"))


def test_without_standardisation_the_values_stay(tmp_path: Path) -> None:
    choice = inspect(write(tmp_path, table())).choice
    plain, scaled = load(replace(choice, standardise=False)), load(choice)
    assert plain.scaling is None
    assert np.allclose(plain.train.x, everything(scaled)[0][: len(plain.train)], atol=1e-5)


# -- missing values ----------------------------------------------------------------------------------------------

HOLES = "a,b,y\n" + "".join(
    f"{'' if k in (4, 9) else k},{'?' if k == 5 else 'xyx'[k % 3]},{k % 2}\n" for k in range(40)
)


@pytest.mark.parametrize("missing", ["mean", "median", "most_frequent"])
def test_missing_values_are_filled_from_the_training_rows(tmp_path: Path, missing: str) -> None:
    imported = load_with_notes(replace(inspect(write(tmp_path, HOLES)).choice, missing=missing))
    values, _ = everything(imported.dataset)
    a = values[:, 0].round(3)
    known = [k for k in range(40) if k not in (4, 9)]
    assert len(a) == 40
    train = everything(imported.dataset)[0][: len(imported.dataset.train), 0].round(3)
    filled = [value for value in a.tolist() if value not in known]
    there = [value for value in train.tolist() if value in known]
    if missing == "mean" and filled:
        assert filled[0] == pytest.approx(np.mean(there), abs=2e-3)
    elif missing == "median" and filled:
        assert filled[0] == pytest.approx(np.median(there), abs=2e-3)
    assert any(note.startswith("a: 2 missing filled with") for note in imported.notes)
    assert any(note == "b: 1 missing filled with 'x'." for note in imported.notes)


def test_rows_with_holes_can_be_left_out(tmp_path: Path) -> None:
    preview = inspect(write(tmp_path, HOLES))
    assert [column.missing for column in preview.columns] == [2, 1, 0]
    imported = load_with_notes(preview.choice)
    values, _ = everything(imported.dataset)
    assert sorted(values[:, 0].round().astype(int).tolist()) == [k for k in range(40) if k not in (4, 5, 9)]
    assert imported.notes == ("3 rows with a missing input were left out.",)


def test_a_row_without_its_target_is_left_out_whatever_is_chosen(tmp_path: Path) -> None:
    text = table(30) + "1,2,\n3,4,NA\n"
    imported = load_with_notes(replace(inspect(write(tmp_path, text)).choice, missing="mean"))
    assert len(everything(imported.dataset)[0]) == 30
    assert imported.notes == ("2 rows without a target were left out.",)


# -- what can be wrong -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "flowers.csv is empty"),
        (b"\n \n\n", "flowers.csv is empty"),
        (b"PK\x03\x04rest", "zip archive or an Excel sheet; save the sheet as CSV"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "compressed with gzip; unpack it"),
        (b"a,b\n1,\x00\x01\n", "holds zero bytes"),
    ],
)
def test_what_is_no_table_is_said_at_once(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(FileFormatError, match=words):
        inspect(write(tmp_path, content))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"none\.csv is not there"):
        inspect(tmp_path / "none.csv")
    choice = replace(inspect(write(tmp_path, table())).choice, path=str(tmp_path / "gone.csv"))
    with pytest.raises(FileFormatError, match=r"gone\.csv is not there any more"):
        load(choice)


def test_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    preview = inspect(write(tmp_path, "width,height,kind\n"))
    assert problems(preview) == ["flowers.csv has no rows below its header. Add rows of values."]


def test_five_rows_are_too_few_and_ten_are_few(tmp_path: Path) -> None:
    preview = inspect(write(tmp_path, table(5)))
    assert any("5 rows are too few; at least 10" in problem.text for problem in check(preview, preview.choice))
    with pytest.raises(FileFormatError, match="has 5 rows; at least 10 are needed"):
        load(preview.choice)
    ten = inspect(write(tmp_path, table(10)))
    found = check(ten, ten.choice)
    assert [problem.severity for problem in found] == ["warning"]
    assert "10 rows are few: 7 to train" in found[0].text
    dataset = load(ten.choice)
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == 10


def test_ragged_rows_are_named_or_left_out(tmp_path: Path) -> None:
    lines = table(60).splitlines()
    lines[30] += ",one more"
    lines[40] = "1.5"
    path = write(tmp_path, "\n".join(lines))
    preview = inspect(path)
    words = "flowers.csv: row 31 has 4 cells, row 1 has 3."
    assert next(p.text for p in check(preview, preview.choice) if p.severity == "error").startswith(words)
    with pytest.raises(FileFormatError) as caught:
        load(preview.choice)
    assert str(caught.value).startswith(words)
    lenient = replace(preview.choice, unreadable="missing")
    assert [p.severity for p in check(preview, lenient)] == ["warning"]
    imported = load_with_notes(lenient)
    assert len(everything(imported.dataset)[0]) == 58
    assert "2 rows of another length were left out." in imported.notes


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("abc", "'abc' is no number"),
        ("inf", "'inf' is infinite"),
        ("-Infinity", "'-Infinity' is infinite"),
        ("1e999", "'1e999' is too large for a number of 64 bits"),
        ('"1,5"', "'1,5' is no number with the decimal sign '.'"),
        ("12 cm", "'12 cm' is no number"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(tmp_path: Path, cell: str, words: str) -> None:
    lines = table(60).splitlines()
    lines[20] = f"{cell},2,rose"
    lines.insert(10, "")  # a blank row counts, as in a spreadsheet
    path = write(tmp_path, "\n".join(lines) + "\n")
    preview = inspect(path)
    wanted = f"flowers.csv: row 22, column 'width': {words}."
    errors = [p.text for p in check(preview, preview.choice) if p.severity == "error"]
    assert errors[0].startswith(wanted)
    with pytest.raises(FileFormatError) as caught:
        load(preview.choice)
    assert str(caught.value).startswith(wanted)
    lenient = replace(preview.choice, unreadable="missing", missing="mean")
    assert "error" not in [p.severity for p in check(preview, lenient)]
    imported = load_with_notes(lenient)
    assert len(everything(imported.dataset)[0]) == 60
    assert any("width: 1 cells that are no finite number count as missing" in note for note in imported.notes)


def test_a_bad_cell_far_behind_the_preview_is_named_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnviz.data.csv_dialect.HEAD_BYTES", 4_000)
    monkeypatch.setattr(csv_reader, "BLOCK_BYTES", 10_000)
    lines = table(5_000).splitlines()
    lines[4_321] = "5,x,rose"
    path = write(tmp_path, "\r\n".join(lines))
    preview = inspect(path)
    assert not preview.is_exact
    assert preview.row_count == pytest.approx(5_000, rel=0.05)
    assert preview.seen < 500
    with pytest.raises(FileFormatError, match=r"row 4,322, column 'height': 'x' is no number"):
        load(preview.choice)
    lines[4_321] = "5,6"
    write(tmp_path, "\r\n".join(lines))
    with pytest.raises(FileFormatError, match=r"row 4,322 has 2 cells, row 1 has 3"):
        load(preview.choice)
    # Rows left out before it do not move the number of the row.
    lines[4_321] = "5,1e300,rose"
    lines[100] = "1"
    lines[200] = ""
    write(tmp_path, "\r\n".join(lines))
    with pytest.raises(FileFormatError, match=r"row 4,322, column 'height': 1e\+300 is too large"):
        load(replace(preview.choice, unreadable="missing"))


def test_cells_with_line_breaks_and_delimiters_in_quotation_marks(tmp_path: Path) -> None:
    rows = "".join(f'{k},"a ""big""\none, {k % 2}",{k % 2}\n' for k in range(30))
    preview = inspect(write(tmp_path, "size,note,y\n" + rows))
    assert preview.row_count == 30
    assert preview.head[3] == ("3", 'a "big"\none, 1', "1")
    dataset = load(replace(preview.choice, inputs=("size", "note"), categories=("note",)))
    assert dataset.feature_names[1:] == ('note = a "big"\none, 0', 'note = a "big"\none, 1')


def test_an_open_quotation_mark_is_suspected(tmp_path: Path) -> None:
    preview = inspect(write(tmp_path, 'a,b,y\n1,2,x\n3,"4,z\n5,6,x\n'))
    assert any("quotation marks are odd in number" in t and "line 3" in t for t in problems(preview, "warning"))


def test_what_is_not_utf8_is_named_and_read_as_windows_1252(tmp_path: Path) -> None:
    text = "größe,art\n" + "1,Veilchen\n2,Rose\n" * 20 + "3,Löwenzahn\n" * 5
    path = write(tmp_path, text.encode("cp1252"))
    preview = inspect(path)
    assert preview.choice.encoding == "windows-1252"
    assert preview.head_names == ("größe", "art")
    assert any("row 1" in t and "0xF6 is not UTF-8" in t for t in problems(preview, "warning"))
    assert load(preview.choice).class_names == ("Löwenzahn", "Rose", "Veilchen")
    with pytest.raises(FileFormatError, match=r"row 1, after 'gr': the byte 0xF6 is not UTF-8; choose another"):
        inspect(path, Reading(encoding="utf-8"))


def test_a_byte_that_is_not_utf8_behind_the_preview_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnviz.data.csv_dialect.HEAD_BYTES", 4_000)
    lines = [line.encode() for line in table(3_000).splitlines()]
    lines[2_500] = "1,2,Löwenzahn".encode("cp1252")
    path = write(tmp_path, b"\n".join(lines))
    preview = inspect(path)
    assert preview.choice.encoding == "utf-8"
    for block in (8 * 2**20, 10_000):
        monkeypatch.setattr(csv_reader, "BLOCK_BYTES", block)
        with pytest.raises(FileFormatError, match=r"flowers\.csv: row 2,501, after 'L': the byte 0xF6 is not UTF-8"):
            load(preview.choice)
    assert load(replace(preview.choice, encoding="windows-1252", targets=("height",), inputs=("width",))).task


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_understood(tmp_path: Path, encoding: str) -> None:
    preview = inspect(write(tmp_path, table(30).encode(encoding)))
    assert preview.head_names == ("width", "height", "kind")
    assert len(everything(load(preview.choice))[0]) == 30


def test_doubled_and_empty_names_of_columns(tmp_path: Path) -> None:
    preview = inspect(write(tmp_path, "a,a,,a,y\n" + "1,2,3,4,p\n2,3,4,5,q\n" * 10))
    assert preview.head_names == ("a", "a (2)", "column 3", "a (3)", "y")
    found = problems(preview, "warning")
    assert any("has the name 'a' more than once" in text for text in found)
    assert any("no name for column 3" in text for text in found)
    dataset = load(replace(preview.choice, inputs=("a (2)", "column 3")))
    assert sorted(set(everything(dataset)[0][:, 0].round(3).tolist())) == [2.0, 3.0]


def test_a_constant_column_is_left_out_and_named(tmp_path: Path) -> None:
    text = "".join(f"{k},7,{k % 2}\n" for k in range(30))
    preview = inspect(write(tmp_path, "x,same,y\n" + text))
    assert any("column 'same' is '7' in every row seen" in text for text in problems(preview, "warning"))
    assert preview.choice.inputs == ("x",)
    imported = load_with_notes(replace(preview.choice, inputs=("x", "same")))
    assert imported.dataset.feature_names == ("x",)
    assert imported.notes == ("same has the same value in every training row and was left out.",)
    with pytest.raises(FileFormatError, match="no input varies: same"):
        load(replace(preview.choice, inputs=("same",)))


def test_one_class_only(tmp_path: Path) -> None:
    preview = inspect(write(tmp_path, "x,y\n" + "".join(f"{k},rose\n" for k in range(30))))
    choice = replace(preview.choice, inputs=("x",), targets=("y",))
    words = "'y' has one class only, 'rose'"
    assert any(words in problem.text for problem in check(preview, choice))
    with pytest.raises(FileFormatError, match=words):
        load(choice)


def test_a_class_with_too_few_rows(tmp_path: Path) -> None:
    preview = inspect(write(tmp_path, table(30) + "1,2,lily\n3,4,lily\n"))
    assert any("class 'lily' of column 'kind' has 2 rows" in p.text for p in check(preview, preview.choice))
    with pytest.raises(FileFormatError, match=r"at least 3 rows.*'lily' \(2\)"):
        load(preview.choice)


def test_a_third_class_is_too_many_for_binary(tmp_path: Path) -> None:
    preview = inspect(write(tmp_path, table(30) + "1,2,lily\n" * 5))
    choice = replace(preview.choice, task="binary")
    assert any("binary needs two classes, column 'kind' has 3" in p.text for p in check(preview, choice))
    with pytest.raises(FileFormatError, match="needs two classes"):
        load(choice)


def test_huge_numbers_are_refused_with_their_place(tmp_path: Path) -> None:
    path = write(tmp_path, table(30) + "1e200,5,rose\n")
    with pytest.raises(FileFormatError, match=r"row 32, column 'width': 1e\+200 is too large; numbers must be within"):
        load(inspect(path).choice)


def test_too_many_categories_name_the_row(tmp_path: Path) -> None:
    text = "".join(f"{k},name {k},{k % 2}\n" for k in range(150))
    preview = inspect(write(tmp_path, "x,name,y\n" + text))
    choice = replace(preview.choice, inputs=("x", "name"), categories=("name",))
    assert any("'name' has more than 100 different values" in p.text for p in check(preview, choice))
    with pytest.raises(FileFormatError, match=r"row 102, column 'name': 'name 100' is the 101th different value"):
        load(choice)
    texts = check(preview, replace(choice, categories=()))
    assert any("column 'name' holds more different texts" in p.text for p in texts)


def test_a_table_too_large_for_memory_is_refused_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_reader, "BLOCK_BYTES", 10_000)
    monkeypatch.setattr(raw_data, "MAX_VALUES", 5_000)
    preview = inspect(write(tmp_path, table(3_000)))
    told: list[int] = []
    with pytest.raises(FileFormatError, match=r"samples of 2 inputs would take .* GB of memory.*'Rows at most'"):
        load(preview.choice, lambda done, total: told.append(done))
    assert not told, "the first block already tells"
    assert len(load(replace(preview.choice, max_rows=2_000)).train) == 1_400


def test_what_is_not_chosen_well_is_said(tmp_path: Path) -> None:
    preview = inspect(write(tmp_path, table(60)))
    choice = preview.choice

    def said(**changes: object) -> str:
        return " ".join(problem.text for problem in check(preview, replace(choice, **changes)))  # type: ignore[arg-type]

    assert "choose at least one column as target" in said(targets=())
    assert "choose at least one column as input" in said(inputs=())
    assert "regression needs numbers, column 'kind' holds texts" in said(task="regression")
    assert "binary has one target column, got 2" in said(inputs=("width",), targets=("height", "kind"), task="binary")
    assert "'kind' holds texts, no numbers" in said(inputs=("kind",), targets=("width",))
    for names in ({"inputs": ("depth",)}, {"targets": ("depth",)}):
        with pytest.raises(FileFormatError, match=r"has no column 'depth'; it has width, height, kind"):
            load(replace(choice, **names))  # type: ignore[arg-type]
    with pytest.raises(FileFormatError, match="at least one target"):
        load(replace(choice, targets=()))
    with pytest.raises(FileFormatError, match="at least one input"):
        load(replace(choice, inputs=()))


def test_reading_can_be_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_reader, "BLOCK_BYTES", 10_000)
    choice = inspect(write(tmp_path, table(3_000))).choice
    told: list[int] = []
    with pytest.raises(ImportCancelledError, match=r"flowers\.csv was cancelled"):
        load(choice, lambda done, total: told.append(done), lambda: len(told) == 3)
    assert len(told) == 3
    # Also while the columns are scaled, after the last block.
    size = Path(choice.path).stat().st_size
    with pytest.raises(ImportCancelledError):
        load(choice, lambda done, total: told.append(done), lambda: told[-1] == size)


def test_memory_that_runs_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    choice = inspect(write(tmp_path, table())).choice
    monkeypatch.setattr(own_dataset, "table_dataset", full)
    with pytest.raises(FileFormatError, match="does not fit into the memory"):
        load(choice)


def test_wide_tables_are_read(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    values = random.integers(0, 256, (60, 785))
    values[:, 0] %= 10
    values[:, 1] = 0
    header = "label," + ",".join(f"pixel{k}" for k in range(784))
    text = "\n".join([header, *(",".join(map(str, row)) for row in values)])
    preview = inspect(write(tmp_path, text))
    assert preview.choice.targets == ("label",)
    assert len(preview.choice.inputs) == 783
    dataset = load(replace(preview.choice, task="regression"))
    assert dataset.input_shape == (783,)
