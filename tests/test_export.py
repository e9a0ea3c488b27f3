"""What is exported says everything, and imports into an empty project of the same images to the same annotations."""

from __future__ import annotations

import csv
import json
import sys
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pyarrow import parquet

from datasette_panoptic.domain.changes import SetTagsEach, SetValues
from datasette_panoptic.domain.descriptions import DescribedProperty, DescribedTag, from_json, to_json
from datasette_panoptic.domain.query import Condition, Query, Sort
from datasette_panoptic.errors import IngestError, PanopticError
from datasette_panoptic.ingest.tables.headers import TableOptions
from datasette_panoptic.ingest.tables.pipeline import import_table
from datasette_panoptic.query.export.files import export_to
from datasette_panoptic.query.export.rows import FORMATS
from datasette_panoptic.query.export.xlsx import _letters
from datasette_panoptic.store import changelog, properties, vocabulary
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.connection import transaction
from tests.rows import Folder, Instance, Picture, Property, describe, empty, fill

from .test_table_import import state

FOLDERS = [Folder("all"), Folder("1890", 0)]
INSTANCES = [Instance(0, 0, "a.jpg"), Instance(1, 1, "a.jpg"), Instance(2, 1, "été 🐈.jpg"), Instance(0, 1, "copy.jpg")]

HARD = [
    "",
    '"',
    '""',
    "False",
    "0",
    "1890",
    " padded ",
    "a;b,c",
    "line\r\nbreak\r",
    "مرحبا",
    "👩‍👩‍👧",
    "=1+1",
    "\ufeffx",
]
texts = st.sampled_from(HARD) | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
numbers = st.sampled_from([0, 1234567890123456789, -(2**63), 2**63 - 1, 0.1, -1.5e-300]) | st.integers(-99, 99)
DATES = (
    "1890", "1890-05", "1890-05-03", "2021-03-04T05:06", "2021-03-04T05:06:07", "2021-03-04T00:00:00", "2021-03-04T05",
    "2021-03-04T05:06:07+02:00", "2021-03-04T05:06:07.250Z", "0000-02-29", "-0043", "1890~", "189X", "1890-21",
    "../1890-05", "1890?/1895", "Y170000002", "2020-W53",
)  # fmt: skip
dates = st.sampled_from(DATES) | st.dates(date(1000, 1, 1)).map(str)
moments = st.datetimes(datetime(1890, 1, 1)) | st.sampled_from([datetime(1899, 12, 31), datetime(1900, 3, 1)])
urls = st.sampled_from(["https://example.org/?a=1;b", "", "not yet a url"])
colors = st.sampled_from(["#000000", "#ff00aa"])
tags = st.sampled_from(["cat", "rue, place", 'say "hi"', '"', " padded ", "a;b", "двор", "🐈", "x\ny", "0"])
VALUES = {
    "Note": ("text", "image", texts),
    "Said; [by]": ("text", "instance", texts),
    "Likes": ("number", "instance", numbers),
    "Weight": ("number", "image", numbers),
    "When": ("date", "instance", dates),
    "Day": ("date", "image", st.dates(date(1900, 2, 27)).map(str)),
    "Minute": ("date", "image", moments.map(lambda moment: moment.isoformat(timespec="minutes"))),
    "Second": ("date", "instance", moments.map(lambda moment: moment.isoformat(timespec="seconds"))),
    "Link": ("url", "instance", urls),
    "Tint": ("color", "image", colors),
    "Seen": ("checkbox", "instance", st.integers(0, 1)),
}
TAGS = {
    "Kind": ("tag", "instance", tags.map(lambda name: (name,))),
    'To"pic': ("multi_tags", "image", st.lists(tags, min_size=1, max_size=3, unique=True).map(tuple)),
}
SUBJECTS = {"image": 3, "instance": 4}


def opened():
    conn = empty()
    fill(conn, FOLDERS, [Picture()] * 3, INSTANCES)
    return conn


@st.composite
def projects(draw):
    """Return what is said in a project: values by property and subject, tags, and the tree of a vocabulary."""
    given = {**VALUES, **TAGS}
    names = draw(st.lists(st.sampled_from(sorted(given)), unique=True))
    said = {}
    for name in names:
        _, scope, values = given[name]
        said[name] = draw(st.dictionaries(st.integers(1, SUBJECTS[scope]), values))
    order = draw(st.permutations(["cat", "animal", "rue, place", 'say "hi"']))
    tree = [
        DescribedTag(name, draw(st.none() | colors), draw(st.none() | st.just("a note")), None, tuple(order[:n])[-2:])
        for n, name in enumerate(order)
    ]
    return said, tree


def annotated(said, tree):
    conn = opened()
    for name, values in said.items():
        type_, scope, _ = (VALUES | TAGS)[name]
        property_id = properties.create(conn, name, type_, scope, f"about {name}")
        change = SetTagsEach if name in TAGS else SetValues
        apply(conn, [change(property_id, values)], actor="anna", tool="cell")
        if name in TAGS:
            with transaction(conn):
                changeset = changelog.begin(conn, actor="anna", tool="tag")
                vocabulary.plant(conn, changeset, property_id, tree)
    return conn


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(projects(), st.sampled_from(FORMATS), st.sampled_from(["id", "path"]))
def test_export_and_import_give_the_same_annotations(tmp_path_factory, project, format_, key):
    conn = annotated(*project)
    folder = tmp_path_factory.mktemp("round")
    report = export_to(conn, folder / f"out.{format_}", Query(), format_=format_)
    assert (report.rows, report.columns) == (4, len(project[0]))
    other = opened()
    done = import_table(other, folder / f"out.{format_}", TableOptions(key=key), actor="bo")
    assert (done.errors, done.unmatched, done.matched) == (0, 0, 4)
    assert without_ids(state(other)) == without_ids(state(conn))
    for name, (_, scope, _) in VALUES.items():
        if name in project[0]:
            column = name.replace('"', '""')
            sql = f'select {scope}_id, "{column}", typeof("{column}") from {scope}_values where "{column}" is not null'
            assert sorted(other.execute(sql)) == sorted(conn.execute(sql))
    described = "select name, description from properties order by 1"
    assert other.execute(described).fetchall() == conn.execute(described).fetchall()
    again = import_table(conn, folder / f"out.{format_}", TableOptions(key=key), actor="bo")
    assert again.changed == 0
    conn.close()
    other.close()


SURVIVORS = [
    "path;Tweet[number];Note[text];Year[date];Said[text];Topics[multi_tags];Kind[tag];Seen[checkbox]",
    'all/a.jpg;1234567890123456789;False;1890;"""""";"cat,""rue, place""";"rue, place";False',
    'all/1890/a.jpg;0;0;1890-05;مرحبا بالعالم;"""0"",👩‍👩‍👧";0;0',
    'all/1890/été 🐈.jpg;-9223372036854775808;1890;1890-05-03T14:30;" padded ";False;False;true',
    'all/1890/copy.jpg;9007199254740993;=1+1;0001;"two\nlines";;;',
]


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_hard_survives_import_edit_export_and_import(tmp_path, format_):
    conn, other = opened(), opened()
    (tmp_path / "first.csv").write_text("\n".join(SURVIVORS) + "\n", "utf-8")
    assert import_table(conn, tmp_path / "first.csv", TableOptions(scopes={"Topics": "image"})).errors == 0
    ids = dict(conn.execute("select name, id from properties").fetchall())
    edits = [SetValues(ids["Note"], {4: "", 1: "0"}), SetTagsEach(ids["Topics"], {3: ("a, b", "🐈", "False")})]
    apply(conn, edits, actor="anna", tool="cell")
    with transaction(conn):
        changeset = changelog.begin(conn, actor="anna", tool="tag")
        vocabulary.plant(conn, changeset, ids["Topics"], [DescribedTag("cat", "#ff0000", "why", None, ("a, b",))])
    out = tmp_path / f"out.{format_}"
    export_to(conn, out, Query(), format_=format_)
    done = import_table(other, out, TableOptions(key="path"))
    assert (done.errors, done.unmatched) == (0, 0)
    assert without_ids(state(other)) == without_ids(state(conn))
    rows = 'select Tweet, Note, Year, Said, Topics, Kind, Seen from corpus order by "instance_id"'
    found = other.execute(rows).fetchall()
    assert found == conn.execute(rows).fetchall()
    assert found[0] == (1234567890123456789, "0", "1890", "", "cat, rue, place", "rue, place", 0)
    assert found[1] == (0, "0", "1890-05", "مرحبا بالعالم", "0, 👩‍👩‍👧", "0", 0)
    assert found[2][:4] == (-(2**63), "1890", "1890-05-03T14:30", " padded ")
    assert found[3][:4] == (9007199254740993, "", "0001", "two\nlines")
    # Without what describes the properties, the values are the same where the headers say the types.
    if format_ in ("csv", "tsv", "xlsx"):
        third = opened()
        import_table(third, out, TableOptions(key="path", scopes={"Topics": "image"}), sidecar=False)
        assert third.execute(rows).fetchall() == found


def test_numbers_in_parquet_are_exact_whatever_their_mixture(tmp_path):
    said = {"Likes": {1: 2**63 - 1}, "Weight": {1: 1, 2: 0.1}}
    for n, (mixed, types) in enumerate(
        {
            (): ("int64", "double"),
            (2**53 + 1, 0.1): ("string", "double"),
        }.items()
    ):
        given = {**said, "Likes": dict(enumerate(mixed, 1))} if mixed else said
        conn = annotated(given, [])
        export_to(conn, tmp_path / f"{n}.parquet", Query(), format_="parquet")
        schema = parquet.read_schema(tmp_path / f"{n}.parquet")
        assert tuple(str(schema.field(name).type) for name in given) == types
        other = opened()
        import_table(other, tmp_path / f"{n}.parquet")
        assert without_ids(state(other)) == without_ids(state(conn))


TYPED = {
    ("2020-02-29", "1900-03-01"): ("date32[day]", datetime),
    ("2020-02-29", "1890-05-03"): ("date32[day]", str),
    ("2020-02-29T10:00:05", "2020-02-29T00:00:00"): ("timestamp[ms]", datetime),
    ("2020-02-29T10:00", "2020-02-29T00:00"): ("string", datetime),
    ("2020-02-29T00:00:00", "2020-03-01T00:00:00"): ("string", str),
    ("2020-02-29", "2020-02"): ("string", str),
    ("2020-02-29", "2020-02-29T10:00:05"): ("string", str),
    ("2020-02-29T10:00:05Z", "2020-02-29T10:00:06Z"): ("string", str),
    ("2020-02-29T10:00:05.5", "2020-02-29T10:00:06.5"): ("string", str),
    ("2020-02-29?", "2020-03-01?"): ("string", str),
    ("-0043-03-15", "-0043-03-16"): ("string", str),
}


@pytest.mark.parametrize("stored", TYPED, ids=str)
def test_dates_are_typed_where_all_of_a_column_are_plain(tmp_path, stored):
    conn = annotated({"When": dict(enumerate(stored, 1))}, [])
    for format_ in ("parquet", "xlsx"):
        export_to(conn, tmp_path / f"t.{format_}", Query(), format_=format_)
        other = opened()
        import_table(other, tmp_path / f"t.{format_}", TableOptions(key="id"))
        found = [value for (value,) in other.execute('select "When" from instance_values order by 1')]
        assert found == sorted(stored)
        other.close()
    column = parquet.read_schema(tmp_path / "t.parquet").field("When")
    cell = load_workbook(tmp_path / "t.xlsx")["corpus"]["C2"]
    assert (str(column.type), type(cell.value)) == TYPED[stored]
    conn.close()


def test_a_text_that_looks_like_a_formula_is_none_in_a_workbook(tmp_path):
    conn = annotated({"Note": {1: "=1+1", 2: "@a", 3: "+1"}}, [])
    export_to(conn, tmp_path / "out.xlsx", Query(), format_="xlsx", names=["Note"])
    sheet = load_workbook(tmp_path / "out.xlsx")["corpus"]
    assert [(row[2].value, row[2].data_type) for row in sheet.iter_rows(min_row=2, max_row=3)] == [
        ("=1+1", "s"),
        ("@a", "s"),
    ]


def test_what_a_sheet_cannot_hold_is_an_error_and_no_file(tmp_path):
    conn = annotated({"Note": {1: "x" * 32_768}}, [])
    with pytest.raises(PanopticError, match="export CSV or Parquet"):
        export_to(conn, tmp_path / "out.xlsx", Query(), format_="xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(PanopticError, match=r"pip install 'datasette-panoptic\[parquet\]'"):
        export_to(opened(), tmp_path / "out", Query(), format_="parquet")


def test_columns_have_letters_beyond_z():
    assert [_letters(place) for place in (0, 25, 26, 27, 701, 702, 16_383)] == [
        "A",
        "Z",
        "AA",
        "AB",
        "ZZ",
        "AAA",
        "XFD",
    ]


def without_ids(found):
    """A state with its tags told apart by name alone: their properties' ids are as they are in order of creation."""
    return found | {"tags": sorted(row.split(", ", 1)[1] for row in found["tags"])}


def test_publications_come_back_each_with_its_own(tmp_path):
    conn = opened()
    (tmp_path / "tweets.csv").write_text("path;Likes\nall/a.jpg;1\nall/a.jpg;2\nall/a.jpg;3\n", "utf-8")
    import_table(conn, tmp_path / "tweets.csv", TableOptions(fusion="new"))
    export_to(conn, tmp_path / "out.csv", Query(sorts=(Sort("Likes", descending=True),)), format_="csv")
    other = opened()
    done = import_table(other, tmp_path / "out.csv", TableOptions(key="path", fusion="new"))
    assert done.instances_made == 2
    likes = "select path, Likes from (select file_name as path, Likes, instance_id from corpus) order by 1, 2"
    assert other.execute(likes).fetchall() == conn.execute(likes).fetchall()


def test_the_tags_of_a_chunk_are_read_by_what_has_them(tmp_path):
    """Else each tag of the vocabulary is asked for each instance: hours, with a tag for each of many authors."""
    conn = empty()
    fill(conn, FOLDERS, [Picture()] * 3, INSTANCES)
    describe(conn, [Property("Who", "tag", "instance", {0: frozenset({"Anna"})})])
    asked: list[str] = []
    conn.set_trace_callback(asked.append)
    export_to(conn, tmp_path / "out.csv", Query(), format_="csv")
    conn.set_trace_callback(None)
    (sql,) = [sql for sql in asked if "from instance_tags" in sql and "json_each" in sql]
    plan = [row[3] for row in conn.execute(f"explain query plan {sql}")]
    assert "instance_tags" in plan[0], plan
    conn.close()


def test_the_form_of_the_file_is_that_of_panoptic(tmp_path):
    conn = annotated({"Note": {1: "", 3: "a;b"}, 'To"pic': {1: ("rue, place", "cat")}, "Likes": {2: 2**60}}, [])
    query = Query(where=(Condition("name", "any", ("a.jpg",)),), sorts=(Sort("id", descending=True),))
    export_to(conn, tmp_path / "out.csv", query, format_="csv", names=['To"pic', "likes", "note", "width"])
    with (tmp_path / "out.csv").open(newline="") as file:
        assert list(csv.reader(file, delimiter=";")) == [
            ["id", "path", 'To"pic[multi_tags]', "Likes[number]", "Note[text]", "width[number]"],
            ["2", "all/1890/a.jpg", "", "1152921504606846976", "", "800"],
            ["1", "all/a.jpg", 'cat,"rue, place"', "", '""', "800"],
        ]
    export_to(conn, tmp_path / "out2.json", query, format_="json", names=["Likes", 'To"pic'])
    assert json.loads((tmp_path / "out2.json").read_text("utf-8")) == [
        {"id": 2, "path": "all/1890/a.jpg", "Likes": "1152921504606846976", 'To"pic': None},
        {"id": 1, "path": "all/a.jpg", "Likes": None, 'To"pic': ["cat", "rue, place"]},
    ]


def test_descriptions_survive_and_what_is_none_is_refused(tmp_path):
    tags = (DescribedTag("a"), DescribedTag("b", "#ff0000", "why", "http://x", ("a",)))
    described = [DescribedProperty("T", "tag", "image", "what", tags), DescribedProperty("N", "number", "instance")]
    assert list(from_json(to_json(described)).values()) == described
    for text in (
        "",
        "[]",
        '{"properties": [{"name": "x"}]}',
        '{"properties": [{"name":"x","type":"t","scope":"image"}]}',
    ):
        with pytest.raises(IngestError, match="not a description"):
            from_json(text)
