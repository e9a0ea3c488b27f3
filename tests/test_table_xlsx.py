"""Workbooks are read sheet by sheet, cells by what they show."""

from __future__ import annotations

import sys
import zipfile
from datetime import date, datetime, time

import pytest
from openpyxl import Workbook

from datasette_panoptic.errors import IngestError
from datasette_panoptic.ingest.tables import xlsx as table_xlsx
from datasette_panoptic.ingest.tables.pipeline import import_table
from datasette_panoptic.ingest.tables.read import read

from .rows import Picture, empty, fill
from .test_table_import import FOLDERS, INSTANCES, said


def workbook(path, sheets):
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return book


CELLS = {
    "a text": ("as it stands", "as it stands"),
    "nothing": (None, ""),
    "a whole number": (1890, "1890"),
    "fifteen digits": (123456789012345, "123456789012345"),
    "a decimal": (0.1, "0.1"),
    "a whole number as Excel stores many": (5.0, "5"),
    "true": (True, "true"),
    "false": (False, "false"),
    "a text of digits": ("1234567890123456789", "1234567890123456789"),
    "a character that XML cannot hold": ("line_x000D_break", "line\rbreak"),
    "halves of a character": ("_xD83D__xDE00_", "😀"),
    "a time": (time(14, 30), "14:30:00"),
}


@pytest.mark.parametrize("case", CELLS)
def test_cells_are_texts(tmp_path, case):
    given, wanted = CELLS[case]
    workbook(tmp_path / "t.xlsx", {"one": [["id", "cell", "more"], [1, given, "x"]]})
    assert list(read(tmp_path / "t.xlsx").rows()) == [(2, ["1", wanted, "x"])]


MOMENT = datetime(1950, 5, 3, 14, 30, 59)
DATES = {
    "yyyy-mm-dd": "1950-05-03",
    "dd/mm/yyyy": "1950-05-03",
    '[$-40C]d mmmm yyyy;@"h"': "1950-05-03",
    "mmm yyyy": "1950-05",
    "yyyy": "1950",
    "yyyy-mm-dd hh:mm": "1950-05-03T14:30",
    "yyyy-mm-dd hh:mm:ss": "1950-05-03T14:30:59",
}


@pytest.mark.parametrize("number_format", DATES)
def test_dates_are_as_precise_as_their_cells_show_them(tmp_path, number_format):
    book = workbook(tmp_path / "t.xlsx", {"one": [["id", "when"], [1, MOMENT]]})
    book["one"]["B2"].number_format = number_format
    book.save(tmp_path / "t.xlsx")
    assert [cells[1] for _, cells in read(tmp_path / "t.xlsx").rows()] == [DATES[number_format]]


def test_a_sheet_is_chosen_by_name_and_rows_keep_their_numbers(tmp_path):
    sheets = {"Feuille 1": [["id", "a"], [1, "x"], [None, None], [2, "y"]], "deux": [["id"], [7]], "tags": [["name"]]}
    workbook(tmp_path / "t.xlsx", sheets)
    table = read(tmp_path / "t.xlsx")
    assert (table.sheet, table.sheets, table.headers) == ("Feuille 1", {"Feuille 1": False, "deux": False}, ("id", "a"))
    assert list(table.rows()) == [(2, ["1", "x"]), (4, ["2", "y"])]
    assert list(read(tmp_path / "t.xlsx", sheet="deux").rows()) == [(2, ["7"])]
    with pytest.raises(IngestError, match=r"has no sheet `drei`; it has `Feuille 1`, `deux`"):
        read(tmp_path / "t.xlsx", sheet="drei")
    (tmp_path / "t.csv").write_text("id\n1\n", "utf-8")
    with pytest.raises(IngestError, match="is not a workbook"):
        read(tmp_path / "t.csv", sheet="deux")


def test_a_workbook_is_imported_as_a_csv_is(tmp_path):
    conn = empty()
    fill(conn, FOLDERS, [Picture()] * 3, INSTANCES)
    rows = [
        ["path", "Note", "When[date]", "Seen", "Tags[multi_tags]", "Likes[number]"],
        ["a.jpg", "False", date(1890 + 60, 5, 3), True, 'cat,"rue, place"', 5],
        ["photos/1890/b.jpg", 0, "1890", False, None, "1234567890123456789"],
    ]
    workbook(tmp_path / "t.xlsx", {"one": rows})
    report = import_table(conn, tmp_path / "t.xlsx")
    assert (report.errors, report.unmatched, report.sheet) == (0, 0, "one")
    assert said(conn, "Note") == {1: "False", 2: "0"}
    assert said(conn, "When") == {1: "1950-05-03", 2: "1890"}
    assert said(conn, "Seen") == {1: 1, 2: 0}
    assert said(conn, "Tags") == {1: "cat, rue, place"}
    assert said(conn, "Likes") == {1: 5, 2: 1234567890123456789}


def test_what_is_no_workbook_is_refused(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(IngestError, match="workbook cannot be read"):
        read(tmp_path / "t.xlsx")
    workbook(tmp_path / "t.xlsx", {"one": []})
    with pytest.raises(IngestError, match="sheet `one` of `t"):
        read(tmp_path / "t.xlsx")
    monkeypatch.setattr(table_xlsx, "LARGEST", 1000)
    with pytest.raises(IngestError, match="too large once it is unpacked"):
        read(tmp_path / "t.xlsx")
    (tmp_path / "t.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    with pytest.raises(IngestError, match="before 2007"):
        read(tmp_path / "t.xls")


def test_a_row_of_an_absurd_number_ends_the_sheet(tmp_path):
    workbook(tmp_path / "t.xlsx", {"one": [["id"], [1]]})
    with zipfile.ZipFile(tmp_path / "t.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(
        b"</sheetData>", b'<row r="99999999999"><c r="A9"><v>5</v></c></row></sheetData>'
    )
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert list(read(tmp_path / "t.xlsx").rows()) == [(2, ["1"])]


def test_the_package_that_is_missing_is_named(tmp_path, monkeypatch):
    workbook(tmp_path / "t.xlsx", {"one": [["id"], [1]]})
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(
        Exception, match=r"Reading XLSX needs one more package: `pip install 'datasette-panoptic\[xlsx\]'`"
    ):
        read(tmp_path / "t.xlsx")
