"""Importing and exporting tables from the command line: what is said, and with which exit code."""

from __future__ import annotations

import json
import zipfile

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from datasette_panoptic.cli import panoptic
from datasette_panoptic.store.connection import connect

from .rows import Folder, Instance, Picture, fill

INSTANCES = [Instance(0, 0, "a.jpg"), Instance(1, 0, "b.jpg"), Instance(2, 0, "c.jpg")]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command where `p.db` is a project of three images."""
    monkeypatch.chdir(tmp_path)
    conn = connect(tmp_path / "p.db", create=True)
    fill(conn, [Folder("all")], [Picture()] * 3, INSTANCES)
    conn.close()

    def invoke(*arguments, code=0):
        result = CliRunner().invoke(panoptic, arguments)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if "--json" in arguments and code < 2 else result

    return invoke


def test_look_import_undo_export_and_import_again(run, tmp_path):
    (tmp_path / "t.csv").write_text('path;Likes[number];Topic[multi_tags]\nb.jpg;5;"cat,dog"\nz.jpg;1;\n', "utf-8")
    looked = run("import-csv", "p.db", "t.csv", "--dry-run")
    assert "Topic\tmulti_tags\tinstance\tnew\t1 values\t2 new tags" in looked.stdout
    assert "2 rows, 1 matched, 1 not matched" in looked.stdout
    assert "row 3, path: no image has `z.jpg`" in looked.stderr
    assert run("history", "p.db", "--json")["rows"] == []
    report = run("import-csv", "p.db", "t.csv", "--scope", "Topic=image", "--json")
    assert (report["written"], report["changeset"], report["matched"], report["changed"]) == (True, 1, 1, 7)
    assert run("query", "p.db", "Likes=5&Topic=cat", "--ids").stdout == "2\n"
    exported = run("export", "p.db", "out.csv", "--query", "Topic=cat", "--json")
    assert (exported["rows"], exported["columns"]) == (1, 2)
    run("undo", "p.db")
    assert run("property", "list", "p.db", "--json")["rows"] == []
    again = run("import-csv", "p.db", "out.csv", "--json")
    assert [(column["name"], column["scope"]) for column in again["columns"]] == [
        ("Likes", "instance"),
        ("Topic", "image"),
    ]
    assert run("query", "p.db", "Topic=dog", "--ids").stdout == "2\n"


def test_bad_cells_stop_an_import_and_are_told_by_row_and_column(run, tmp_path):
    (tmp_path / "t.csv").write_text("id,N[number]\n1,5\n2,many\n", "utf-8")
    failed = run("import-csv", "p.db", "t.csv", code=1)
    assert "row 3, N: `many` is no number" in failed.stderr
    assert "nothing was written" in failed.stderr
    assert run("import-csv", "p.db", "t.csv", "--dry-run", "--json", code=1)["bad_cells"] == [
        {"row": 3, "column": "N", "text": "many", "message": "`many` is no number"}
    ]
    done = run("import-csv", "p.db", "t.csv", "--skip-errors")
    assert "changeset 1: 2 changes" in done.stdout


def test_several_rows_of_one_instance_give_a_hint(run, tmp_path):
    (tmp_path / "t.csv").write_text("name\tN\na.jpg\t1\na.jpg\t2\n", "utf-8")
    assert "--fusion new" in run("import-csv", "p.db", "t.csv", "--dry-run").stderr
    assert "1 instances made" in run("import-csv", "p.db", "t.csv", "--fusion", "new").stdout


FAULTS = {
    "a name of the system": (["import-csv", "p.db", "t.csv"], 1, "--rename 'width=NEW'"),
    "no such key": (["import-csv", "p.db", "t.csv", "--key", "sha1"], 1, "no column `sha1`"),
    "no pair": (["import-csv", "p.db", "t.csv", "--rename", "width"], 2, "takes NAME=VALUE"),
    "no tree": (["import-csv", "p.db", "t.csv", "--tags", "T=none.csv"], 2, "no file `none.csv`"),
    "an unknown property": (["export", "p.db", "o.csv", "--properties", "Colour"], 1, "no property `Colour`"),
    "something there": (["export", "p.db", "t.csv"], 1, "`t.csv` already exists"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_that_helps(run, tmp_path, fault):
    (tmp_path / "t.csv").write_text("id,width\n1,5\n", "utf-8")
    arguments, code, message = FAULTS[fault]
    result = run(*arguments, code=code)
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_images_that_are_gone_make_an_exit_code(run):
    result = run("export", "p.db", "out", "--with-images", code=1)
    assert "3 image files are not where they were imported from" in result.stderr


FORMS = {
    ("out.tsv",): {"out.tsv", "out.properties.json"},
    ("out.xlsx",): {"out.xlsx"},
    ("out.parquet",): {"out.parquet"},
    ("out.zip",): {"out.zip"},
    ("out", "--format", "zip"): {"out"},
    ("out", "--format", "json"): {"out", "out.properties.json"},
    ("out.zip", "--format", "xlsx"): {"out.zip"},
}


@pytest.mark.parametrize("arguments", FORMS, ids=" ".join)
def test_the_format_is_what_is_asked_for_or_what_the_name_ends_in(run, tmp_path, arguments):
    before = set(tmp_path.iterdir())
    assert run("export", "p.db", *arguments, "--json")["rows"] == 3
    written = {path.name for path in set(tmp_path.iterdir()) - before}
    assert {name for name in written if not name.startswith("p.db")} == FORMS[arguments]
    if zipfile.is_zipfile(tmp_path / arguments[0]) and "zip" in " ".join(arguments):
        table = "corpus.xlsx" if "xlsx" in arguments else "corpus.csv"
        assert table in zipfile.ZipFile(tmp_path / arguments[0]).namelist()


def test_a_sheet_and_columns_by_number(run, tmp_path):
    book = Workbook()
    book.create_sheet("second")
    for row in (["id", None, "a", "a"], [1, "x", "y", "z"]):
        book["second"].append(row)
    book.save(tmp_path / "t.xlsx")
    options = ["--sheet", "second", "--rename", "#2=B", "--rename", "#4=C", "--type", "#4=tag", "--ignore", "#3"]
    report = run("import-csv", "p.db", "t.xlsx", *options, "--json")
    assert [(column["name"], column["type"]) for column in report["columns"]] == [("B", "text"), ("C", "tag")]
    assert (report["sheet"], report["passed_over"]) == ("second", ["a"])
    assert "sheet second, key id" in run("import-csv", "p.db", "t.xlsx", *options, "--dry-run").stdout


def test_what_cannot_be_read_is_told_with_what_to_do(run, tmp_path):
    (tmp_path / "t.csv").write_bytes(
        "name;A;N;\nA.JPG;bad\xff;1;\nb.jpg;été;NA;lost\n".encode("latin-1").replace(b"\xe9", "é".encode())
    )
    failed = run("import-csv", "p.db", "t.csv", code=1)
    for line in (
        "row 2, A: it has the byte 0xff, which is not utf-8; in cp1252 it is `ÿ`",
        "row 3, #4: the cell is under no header",
        "hint: --rename '#4=NAME' gives a column a name, --ignore '#4' leaves it out",
        "row 2, name: no image has `A.JPG`; did you mean `a.jpg`?",
        "note: `N` is of type text because row 3 contains `NA`",
        "hint: --empty TEXT names a marker of empty cells",
        "nothing was written: correct these cells",
    ):
        assert line in failed.stderr
    done = run("import-csv", "p.db", "t.csv", "--skip-errors", "--empty", "NA", "--ignore", "#4", "--json")
    assert (done["written"], done["errors"], done["empty"], done["passed_over"]) == (True, 1, ["NA"], ["#4"])
    assert done["unmatched_rows"] == [{"row": 2, "key": "A.JPG", "near": "a.jpg"}]


def test_a_table_of_no_image_writes_nothing(run, tmp_path):
    (tmp_path / "t.csv").write_text("name;New\nz.jpg;1\n", "utf-8")
    assert "nothing was written: no row finds an image" in run("import-csv", "p.db", "t.csv", code=1).stderr
    assert "nothing would be written" in run("import-csv", "p.db", "t.csv", "--dry-run", code=1).stderr
    assert run("property", "list", "p.db", "--json")["rows"] == []
    (tmp_path / "t.csv").write_text("name;New\n", "utf-8")
    assert "the table has no rows" in run("import-csv", "p.db", "t.csv").stderr


def test_a_decimal_mark_is_said(run, tmp_path):
    (tmp_path / "t.csv").write_text('name,N\na.jpg,"1,234"\nb.jpg,"2,5"\n', "utf-8")
    assert run("import-csv", "p.db", "t.csv", "--dry-run", "--json")["columns"][0]["type"] == "text"
    assert "--decimal" in run("import-csv", "p.db", "t.csv", "--dry-run").stderr
    report = run("import-csv", "p.db", "t.csv", "--decimal", ",", "--json")
    assert [(column["type"], column["decimal"]) for column in report["columns"]] == [("number", ",")]
    assert run("query", "p.db", "N__lt=2", "--ids").stdout == "1\n"


@pytest.mark.parametrize(("mark", "number"), [(",", "-1.234,5"), (",", "2.5"), (".", "1,234.5"), (".", "2,25")])
def test_a_mark_that_was_chosen_is_not_advised_again(run, tmp_path, mark, number):
    (tmp_path / "t.csv").write_text(f"name;h\na.jpg;{number}\n", "utf-8")
    said = run("import-csv", "p.db", "t.csv", "--dry-run", "--decimal", mark).stderr
    hints = [line for line in said.splitlines() if line.startswith("hint")]
    assert hints == [f"hint: --decimal {mark} reads numbers with `{mark}` before decimals, and no thousands separators"]


def test_a_report_says_how_the_file_was_read(run, tmp_path):
    (tmp_path / "commas.csv").write_text("id,Note\n1,x\n", "utf-8")
    (tmp_path / "tabs.tsv").write_text("id\tNote\n1\tx\n", "utf-8")
    book = Workbook()
    book.active.title = "Notes"
    for row in (["id", "Note"], [1, "x"]):
        book.active.append(row)
    book.save(tmp_path / "book.xlsx")
    first = [run("import-csv", "p.db", name, "--dry-run").stdout.splitlines()[0] for name in sorted(READ_AS)]
    assert first == [READ_AS[name] for name in sorted(READ_AS)]


READ_AS = {
    "book.xlsx": "book.xlsx: xlsx, sheet Notes, key id",
    "commas.csv": "commas.csv: csv, utf-8, separator ,, key id",
    "tabs.tsv": "tabs.tsv: csv, utf-8, separator tab, key id",
}


def test_a_command_that_makes_something_says_its_number_and_name(run):
    assert run("property", "create", "p.db", "Topic", "--type", "tag").stdout.split()[:4] == [
        "id",
        "1",
        "name",
        "Topic",
    ]
    assert run("tag", "add", "p.db", "Topic", "  big   cat ").stdout.splitlines() == ["id    1", "name  big cat"]
    assert run("tag", "add", "p.db", "Topic", "dog", "--json") == {"id": 2, "name": "dog"}


def test_a_backup_says_where_it_is_and_how_large(run, tmp_path):
    said = run("backup", "p.db", "copy.db").stdout.splitlines()
    assert said == ["backup  copy.db", f"bytes   {(tmp_path / 'copy.db').stat().st_size}"]
