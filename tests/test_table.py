"""Tables are read whatever their separator, encoding and form, and what their columns hold is guessed."""

from __future__ import annotations

import json

import pytest

from datasette_panoptic.errors import IngestError
from datasette_panoptic.ingest.tables.read import read

ROWS = [["path", "Opinião", "Tags[multi_tags]"], ["a.jpg", "é", "cat,dog"], ["b.jpg", "ü ok", "cat,bird,dog"]]


def lines(separator):
    quote = '"{}"' if separator == "," else "{}"
    return "\r\n".join(separator.join(quote.format(cell) for cell in row) for row in ROWS) + "\r\n"


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_separator_and_encoding_are_found_out(tmp_path, separator, encoding):
    file = tmp_path / "table.csv"
    file.write_bytes(lines(separator).encode(encoding))
    table = read(file)
    assert (table.separator, table.encoding.name) == (separator, encoding)
    assert [list(table.headers), *(cells for _, cells in table.rows())] == ROWS
    assert [row for row, _ in table.rows()] == [2, 3]


def test_what_is_said_goes_before_what_is_found_out(tmp_path):
    file = tmp_path / "table.csv"
    file.write_text("a;b,c\n1;2,3\n", "utf-8")
    assert read(file, separator=";").headers == ("a", "b,c")
    assert read(file, separator=",").headers == ("a;b", "c")
    assert read(file, separator="tab").headers == ("a;b,c",)
    with pytest.raises(IngestError, match="unknown encoding `latin-99`"):
        read(file, encoding="latin-99")
    file.write_bytes("a;é\n".encode("cp1252"))
    with pytest.raises(IngestError, match=r"header of column 2 .*the byte 0xe9, which is not utf-8.*say --encoding"):
        read(file, encoding="utf-8")


def test_bytes_of_no_encoding_are_told_as_that(tmp_path):
    file = tmp_path / "table.csv"
    file.write_bytes("id;a\n1;é\n2;".encode() + b"\x81\n")
    _, (row, (_, cell)) = read(file).rows()
    assert (row, cell, cell.reason) == (3, "\\x81", "it has the byte 0x81, which is not utf-8")
    assert list(read(file, encoding="latin-1").rows())[1] == (3, ["2", "\x81"])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_that_names_the_separator_is_no_row_of_headers(tmp_path, end):
    file = tmp_path / "table.csv"
    file.write_bytes(end.join(["sep=,", "id,note", "1,a;b;c", ""]).encode())
    table = read(file)
    assert (table.separator, table.headers) == (",", ("id", "note"))
    assert list(table.rows()) == [(3, ["1", "a;b;c"])]


def test_cells_keep_line_ends_and_blank_lines_are_rows_that_say_nothing(tmp_path):
    file = tmp_path / "table.csv"
    file.write_bytes(b'id;note\r\n1;"two\r\nlines"\r\n;\r\n\r\n2;"a ""b"""\r\n')
    assert list(read(file).rows()) == [(2, ["1", "two\r\nlines"]), (5, ["2", 'a "b"'])]


OBJECTS = [
    {"id": 1, "n": 12345678901234567890, "ok": False, "t": ["a", "b, c"], "s": ""},
    {"id": 2, "f": 1.50, "s": None, "o": {"k": [1]}},
]
CELLS = [
    (1, ["1", "12345678901234567890", "false", ("a", "b, c"), '""', "", ""]),
    (2, ["2", "", "", "", "", "1.5", '{"k": [1]}']),
]


@pytest.mark.parametrize("suffix", ["json", "jsonl", "ndjson"])
def test_json_is_read_as_an_array_or_a_line_each(tmp_path, suffix):
    file = tmp_path / f"table.{suffix}"
    file.write_text(json.dumps(OBJECTS) if suffix == "json" else "\n".join(map(json.dumps, OBJECTS)), "utf-8")
    table = read(file)
    assert table.headers == ("id", "n", "ok", "t", "s", "f", "o")
    assert list(table.rows()) == CELLS


def test_halves_of_characters_are_joined_or_told(tmp_path):
    (tmp_path / "t.json").write_text(r'[{"id": 1, "a": "\ud83d\ude00", "b": "x\ud800", "c": ["\udc00y"]}]', "utf-8")
    ((_, cells),) = read(tmp_path / "t.json").rows()
    assert cells == ["1", "😀", "x\\ud800", "\\udc00y"]
    assert [cell.reason for cell in cells[2:]] == [
        "it has half a character, `\\ud800`",
        "it has half a character, `\\udc00`",
    ]


FAULTS = {
    "unclosed.csv": ('id;note\n1;a\n2;"b\n3;c\n4;d\n', "row 3 .* quotation mark without a closing one"),
    "unclosed at the end.csv": ('id;note\n1;"', "row 2 .* without a closing one"),
    "empty.csv": ("", "is empty"),
    "list.json": ("[1, 2]", "row 1 of `list.json` is not an object"),
    "broken.json": ('[{"a": 1}', "no JSON"),
    "broken.jsonl": ('{"a": 1}\n{', "no JSON"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_no_table_is_refused(tmp_path, name):
    text, message = FAULTS[name]
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(IngestError, match=message):
        list(read(tmp_path / name).rows())
