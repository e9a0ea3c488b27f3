"""Whatever a table says is stored, or named in the report by row and column; and the command line says it too."""

from __future__ import annotations

import json
import struct
import unicodedata

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pyarrow import parquet

from datasette_panoptic.ingest.tables.headers import TableOptions
from datasette_panoptic.ingest.tables.near import loose
from datasette_panoptic.ingest.tables.notes import SENTENCES
from datasette_panoptic.ingest.tables.pipeline import import_table
from datasette_panoptic.ingest.tables.report import UnmatchedRow
from datasette_panoptic.web.http.words import PLACEHOLDER, messages
from tests.rows import Folder, Instance, Picture, Property, describe, empty, fill

FOLDERS = [Folder("photos"), Folder("Été 1890", 0)]
NAMES = ["IMG_1.JPG", "b c.png", "cafe\u0301.jpeg", "d.jpg"]
INSTANCES = [*(Instance(n, 0, name) for n, name in enumerate(NAMES)), Instance(0, 1, "e.jpg")]
PROPERTIES = [Property("Kind", "tag", "image", {0: frozenset({"rue, place"}), 1: frozenset({"École"})})]


@pytest.fixture
def conn():
    conn = empty()
    fill(conn, FOLDERS, [Picture()] * 4, INSTANCES)
    describe(conn, PROPERTIES)
    yield conn
    conn.close()


@pytest.fixture
def bring(conn, tmp_path):
    """Import bytes or a text with options, and return the report."""

    def bring(content, name="table.csv", dry_run=False, **options):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_table(conn, file, TableOptions(**options), actor="anna", dry_run=dry_run)

    return bring


def said(conn, name):
    return dict(conn.execute(f"select instance_id, [{name}] from corpus where [{name}] is not null").fetchall())


def made(conn):
    return [row[0] for row in conn.execute("select name from properties where deleted_at is null order by id")]


def told(report):
    return [(cell.row, cell.column, cell.text) for cell in report.bad_cells]


def kinds(report):
    return [note.kind for note in report.notes]


UNDER_NO_HEADER = {
    "last": ("name;A;\nd.jpg;x;lost\nIMG_1.JPG;y;\n", [(2, "#3", "lost")]),
    "in the middle": ("name;;A\nd.jpg;;x\nIMG_1.JPG;lost;y\n", [(3, "#2", "lost")]),
    "several": ("name;A;;\nd.jpg;x;l;m\n", [(2, "#3", "l"), (2, "#4", "m")]),
    "in a longer row": ("name;A\nd.jpg;x;lost\nIMG_1.JPG;y\n", [(2, "", "")]),
}


@pytest.mark.parametrize("case", UNDER_NO_HEADER)
def test_cells_under_no_header_are_told_and_stop_the_import(conn, bring, case):
    content, wanted = UNDER_NO_HEADER[case]
    report = bring(content)
    assert (told(report), report.errors) == (wanted, len(wanted))
    assert (report.written, report.obstacle, made(conn)) == (False, "bad_cells", ["Kind"])
    assert bring(content, dry_run=True).obstacle == "bad_cells"
    assert bring(content, skip_errors=True).written


def test_a_column_without_a_header_is_named_or_left_out_by_number(conn, bring):
    assert bring("name;A;\nd.jpg;x;kept\n", renames={"#3": "B"}).errors == 0
    assert said(conn, "B") == {4: "kept"}
    report = bring("name;A;\nd.jpg;x;left\n", ignored=frozenset({"#3"}))
    assert (report.errors, report.passed_over) == (0, ["#3"])


def test_columns_without_headers_and_cells_are_nothing(conn, bring):
    report = bring("name;;A;;\nd.jpg;;x;;\nIMG_1.JPG\n")
    assert (report.errors, report.matched, [column.name for column in report.columns]) == (0, 2, ["A"])


BROKEN = {
    "a byte": ("name;A;N\nd.jpg;été;1\nIMG_1.JPG;bad".encode() + b"\xff;2\n", [(3, "A", "bad\\xff")]),
    "a byte in the key": ("name;A\nd.jpg;été\nIMG".encode() + b"\xff.JPG;x\n", [(3, "name", "IMG\\xff.JPG")]),
    "a NUL": ("name;A\nd.jpg;a\0b\n", [(2, "A", "a\\x00b")]),
    "text after a quotation": ('name;A\nd.jpg;"a"b\nIMG_1.JPG;x\n', [(2, "", "")]),
    "a quotation within": ('name;A\nd.jpg;"say "hi" there"\n', [(2, "", "")]),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_read_is_told_and_the_rest_can_be_imported(conn, bring, case):
    content, wanted = BROKEN[case]
    report = bring(content)
    assert (told(report), report.written) == (wanted, False)
    assert bring(content, skip_errors=True).bad_cells == report.bad_cells


def test_a_type_is_guessed_without_the_cells_that_cannot_be_read(conn, bring):
    content = b"name;N\nd.jpg;5\nIMG_1.JPG;\xff\n"
    report = bring(content, skip_errors=True)
    assert (report.columns[0].type, said(conn, "N")) == ("number", {4: 5})


def test_an_encoding_that_was_guessed_is_told_with_an_example(bring):
    report = bring("name;A\nd.jpg;plain\nIMG_1.JPG;Zoé\n".encode("cp1252"))
    assert (report.encoding, report.written) == ("cp1252", True)
    assert [note.text for note in report.notes] == ["The file is not UTF-8 and was read as cp1252: `Zoé` in row 3, A"]
    assert bring("name;été\nd.jpg;plain\n".encode("mac-roman")).notes[0].facts["text"] == "été"
    assert bring("name;A\nd.jpg;Zoé\n").notes == []


NEAR = {
    ("name", "img_1.jpg"): "IMG_1.JPG",
    ("name", " IMG_1.JPG"): "IMG_1.JPG",
    ("name", "IMG_1"): "IMG_1.JPG",
    ("name", "IMG_1.jpeg"): "IMG_1.JPG",
    ("name", "b  c.png"): "b c.png",
    ("name", "photos/d.jpg"): "d.jpg",
    ("name", "CAF\u00c9.jpeg"): "cafe\u0301.jpeg",
    ("path", "img_1.jpg"): "IMG_1.JPG",
    ("path", "Photos\\IMG_1.JPG"): "photos/IMG_1.JPG",
    ("path", "other/d.jpg"): "photos/d.jpg",
    ("path", "e\u0301te\u0301 1890/e"): "photos/Été 1890/e.jpg",
    ("path", "z.jpg"): "",
    ("path", ""): "",
    ("Kind", "ecole"): "",
    ("Kind", "École 2"): "",
    ("id", "77"): "",
}


@pytest.mark.parametrize(("key", "cell"), NEAR)
def test_a_row_that_finds_nothing_is_told_with_what_it_may_have_meant(conn, bring, key, cell):
    report = bring(f"{key};A\n{cell};x\n" + ("" if key == "Kind" else "d.jpg;y\n" if key != "id" else "4;y\n"), key=key)
    row = report.unmatched_rows[0]
    assert (row.row, str(row.key), row.near) == (2, cell.strip() if key == "Kind" else cell, NEAR[key, cell])
    if row.near:
        found = bring(f"{key};A\n{row.near};x\n", key=key)
        assert (found.matched, found.unmatched) == (1, 0)


@given(st.sampled_from(NAMES), st.lists(st.sampled_from("ulsnx"), max_size=3))
def test_names_that_look_alike_are_alike(name, changes):
    changed = name
    for change in changes:
        changed = {
            "u": changed.upper(),
            "l": changed.lower(),
            "s": f" {changed.replace(' ', '  ')} ",
            "n": unicodedata.normalize("NFC", changed),
            "x": unicodedata.normalize("NFD", changed),
        }[change]
    assert loose(changed) == loose(name)


def test_a_table_of_which_no_row_finds_an_image_makes_nothing(conn, bring):
    changesets = conn.execute("select count(*) from _panoptic_changesets").fetchone()
    report = bring("name;New;Topic[multi_tags]\nz.jpg;x;a\n", scopes={"New": "image"})
    assert (report.obstacle, report.written, report.changeset) == ("no_match", False, None)
    assert made(conn) == ["Kind"]
    assert conn.execute("select count(*) from _panoptic_changesets").fetchone() == changesets
    assert bring("name;New\n").obstacle == "no_rows"
    assert made(conn) == ["Kind"]
    assert bring("name;New\nz.jpg;x\nd.jpg;y\n").written


def test_markers_of_nothing_are_read_as_empty_cells_in_all_columns_but_the_key(conn, bring):
    content = "name,n,d,T[multi_tags]\nd.jpg,3,2020-01-01,cat\nIMG_1.JPG,NA,NaN,NA\nNA,NA,na,\n"
    report = bring(content, empty=frozenset({"NA", "NaN"}), skip_errors=True)
    assert [(column.type, column.emptied) for column in report.columns] == [
        ("number", 2),
        ("text", 1),
        ("multi_tags", 1),
    ]
    assert (report.empty, said(conn, "n"), said(conn, "T")) == (["NA", "NaN"], {4: 3}, {4: "cat"})
    assert report.unmatched_rows == [UnmatchedRow(4, "NA")]
    assert kinds(report) == ["marker"]
    assert report.notes[0].facts == {"column": "d", "row": 4, "text": "na", "type": "date"}


def test_markers_are_compared_trimmed_and_whole(conn, bring):
    report = bring("name;A;T[multi_tags]\nd.jpg; - ;a,-\nIMG_1.JPG;--;-\n", empty=frozenset({"-"}))
    assert (said(conn, "A"), said(conn, "T")) == ({1: "--"}, {4: "a, -"})
    assert [column.emptied for column in report.columns] == [1, 1]


def test_markers_hold_in_json_too(conn, bring):
    rows = [{"name": "d.jpg", "n": 5, "t": ["NA"]}, {"name": "IMG_1.JPG", "n": "NA", "t": ["NA", "cat"]}]
    report = bring(json.dumps(rows), "t.json", empty=frozenset({"NA"}))
    assert (report.columns[0].type, said(conn, "n"), said(conn, "t")) == ("number", {4: 5}, {1: "NA, cat"})


def test_decimal_commas_are_read_where_a_column_has_them_throughout(conn, bring):
    report = bring("name;a;b;c[number]\nd.jpg;1,5;1.5;0,25\nIMG_1.JPG;2;-7.25;3\n")
    assert [column.decimal for column in report.columns] == [",", ".", ","]
    assert (said(conn, "a"), said(conn, "b"), said(conn, "c")) == ({4: 1.5, 1: 2}, {4: 1.5, 1: -7.25}, {4: 0.25, 1: 3})
    assert [note.text for note in report.notes] == ["Read with decimal commas: a, c"]


def test_thousands_are_never_read_as_decimals(conn, bring):
    report = bring("name;a;b;c\nd.jpg;1,234;1 234;1.234,5\nIMG_1.JPG;5,678;1;1,5\n", dry_run=True)
    assert [column.type for column in report.columns] == ["text"] * 3
    assert [note.facts["text"] for note in report.notes] == ["1,234", "1 234", "1.234,5"]
    report = bring("name;a[number]\nd.jpg;1,234\nIMG_1.JPG;1.234,5\n")
    assert [cell.message for cell in report.bad_cells] == [
        "`1,234` is no number; write 1234 or 1.234",
        "`1.234,5` is no number; write 1234.5",
    ]
    report = bring("name;a\nd.jpg;1,234\nIMG_1.JPG;5,678\n", decimal=",")
    assert (report.written, said(conn, "a")) == (True, {4: 1.234, 1: 5.678})


def test_numbers_of_a_file_with_types_keep_their_point(conn, bring):
    rows = [{"name": "d.jpg", "n": 1.5}, {"name": "IMG_1.JPG", "n": "2,5"}]
    assert bring(json.dumps(rows), "t.json", decimal=",", types={"n": "number"}).written
    assert said(conn, "n") == {4: 1.5, 1: 2.5}


def test_blanks_say_nothing_where_they_are_no_text(conn, bring):
    report = bring("name;n[number];d[date];c[checkbox];k[color];t[tag]\nd.jpg; ;  ; ; ; \nIMG_1.JPG;1;1890;1;red;x\n")
    assert (report.errors, [column.values for column in report.columns]) == (0, [1] * 5)


DOUBLED = {
    "a key twice in an object": ('[{"name": "d.jpg", "A": 1, "A": 2}]', "t.json", "has the key `A` twice"),
    "a key twice in a line": (
        '{"name": "d.jpg", "A": 1}\n{"A": 1, "A": 2}\n',
        "t.jsonl",
        "row 2 .* has the key `A` twice",
    ),
    "a header twice": ("name;A;a\nd.jpg;1;2\n", "t.csv", "two columns `a`"),
    "a header of bad bytes": (b"name;A\xff;B\n", "t.csv", "header of column 2 .* the byte 0xff"),
    "a header that is no CSV": ('name;"A"b;B\nd.jpg;1;2\n', "t.csv", "after a closing quotation mark"),
    "a list in a list": ("[" * 100_000, "t.json", "nested too deep"),
}


@pytest.mark.parametrize("case", DOUBLED)
def test_what_stands_for_two_things_is_refused(conn, bring, case):
    content, name, message = DOUBLED[case]
    with pytest.raises(Exception, match=message):
        bring(content, name)
    assert made(conn) == ["Kind"]


@pytest.mark.parametrize("header", ["filename", "File_Name", "file", "image", "filepath", "local_path"])
def test_columns_of_file_names_find_images_by_themselves(conn, bring, header):
    assert bring(f"{header},A\nd.jpg,x\n").key == "path"
    assert said(conn, "A") == {4: "x"}


def test_a_hint_about_the_key_is_one_that_helps(conn, bring):
    with pytest.raises(Exception, match="--rename COLUMN=path --key path"):
        bring("picture,A\nd.jpg,x\n")
    assert bring("picture,A\nd.jpg,x\n", renames={"picture": "path"}, key="path").matched == 1


def test_a_workbook_tells_its_errors_formulas_merged_cells_and_sheets(conn, tmp_path):
    book = Workbook()
    hidden, sheet = book.active, book.create_sheet("values")
    hidden.title, hidden.sheet_state = "draft", "hidden"
    for row in (
        ["name", "A", "B", "C"],
        ["d.jpg", "#N/A", 1, "x"],
        ["IMG_1.JPG", "=1+1", 2, None],
        ["b c.png", "y", 3, "z"],
    ):
        sheet.append(row)
    sheet["A9"] = "e.jpg"
    sheet.merge_cells("D2:D3")
    sheet.row_dimensions[4].hidden = True
    book.save(tmp_path / "t.xlsx")
    report = import_table(conn, tmp_path / "t.xlsx")
    assert [(cell.row, cell.column, cell.text) for cell in report.bad_cells] == [
        (2, "A", "#N/A"),
        (3, "A", "(formula)"),
    ]
    assert {note.kind: list(note.facts.values()) for note in report.notes} == {
        "other_sheets": ["draft"],
        "merged": ["D2:D3"],
        "hidden_rows": ["4"],
    }
    assert (report.sheet, report.written, report.rows) == ("values", False, 4)
    report = import_table(conn, tmp_path / "t.xlsx", TableOptions(empty=frozenset({"#N/A", "(formula)"})))
    assert (report.written, said(conn, "A")) == (True, {2: "y"})


def test_cells_under_no_header_of_a_workbook_have_a_number(conn, tmp_path):
    book = Workbook()
    for row in (["name", "A"], ["d.jpg", "x", "kept"], ["IMG_1.JPG", "y"]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    report = import_table(conn, tmp_path / "t.xlsx")
    assert (told(report), report.written) == ([(2, "#3", "kept")], False)
    assert import_table(conn, tmp_path / "t.xlsx", TableOptions(renames={"#3": "B"})).written
    assert (said(conn, "A"), said(conn, "B")) == ({1: "y", 4: "x"}, {4: "kept"})


def test_a_date_that_no_calendar_has_is_an_error_cell(conn, tmp_path):
    book = Workbook()
    book.active.append(["name", "When"])
    book.active.append(["d.jpg", 99_999_999])
    book.active["B2"].number_format = "yyyy-mm-dd"
    book.save(tmp_path / "t.xlsx")
    assert told(import_table(conn, tmp_path / "t.xlsx")) == [(2, "When", "#VALUE!")]


def test_texts_of_a_parquet_file_that_are_not_utf_8_are_told(conn, tmp_path):
    offsets, data = struct.pack("<3i", 0, 2, 3), b"ok\xff"
    texts = pyarrow.Array.from_buffers(pyarrow.string(), 2, [None, pyarrow.py_buffer(offsets), pyarrow.py_buffer(data)])
    parquet.write_table(pyarrow.table({"name": ["d.jpg", "IMG_1.JPG"], "A": texts}), tmp_path / "t.parquet")
    report = import_table(conn, tmp_path / "t.parquet")
    assert (told(report), report.bad_cells[0].message[:20]) == ([(2, "A", "\\xff")], "it has the byte 0xff")


cells = st.text(st.sampled_from("ab1,.;\"'\n -é\0"), max_size=5)


@settings(max_examples=150)
@given(st.lists(st.lists(cells, min_size=1, max_size=4), min_size=1, max_size=4), st.integers(1, 3))
def test_no_cell_of_any_csv_gets_lost_in_silence(tmp_path_factory, rows, width):
    """Of whatever is in a file, each cell that is not blank is a value, is named, or belongs to a row that is named."""
    conn = empty()
    fill(conn, FOLDERS, [Picture()] * 4, INSTANCES)
    file = tmp_path_factory.mktemp("told") / "t.csv"
    header = ["name", *(f"c{n}[text]" for n in range(1, width)), ""][: width + 1]
    lines = [
        ";".join(header),
        *(";".join(["d.jpg", *(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row)]) for row in rows),
    ]
    file.write_bytes("\n".join(lines).encode())
    report = import_table(conn, file, TableOptions(fusion="new", skip_errors=True), encoding="utf-8")
    told_rows = {cell.row for cell in report.bad_cells if not cell.column}
    told_cells = {(cell.row, cell.column) for cell in report.bad_cells}
    stored = conn.execute("select count(*) from annotations").fetchone()[0]
    expected = sum(
        bool(cell)
        for number, row in enumerate(rows, 2)
        for place, cell in enumerate(row, 1)
        if number not in told_rows and place < width and (number, f"c{place}") not in told_cells
    )
    assert stored == expected
    for number, row in enumerate(rows, 2):
        if any(row[width:]) and number not in told_rows:
            raise AssertionError(f"row {number} has cells beyond the headers that are not told")
        if len(row) >= width and row[width - 1] and number not in told_rows:
            assert (number, f"#{width + 1}") in told_cells
    conn.close()


def test_the_page_says_a_note_in_the_words_of_the_command_line():
    assert {name: messages("en")[f"table.note.{name}"] for name in SENTENCES} == dict(SENTENCES)
    for name, sentence in SENTENCES.items():
        french = messages("fr")[f"table.note.{name}"]
        assert set(PLACEHOLDER.findall(french)) == set(PLACEHOLDER.findall(sentence))
