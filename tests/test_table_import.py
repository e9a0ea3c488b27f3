"""Importing tables: which instances rows find, what is written, what is refused, and that undo takes it back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasette_panoptic.domain.changes import SetTagsEach, SetValues
from datasette_panoptic.errors import PanopticError
from datasette_panoptic.ingest.tables.headers import TableOptions
from datasette_panoptic.ingest.tables.pipeline import import_table
from datasette_panoptic.ingest.tables.report import UnmatchedRow
from datasette_panoptic.ingest.tables.values import PALETTE
from datasette_panoptic.store import properties
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.undo import redo, undo
from tests.rows import Folder, Instance, Picture, Property, describe, empty, fill

FOLDERS = [Folder("photos"), Folder("1890", 0), Folder("copy", 0), Folder("1890", 2)]
INSTANCES = [
    Instance(0, 0, "a.jpg"),
    Instance(1, 1, "b.jpg"),
    Instance(2, 3, "b.jpg"),
    Instance(0, 2, "copya.jpg"),
    Instance(2, 1, "cafe\u0301.jpg"),
]
PROPERTIES = [
    Property("Tweet", "number", "instance", {0: 1234567890123456789, 2: 5}),
    Property("Kind", "tag", "image", {0: frozenset({"rue, place"})}),
]


@pytest.fixture
def conn():
    conn = empty()
    fill(conn, FOLDERS, [Picture()] * 3, INSTANCES)
    describe(conn, PROPERTIES)
    yield conn
    conn.close()


@pytest.fixture
def bring(conn, tmp_path):
    """Import lines of CSV with options, and return the report."""

    def bring(*lines, name="table.csv", dry_run=False, trees=None, **options):
        (tmp_path / name).write_text("\n".join(lines) + "\n", "utf-8")
        return import_table(conn, tmp_path / name, TableOptions(**options), trees=trees, actor="anna", dry_run=dry_run)

    return bring


def state(conn):
    """Everything that annotations are, whatever columns it is in."""
    parents = "select (select name from tags where id = tag_id), (select name from tags where id = parent_id) "
    queries = {
        "said": "select scope, subject_id, property, value, typeof(value) from annotations",
        "tags": "select property_id, name, color from tags where deleted_at is null",
        "parents": f"{parents} from tag_parents",
        "properties": "select name, type, scope from properties where deleted_at is null",
    }
    return {name: sorted(map(repr, conn.execute(sql))) for name, sql in queries.items()}


def said(conn, name):
    """Every value of a property in the view for people, by instance."""
    return dict(conn.execute(f'select instance_id, "{name}" from corpus where "{name}" is not null').fetchall())


SHA1 = "356a192b7913b04c54574d18c28d46e6395428ab"  # of the first picture of `fill`
KEYS = {
    ("id", "2"): {2},
    ("id", "02"): {2},
    ("id", "many"): None,
    ("id", "99"): set(),
    ("path", "a.jpg"): {1},
    ("path", "photos/a.jpg"): {1},
    ("path", "/pictures/1/a.jpg"): {1},
    ("path", "pictures/1/a.jpg"): {1},
    ("path", "/elsewhere/a.jpg"): set(),
    ("path", "opya.jpg"): set(),
    ("path", "b.jpg"): {2, 3},
    ("path", "1890\\b.jpg"): {2},  # the folder 1890 of the root, not one further down
    ("path", "copy/1890/b.jpg"): {3},
    ("path", "photos/1890/b.jpg"): {2},
    ("path", "./copy/1890/b.jpg"): {3},
    ("path", "caf\u00e9.jpg"): {5},
    ("path", ""): set(),
    ("name", "b.jpg"): {2, 3},
    ("name", "B.jpg"): set(),
    ("sha1", SHA1.upper()): {1, 4},
    ("Tweet", "1234567890123456789"): {1},
    ("Tweet", "1234567890123456788"): set(),
    ("Kind", "rue, place"): {1, 4},
}


@pytest.mark.parametrize(("key", "cell"), KEYS)
def test_a_key_finds_instances(conn, bring, key, cell):
    report = bring(f"{key};Note", f"{cell};x", key=key, fusion="all")
    wanted = KEYS[key, cell]
    if wanted is None:
        assert (report.errors, report.written) == (1, False)
    else:
        assert (report.matched, report.unmatched) == (int(bool(wanted)), int(not wanted))
        assert (set(said(conn, "Note")) if report.written else set()) == wanted


FUSIONS = {
    "first": {2: "one"},
    "last": {3: "three"},
    "all": {2: "one", 3: "one"},
    "new": {2: "one", 3: "two", 6: "three"},
}


@pytest.mark.parametrize("fusion", FUSIONS)
def test_fusion_shares_rows_out(conn, bring, fusion):
    version = conn.execute("select value from _panoptic_settings").fetchone()[0]
    rows = ["name;Note[text]", "b.jpg;one", "b.jpg;two", "b.jpg;three"]
    report = bring(*rows, fusion=fusion)
    assert said(conn, "Note") == FUSIONS[fusion]
    assert report.columns[0].overruled == {"first": 2, "last": 2, "all": 4, "new": 0}[fusion]
    assert report.instances_made == int(fusion == "new")
    assert conn.execute("select value from _panoptic_settings").fetchone()[0] - version == report.instances_made


def test_publications_take_instances_that_say_nothing_and_then_new_ones(conn, bring):
    report = bring("path;Tweet", "a.jpg;7", "a.jpg;8", fusion="new")
    assert report.instances_made == 2
    assert said(conn, "Tweet") == {1: 1234567890123456789, 3: 5, 6: 7, 7: 8}
    made = conn.execute("select image_id, file_id from instances where id in (1, 6, 7)").fetchall()
    assert made == [made[0]] * 3
    undo(conn, actor="anna")
    assert said(conn, "Tweet") == {1: 1234567890123456789, 3: 5}
    assert conn.execute("select count(*) from instances").fetchone() == (5,), "those that it made go with it"
    redo(conn, actor="anna")
    assert conn.execute("select image_id, file_id from instances where id in (1, 6, 7)").fetchall() == made
    undo(conn, actor="anna")
    again = bring("path;Tweet", "a.jpg;7", "a.jpg;8", fusion="new")
    assert (again.instances_made, again.changed) == (2, 2)
    assert said(conn, "Tweet") == {1: 1234567890123456789, 3: 5, 8: 7, 9: 8}


PANOPTIC = [
    "path;Note[text];N[number];T[tag];M[multi_tags];L[url];D[date];P[path];C[color];B[checkbox]",
    "1890\\b.jpg;False;1234567890123456789;x, y;cat,dog;https://a.b;1890;sub/a;11;False",
    "a.jpg;0;0;;cat;;03/05/1890 14:30;;#FF0000;0",
    'copya.jpg;"""""";1.5;;;;;;;true',
]


def test_a_file_of_panoptic_works_unchanged(conn, bring):
    before = state(conn)
    report = bring(*PANOPTIC)
    assert report.errors == 0
    assert {column.name: column.type for column in report.columns}["P"] == "text"
    assert said(conn, "Note") == {2: "False", 1: "0", 4: ""}
    assert said(conn, "N") == {2: 1234567890123456789, 1: 0, 4: 1.5}
    assert said(conn, "T") == {2: "x, y"}
    assert said(conn, "M") == {2: "cat, dog", 1: "cat"}
    assert said(conn, "D") == {2: "1890", 1: "1890-05-03T14:30"}
    assert said(conn, "C") == {2: PALETTE[11], 1: "#ff0000"}
    assert said(conn, "B") == {2: 0, 1: 0, 4: 1}
    after = state(conn)
    assert undo(conn, actor="anna").conflicts == 0
    assert state(conn) == before
    assert redo(conn, actor="anna").conflicts == 0
    assert state(conn) == after
    again = bring(*PANOPTIC)
    assert (again.changed, again.changeset) == (0, None)


COPIED = {
    "Panoptic 0.7, by path": ("path;id[number];sha1[text];folder[text];width[number];Note[text]", "a.jpg;9;x;1;4;yes"),
    "Panoptic 0.7, by id": ("id;path[text];height[number];Note[text]", "1;/x/a.jpg;4;yes"),
    "Panoptic 1.0": ("local_path;id[id];sha1[sha1];folder[folder];path[path];Note[text]", "photos/a.jpg;9;x;2;x;yes"),
    "an export": ("id;path;sha1[text];width[number];Note[text]", "1;a.jpg;x;4;yes"),
    "an export in JSON": ("id;path;sha1;width;taken_at;Note", "1;a.jpg;x;4;1890;yes"),
}


@pytest.mark.parametrize("case", COPIED)
def test_fields_of_the_system_that_an_export_has_are_passed_over(conn, bring, case):
    report = bring(*COPIED[case], types={"Note": "text"})
    assert [column.name for column in report.columns] == ["Note"]
    assert len(report.passed_over) == COPIED[case][0].count(";") - 1
    assert said(conn, "Note") == {1: "yes"}


def test_an_empty_cell_leaves_what_was_said(conn, bring):
    bring("id;Tweet;Kind", "1;;", "3;6;red,green")
    assert said(conn, "Tweet") == {1: 1234567890123456789, 3: 6}
    assert said(conn, "Kind") == {1: "rue, place", 4: "rue, place", 3: "red,green", 5: "red,green"}


BAD = [
    "id;N[number];D[date];B[checkbox];C[color]",
    "1;many;ca. 1890;perhaps;12",
    "2;5;31/02/1900;;",
    "3;1;;;;over",
    "4;2;1900",
]


def test_bad_cells_are_listed_and_nothing_is_written(conn, bring):
    before = state(conn)
    report = bring(*BAD)
    assert [(cell.row, cell.column) for cell in report.bad_cells] == [
        (2, "N"),
        (2, "D"),
        (2, "B"),
        (2, "C"),
        (3, "D"),
        (4, ""),
    ]
    assert not report.written
    assert state(conn) == before
    report = bring(*BAD, skip_errors=True)
    assert (report.errors, report.written) == (6, True)
    assert said(conn, "N") == {2: 5, 4: 2}


def test_a_dry_run_writes_nothing_and_says_what_would_be(conn, bring):
    before = state(conn)
    report = bring("path;Topic[multi_tags];Kind", "a.jpg;cat,dog;red", "b.jpg;cat;", "z.jpg;x;", dry_run=True)
    assert state(conn) == before
    assert not conn.in_transaction
    assert [(each.name, each.new, each.values, each.new_tags) for each in report.columns] == [
        ("Topic", True, 2, 3),
        ("Kind", False, 1, 1),
    ]
    assert (report.unmatched_rows, report.written) == ([UnmatchedRow(4, "z.jpg")], False)


REFUSED = {
    "no key": (["Author;Note", "x;y"], {}, "does not say which images.*--key"),
    "no such key": (["id;Note", "1;y"], {"key": "path"}, "no column `path`"),
    "a key that is no property": (
        ["Author;Note", "x;y"],
        {"key": "Author"},
        "nor a property.*'Author=path' --key path",
    ),
    "reserved": (["id;width", "1;2"], {}, "--rename 'width=NEW' or --ignore 'width'"),
    "reserved among properties": (["path;id;name", "a;1;2"], {}, "--rename 'id=NEW'"),
    "a path that is none of Panoptic's": (["local_name;Note", "a;1"], {}, "does not say which images"),
    "a type unknown": (["id;Note[prose]", "1;x"], {}, "types are text, number"),
    "a bracket missing": (["id;Note[text", "1;x"], {}, "lacks its `]`"),
    "twice": (["id;Note;note", "1;x;y"], {}, "two columns"),
    "another type than there is": (["id;Tweet[text]", "1;x"], {}, "of type number and scope instance"),
    "another scope than there is": (["id;Kind", "1;x"], {"scopes": {"kind": "instance"}}, "scope image"),
    "a type that is none": (["id;Note", "1;x"], {"types": {"Note": "prose"}}, "unknown type `prose` of column `Note`"),
    "too many columns": (
        ["id;" + ";".join(f"c{n}" for n in range(1901)), "1" + ";x" * 1901],
        {},
        "1901 columns of values",
    ),
    "a scope that is none": (["id;Note", "1;x"], {"scopes": {"Note": "file"}}, "unknown scope `file` of column `Note`"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_headers_that_make_no_sense_are_refused_with_help(conn, bring, case):
    lines, options, message = REFUSED[case]
    before = state(conn)
    with pytest.raises(PanopticError, match=message):
        bring(*lines, **options)
    assert state(conn) == before


def test_columns_are_renamed_left_out_typed_and_scoped(conn, bring):
    report = bring(
        "file,name,width,Size [cm],when",
        "a.jpg,Anna,3,4,1890",
        renames={"file": "path", "name": "Person[tag]", "Size [cm]": "Size"},
        ignored=frozenset({"WIDTH"}),
        types={"when": "date"},
        scopes={"Person": "image"},
    )
    assert report.passed_over == ["width"]
    assert [(each.name, each.type, each.scope) for each in report.columns] == [
        ("Person", "tag", "image"),
        ("Size", "number", "instance"),
        ("when", "date", "instance"),
    ]
    assert said(conn, "Person") == {1: "Anna", 4: "Anna"}


def test_a_tree_of_panoptic_comes_with_its_colours(conn, bring, tmp_path):
    tree = tmp_path / "tree.csv"
    tree.write_text("animal;8;\ncat;;animal\ntom;0;cat,person\n", "utf-8")
    before = state(conn)
    bring("id;Topic[multi_tags]", "1;tom", trees={"topic": tree})
    assert len(state(conn)["parents"]) == 3
    colors = conn.execute("select name, color from tags where property_id = 3 order by name").fetchall()
    assert colors == [("animal", PALETTE[8]), ("cat", None), ("person", None), ("tom", PALETTE[0])]
    undo(conn, actor="anna")
    assert state(conn) == before
    tree.write_text("a;;b\nb;;a\n", "utf-8")
    with pytest.raises(PanopticError, match="below"):
        bring("id;Topic[multi_tags]", "1;a", trees={"topic": tree})
    assert state(conn) == before


def test_a_column_of_the_property_that_another_made_meanwhile_is_refused_whole(conn, bring, monkeypatch):
    monkeypatch.setattr("datasette_panoptic.ingest.tables.pipeline.known_properties", lambda conn: {})
    before = state(conn)
    with pytest.raises(PanopticError, match="there is a property `Tweet` already"):
        bring("id;Note;Tweet", "1;x;2", fusion="new")
    assert state(conn) == before


cells = st.none() | st.sampled_from(["Anna", "", "0", "é, \n"])
named = st.lists(st.sampled_from(["cat", "a, b", '"q"']), min_size=1, max_size=3, unique=True).map(tuple)


@settings(max_examples=40)
@given(st.dictionaries(st.integers(1, 5), cells), st.dictionaries(st.integers(1, 3), named))
def test_undo_of_an_import_is_exact_whatever_stood_before(tmp_path_factory, texts, tags):
    conn = empty()
    fill(conn, FOLDERS, [Picture()] * 3, INSTANCES)
    note = properties.create(conn, "Note", "text", "instance")
    topic = properties.create(conn, "Topic", "multi_tags", "image")
    apply(conn, [SetValues(note, texts), SetTagsEach(topic, tags)], actor="bo", tool="cell")
    before = state(conn)
    file = tmp_path_factory.mktemp("undo") / "table.csv"
    file.write_text("id;Note;Topic\n1;Anna;cat\n2;0;\n3;;dog,cat\n3;new;cat\n", "utf-8")
    import_table(conn, file, actor="anna")
    import_table(conn, file, TableOptions(fusion="last"), actor="anna")
    while state(conn) != before:
        assert undo(conn, actor="anna").conflicts == 0
    conn.close()
